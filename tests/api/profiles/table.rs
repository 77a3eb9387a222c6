//! The table of profiles in the documentation. With `UPDATE` set, it is rewritten.

use std::fs;
use std::path::Path as File;

use aconite::toxics::profiles::{BuiltInProfile, Path, built_in};

const BEGIN: &str = "<!-- profiles, made from src/toxics/profiles by tests/api/profiles -->\n";
const END: &str = "<!-- end of profiles -->\n";

#[test]
fn the_table_of_profiles_is_made_from_their_data() {
    let file = File::new(env!("CARGO_MANIFEST_DIR")).join("docs/profiles.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let head =
        "| profile | round trip | down | up | what it is |\n| --- | --- | --- | --- | --- |\n";
    let rows: String = built_in().map(row).collect();
    let sources: String = built_in()
        .map(|profile| format!("- `{}`: {}\n", profile.name, profile.source))
        .collect();
    let made = format!("{head}{rows}\nWhere the numbers come from:\n\n{sources}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file, [before, BEGIN, &made, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(table, made, "run this test with UPDATE=1");
}

fn row(profile: &BuiltInProfile) -> String {
    let BuiltInProfile {
        name,
        description,
        upstream,
        downstream,
        ..
    } = profile;
    let latency = upstream.latency + downstream.latency;
    let round_trip = match upstream.jitter + downstream.jitter {
        0 => format!("{latency} ms"),
        jitter => format!("{latency} ± {jitter} ms"),
    };
    let rate = |path: &Path| {
        path.rate
            .map_or("any".to_owned(), |rate| format!("{rate} KB/s"))
    };
    format!(
        "| `{name}` | {round_trip} | {} | {} | {description} |\n",
        rate(downstream),
        rate(upstream)
    )
}
