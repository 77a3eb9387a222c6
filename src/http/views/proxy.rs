//! Proxies and toxics: `control`'s views → the types that cross the API.
//!
//! May know: `control`'s views, `wire`. Must not know: axum, status codes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::attribute;
use crate::control::{HttpOptions, ProxyView, ToxicView, Values};
use crate::wire::{Attributes, Http, Match, Proxy, Replay, Span, Toxic, ToxicOptions};

/// The answer of `GET /proxies`: an object with its names in byte order.
pub(crate) fn by_name(views: Vec<ProxyView>) -> impl Serialize {
    let proxies = views.into_iter().map(Proxy::from);
    let entries = proxies.map(|proxy| (proxy.name.clone(), proxy));
    entries.collect::<BTreeMap<_, _>>()
}

impl From<ProxyView> for Proxy {
    fn from(view: ProxyView) -> Self {
        Proxy {
            name: view.name,
            listen: view.listen,
            upstream: view.upstream,
            enabled: view.enabled,
            toxics: view.toxics.into_iter().map(Toxic::from).collect(),
            seed: view.seed,
            session: view.session,
            profile: view.profile,
            http: view.http.map(Http::from),
        }
    }
}

impl From<HttpOptions> for Http {
    fn from(options: HttpOptions) -> Self {
        let HttpOptions { host, locations } = options;
        match (&host, locations) {
            (None, None) => Http::Flag(true),
            _ => Http::Options { host, locations },
        }
    }
}

impl From<ToxicView> for Toxic {
    fn from(view: ToxicView) -> Self {
        let options = view.options;
        Toxic {
            attributes: attributes(&view.attributes),
            beside: attributes(&view.beside),
            name: view.name,
            kind: view.kind.to_owned(),
            stream: view.stream,
            toxicity: view.toxicity,
            options: ToxicOptions {
                duration: options.duration.map(Span),
                start_after: options.start_after.map(Span),
                every: options.every.map(Span),
                expires_in: view.expires_in.map(|left| Span(left).whole_millis()),
                active: view.active,
                partner: view.partner,
                session: options.session,
                seed: options.seed,
                replay: options.replay.map(|connection| Replay { connection }),
                matching: options.matching.as_ref().map(Match::from),
            },
        }
    }
}

