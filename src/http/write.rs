//! Views → JSON text, letter by letter as Go's `encoding/json` writes it.
//!
//! May know: `control`'s views. Must not know: axum, status codes.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use serde_json::ser::Formatter;

use super::extras;
use crate::control::{ProxyView, Scope, ToxicView};
use crate::util::duration;

/// The JSON text of a value, compact, without a newline.
///
/// # Errors
/// None for the types of this file.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut text = Vec::with_capacity(256);
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Go))?;
    Ok(text)
}

/// The answer of `GET /proxies`: an object, names in the order of their bytes.
pub(super) fn by_name(views: &[ProxyView]) -> impl Serialize {
    let entries = views.iter().map(|view| (view.name.as_str(), Proxy(view)));
    entries.collect::<BTreeMap<_, _>>()
}

/// The answer of `POST /populate`. An empty list is `null`, as Go writes a list that nobody made.
pub(super) fn populated(views: &[ProxyView]) -> impl Serialize {
    #[derive(Serialize)]
    struct Populated<'a> {
        proxies: Option<Vec<Proxy<'a>>>,
    }
    let proxies = Some(views.iter().map(Proxy).collect()).filter(|list: &Vec<_>| !list.is_empty());
    Populated { proxies }
}

/// A config file that makes these proxies again: a JSON array, a line for each. What belongs to a
/// session is left out, as it is not there to stay.
///
/// # Errors
/// None for the types of this file.
pub(super) fn config(views: &[ProxyView]) -> serde_json::Result<Vec<u8>> {
    let lasting: Vec<ProxyView> = views.iter().filter_map(lasting).collect();
    let lines: Vec<Vec<u8>> = lasting
        .iter()
        .map(|view| json(&Proxy(view)))
        .collect::<Result<_, _>>()?;
    let (start, end): (&[u8], &[u8]) = match *lasting {
        [] => (b"[", b"]\n"),
        _ => (b"[\n  ", b"\n]\n"),
    };
    Ok([start, &lines.join(&b",\n  "[..]), end].concat())
}

/// A proxy without what belongs to sessions and what passes.
fn lasting(view: &ProxyView) -> Option<ProxyView> {
    let mut view = view.clone();
    match (view.session.take(), view.enabled) {
        // It is there until the session ends.
        (Some(_), _) if view.created_in_session => return None,
        // It is disabled until the session ends.
        (Some(_), false) => view.enabled = true,
        _ => {}
    }
    view.toxics.retain(|toxic| toxic.extras.session.is_none());
    for toxic in &mut view.toxics {
        toxic.expires_in = None;
        toxic.active = None;
    }
    Some(view)
}

/// The answer of `GET /proxies/{proxy}/toxics`.
pub(super) fn toxics(views: &[ToxicView]) -> impl Serialize {
    views.iter().map(Toxic).collect::<Vec<_>>()
}

/// A proxy.
pub(super) struct Proxy<'a>(pub(super) &'a ProxyView);

impl Serialize for Proxy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Proxy", 5)?;
        fields.serialize_field("name", &self.0.name)?;
        fields.serialize_field("listen", &self.0.listen)?;
        fields.serialize_field("upstream", &self.0.upstream)?;
        fields.serialize_field("enabled", &self.0.enabled)?;
        fields.serialize_field("toxics", &toxics(&self.0.toxics))?;
        optional(&mut fields, "seed", self.0.seed.as_ref())?;
        optional(&mut fields, "session", self.0.session.as_ref())?;
        fields.end()
    }
}

/// A toxic.
pub(super) struct Toxic<'a>(pub(super) &'a ToxicView);

impl Serialize for Toxic<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Toxic", 5)?;
        fields.serialize_field("attributes", &Attributes(&self.0.attributes))?;
        fields.serialize_field("name", &self.0.name)?;
        fields.serialize_field("type", self.0.kind)?;
        fields.serialize_field("stream", &self.0.stream)?;
        fields.serialize_field("toxicity", &self.0.toxicity)?;
        self.extras(&mut fields)?;
        fields.end()
    }
}

