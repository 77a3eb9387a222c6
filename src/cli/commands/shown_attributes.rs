//! The attributes of a toxic for people: those that act, with long values shortened.
//!
//! The API answers with every attribute inside `attributes`, as Toxiproxy does, also with those that
//! have no effect. Programs get all of them.

use serde_json::Value;

use crate::toxics::{Attribute, Catalogue, Kind};
use crate::util::text::shorten;
use crate::wire::Toxic;

/// How much of a value is shown, in characters.
const SHOWN: usize = 56;

/// Attributes that have no effect beside the second one.
const REPLACED: [(&str, &str); 2] = [("rate", "trace"), ("jitter", "distribution")];

/// Attributes in place of which the first attribute of a kind may be 0.
const IN_PLACE: [&str; 5] = ["distribution", "wave", "p", "loss_good", "cut"];

/// The attributes as `NAME=VALUE`, all of them and in full.
pub(crate) fn whole(toxic: &Toxic) -> String {
    let all = toxic.attributes.0.iter().chain(&toxic.beside.0);
    let all = all.map(|(name, value)| format!("{name}={}", plain(value)));
    all.collect::<Vec<_>>().join(" ")
}

/// Those that act, and whether a value was shortened.
pub(crate) fn brief(catalogue: &Catalogue, toxic: &Toxic) -> (String, bool) {
    let kind = catalogue.find(&toxic.kind);
    let all = toxic.attributes.0.iter().chain(&toxic.beside.0);
    let acting = all.filter(|(name, value)| {
        kind.is_none_or(|kind| !is_idle(kind, toxic, (name.as_ref(), value)))
    });
    let mut is_cut = false;
    let shown = acting.map(|(name, value)| {
        let value = plain(value);
        let short = shorten(&value, SHOWN);
        is_cut |= short != value;
        format!("{name}={short}")
    });
    let shown: Vec<String> = shown.collect();
    (shown.join(" "), is_cut)
}

/// Whether an attribute has no effect: another one replaces it, or it is an addition of 0.
fn is_idle(kind: &Kind, toxic: &Toxic, (name, value): (&str, &Value)) -> bool {
    let has = |other: &str| {
        let mut all = toxic.attributes.0.iter().chain(&toxic.beside.0);
        all.any(|(name, _)| name == other)
    };
    if REPLACED
        .iter()
        .any(|(replaced, by)| *replaced == name && has(by))
    {
        return true;
    }
    let mut attributes = kind.attributes.iter();
    let is_zero_by_default = attributes
        .clone()
        .any(|one| one.name == name && is_zero(one));
    let is_first = attributes.next().is_some_and(|one| one.name == name);
    let may_be_zero = !is_first || IN_PLACE.into_iter().any(has);
    value.as_f64() == Some(0.0) && is_zero_by_default && may_be_zero
}

fn is_zero(attribute: &Attribute) -> bool {
    let default = attribute.default.as_ref();
    default.and_then(|default| default.as_number()) == Some(0.0)
}

fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn toxic(kind: &str, attributes: &Value, beside: &Value) -> Toxic {
        let mut toxic = json!({
            "name": "t", "type": kind, "stream": "upstream", "toxicity": 1, "attributes": attributes,
        });
        for (name, value) in beside.as_object().unwrap() {
            toxic[name] = value.clone();
        }
        serde_json::from_value(toxic).unwrap()
    }

    #[test]
    fn only_attributes_that_act_are_shown() {
        for (kind, attributes, beside, shown) in [
            (
                "latency",
                json!({"latency": 5, "jitter": 0}),
                json!({}),
                "latency=5",
            ),
            (
                "latency",
                json!({"latency": 0, "jitter": 0}),
                json!({}),
                "latency=0",
            ),
            (
                "latency",
                json!({"latency": 0, "jitter": 3}),
                json!({"distribution": {"type": "exponential"}}),
                r#"distribution={"type":"exponential"}"#,
            ),
            (
                "bandwidth",
                json!({"rate": 0}),
                json!({"shared": true}),
                "rate=0 shared=true",
            ),
            (
                "bandwidth",
                json!({"rate": 5}),
                json!({"trace": [[0, 1]]}),
                "trace=[[0,1]]",
            ),
            (
                "timeout",
                json!({"timeout": 0}),
                json!({"hold": true}),
                "timeout=0 hold=true",
            ),
            (
                "limit_data",
                json!({"bytes": 0}),
                json!({"cut": {"byte": 5}}),
                r#"cut={"byte":5}"#,
            ),
            (
                "packet_loss",
                json!({"loss_rate": 0, "correlation": 0.0, "p": 0.1}),
                json!({}),
                "p=0.1",
            ),
            (
                "corrupt",
                json!({"rate": 5, "mode": "flip"}),
                json!({}),
                "mode=flip rate=5",
            ),
            ("future", json!({"a": 0, "b": 0}), json!({}), "a=0 b=0"),
        ] {
            let toxic = toxic(kind, &attributes, &beside);
            let seen = brief(&Catalogue::default(), &toxic);
            assert_eq!(seen, (shown.to_owned(), false));
        }
    }

    #[test]
    fn long_values_are_cut_and_programs_get_all() {
        let trace: Vec<Value> = (0..40).map(|second| json!([second, 7])).collect();
        let toxic = toxic("bandwidth", &json!({"rate": 0}), &json!({"trace": trace}));
        let (text, is_cut) = brief(&Catalogue::default(), &toxic);
        assert!(
            is_cut && text.starts_with("trace=[[0,7],") && text.ends_with('…'),
            "{text}"
        );
        assert_eq!(text.chars().count(), "trace=".len() + SHOWN + 1);
        assert!(whole(&toxic).starts_with("rate=0 trace=[[0,7],"));
        assert!(whole(&toxic).ends_with(",[39,7]]"));
    }
}
