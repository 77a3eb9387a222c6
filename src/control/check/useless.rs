//! Warnings about values that are valid, but of which one makes another have no effect.

use super::finding::Finding;
use crate::control::toxic::options::ToxicOptions;
use crate::engine::Trigger;
use crate::toxics::{Kind, Value, Values};
use crate::util::duration;

/// All of these warnings about a toxic. `given` are the values that the request has.
pub(in crate::control) fn senseless(
    kind: &Kind,
    values: &Values,
    given: &[(String, Value)],
    options: &ToxicOptions,
) -> Vec<Finding> {
    let mut findings = useless(kind, values, given);
    findings.extend(too_late(kind, values, options));
    findings
}

/// Values that have no effect beside others.
fn useless(kind: &Kind, values: &Values, given: &[(String, Value)]) -> Vec<Finding> {
    let has = |name: &str| kind.has_beside(name) && is_set(kind, values, name);
    let mut found = Vec::new();
    if has("framing") && !uses_messages(kind, values) {
        let problem = "it has no effect, because nothing here counts messages";
        let users = [("per", "per \"message\""), ("cut", "cut")];
        let users = users.into_iter().filter(|(name, _)| kind.has_beside(name));
        let users: Vec<&str> = users
            .map(|(_, shown)| shown)
            .chain(["after.messages"])
            .collect();
        let remedy = format!("give {} too, or leave framing out", users.join(" or "));
        found.push(Finding::odd("framing", problem).with_remedy(remedy));
    }
    if !kind.shares_rate() {
        return found;
    }
    if has("trace") && is_set(kind, values, "rate") {
        let problem = "it has no effect beside trace, which takes its place";
        found.push(Finding::odd("attributes.rate", problem).with_remedy("leave one of them out"));
    }
    let refuses = given.iter().rfind(|(name, _)| name == "shared");
    if has("group") && matches!(refuses, Some((_, Value::Boolean(false)))) {
        let problem = "false has no effect beside group, whose toxics share the rate";
        found.push(Finding::odd("shared", problem).with_remedy("leave one of them out"));
    }
    found
}

fn is_set(kind: &Kind, values: &Values, name: &str) -> bool {
    let (attribute, value) = (kind.attribute(name), values.get(name));
    attribute
        .zip(value)
        .is_some_and(|(attribute, value)| attribute.is_set(value))
}

/// Whether the toxic, or its trigger, counts messages. Only those look at the framing.
fn uses_messages(kind: &Kind, values: &Values) -> bool {
    let trigger = kind.common(values).ok().and_then(|common| common.after);
    matches!(trigger, Some(Trigger::Messages(_)))
        || kind.build(values).is_ok_and(|toxic| toxic.wants_messages())
}

/// A toxic that ends before it has begun to act.
fn too_late(kind: &Kind, values: &Values, options: &ToxicOptions) -> Option<Finding> {
    let (name, span) = match kind.common(values).ok()?.after? {
        Trigger::Time(span) => ("time", span),
        Trigger::Idle(span) => ("idle", span),
        Trigger::Bytes(_) | Trigger::Messages(_) => return None,
    };
    let acts = options.duration.filter(|acts| *acts <= span)?;
    let (span, acts) = (duration::text(span), duration::text(acts));
    let problem = format!("{name} is {span}, but duration is {acts}, so the toxic never acts");
    Some(
        Finding::odd("after", problem)
            .with_remedy("give a longer duration, or a shorter time here"),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::toxics::Catalogue;

    fn warnings(name: &str, given: &[(&str, Value)], options: &ToxicOptions) -> String {
        let catalogue = Catalogue::default();
        let kind = catalogue.find(name).unwrap();
        let given = given.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), value.clone()));
        let given: Vec<_> = given.collect();
        let values = kind.read(&given).unwrap();
        let findings = senseless(kind, &values, &given, options);
        let texts = findings.iter().map(ToString::to_string);
        texts.collect::<Vec<_>>().join("\n")
    }

    fn after(name: &str, value: impl Into<Value>) -> (&'static str, Value) {
        ("after", Value::from([(name, value.into())]))
    }

    #[test]
    fn framing_is_a_warning_where_nothing_counts_messages() {
        let framing = || ("framing", Value::from("redis"));
        let options = ToxicOptions::default();
        let of = |kind: &str, more: &[(&str, Value)]| {
            warnings(kind, &[&[framing()], more].concat(), &options)
        };
        let jitter = || ("jitter", Value::from(10));
        for (kind, more, part) in [
            ("noop", vec![], "give after.messages too"),
            ("noop", vec![after("bytes", 5)], "give after.messages too"),
            (
                "latency",
                vec![jitter()],
                "give per \"message\" or after.messages too",
            ),
            (
                "limit_data",
                vec![("bytes", 5.into())],
                "give cut or after.messages too",
            ),
        ] {
            let found = of(kind, &more);
            assert!(
                found.contains("no effect") && found.contains(part),
                "{kind}: {found}"
            );
        }
        for (kind, more) in [
            ("noop", vec![after("messages", 2)]),
            ("latency", vec![jitter(), ("per", "message".into())]),
            ("limit_data", vec![("cut", Value::from([("message", 2)]))]),
        ] {
            assert_eq!(of(kind, &more), "", "{kind}");
        }
        assert_eq!(warnings("noop", &[], &options), "");
    }

    #[test]
    fn a_rate_beside_a_trace_and_a_group_that_is_not_to_share_are_warnings() {
        let trace = ("trace", Value::from(vec![vec![0_i64, 100], vec![1, 50]]));
        let group = ("group", Value::from("uplink"));
        let shared = |yes: bool| ("shared", Value::from(yes));
        let of = |given: &[(&str, Value)]| warnings("bandwidth", given, &ToxicOptions::default());
        let rate = ("rate", Value::from(5));
        assert!(of(&[rate.clone(), trace.clone()]).contains("attributes.rate"));
        assert!(of(&[group.clone(), shared(false)]).contains("beside group"));
        for fine in [
            vec![trace],
            vec![rate.clone(), group.clone()],
            vec![rate.clone(), group, shared(true)],
            vec![rate, shared(false)],
        ] {
            assert_eq!(of(&fine), "");
        }
    }

    #[test]
    fn a_trigger_that_comes_after_the_end_of_the_toxic_is_a_warning() {
        let options = |secs| ToxicOptions {
            duration: Some(Duration::from_secs(secs)),
            ..ToxicOptions::default()
        };
        for name in ["time", "idle"] {
            let of = |options: &ToxicOptions| warnings("noop", &[after(name, "30s")], options);
            let found = of(&options(30));
            assert!(
                found.contains(name) && found.contains("never acts"),
                "{found}"
            );
            assert_eq!(of(&options(31)), "");
            assert_eq!(of(&ToxicOptions::default()), "");
        }
        assert_eq!(
            warnings("noop", &[after("messages", 1000)], &options(1)),
            ""
        );
    }
}