impl Toxic<'_> {
    /// What the reference does not know: behind the rest, and only what is set.
    fn extras<F: SerializeStruct>(&self, fields: &mut F) -> Result<(), F::Error> {
        let extras = &self.0.extras;
        let time = |span: Option<Duration>| span.map(duration::text);
        optional(fields, "duration", time(extras.duration).as_ref())?;
        optional(fields, "start_after", time(extras.start_after).as_ref())?;
        optional(fields, "every", time(extras.every).as_ref())?;
        let left = self.0.expires_in.map(duration::format_millis);
        optional(fields, "expires_in", left.as_ref())?;
        optional(fields, "active", self.0.active.as_ref())?;
        optional(fields, "session", extras.session.as_ref())?;
        optional(fields, "seed", extras.seed.as_ref())?;
        let replay = extras.replay.map(|connection| Replay { connection });
        optional(fields, "replay", replay.as_ref())?;
        optional(
            fields,
            "match",
            extras.scope.as_ref().map(Match::of).as_ref(),
        )
    }
}

/// A field that is there only if it is set.
fn optional<F: SerializeStruct>(
    fields: &mut F,
    name: &'static str,
    value: Option<&impl Serialize>,
) -> Result<(), F::Error> {
    match value {
        Some(value) => fields.serialize_field(name, value),
        None => Ok(()),
    }
}

#[derive(Serialize)]
struct Replay {
    connection: u64,
}

/// Which connections a toxic may touch.
#[derive(Serialize)]
pub(super) struct Match {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    client: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    connections: String,
}

impl Match {
    pub(super) fn of(scope: &Scope) -> Self {
        Match {
            client: scope.clients.iter().map(ToString::to_string).collect(),
            connections: extras::ordinals_text(&scope.connections),
        }
    }
}

