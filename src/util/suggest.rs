//! Suggestions for misspelt names. Must not know any other module of the crate.

/// The name most similar to the given one, if any is similar enough: at most a third of its letters may
/// be wrong. One letter of a name of two may be wrong if no other name is as similar.
pub fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let distance = |name: &str| strsim::osa_distance(&written, name);
    let near = names.into_iter().map(|name| (distance(name), name));
    let near: Vec<(usize, &str)> = near.collect();
    let (distance, name) = *near.iter().min_by_key(|(distance, _)| *distance)?;
    let letters = name.chars().count();
    if distance <= letters / 3 {
        return Some(name);
    }
    let is_short = letters == 2 && written.chars().count() >= 2;
    let mut as_near = near.iter().filter(|(other, _)| *other == distance);
    let is_only = distance == 1 && as_near.nth(1).is_none();
    (is_short && is_only).then_some(name)
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

    #[test]
    fn a_name_of_two_letters_is_meant_if_no_other_is_as_near() {
        let names = ["2g", "3g", "4g", "dsl"];
        for (written, meant) in [
            ("4gg", Some("4g")),
            ("g4", Some("4g")),
            ("4G", Some("4g")),
            ("9g", None),
            ("4", None),
            ("gg", None),
        ] {
            assert_eq!(nearest(written, names), meant, "{written}");
        }
    }
}
