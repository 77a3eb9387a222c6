//! What is taken though it can hardly have been meant: unknown fields, a missing listen address, an
//! upstream that nobody can connect to, values out of range.
//!
//! Toxiproxy takes all of it, so it is taken here, with a warning; a strict server refuses it. Pure:
//! whoever asks writes the log. May know: the checks of values. Must not know: HTTP.

use std::borrow::Cow;

use super::check::{self, suggestion};
use super::error::ControlError;
use super::finding::Finding;
use super::loops::check_loop;
use super::view::{NewProxy, NewToxic, ProxyChange, ToxicChange};
use crate::toxics::{self, Given, Kind, toxic_fields};
use crate::util::suggest::nearest;

/// How many doubts are told of one request: the rest would only cost time.
pub const MOST_DOUBTS: usize = 64;

/// Fields of a proxy that a request may set.
pub const PROXY_FIELDS: [&str; 7] = [
    "name", "listen", "upstream", "enabled", "toxics", "seed", "session",
];

/// What a request leaves in doubt, with the field.
pub type Doubts = Vec<Finding>;

/// Of a proxy to create, and its toxics.
pub fn doubts_of_proxy(new: &NewProxy) -> Doubts {
    let mut doubts = own_doubts(new);
    for (index, toxic) in new.toxics.iter().enumerate() {
        if doubts.len() >= MOST_DOUBTS {
            break;
        }
        doubts.extend(doubts_of_toxic(toxic).into_iter().map(|mut doubt| {
            let dot = if doubt.field.is_empty() { "" } else { "." };
            doubt.field = format!("toxics[{index}]{dot}{}", doubt.field);
            doubt
        }));
    }
    only(doubts)
}

/// Of a proxy to create, without its toxics.
pub(super) fn own_doubts(new: &NewProxy) -> Doubts {
    let mut doubts: Doubts = new.unknown.iter().map(|name| unknown_field(name)).collect();
    let listen = new.listen.as_deref().unwrap_or_default();
    if listen.is_empty() && new.enabled != Some(false) {
        doubts.push(missing_listen());
    }
    let upstream = new.upstream.as_deref().filter(|text| !text.is_empty());
    doubts.extend(upstream.and_then(check::check_upstream));
    doubts.extend(upstream.and_then(|upstream| check_loop(listen, upstream)));
    only(doubts)
}

/// Of an update of a proxy.
pub fn doubts_of_change(change: &ProxyChange) -> Doubts {
    let unknown = change.unknown.iter();
    let mut doubts: Doubts = unknown.map(|name| unknown_field(name)).collect();
    if change.listen.as_deref() == Some("") && change.enabled != Some(false) {
        doubts.push(missing_listen());
    }
    let upstream = change.upstream.as_deref().filter(|text| !text.is_empty());
    doubts.extend(upstream.and_then(check::check_upstream));
    only(doubts)
}

/// Of a toxic to create.
pub fn doubts_of_toxic(new: &NewToxic) -> Doubts {
    let kind = toxics::find(&new.kind);
    let unknown = new.unknown.iter();
    let mut doubts: Doubts = unknown.map(|name| unknown_beside(name, kind)).collect();
    doubts.extend(check::check_toxic(new));
    only(doubts)
}

/// Of an update of a toxic of a kind.
pub fn doubts_of_toxic_change(kind: &str, change: &ToxicChange) -> Doubts {
    let Some(kind) = toxics::find(kind) else {
        return Doubts::new();
    };
    let mut doubts = unknown_names(kind, &change.unknown, &change.attributes);
    doubts.extend(check::odd_toxicity(change.toxicity));
    for given in &change.attributes {
        if let Ok(Some(value)) = kind.read_given(given) {
            doubts.extend(check::odd_attribute(kind, &given.name, value));
        }
    }
    only(doubts)
}

/// Of a toxic: the names alone that mean nothing.
pub(super) fn unknown_names(kind: &'static Kind, unknown: &[String], given: &[Given]) -> Doubts {
    let fields = unknown.iter();
    let fields = fields.map(|name| unknown_beside(name, Some(kind)));
    let attributes = given.iter();
    let attributes = attributes.filter_map(|one| unknown_attribute(kind, one));
    fields.chain(attributes).take(MOST_DOUBTS).collect()
}

/// Errors: the server is strict, and something leaves doubts.
pub(super) fn admit(strict: bool, doubts: impl FnOnce() -> Doubts) -> Result<(), ControlError> {
    if strict { none(&doubts()) } else { Ok(()) }
}

fn none(doubts: &[Finding]) -> Result<(), ControlError> {
    match doubts.first() {
        None => Ok(()),
        Some(doubt) => Err(ControlError::Strict {
            finding: doubt.clone(),
        }),
    }
}

/// Faults that are errors anyway are not doubts.
fn only(mut doubts: Doubts) -> Doubts {
    doubts.retain(|doubt| !doubt.fatal);
    doubts.truncate(MOST_DOUBTS);
    doubts
}

fn missing_listen() -> Finding {
    Finding::odd("listen", MISSING_LISTEN)
}

/// What a proxy does that was given no listen address.
pub const MISSING_LISTEN: &str = "it is missing, so a random port on all interfaces is taken; give \
     an address such as 127.0.0.1:8475, or 0.0.0.0:0 for that very thing";

/// A field that no proxy has.
pub fn unknown_field(name: &str) -> Finding {
    let hint = suggestion(&short(name), PROXY_FIELDS);
    Finding::unknown(name, "no such field").with_remedy(hint)
}