/// A toxic's attributes in the order of the catalogue.
pub(super) struct Attributes<'a>(pub(super) &'a [(&'static str, i64)]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// Where Go's letters are others than serde_json's.
struct Go;

impl Formatter for Go {
    fn write_f32<W: ?Sized + io::Write>(&mut self, to: &mut W, value: f32) -> io::Result<()> {
        to.write_all(float32(value).as_bytes())
    }

    fn write_string_fragment<W>(&mut self, to: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        // So that the text may stand in a page: Go escapes what HTML and JavaScript would act on.
        const ESCAPED: [char; 5] = ['<', '>', '&', '\u{2028}', '\u{2029}'];
        // The first byte of the last two in UTF-8. Most texts have none of these.
        if !fragment.bytes().any(|byte| b"<>&\xe2".contains(&byte)) {
            return to.write_all(fragment.as_bytes());
        }
        for piece in fragment.split_inclusive(ESCAPED) {
            match piece.char_indices().next_back() {
                Some((at, last)) if ESCAPED.contains(&last) => {
                    to.write_all(piece.get(..at).unwrap_or_default().as_bytes())?;
                    write!(to, "\\u{:04x}", u32::from(last))?;
                }
                _ => to.write_all(piece.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// A `float32` as Go writes it: the shortest digits that read back the same, with an exponent only
/// for what is below 1e-6 or at least 1e21.
fn float32(value: f32) -> String {
    if value == 0.0 || (1e-6..1e21).contains(&value.abs()) {
        return value.to_string();
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::ToxicOptions;

    fn written(value: &impl Serialize) -> String {
        String::from_utf8(json(value).unwrap()).unwrap()
    }

    fn proxy(name: &str) -> ProxyView {
        let toxic = ToxicView {
            name: "t".into(),
            kind: "latency",
            stream: "UpStream".into(),
            toxicity: 0.5,
            attributes: vec![("latency", -5), ("jitter", 0)],
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
    fn floats_are_written_as_in_go() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (0.5, "0.5"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (100.0, "100"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-10, "1.25e-10"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (f32::MAX, "3.4028235e+38"),
        ];
        for (value, text) in cases {
            assert_eq!(written(&value), text);
        }
    }

    #[test]
    fn strings_are_escaped_as_in_go() {
        let text = written(&"<a>&\"b\"\u{2028}\u{2029}\u{7f}\0\n\t\u{1}\u{8}\u{c}\\é");
        let expected = "\"\\u003ca\\u003e\\u0026\\\"b\\\"\\u2028\\u2029\u{7f}\\u0000\\n\\t\\u0001\\b\\f\\\\é\"";
        assert_eq!(text, expected);
    }

    #[test]
    fn members_come_in_the_order_of_the_reference() {
        assert_eq!(
            written(&Proxy(&proxy("web"))),
            r#"{"name":"web","listen":"127.0.0.1:1","upstream":"u","enabled":false,"toxics":[{"attributes":{"latency":-5,"jitter":0},"name":"t","type":"latency","stream":"UpStream","toxicity":0.5}]}"#
        );
    }

    #[test]
    fn proxies_are_sorted_by_the_bytes_of_their_names() {
        let views = [proxy("a"), proxy("é"), proxy("B")];
        let text = written(&by_name(&views));
        let value: Vec<_> = ["{\"B\":", ",\"a\":", ",\"é\":"]
            .iter()
            .map(|n| text.find(*n))
            .collect();
        assert!(
            value.is_sorted() && value.iter().all(Option::is_some),
            "{text}"
        );
        assert_eq!(written(&by_name(&[])), "{}");
    }

    #[test]
    fn a_config_file_reads_back_as_what_was_written() {
        let views = [proxy("a"), proxy("<b>")];
        let text = config(&views).unwrap();
        let read = crate::http::read_proxies(&text).unwrap();
        let names: Vec<_> = read.iter().map(|new| new.name.as_deref()).collect();
        assert_eq!(names, [Some("a"), Some("<b>")]);
        assert_eq!(read[1].toxics[0].attributes[0].json, "-5");
        assert_eq!(config(&[]).unwrap(), b"[]\n");
    }

    #[test]
    fn what_a_toxic_was_told_beyond_the_reference_comes_behind_the_rest() {
        let mut view = proxy("web");
        view.seed = Some(u64::MAX);
        view.toxics[0].extras = ToxicOptions {
            duration: Some(Duration::from_millis(1500)),
            start_after: Some(Duration::from_secs(90)),
            every: Some(Duration::from_secs(3600)),
            seed: Some(0),
            replay: Some(17),
            scope: Some(Scope {
                clients: vec!["::1/128".parse().unwrap()],
                connections: vec![1..=3, 7..=u64::MAX],
            }),
            ..ToxicOptions::default()
        };
        let lasting = concat!(
            r#""toxicity":0.5,"duration":"1.5s","start_after":"1m30s","every":"1h0m0s","seed":0,"#,
            r#""replay":{"connection":17},"match":{"client":["::1/128"],"connections":"1-3,7-"}}],"#,
            r#""seed":18446744073709551615}"#
        );
        assert!(written(&Proxy(&view)).ends_with(lasting));
        let toxic = &mut view.toxics[0];
        toxic.expires_in = Some(Duration::from_micros(29_700_100));
        toxic.active = Some(false);
        let passing = r#""every":"1h0m0s","expires_in":"29.7s","active":false,"seed":0,"#;
        assert!(written(&Proxy(&view)).contains(passing));
        let text = config(&[view.clone()]).unwrap();
        assert!(String::from_utf8_lossy(&text).contains(lasting));
        let read = crate::http::read_proxies(&text).unwrap();
        assert_eq!(read[0].seed, view.seed);
        assert_eq!(read[0].toxics[0].extras, view.toxics[0].extras);
        let faults = crate::http::check_config(&text);
        assert!(faults.iter().all(|fault| !fault.fatal), "{faults:?}");
    }

    #[test]
    fn a_config_file_has_nothing_of_a_session() {
        let mut own = proxy("own");
        own.session = Some("s".into());
        own.created_in_session = true;
        let mut lent = proxy("lent");
        lent.session = Some("s".into());
        let mut passing = lent.toxics[0].clone();
        passing.extras.session = Some("s".into());
        passing.name = "passing".into();
        lent.toxics.push(passing);
        let text = String::from_utf8(config(&[own, lent]).unwrap()).unwrap();
        assert_eq!(
            text,
            "[\n  {\"name\":\"lent\",\"listen\":\"127.0.0.1:1\",\"upstream\":\"u\",\"enabled\":true,\
             \"toxics\":[{\"attributes\":{\"latency\":-5,\"jitter\":0},\"name\":\"t\",\"type\":\"latency\",\
             \"stream\":\"UpStream\",\"toxicity\":0.5}]}\n]\n"
        );
    }

    #[test]
    fn an_empty_populate_is_null() {
        assert_eq!(written(&populated(&[])), r#"{"proxies":null}"#);
        assert!(written(&populated(&[proxy("a")])).starts_with(r#"{"proxies":[{"name":"a","#));
        assert_eq!(written(&toxics(&[])), "[]");
    }
}
