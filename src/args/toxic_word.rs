//! Proxies and toxics written as one word, as in `latency@upstream:latency=100`.

use super::attribute_list::split;
use super::client::{NewToxic, RunProxy, Stream, ToxicOptions};
use super::toxic_options;
use super::values::{self, BadValue};

/// Parses `NAME=LISTEN,UPSTREAM` or `NAME=UPSTREAM`. No address contains an equals sign or a comma.
pub(super) fn proxy(text: &str) -> Result<RunProxy, BadValue> {
    let wrong = || BadValue::Proxy(text.to_owned());
    let (name, places) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (listen, upstream) = places.split_once(',').unwrap_or(("127.0.0.1:0", places));
    let parts = [name, listen, upstream].map(str::trim);
    if parts.iter().any(|part| part.is_empty()) || upstream.contains(',') {
        return Err(wrong());
    }
    let [name, listen, upstream] = parts.map(str::to_owned);
    Ok(RunProxy {
        name,
        listen,
        upstream,
    })
}

/// Parses `PROXY=NAME`: a proxy and a profile. No built-in profile has an equals sign in its name.
pub(super) fn profile(text: &str) -> Result<(String, String), BadValue> {
    let parts = text.rsplit_once('=');
    let parts = parts.map(|(proxy, name)| (proxy.trim().to_owned(), name.trim().to_owned()));
    let given = parts.filter(|(proxy, name)| !proxy.is_empty() && !name.is_empty());
    given.ok_or_else(|| BadValue::Profile(text.to_owned()))
}

/// Parses a toxic in one word: `TYPE[@STREAM][:NAME=VALUE,...]`. The names `name`, `stream`, `toxicity`
/// and those in `toxic_options` are settings of the toxic; all others are attributes. Commas inside of
/// JSON do not separate settings.
pub(super) fn toxic(text: &str) -> Result<NewToxic, BadValue> {
    let (head, settings) = text.split_once(':').unwrap_or((text, ""));
    let (kind, side) = match head.split_once('@') {
        Some((kind, side)) => (kind, values::stream(side)?),
        None => (head, Stream::Downstream),
    };
    if kind.is_empty() || kind.contains(['=', ',']) {
        return Err(BadValue::Toxic(text.to_owned()));
    }
    let mut toxic = NewToxic {
        name: None,
        kind: kind.to_owned(),
        stream: side,
        toxicity: 1.0,
        attributes: Vec::new(),
        headers: Vec::new(),
        body: None,
        options: ToxicOptions::default(),
    };
    let mut listed = None;
    for setting in split(settings)
        .into_iter()
        .filter(|setting| !setting.is_empty())
    {
        // A comma within a list: `match_connections=1-3,7`.
        if let Some(list) = listed.filter(|_| !setting.contains('=')) {
            toxic_options::set(&mut toxic.options, list, setting)?;
            continue;
        }
        let (name, value) = values::attribute(setting)?;
        let mut lists = toxic_options::LISTS.into_iter();
        listed = lists.find(|list| *list == name);
        match name.as_str() {
            "name" => toxic.name = Some(value),
            "stream" => toxic.stream = values::stream(&value)?,
            "toxicity" => toxic.toxicity = values::toxicity(&value)?,
            _ if toxic_options::set(&mut toxic.options, &name, &value)? => {}
            _ => toxic.attributes.push((name, value)),
        }
    }
    Ok(toxic)
}

