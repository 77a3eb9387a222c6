//! Findings about `match.http`: conditions that no request can meet.

use super::finding::Finding;
use crate::control::toxic::options::ToxicOptions;
use crate::protocol::http::{HttpMatch, Pattern};

/// The methods that RFC 9110 and RFC 5789 define, which are written in upper case.
const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// The findings about options that are accepted but make no sense.
pub(in crate::control) fn odd_options(options: &ToxicOptions) -> Vec<Finding> {
    options.http().map_or_else(Vec::new, |http| odd_match(http))
}

/// Conditions that are accepted but that no request meets, as far as that can be told from them.
fn odd_match(http: &HttpMatch) -> Vec<Finding> {
    // The path of a CONNECT is the authority of its target.
    let may_connect = http.methods.iter().any(|method| method == "CONNECT");
    let methods = http.methods.iter().filter_map(|method| odd_method(method));
    let patterns = [
        http.path
            .as_ref()
            .and_then(|path| odd_path(path, may_connect)),
        http.host.as_ref().and_then(odd_host),
        http.query.as_ref().and_then(odd_query),
        http.content_type.as_ref().and_then(odd_content_type),
        odd_numbers(http),
    ];
    methods.chain(patterns.into_iter().flatten()).collect()
}

fn odd_method(method: &str) -> Option<Finding> {
    let upper = method.to_ascii_uppercase();
    let is_misspelt = METHODS.contains(&upper.as_str()) && upper != method;
    let problem = format!("{method:?} matches nothing: clients write {upper:?}");
    let finding = Finding::odd("match.http.method", problem);
    is_misspelt.then(|| finding.with_remedy(format!("give {upper:?}")))
}

/// The text of a pattern that is no regular expression.
fn glob(pattern: &Pattern) -> Option<&str> {
    Some(pattern.text()).filter(|text| !text.starts_with('~'))
}

fn odd_path(pattern: &Pattern, is_authority: bool) -> Option<Finding> {
    let text = glob(pattern)?;
    let odd = |problem: String, remedy: String| {
        Some(Finding::odd("match.http.path", problem).with_remedy(remedy))
    };
    if let Some((path, query)) = text.split_once('?')
        && query.contains('=')
    {
        let problem = format!("{text:?} matches nothing: the path is compared without the query");
        return odd(problem, format!("give path {path:?} and query {query:?}"));
    }
    if text.contains("://") {
        let problem = format!("{text:?} matches nothing: the path is compared without the host");
        return odd(problem, "give the host as match.http.host".to_owned());
    }
    if !is_authority && !text.starts_with(['/', '*', '?']) {
        let problem = format!("{text:?} matches nothing: paths begin with /");
        return odd(problem, format!("give \"/{text}\" or \"*{text}\""));
    }
    None
}

fn odd_host(pattern: &Pattern) -> Option<Finding> {
    let text = glob(pattern)?;
    let problem = format!("{text:?} matches nothing: a host is a name or an address, and a port");
    let finding = Finding::odd("match.http.host", problem);
    text.contains('/')
        .then(|| finding.with_remedy("give it without scheme and path"))
}

fn odd_query(pattern: &Pattern) -> Option<Finding> {
    let text = glob(pattern)?;
    let bare = text.strip_prefix('?').filter(|bare| !bare.is_empty())?;
    let problem = format!("the ? of {text:?} is any one character: a query has no ? before it");
    Some(Finding::odd("match.http.query", problem).with_remedy(format!("give {bare:?}")))
}

fn odd_content_type(pattern: &Pattern) -> Option<Finding> {
    let text = glob(pattern)?;
    let (media_type, _) = text.split_once(';')?;
    let problem = format!("{text:?} matches nothing: the type is compared without parameters");
    let finding = Finding::odd("match.http.content_type", problem);
    Some(finding.with_remedy(format!("give {:?}", media_type.trim_end())))
}

/// `nth` and `requests` that no number meets.
fn odd_numbers(http: &HttpMatch) -> Option<Finding> {
    let nth = http.nth?.get();
    let has_multiple = |first: u64, last: u64| {
        first
            .div_ceil(nth)
            .checked_mul(nth)
            .is_some_and(|multiple| multiple <= last)
    };
    let mut ranges = http.requests.iter();
    if http.requests.is_empty() || ranges.any(|range| has_multiple(*range.start(), *range.end())) {
        return None;
    }
    let problem = format!("no number in match.http.requests is a multiple of {nth}");
    let remedy = "leave one of the two out, or widen the ranges";
    Some(Finding::odd("match.http.nth", problem).with_remedy(remedy))
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    /// The warnings about one condition: its key and its value.
    fn warnings(key: &str, value: &str) -> String {
        let pattern = Pattern::new(value).ok();
        let mut http = HttpMatch::default();
        match key {
            "method" => http.methods = vec![value.to_owned()],
            "path" => http.path = pattern,
            "host" => http.host = pattern,
            "query" => http.query = pattern,
            _ => http.content_type = pattern,
        }
        said(&http)
    }

    fn said(http: &HttpMatch) -> String {
        let all: Vec<String> = odd_match(http).iter().map(ToString::to_string).collect();
        all.join("\n")
    }

    #[test]
    fn conditions_that_nothing_meets_are_found() {
        for (key, value, part) in [
            (
                "method",
                "get",
                r#"match.http.method: "get" matches nothing: clients write "GET"; give "GET""#,
            ),
            (
                "path",
                "v1/*",
                r#"paths begin with /; give "/v1/*" or "*v1/*""#,
            ),
            ("path", "/a?b=1", r#"give path "/a" and query "b=1""#),
            ("path", "http://a/b", "without the host"),
            ("host", "http://a", "without scheme and path"),
            ("query", "?a=1", r#"give "a=1""#),
            (
                "content_type",
                "text/html; charset=utf-8",
                r#"give "text/html""#,
            ),
        ] {
            let warnings = warnings(key, value);
            assert!(warnings.contains(part), "{key} {value}: {warnings}");
        }
        for (key, value) in [
            ("method", "GET"),
            ("method", "PROPFIND"),
            ("method", "myself"),
            ("path", "*"),
            ("path", "~v1"),
            ("path", "/a?c"),
            ("host", "a.*:80"),
            ("query", "?"),
            ("content_type", "text/*"),
        ] {
            assert_eq!(warnings(key, value), "", "{key} {value}");
        }
        let connect = HttpMatch {
            methods: vec!["CONNECT".to_owned()],
            path: Pattern::new("a.example:443").ok(),
            ..HttpMatch::default()
        };
        assert_eq!(said(&connect), "");
    }

    #[test]
    fn numbers_that_exclude_each_other_are_found() {
        for (nth, requests, is_odd) in [
            (3, vec![1..=2, 4..=5], true),
            (3, vec![1..=2, 3..=3], false),
            (3, vec![], false),
            (u64::MAX, vec![2..=u64::MAX], false),
            (u64::MAX, vec![2..=7], true),
        ] {
            let http = HttpMatch {
                nth: NonZero::new(nth),
                requests,
                ..HttpMatch::default()
            };
            assert_eq!(said(&http).contains("is a multiple of"), is_odd, "{http:?}");
        }
    }
}
