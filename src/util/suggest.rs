//! Suggestions for misspelt names. Must not know any other module of the crate.

/// The name most similar to the given one, if any is similar enough: at most a third of its letters may
/// be wrong.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let distance = |name: &str| strsim::osa_distance(&written, name);
    let near = names.into_iter().map(|name| (distance(name), name));
    let (distance, name) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= name.chars().count() / 3).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [&str; 4] = ["latency", "bandwidth", "slow_close", "noop"];

    #[test]
    fn what_is_near_is_meant_and_what_is_far_is_not() {
        for (written, meant) in [
            ("latancy", Some("latency")),
            ("Lateny", Some("latency")),
            ("bandwith", Some("bandwidth")),
            ("slowclose", Some("slow_close")),
            ("slow-close", Some("slow_close")),
            ("nop", Some("noop")),
            ("nope", None),
            ("foo", None),
            ("rabbit", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, KINDS), meant, "{written}");
        }
        assert_eq!(nearest("x", []), None);
    }
}