/// Parses a proxy and a toxic for it: `PROXY:TYPE[@STREAM][:NAME=VALUE,...]`. The first colon that is not
/// escaped by a backslash ends the proxy's name.
pub(super) fn target(text: &str) -> Result<(String, NewToxic), BadValue> {
    let wrong = || BadValue::Target(text.to_owned());
    let mut colons = text.match_indices(':').map(|(at, _)| at);
    let ends = |at: &usize| text.get(..*at).is_some_and(|name| !name.ends_with('\\'));
    let (name, word) = colons
        .find(ends)
        .map(|at| text.split_at(at))
        .ok_or_else(wrong)?;
    let word = word.strip_prefix(':').unwrap_or(word);
    if name.is_empty() || word.is_empty() {
        return Err(wrong());
    }
    Ok((name.replace("\\:", ":"), toxic(word)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toxic_in_one_word() {
        let plain = NewToxic {
            name: None,
            kind: "noop".into(),
            stream: Stream::Downstream,
            toxicity: 1.0,
            attributes: vec![],
            headers: vec![],
            body: None,
            options: ToxicOptions::default(),
        };
        assert_eq!(toxic("noop"), Ok(plain.clone()));
        assert_eq!(toxic("noop:"), Ok(plain.clone()));
        let all = toxic("slicer@upstream:delay=5,name=cut,toxicity=0.25,average_size=9").unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = NewToxic {
            name: Some("cut".into()),
            kind: "slicer".into(),
            stream: Stream::Upstream,
            toxicity: 0.25,
            attributes: vec![pair("delay", "5"), pair("average_size", "9")],
            headers: vec![],
            body: None,
            options: ToxicOptions::default(),
        };
        assert_eq!(all, expected);
        for (word, stream) in [
            ("noop:stream=UpStream", Stream::Upstream),
            ("noop@both", Stream::Both),
        ] {
            assert_eq!(toxic(word).unwrap().stream, stream, "{word}");
        }
        let json = toxic(r#"latency:wave={"shape":"sine","period":"60s"},per=message"#).unwrap();
        let wave = pair("wave", r#"{"shape":"sine","period":"60s"}"#);
        assert_eq!(json.attributes, [wave, pair("per", "message")]);
    }

    #[test]
    fn a_proxy_in_one_word() {
        for (word, name, listen, upstream) in [
            ("db=[::1]:0,[::1]:5432", "db", "[::1]:0", "[::1]:5432"),
            ("db=localhost:5432", "db", "127.0.0.1:0", "localhost:5432"),
            ("a=b=:1,:2", "a=b", ":1", ":2"),
            ("api=http://a:80", "api", "127.0.0.1:0", "http://a:80"),
            ("api=:1,http://[::1]", "api", ":1", "http://[::1]"),
        ] {
            let read = proxy(word).unwrap();
            let seen = (
                read.name.as_str(),
                read.listen.as_str(),
                read.upstream.as_str(),
            );
            assert_eq!(seen, (name, listen, upstream));
        }
        for bad in ["", "db", "db=", "=:1,:2", "db=,:2", "db=:1,", "db=:1,:2,:3"] {
            assert_eq!(proxy(bad), Err(BadValue::Proxy(bad.into())), "{bad}");
        }
    }

    #[test]
    fn a_proxy_and_a_toxic_in_one_word() {
        for (word, proxy) in [
            ("pg:noop", "pg"),
            (r"a\:b\:c:noop", "a:b:c"),
            (r"a\b:noop", r"a\b"),
        ] {
            assert_eq!(
                target(word),
                Ok((proxy.into(), toxic("noop").unwrap())),
                "{word}"
            );
        }
        let (_, long) = target("pg:latency@upstream:latency=5,match_client=::1").unwrap();
        assert_eq!(
            Ok(long),
            toxic("latency@upstream:latency=5,match_client=::1")
        );
        for bad in ["", "pg", "pg:", ":noop", r"pg\:noop"] {
            assert_eq!(target(bad), Err(BadValue::Target(bad.into())), "{bad}");
        }
        assert!(matches!(target("pg:latency=5"), Err(BadValue::Toxic(_))));
    }

    #[test]
    fn lists_of_networks_and_connections_have_commas() {
        let word = "noop:match_connections=1-3,7,match_client=10.0.0.0/8,::1,name=n";
        let toxic = toxic(word).unwrap();
        let list = |entries: &[&str]| Some(entries.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(toxic.options.connections, list(&["1-3", "7"]));
        assert_eq!(toxic.options.clients, list(&["10.0.0.0/8", "::1"]));
        assert_eq!(toxic.name.as_deref(), Some("n"));
    }

    #[test]
    fn words_that_are_no_toxic() {
        for bad in ["", ":latency=1", "latency=100", "@upstream", "a,b"] {
            assert_eq!(toxic(bad), Err(BadValue::Toxic(bad.into())), "{bad}");
        }
        assert_eq!(toxic("noop@up"), Err(BadValue::Stream("up".into())));
        assert_eq!(toxic("noop:x"), Err(BadValue::Attribute("x".into())));
        assert_eq!(
            toxic("noop:toxicity=2"),
            Err(BadValue::Toxicity("2".into()))
        );
    }
}