fn attributes(values: &Values) -> Attributes {
    let values = values.iter();
    values
        .map(|(name, value)| (Cow::Borrowed(*name), attribute::json(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{self, Scope, ToxicMatch};
    use crate::wire::{Populated, go_json};
    use std::time::Duration;

    fn config(views: Vec<ProxyView>) -> serde_json::Result<Vec<u8>> {
        super::super::config::config_text(views, Vec::new())
    }

    fn written(value: &impl Serialize) -> String {
        String::from_utf8(go_json::to_vec(value).unwrap()).unwrap()
    }

    fn proxy(name: &str) -> ProxyView {
        let toxic = ToxicView {
            name: "t".into(),
            kind: "latency",
            stream: "UpStream".into(),
            toxicity: 0.5,
            attributes: [("latency", (-5).into()), ("jitter", 0.into())]
                .into_iter()
                .collect(),
            ..ToxicView::default()
        };
        ProxyView {
            name: name.into(),
            listen: "127.0.0.1:1".into(),
            upstream: "u".into(),
            enabled: false,
            toxics: vec![toxic],
            ..ProxyView::default()
        }
    }

    #[test]
    fn members_come_in_the_order_of_toxiproxy() {
        assert_eq!(
            written(&Proxy::from(proxy("web"))),
            r#"{"name":"web","listen":"127.0.0.1:1","upstream":"u","enabled":false,"toxics":[{"attributes":{"latency":-5,"jitter":0},"name":"t","type":"latency","stream":"UpStream","toxicity":0.5}]}"#
        );
    }

    #[test]
    fn proxies_are_sorted_by_the_bytes_of_their_names() {
        let text = written(&by_name(vec![proxy("a"), proxy("é"), proxy("B")]));
        let value: Vec<_> = ["{\"B\":", ",\"a\":", ",\"é\":"]
            .iter()
            .map(|n| text.find(*n))
            .collect();
        assert!(
            value.is_sorted() && value.iter().all(Option::is_some),
            "{text}"
        );
        assert_eq!(written(&by_name(Vec::new())), "{}");
    }

    #[test]
    fn a_config_file_reads_back_as_what_was_written() {
        let text = config(vec![proxy("a"), proxy("<b>")]).unwrap();
        let read = crate::decode::read_proxies(&text).unwrap();
        let names: Vec<_> = read.iter().map(|new| new.name.as_deref()).collect();
        assert_eq!(names, [Some("a"), Some("<b>")]);
        assert_eq!(read[1].toxics[0].attributes[0].1, (-5).into());
        assert_eq!(config(Vec::new()).unwrap(), b"[]\n");
    }

    #[test]
    fn options_of_a_toxic_are_written_behind_what_toxiproxy_has() {
        let mut view = proxy("web");
        view.seed = Some(u64::MAX);
        view.toxics[0].options = control::ToxicOptions {
            duration: Some(Duration::from_millis(1500)),
            start_after: Some(Duration::from_secs(90)),
            every: Some(Duration::from_secs(3600)),
            seed: Some(0),
            replay: Some(17),
            matching: Some(ToxicMatch {
                scope: Scope {
                    clients: vec!["::1/128".parse().unwrap()],
                    connections: vec![1..=3, 7..=u64::MAX],
                },
                http: None,
            }),
            ..control::ToxicOptions::default()
        };
        let lasting = concat!(
            r#""toxicity":0.5,"duration":"1.5s","start_after":"1m30s","every":"1h0m0s","seed":0,"#,
            r#""replay":{"connection":17},"match":{"client":["::1/128"],"connections":"1-3,7-"}}],"#,
            r#""seed":18446744073709551615}"#
        );
        assert!(written(&Proxy::from(view.clone())).ends_with(lasting));
        let toxic = &mut view.toxics[0];
        toxic.expires_in = Some(Duration::from_micros(29_700_100));
        toxic.active = Some(false);
        let passing = r#""every":"1h0m0s","expires_in":"29.7s","active":false,"seed":0,"#;
        assert!(written(&Proxy::from(view.clone())).contains(passing));
        let text = config(vec![view.clone()]).unwrap();
        assert!(String::from_utf8_lossy(&text).contains(lasting));
        let read = crate::decode::read_proxies(&text).unwrap();
        assert_eq!(read[0].seed, view.seed);
        assert_eq!(read[0].toxics[0].options, view.toxics[0].options);
        let faults = crate::config::check_config(&text);
        assert!(faults.iter().all(|fault| !fault.fatal), "{faults:?}");
    }

    #[test]
    fn a_config_file_leaves_out_what_belongs_to_a_session() {
        let mut own = proxy("own");
        own.session = Some("s".into());
        own.created_in_session = true;
        let mut lent = proxy("lent");
        lent.session = Some("s".into());
        let mut passing = lent.toxics[0].clone();
        passing.options.session = Some("s".into());
        passing.name = "passing".into();
        lent.toxics.push(passing);
        let text = String::from_utf8(config(vec![own, lent]).unwrap()).unwrap();
        assert_eq!(
            text,
            "[\n  {\"name\":\"lent\",\"listen\":\"127.0.0.1:1\",\"upstream\":\"u\",\"enabled\":true,\
             \"toxics\":[{\"attributes\":{\"latency\":-5,\"jitter\":0},\"name\":\"t\",\"type\":\"latency\",\
             \"stream\":\"UpStream\",\"toxicity\":0.5}]}\n]\n"
        );
    }

    #[test]
    fn an_empty_populate_is_null() {
        let populated = |views: Vec<ProxyView>| {
            let proxies: Vec<Proxy> = views.into_iter().map(Proxy::from).collect();
            written(&Populated::from(proxies))
        };
        assert_eq!(populated(Vec::new()), r#"{"proxies":null}"#);
        assert!(populated(vec![proxy("a")]).starts_with(r#"{"proxies":[{"name":"a","#));
    }
}
