//! Warnings about accepted requests that are probably mistakes: unknown fields, a missing listen address,
//! an upstream that cannot be connected to, values out of range.
//!
//! Toxiproxy accepts such requests, so aconite accepts them too, except in strict mode.

use super::addresses::check_upstream;
use super::fields::{MAX_WARNINGS, unknown_beside, unknown_field, unknown_names};
use super::finding::Finding;
use super::loops::check_loop;
use super::requests::odd_options;
use super::toxic::{check_toxic, odd_attribute, odd_toxicity};
use crate::control::toxic::given::{given, unknown};
use crate::control::view::{NewProxy, NewToxic, ProxyChange, ToxicChange};
use crate::toxics::Catalogue;

/// The warnings about a new proxy and its toxics.
pub fn proxy_warnings(new: &NewProxy, catalogue: &Catalogue) -> Vec<Finding> {
    let mut warnings = own_warnings(new);
    for (index, toxic) in new.toxics.iter().enumerate() {
        if warnings.len() >= MAX_WARNINGS {
            break;
        }
        warnings.extend(
            toxic_warnings(toxic, catalogue)
                .into_iter()
                .map(|mut warning| {
                    let dot = if warning.field.is_empty() { "" } else { "." };
                    warning.field = format!("toxics[{index}]{dot}{}", warning.field);
                    warning
                }),
        );
    }
    limited(warnings)
}

/// The warnings about a new proxy without its toxics.
pub(in crate::control) fn own_warnings(new: &NewProxy) -> Vec<Finding> {
    let mut warnings: Vec<Finding> = new.unknown.iter().map(|name| unknown_field(name)).collect();
    let listen = new.listen.as_deref().unwrap_or_default();
    if listen.is_empty() && new.enabled != Some(false) {
        warnings.push(missing_listen());
    }
    let upstream = new.upstream.as_deref().filter(|text| !text.is_empty());
    warnings.extend(upstream.and_then(check_upstream));
    warnings.extend(upstream.and_then(|upstream| check_loop(listen, upstream)));
    limited(warnings)
}

/// The warnings about an update of a proxy.
pub fn proxy_change_warnings(change: &ProxyChange) -> Vec<Finding> {
    let unknown = change.unknown.iter();
    let mut warnings: Vec<Finding> = unknown.map(|name| unknown_field(name)).collect();
    if change.listen.as_deref() == Some("") && change.enabled != Some(false) {
        warnings.push(missing_listen());
    }
    let upstream = change.upstream.as_deref().filter(|text| !text.is_empty());
    warnings.extend(upstream.and_then(check_upstream));
    limited(warnings)
}

/// The warnings about a new toxic.
pub fn toxic_warnings(new: &NewToxic, catalogue: &Catalogue) -> Vec<Finding> {
    let kind = catalogue.find(&new.kind).map(|kind| &**kind);
    let unknown = unknown(kind, &new.beside);
    let mut warnings: Vec<Finding> = unknown.map(|name| unknown_beside(name, kind)).collect();
    warnings.extend(check_toxic(new, catalogue));
    limited(warnings)
}

/// The warnings about an update of a toxic of this kind.
pub fn toxic_change_warnings(
    kind: &str,
    change: &ToxicChange,
    catalogue: &Catalogue,
) -> Vec<Finding> {
    let Some(kind) = catalogue.find(kind) else {
        return Vec::new();
    };
    let mut warnings = unknown_names(kind, &change.beside, &change.attributes);
    warnings.extend(odd_toxicity(change.toxicity));
    warnings.extend(odd_options(&change.options));
    for (name, value) in given(kind, &change.attributes, &change.beside).iter() {
        if let Ok(Some(value)) = kind.read_one(name, value) {
            warnings.extend(odd_attribute(kind, name, &value));
        }
    }
    limited(warnings)
}

/// Keeps the non-fatal findings, up to the limit.
fn limited(mut warnings: Vec<Finding>) -> Vec<Finding> {
    warnings.retain(|warning| !warning.fatal);
    warnings.truncate(MAX_WARNINGS);
    warnings
}

fn missing_listen() -> Finding {
    Finding::odd("listen", MISSING_LISTEN)
}

