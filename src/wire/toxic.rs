//! Toxics in answers and in requests.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::members::Members;
use super::span::Span;
use super::toxic_match::Match;

/// A toxic, in an answer.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Toxic {
    /// Its attributes.
    #[serde(default)]
    pub attributes: Attributes,
    /// Its name.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its stream, spelled as the client gave it.
    pub stream: String,
    /// The share of connections that it applies to.
    pub toxicity: f32,
    /// The options that only aconite has.
    #[serde(flatten)]
    pub options: ToxicOptions,
    /// The attributes that are placed beside `attributes` and are set.
    #[serde(flatten)]
    pub beside: Attributes,
}

/// The options that aconite adds to a toxic. `None` means that a request does not give the option, or that an
/// answer has it unset.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct ToxicOptions {
    /// How long it acts before it removes itself; with `every`, how long it acts each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<Span>,
    /// How long it waits before it first acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_after: Option<Span>,
    /// How often it acts again, measured from start to start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    /// In answers: the time until it removes itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<Span>,
    /// In answers: whether it acts now. Set for toxics with a schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// In the answer to a creation for both streams: the name of the upstream toxic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    /// The session whose end removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The seed of its random choices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The connection whose random choices it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<Replay>,
    /// The connections that it may apply to, and the requests that it acts on.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<Match>,
}

/// The connection whose random choices are repeated.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Its number in the proxy, from 1.
    pub connection: u64,
}

/// A toxic to create, as a client sends it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewToxic {
    /// Its name; `None` means `<type>_<stream>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// `upstream`, `downstream` or `both`.
    pub stream: String,
    /// The share of connections that it applies to.
    pub toxicity: f64,
    /// Its attributes.
    pub attributes: Attributes,
    /// The options that only aconite has.
    #[serde(flatten)]
    pub options: ToxicOptions,
    /// The attributes that are placed beside `attributes`.
    #[serde(flatten)]
    pub beside: Attributes,
}

/// The changes to a toxic, as a client sends them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ToxicChange {
    /// The new share of connections that it applies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toxicity: Option<f64>,
    /// Attributes to set; the others keep their values.
    pub attributes: Attributes,
    /// The options that only aconite has.
    #[serde(flatten)]
    pub options: ToxicOptions,
    /// The attributes that are placed beside `attributes`.
    #[serde(flatten)]
    pub beside: Attributes,
}

/// The attributes of a toxic.
pub type Attributes = Members<Value>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::{ANSWER_FIELDS, OWN_FIELDS, ToxicOption};
    use crate::wire::{AfterPart, HeaderTest, HttpMatch};
    use std::time::Duration;

    fn all() -> ToxicOptions {
        let span = Some(Span(Duration::from_secs(1)));
        ToxicOptions {
            duration: span,
            start_after: span,
            every: span,
            expires_in: span,
            active: Some(true),
            partner: Some("t_upstream".into()),
            session: Some("s".into()),
            seed: Some(u64::MAX),
            replay: Some(Replay { connection: 17 }),
            matching: Some(Match {
                client: vec!["::1/128".into()],
                connections: "1-3".into(),
                http: Some(HttpMatch {
                    path: Some("/v1/*".into()),
                    headers: [
                        ("a".into(), HeaderTest::IsPresent(true)),
                        ("b".into(), HeaderTest::Value("1".into())),
                    ]
                    .into_iter()
                    .collect(),
                    after: Some(AfterPart::Events(5)),
                    ..HttpMatch::default()
                }),
            }),
        }
    }

    #[test]
    fn options_have_the_names_of_the_table_and_read_back() {
        let toxic = Toxic {
            attributes: Members(vec![
                ("latency".into(), 5.into()),
                ("jitter".into(), 0.into()),
            ]),
            name: "t".into(),
            kind: "latency".into(),
            stream: "upstream".into(),
            toxicity: 0.1,
            options: all(),
            beside: Attributes::default(),
        };
        let json = serde_json::to_value(&toxic).unwrap();
        let mut names: Vec<&str> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let options = ToxicOption::ALL.map(ToxicOption::name);
        let mut table: Vec<&str> = [&OWN_FIELDS[..], &options, &ANSWER_FIELDS].concat();
        names.sort_unstable();
        table.sort_unstable();
        assert_eq!(names, table);
        let text = serde_json::to_string(&toxic).unwrap();
        assert_eq!(serde_json::from_str::<Toxic>(&text).unwrap(), toxic);
    }

    #[test]
    fn what_is_not_set_is_not_written() {
        let change = ToxicChange::default();
        let json = serde_json::to_string(&change).unwrap();
        assert_eq!(json, r#"{"attributes":{}}"#);
        let toxic: Toxic = serde_json::from_str(
            r#"{"attributes":{"b":1,"a":1.5},"name":"t","type":"x","stream":"upstream","toxicity":1,"new":[]}"#,
        )
        .unwrap();
        let names: Vec<&str> = toxic.attributes.0.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(toxic.options, ToxicOptions::default());
        assert_eq!(toxic.beside.0, [("new".into(), Value::Array(vec![]))]);
    }
}
