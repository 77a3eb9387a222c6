//! Tables on a terminal of 80 columns, and the same values in pipes.

use serde_json::Value;

use crate::cli::run::{Client, output};
use support::Server;

const COLUMNS: usize = 80;

/// A server whose names and values do not fit into a line.
fn rig() -> (Server, Client) {
    let server = Server::start(&[]);
    let client = Client::new("aconite", server.port());
    let trace: Vec<[u32; 2]> = (0..40).map(|second| [second, 1000 + second]).collect();
    let trace = format!("trace={}", serde_json::to_string(&trace).unwrap());
    let quantiles = r#"distribution={"quantiles":{"p50":20,"p90":60,"p99":400,"p99.9":1500}}"#;
    let web = ["create", "web", "-l", "127.0.0.1:0", "-u", "localhost:9"];
    let long = "a-rather-long-name-of-a-service.production.example";
    let options = "--for 1h --seed 7 --match-client 10.0.0.0/8 --match-connections 1-3";
    let options: Vec<&str> = options.split(' ').collect();
    let add = ["toxic", "add", "web", "-t"];
    for words in [
        &web[..],
        &["create", long, "-l", "127.0.0.1:0", "-u", "echo:"],
        &["profile", "set", "web", "3g"],
        &[&add[..], &["latency", "-a", quantiles], &options].concat(),
        &[&add[..], &["bandwidth", "-a", &trace]].concat(),
    ] {
        output(&client.piped(words));
    }
    (server, client)
}

fn widest(text: &str) -> usize {
    let widths = text.lines().map(|line| line.chars().count());
    widths.max().unwrap_or(0)
}

#[test]
fn every_table_fits_into_80_columns() {
    let (_server, client) = rig();
    output(&client.piped(&["session", "start", "s"]));
    for line in [
        "list",
        "inspect web",
        "toxic list web",
        "stats web",
        "toxic types",
        "toxic types latency",
        "toxic presets",
        "profile list",
        "profile show web",
        "connections web",
        "session list",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let seen = client.run(&words, &[("NO_COLOR", "1")], true);
        let text = output(&seen);
        assert!(widest(text) <= COLUMNS, "{line}: {}\n{text}", widest(text));
        assert!(
            text.lines().count() > 1 || line.starts_with("conn"),
            "{text}"
        );
    }
}

#[test]
fn no_value_of_a_list_is_lost_on_a_terminal() {
    let (_server, client) = rig();
    let seen = client.run(&["list"], &[("NO_COLOR", "1")], true);
    for value in [
        "a-rather-long-name-of-a-service.production.example",
        "profile_bandwidth_downstream",
        "latency_downstream",
        "echo:",
        "3g",
    ] {
        assert!(output(&seen).contains(value), "{value}: {seen:?}");
    }
}

#[test]
fn profiles_have_a_column_only_if_there_are_any() {
    let (_server, client) = rig();
    let list = client.piped(&["list"]);
    let lines: Vec<Vec<&str>> = output(&list)
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines[0][3..], ["STATE", "TOXICS", "PROFILE"]);
    assert_eq!((lines[1][5], lines[2][5]), ("-", "3g"));
    output(&client.piped(&["profile", "clear", "web"]));
    let list = client.piped(&["list"]);
    assert!(!output(&list).contains("PROFILE"), "{list:?}");
}

#[test]
fn inspect_shows_what_acts_and_programs_get_everything() {
    let (_server, client) = rig();
    let seen = client.run(&["inspect", "web"], &[("NO_COLOR", "1")], true);
    let text = output(&seen);
    for absent in ["rate=0", "latency=0", "jitter=0", "[39,1039]"] {
        assert!(!text.contains(absent), "{absent}: {text}");
    }
    for present in ["trace=[[0,1000],", "…", "aconite inspect web --json"] {
        assert!(text.contains(present), "{present}: {text}");
    }
    let piped = client.piped(&["inspect", "web"]);
    for present in ["rate=0 trace=", "jitter=0 latency=0 ", "[39,1039]]"] {
        assert!(output(&piped).contains(present), "{present}: {piped:?}");
    }
}

#[test]
fn a_profile_takes_every_option_of_a_toxic() {
    let (server, client) = rig();
    let set = "profile set web 3g --seed 5 --replay 2 --match-connections 1-3 --start-after 1s --for 3s --every 10s";
    output(&client.piped(&set.split(' ').collect::<Vec<_>>()));
    let toxics: Value = server.api("GET", "/proxies/web/toxics", "").json();
    let toxics = toxics.as_array().unwrap().iter();
    let of_profile: Vec<&Value> = toxics
        .filter(|toxic| toxic["name"].as_str().unwrap().starts_with("profile_"))
        .collect();
    assert_eq!(of_profile.len(), 4);
    for toxic in of_profile {
        assert_eq!(toxic["seed"], 5);
        assert_eq!(toxic["replay"]["connection"], 2);
        assert_eq!(toxic["match"]["connections"], "1-3");
        assert_eq!(
            (&toxic["start_after"], &toxic["duration"]),
            (&"1s".into(), &"3s".into())
        );
        assert_eq!(toxic["every"], "10s");
    }
}
