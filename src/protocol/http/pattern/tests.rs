//! Which values fit which patterns.

use proptest::prelude::*;

use super::*;

fn fits(pattern: &str, value: &str) -> bool {
    Pattern::new(pattern).unwrap().fits(value.as_bytes())
}

#[test]
fn globs_match_the_whole_value() {
    for (pattern, value, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("**", "a/b", true),
        ("/v1/*", "/v1/chat/completions", true),
        ("/v1/*", "/v1", false),
        ("/v1/*", "/api/v1/x", false),
        ("*/chat", "/v1/chat", true),
        ("*/chat", "/v1/chats", false),
        ("/a?c", "/abc", true),
        ("/a?c", "/ac", false),
        ("?", "é", true),
        ("??", "é", false),
        ("a*b*c", "a-b-b-c-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("[a]", "[a]", true),
        ("~x", "ax", true),
    ] {
        assert_eq!(fits(pattern, value), expected, "{pattern} {value}");
    }
}

#[test]
fn regular_expressions_are_found_anywhere_in_bytes() {
    for (pattern, value, expected) in [
        ("~", "", true),
        ("~^/v[12]/(chat|embeddings)$", "/v2/chat", true),
        ("~^/v[12]/(chat|embeddings)$", "/v3/chat", false),
        ("~(?i)BEARER", "bearer x", true),
        ("~\\bgpt-4o\\b", "model=gpt-4o;", true),
        ("~\\bgpt-4o\\b", "gpt-4oo", false),
        ("~a.c", "xa.cx", true),
        ("~é", "café", true),
    ] {
        assert_eq!(fits(pattern, value), expected, "{pattern} {value}");
    }
    assert!(Pattern::new("~^.$").unwrap().fits(&[0xff]));
}

#[test]
fn wrong_and_large_patterns_are_refused_with_the_reason() {
    assert_eq!(Pattern::new(&"a".repeat(1025)), Err(PatternError::TooLong));
    for (pattern, reason) in [
        ("~(", "not a regular expression: unclosed group"),
        (
            "~[z-a]",
            "not a regular expression: invalid character class range",
        ),
        ("~(?=a)", "not a regular expression: look-around"),
    ] {
        let error = Pattern::new(pattern).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{pattern}: {error}");
    }
    for pattern in ["~(a|b)*a(a|b){15}", "~((a{1,100}){1,100}){1,100}"] {
        assert_eq!(
            Pattern::new(pattern),
            Err(PatternError::TooLarge),
            "{pattern}"
        );
    }
}

/// The meaning of a glob, letter by letter.
fn expected(pattern: &[u8], value: &[u8]) -> bool {
    match (pattern, value) {
        ([], value) => value.is_empty(),
        ([b'*', rest @ ..], value) => {
            (0..=value.len()).any(|start| expected(rest, &value[start..]))
        }
        ([b'?', rest @ ..], [_, behind @ ..]) => expected(rest, behind),
        ([one, rest @ ..], [other, behind @ ..]) => one == other && expected(rest, behind),
        _ => false,
    }
}

proptest! {
    #[test]
    fn globs_agree_with_their_definition(pattern in "[ab*?]{0,8}", value in "[abc]{0,10}") {
        let fits = fits(&pattern, &value);
        prop_assert_eq!(fits, expected(pattern.as_bytes(), value.as_bytes()));
    }

    #[test]
    fn any_pattern_is_accepted_or_refused_and_any_bytes_are_judged(
        pattern in "~?[ -~é]{0,24}",
        value in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok(pattern) = Pattern::new(&pattern) {
            let any_case = pattern.fits_in_any_case(&value);
            let lower = pattern.fits_in_any_case(&value.to_ascii_lowercase());
            prop_assert_eq!(any_case, lower);
            let _ = pattern.fits(&value);
        }
    }
}