/// A field that no toxic has. Many put an attribute beside the others' place.
pub fn unknown_toxic_field(name: &str, kind: &str) -> Finding {
    unknown_beside(name, toxics::find(kind))
}

fn unknown_beside(name: &str, kind: Option<&'static Kind>) -> Finding {
    let attributes = kind.iter().flat_map(|kind| kind.attributes.iter());
    let mut attributes = attributes.map(|attribute| attribute.name);
    let attribute = match attributes.clone().find(|attribute| *attribute == name) {
        // Not if a field is as near.
        None if nearest(&short(name), toxic_fields()).is_none() => {
            nearest(&short(name), attributes.by_ref())
        }
        exact => exact,
    };
    let remedy = match attribute {
        Some(attribute) => format!(
            "{attribute} is an attribute: give it as \
             \"attributes\": {{\"{attribute}\": VALUE}}"
        ),
        None => suggestion(&short(name), toxic_fields()),
    };
    Finding::unknown(name, "no such field").with_remedy(remedy)
}

/// An attribute that the kind does not have.
pub(super) fn unknown_attribute(kind: &'static Kind, given: &Given) -> Option<Finding> {
    let names = kind.attributes.iter().map(|attribute| attribute.name);
    if names.clone().any(|name| name == given.name) {
        return None;
    }
    let hint = match toxic_fields().any(|field| field == given.name) {
        true => format!("{} stands beside \"attributes\", not in it", given.name),
        false if kind.attributes.is_empty() => format!("{} takes none", kind.name),
        false => suggestion(&short(&given.name), names),
    };
    let problem = format!("{} has no such attribute", kind.name);
    let field = format!("attributes.{}", short(&given.name));
    Some(Finding::unknown(&field, problem).with_remedy(hint))
}

/// A name that may have any length, for comparisons and messages.
fn short(name: &str) -> Cow<'_, str> {
    const LONGEST: usize = 64;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", name.get(..end).unwrap_or_default()).into(),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toxic(kind: &str, unknown: &[&str], attributes: &[(&str, &str)]) -> NewToxic {
        let given = attributes.iter().map(|(name, json)| Given {
            name: (*name).to_owned(),
            json: (*json).to_owned(),
        });
        NewToxic {
            kind: kind.to_owned(),
            unknown: unknown.iter().map(|name| (*name).to_owned()).collect(),
            attributes: given.collect(),
            ..NewToxic::default()
        }
    }

    fn told(doubts: &[Finding]) -> String {
        let texts = doubts.iter().map(ToString::to_string);
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn an_attribute_beside_its_place_is_told_where_it_belongs() {
        for (new, part) in [
            (
                toxic("latency", &["latency"], &[]),
                "\"attributes\": {\"latency\": VALUE}",
            ),
            (
                toxic("latency", &["latancy"], &[]),
                "latency is an attribute",
            ),
            (
                toxic("latency", &["toxcity"], &[]),
                "did you mean \"toxicity\"?",
            ),
            (toxic("noop", &["x"], &[]), "use one of name, type"),
            (
                toxic("latency", &[], &[("delay", "100")]),
                "use one of latency, jitter",
            ),
            (toxic("latency", &[], &[("toxicity", "1")]), "stands beside"),
            (toxic("latency", &[], &[("latency", "-1")]), "nearest end"),
        ] {
            let doubts = doubts_of_toxic(&new);
            assert_eq!(doubts.len(), 1, "{new:?}");
            assert!(told(&doubts).contains(part), "{}", told(&doubts));
        }
        assert_eq!(
            doubts_of_toxic(&toxic("latency", &[], &[("latency", "1")])),
            []
        );
    }

    #[test]
    fn a_proxy_without_a_listen_address_leaves_doubts_only_if_it_listens() {
        let proxy = |listen: Option<&str>, enabled| NewProxy {
            listen: listen.map(str::to_owned),
            upstream: Some("a:1".into()),
            enabled,
            ..NewProxy::default()
        };
        assert!(told(&doubts_of_proxy(&proxy(None, None))).contains("random port"));
        assert!(told(&doubts_of_proxy(&proxy(Some(""), Some(true)))).contains("random port"));
        assert_eq!(doubts_of_proxy(&proxy(None, Some(false))), []);
        assert_eq!(doubts_of_proxy(&proxy(Some(":0"), None)), []);
    }

    #[test]
    fn an_upstream_that_nobody_can_connect_to_leaves_doubts() {
        for (upstream, part) in [
            ("redis", "missing port"),
            ("http://redis:6379", "without http://"),
            ("redis:6379/0", "unknown port"),
            ("redis:0", "port 0"),
            ("my redis:1", "no host"),
        ] {
            let new = NewProxy {
                listen: Some(":0".into()),
                upstream: Some(upstream.into()),
                ..NewProxy::default()
            };
            let doubts = told(&doubts_of_proxy(&new));
            assert!(doubts.contains(part), "{upstream}: {doubts}");
            let change = ProxyChange {
                upstream: new.upstream,
                ..ProxyChange::default()
            };
            assert_eq!(told(&doubts_of_change(&change)), doubts);
        }
    }

    #[test]
    fn doubts_are_bounded() {
        let new = NewProxy {
            toxics: vec![toxic("noop", &["a", "b"], &[]); 1000],
            ..NewProxy::default()
        };
        assert_eq!(doubts_of_proxy(&new).len(), MOST_DOUBTS);
    }
}