/// What happens to a proxy without a listen address.
pub const MISSING_LISTEN: &str = "it is missing, so a random port on all interfaces is taken; give \
     an address such as 127.0.0.1:8475, or 0.0.0.0:0 for that very thing";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toxics::Value;

    fn toxic(kind: &str, unknown: &[&str], attributes: &[(&str, i64)]) -> NewToxic {
        let given = attributes.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), Value::Integer(*value)));
        NewToxic {
            kind: kind.to_owned(),
            beside: unknown
                .iter()
                .map(|name| ((*name).to_owned(), Value::Null))
                .collect(),
            attributes: given.collect(),
            ..NewToxic::default()
        }
    }

    fn of_proxy(new: &NewProxy) -> Vec<Finding> {
        proxy_warnings(new, &Catalogue::default())
    }

    fn of_toxic(new: &NewToxic) -> Vec<Finding> {
        toxic_warnings(new, &Catalogue::default())
    }

    fn lines(warnings: &[Finding]) -> String {
        let texts = warnings.iter().map(ToString::to_string);
        texts.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_warning_about_an_unknown_name_says_where_it_belongs() {
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
                toxic("latency", &[], &[("delay", 100)]),
                "use one of latency, jitter",
            ),
            (toxic("latency", &[], &[("toxicity", 1)]), "stands beside"),
            (toxic("latency", &[], &[("latency", -1)]), "nearest end"),
        ] {
            let warnings = of_toxic(&new);
            assert_eq!(warnings.len(), 1, "{new:?}");
            assert!(lines(&warnings).contains(part), "{}", lines(&warnings));
        }
        assert_eq!(of_toxic(&toxic("latency", &[], &[("latency", 1)])), []);
    }

    #[test]
    fn a_missing_listen_address_is_a_warning_only_if_the_proxy_listens() {
        let proxy = |listen: Option<&str>, enabled| NewProxy {
            listen: listen.map(str::to_owned),
            upstream: Some("a:1".into()),
            enabled,
            ..NewProxy::default()
        };
        assert!(lines(&of_proxy(&proxy(None, None))).contains("random port"));
        assert!(lines(&of_proxy(&proxy(Some(""), Some(true)))).contains("random port"));
        assert_eq!(of_proxy(&proxy(None, Some(false))), []);
        assert_eq!(of_proxy(&proxy(Some(":0"), None)), []);
    }

    #[test]
    fn an_upstream_that_nobody_can_connect_to_is_a_warning() {
        for (upstream, part) in [
            ("redis", "missing port"),
            ("ftp://redis:6379", "without ftp://"),
            ("redis:6379/0", "unknown port"),
            ("redis:0", "port 0"),
            ("my redis:1", "no host"),
        ] {
            let new = NewProxy {
                listen: Some(":0".into()),
                upstream: Some(upstream.into()),
                ..NewProxy::default()
            };
            let warnings = lines(&of_proxy(&new));
            assert!(warnings.contains(part), "{upstream}: {warnings}");
            let change = ProxyChange {
                upstream: new.upstream,
                ..ProxyChange::default()
            };
            assert_eq!(lines(&proxy_change_warnings(&change)), warnings);
        }
    }

    #[test]
    fn a_built_in_upstream_is_no_warning() {
        for upstream in ["echo:", "discard:", "silent:"] {
            let new = NewProxy {
                listen: Some(":1".into()),
                upstream: Some(upstream.into()),
                ..NewProxy::default()
            };
            assert_eq!(of_proxy(&new), [], "{upstream}");
        }
        assert_eq!(check_upstream("http://redis"), None);
        let with_path = check_upstream("http://redis/0").unwrap();
        assert!(with_path.fatal, "{with_path}");
        let misspelt = check_upstream("ecko:").unwrap();
        assert!(misspelt.fatal, "{misspelt}");
        assert!(
            misspelt.to_string().contains("did you mean \"echo:\"?"),
            "{misspelt}"
        );
    }

    #[test]
    fn warnings_are_bounded() {
        let new = NewProxy {
            toxics: vec![toxic("noop", &["a", "b"], &[]); 1000],
            ..NewProxy::default()
        };
        assert_eq!(of_proxy(&new).len(), MAX_WARNINGS);
    }
}
