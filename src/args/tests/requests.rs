//! The requests that a toxic acts on, and what it writes: flags, words and attributes.

use super::client::{both, client};
use crate::args::client::{Action, After, BodySource, HeaderTest, RequestMatch};
use crate::args::toxic_word;

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn toxics_take_requests_headers_and_a_body() {
    let flags = "--match-method POST,PUT --match-path /v1/* --match-host a.* --match-query q=1 --match-header X-A:1 \
                 --match-header !Cookie --match-requests 1-2,5- --match-nth 3 --match-per connection \
                 --match-status 429,5xx --match-type text/* --match-after events:5 --match-split events";
    let text = |text: &str| Some(text.to_owned());
    let expected = RequestMatch {
        methods: vec!["POST".into(), "PUT".into()],
        host: text("a.*"),
        path: text("/v1/*"),
        query: text("q=1"),
        headers: vec![
            ("X-A".into(), HeaderTest::Value("1".into())),
            ("Cookie".into(), HeaderTest::Absent),
        ],
        requests: vec!["1-2".into(), "5-".into()],
        nth: Some(3),
        per: text("connection"),
        statuses: vec!["429".into(), "5xx".into()],
        content_type: text("text/*"),
        after: Some(After::Events(5)),
        split_events: true,
    };
    let expected = Some(Box::new(expected));
    let message = "--header Retry-After:2 --header !Server --body @err.json";
    let headers = [
        ("Retry-After".to_owned(), text("2")),
        ("Server".to_owned(), None),
    ];
    let body = Some(BodySource::File("err.json".into()));
    match both(&words(&format!("toxic add a -t respond {flags} {message}"))) {
        Action::AddToxic { toxic, .. } => {
            assert_eq!(toxic.options.requests, expected);
            assert_eq!((&*toxic.headers, toxic.body), (&headers[..], body.clone()));
        }
        other => panic!("{other:?}"),
    }
    match both(&words(&format!(
        "toxic update a -n x --tox 1 {flags} {message}"
    ))) {
        Action::UpdateToxic { change, .. } => {
            assert_eq!(change.options.requests, expected);
            assert_eq!((&*change.headers, change.body), (&headers[..], body));
        }
        other => panic!("{other:?}"),
    }
    let word = "noop:match_method=POST,PUT,match_path=/v1/*,match_host=a.*,match_query=q=1,match_header=X-A:1,\
                match_header=!Cookie,match_requests=1-2,5-,match_nth=3,match_per=connection,match_status=429,5xx,\
                match_type=text/*,match_after=events:5,match_split=events";
    assert_eq!(toxic_word::toxic(word).unwrap().options.requests, expected);
}

/// The attributes of the toxic that a command line adds.
fn attributes(program: &str, line: &[&str]) -> Vec<(String, String)> {
    let words = [&[program, "toxic", "add", "p"], line].concat();
    match client(&words).action {
        Action::AddToxic { toxic, .. } => toxic.attributes,
        other => panic!("{other:?}"),
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn json_in_an_attribute_is_not_split_and_values_may_be_empty() {
    let json = r#"{"A":"1","B":"2"}"#;
    let headers = format!("headers={json}");
    for name in ["toxiproxy-cli", "aconite"] {
        let line = ["-t", "header", "-u", "-a", &headers, "-a", "mode=request"];
        let expected = [pair("headers", json), pair("mode", "request")];
        assert_eq!(attributes(name, &line), expected, "{name}");
        let line = words("-t status_code -a content_type= -a status_code=503");
        let expected = [pair("content_type", ""), pair("status_code", "503")];
        assert_eq!(attributes(name, &line), expected, "{name}");
    }
}

#[test]
fn a_comma_continues_a_text_and_other_words_are_ignored_as_in_toxiproxy() {
    let line = ["-t", "modify_body", "-a", "body=Sorry, closed"];
    let expected = [pair("body", "Sorry, closed")];
    assert_eq!(attributes("toxiproxy-cli", &line), expected);
    let line = ["-t", "latency", "-a", "latency=1,junk,jitter=2"];
    let expected = [pair("latency", "1"), pair("jitter", "2")];
    assert_eq!(attributes("toxiproxy-cli", &line), expected);
}
