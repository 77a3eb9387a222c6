//! `"stream": "both"`: one request, a toxic for each stream.

use aconite::config::check_config;
use aconite::control::{Limits, Options};
use aconite::toxics::Catalogue;
use axum::Router;
use serde_json::{Value, json};

use super::api::{Answer, call, serving, serving_with};

const TOXICS: &str = "/proxies/p/toxics";

async fn api() -> Router {
    serving(Catalogue::default()).await
}

async fn add(api: &mut Router, toxic: &str) -> Answer {
    call(api, "POST", TOXICS, toxic).await
}

/// Names and streams of the proxy's toxics.
async fn toxics(api: &mut Router) -> Vec<(String, String)> {
    let list = call(api, "GET", TOXICS, "").await;
    let list: Vec<Value> = serde_json::from_str(&list.body).unwrap();
    let text = |toxic: &Value, key: &str| toxic[key].as_str().unwrap().to_owned();
    list.iter()
        .map(|toxic| (text(toxic, "name"), text(toxic, "stream")))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, stream)| ((*name).to_owned(), (*stream).to_owned()))
        .collect()
}

#[tokio::test]
async fn both_creates_two_and_answers_with_the_downstream_one_and_its_partner() {
    let mut api = api().await;
    let toxic = r#"{"type":"latency","name":"slow","stream":"Both","toxicity":0.5,
        "attributes":{"latency":5},"seed":7}"#;
    let answer = add(&mut api, toxic).await;
    let rest = r#""type":"latency","stream":"downstream","toxicity":0.5"#;
    let attributes = r#"{"attributes":{"latency":5,"jitter":0},"name":"slow_downstream","#;
    let created = format!(r#"{attributes}{rest},"partner":"slow_upstream","seed":7}}"#);
    assert_eq!((answer.status, answer.body), (200, created));
    let shown = call(&mut api, "GET", "/proxies/p/toxics/slow_downstream", "").await;
    assert_eq!(shown.body, format!(r#"{attributes}{rest},"seed":7}}"#));
    let other = call(&mut api, "GET", "/proxies/p/toxics/slow_upstream", "").await;
    let other: Value = serde_json::from_str(&other.body).unwrap();
    let expected = json!({"attributes": {"latency": 5, "jitter": 0}, "name": "slow_upstream",
        "type": "latency", "stream": "upstream", "toxicity": 0.5, "seed": 7});
    assert_eq!(other, expected);
}

#[tokio::test]
async fn without_a_name_both_take_their_default_names() {
    for name in ["", r#","name":"""#, r#","name":null"#] {
        let mut api = api().await;
        let answer = add(
            &mut api,
            &format!(r#"{{"type":"noop","stream":"both"{name}}}"#),
        )
        .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let expected = [
            ("noop_upstream", "upstream"),
            ("noop_downstream", "downstream"),
        ];
        assert_eq!(toxics(&mut api).await, pairs(&expected));
    }
}

#[tokio::test]
async fn a_clash_of_either_name_is_a_409_and_creates_neither() {
    for taken in ["slow_upstream", "slow_downstream"] {
        let mut api = api().await;
        let first = format!(r#"{{"type":"noop","name":"{taken}"}}"#);
        assert_eq!(add(&mut api, &first).await.status, 200);
        let answer = add(&mut api, r#"{"type":"noop","name":"slow","stream":"both"}"#).await;
        let expected = r#"{"error":"toxic already exists","status":409}"#;
        assert_eq!((answer.status, answer.body.trim_end()), (409, expected));
        assert_eq!(toxics(&mut api).await, pairs(&[(taken, "downstream")]));
    }
}

#[tokio::test]
async fn a_refused_value_creates_neither() {
    let mut api = api().await;
    for toxic in [
        r#"{"type":"latency","stream":"both","attributes":{"latency":"soon"}}"#,
        r#"{"type":"late","stream":"both"}"#,
        r#"{"type":"noop","stream":"both","every":"1s"}"#,
        r#"{"type":"noop","stream":"both","session":"none"}"#,
        r#"{"type":"noop","stream":"both "}"#,
        r#"{"type":"timeout","stream":"both","phase":"connect"}"#,
    ] {
        assert_eq!(add(&mut api, toxic).await.status, 400, "{toxic}");
    }
    assert_eq!(toxics(&mut api).await, []);
}

#[tokio::test]
async fn limits_count_both() {
    let mut api = serving_with(Options {
        limits: Limits {
            toxics: 3,
            ..Limits::default()
        },
        strict: true,
        ..Options::default()
    })
    .await;
    let both = |name: &str| format!(r#"{{"type":"noop","name":"{name}","stream":"both"}}"#);
    assert_eq!(add(&mut api, &both("a")).await.status, 200);
    assert_ne!(add(&mut api, &both("b")).await.status, 200);
    assert_eq!(toxics(&mut api).await.len(), 2);
    let list = format!(
        r#"[{{"name":"q","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[{},{}]}}]"#,
        both("a"),
        both("b")
    );
    assert_ne!(call(&mut api, "POST", "/populate", &list).await.status, 201);
}

#[tokio::test]
async fn a_session_ends_both() {
    let mut api = api().await;
    let session = call(&mut api, "POST", "/sessions", r#"{"name":"s"}"#).await;
    assert_eq!(session.status, 201, "{}", session.body);
    let toxic = r#"{"type":"noop","stream":"both","session":"s"}"#;
    assert_eq!(add(&mut api, toxic).await.status, 200);
    assert_eq!(toxics(&mut api).await.len(), 2);
    assert_eq!(
        call(&mut api, "DELETE", "/sessions/s", "").await.status,
        204
    );
    assert_eq!(toxics(&mut api).await, []);
}

#[tokio::test]
async fn lists_of_proxies_take_both_and_an_update_ignores_it() {
    let mut api = api().await;
    let proxy = |name: &str| {
        format!(
            r#"{{"name":"{name}","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[
                {{"type":"noop","name":"n","stream":"BOTH"}},{{"type":"noop"}}]}}"#
        )
    };
    let created = call(&mut api, "POST", "/proxies", &proxy("q")).await;
    let populated = call(&mut api, "POST", "/populate", &format!("[{}]", proxy("r"))).await;
    for answer in [created, populated] {
        assert_eq!(answer.status, 201, "{}", answer.body);
        for name in ["n_upstream", "n_downstream", "noop_downstream"] {
            assert!(
                answer.body.contains(&format!(r#""name":"{name}""#)),
                "{}",
                answer.body
            );
        }
        assert!(!answer.body.contains("partner"), "{}", answer.body);
    }
    let path = "/proxies/q/toxics/n_upstream";
    let updated = call(&mut api, "PATCH", path, r#"{"stream":"both"}"#).await;
    assert!(
        updated.body.contains(r#""stream":"upstream""#),
        "{}",
        updated.body
    );
    let clash = proxy("s").replace(
        r#"{"type":"noop"}"#,
        r#"{"type":"noop","name":"n_upstream"}"#,
    );
    let answer = call(&mut api, "POST", "/proxies", &clash).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(
        answer.body.contains("toxics[1]: toxic already exists"),
        "{}",
        answer.body
    );
}

#[test]
fn config_check_expands_both() {
    let faults = |toxics: &str| {
        let text = format!(
            r#"[{{"name":"p","listen":"127.0.0.1:0","upstream":"127.0.0.1:9","toxics":[{toxics}]}}]"#
        );
        let faults = check_config(text.as_bytes());
        faults.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(
        faults(r#"{"type":"noop","stream":"Both"}"#),
        Vec::<String>::new()
    );
    let twice = faults(r#"{"type":"noop","stream":"both"},{"type":"noop"}"#);
    let part = r#""noop_downstream" is the name of [0].toxics[0] already"#;
    assert!(twice.len() == 1 && twice[0].contains(part), "{twice:?}");
    let early = faults(r#"{"type":"latency","stream":"Both","attributes":{"phase":"connect"}}"#);
    let part = "give downstream, which is the default";
    assert!(early.len() == 1 && early[0].contains(part), "{early:?}");
    let wrong = faults(r#"{"type":"noop","stream":"boht"}"#);
    let part = r#"did you mean "both"?"#;
    assert!(wrong.len() == 1 && wrong[0].contains(part), "{wrong:?}");
}
