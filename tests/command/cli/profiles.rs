//! `aconite profile`, and profiles of `create` and `run`.

use serde_json::Value;

use crate::cli::run::{Client, errors, output};
use support::Server;

fn rig() -> (Server, Client) {
    let server = Server::start(&[]);
    let client = Client::new("aconite", server.port());
    let create = ["create", "web", "-l", "127.0.0.1:0", "-u", "127.0.0.1:9"];
    output(&client.piped(&create));
    (server, client)
}

fn profile_of(server: &Server) -> Option<String> {
    let proxy = server.api("GET", "/proxies/web", "").json();
    proxy["profile"].as_str().map(str::to_owned)
}

#[test]
fn profiles_are_listed_with_round_trip_and_rates() {
    let (_server, client) = rig();
    let list = client.piped(&["profile", "list"]);
    let lines: Vec<&str> = output(&list).lines().collect();
    assert_eq!(lines[0], "PROFILE\tRTT\tDOWN\tUP\tDESCRIPTION");
    let of = |name: &str| {
        let mut rows = lines
            .iter()
            .map(|line| line.split('\t').collect::<Vec<_>>());
        rows.find(|row| row[0] == name).unwrap()
    };
    assert_eq!(of("3g")[1..4], ["300 ± 100 ms", "200 KB/s", "96 KB/s"]);
    assert_eq!(of("cross-region-far")[1..4], ["229 ms", "-", "-"]);
    let json = client.piped(&["profile", "list", "--json"]);
    let json: Value = serde_json::from_str(output(&json)).unwrap();
    assert_eq!(json["profiles"][1]["name"], "3g");
}

#[test]
fn a_profile_is_put_on_shown_and_taken_off() {
    let (server, client) = rig();
    let set = client.piped(&["profile", "set", "web", "3g"]);
    assert_eq!(output(&set), "Profile 3g is on proxy web, with 4 toxics\n");
    assert_eq!(profile_of(&server).as_deref(), Some("3g"));
    let update = [
        "toxic",
        "update",
        "web",
        "profile_latency_upstream",
        "-a",
        "latency=9",
    ];
    output(&client.piped(&update));
    output(&client.piped(&["toxic", "remove", "web", "profile_bandwidth_upstream"]));
    let shown = client.piped(&["profile", "show", "web"]);
    let shown = output(&shown);
    for part in [
        "3g: A 3G phone network",
        "removed since: profile_bandwidth_upstream\n",
        "changed since: profile_latency_upstream\n",
        "profile_latency_downstream\tlatency\tdownstream\t1\tjitter=50 latency=150",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    let json = client.piped(&["profile", "set", "web", "dsl", "--for", "1h", "--json"]);
    let json: Value = serde_json::from_str(output(&json)).unwrap();
    assert_eq!(json["toxics"][0]["duration"], "1h0m0s");
    let clear = client.piped(&["profile", "clear", "web"]);
    assert_eq!(output(&clear), "Proxy web has no profile any more\n");
    assert_eq!(profile_of(&server), None);
    output(&client.piped(&["session", "start", "s"]));
    output(&client.piped(&["profile", "set", "web", "4g", "--session", "s"]));
    output(&client.piped(&["session", "end", "s"]));
    assert_eq!(profile_of(&server), None);
}

#[test]
fn mistakes_are_answered_with_what_to_do() {
    let (_server, client) = rig();
    for (line, parts) in [
        (
            "set web satelite-geo",
            vec![
                "no profile is named",
                "did you mean \"satellite-geo\"?",
                "`aconite profile list`",
            ],
        ),
        ("set web sattelite", vec!["did you mean \"satellite-geo\"?"]),
        ("set web 4gg", vec!["did you mean \"4g\"?"]),
        (
            "set wob 3g",
            vec!["proxy not found", "did you mean \"web\"?"],
        ),
        (
            "show web",
            vec!["profile not found", "`aconite profile set web NAME`"],
        ),
        (
            "clear web",
            vec!["profile not found", "`aconite profile set web NAME`"],
        ),
        (
            "set web 3g --session none",
            vec!["session is \"none\"", "`aconite session start none`"],
        ),
    ] {
        let line = [&["profile"][..], &line.split(' ').collect::<Vec<_>>()].concat();
        let seen = client.piped(&line);
        for part in parts {
            assert!(errors(&seen).contains(part), "{line:?}: {seen:?}");
        }
    }
    let add = [
        "toxic",
        "add",
        "web",
        "-t",
        "noop",
        "-n",
        "profile_latency_upstream",
    ];
    output(&client.piped(&add));
    let seen = client.piped(&["profile", "set", "web", "3g"]);
    for part in [
        "profile_latency_upstream",
        "`aconite toxic remove web TOXIC`",
    ] {
        assert!(errors(&seen).contains(part), "{seen:?}");
    }
}

#[test]
fn a_proxy_is_created_with_a_profile_and_says_so() {
    let (server, client) = rig();
    let create = [
        "create",
        "slow",
        "-l",
        "127.0.0.1:0",
        "-u",
        "127.0.0.1:9",
        "--profile",
        "2g",
        "--toxic",
        "noop",
    ];
    let seen = client.piped(&create);
    assert!(
        output(&seen).contains("\nProfile 2g is on proxy slow\n"),
        "{seen:?}"
    );
    let slow = server.api("GET", "/proxies/slow", "").json();
    assert_eq!(slow["profile"], "2g");
    assert_eq!(slow["toxics"].as_array().unwrap().len(), 5);
    let inspected = client.piped(&["inspect", "slow", "--json"]);
    assert!(output(&inspected).contains("\"profile\": \"2g\""));
    let wrong = [
        &create[..1],
        &["other"],
        &create[2..6],
        &["--profile", "2G"],
    ]
    .concat();
    let seen = client.piped(&wrong);
    assert!(errors(&seen).contains("did you mean \"2g\"?"), "{seen:?}");
    assert_eq!(server.api("GET", "/proxies/other", "").status, 404);
}

#[test]
fn a_run_puts_a_profile_on_and_takes_it_off() {
    let (server, client) = rig();
    let show = format!(
        "{} --host 127.0.0.1:{} inspect web",
        client.path().display(),
        server.port()
    );
    let run = ["run", "--profile", "web=3g", "--", "sh", "-c", &show];
    let seen = client.piped(&run);
    assert_eq!(seen.code, 0, "{seen:?}");
    assert!(seen.output.contains("profile_latency_upstream"), "{seen:?}");
    assert!(seen.output.contains("session=run-"), "{seen:?}");
    // The report names the profile's toxics.
    assert!(
        seen.errors.contains("profile_bandwidth_downstream on web"),
        "{seen:?}"
    );
    assert_eq!(profile_of(&server), None);
    for (profile, part) in [
        ("web=3gg", "no profile is named"),
        ("web", "write PROXY=NAME"),
    ] {
        let seen = client.piped(&["run", "--profile", profile, "--", "true"]);
        assert_eq!(seen.code, 125, "{seen:?}");
        assert!(seen.errors.contains(part), "{seen:?}");
    }
}

#[test]
fn names_of_profiles_are_completed_from_the_server() {
    let (server, client) = rig();
    let host = format!("--host=127.0.0.1:{}", server.port());
    let words = ["aconite", host.as_str(), "profile", "set", "web", "sat"];
    assert_eq!(offered(&client, &words), ["satellite-geo", "satellite-leo"]);
}

/// What bash is offered for the last of these words.
fn offered(client: &Client, words: &[&str]) -> Vec<String> {
    let mut command = client.command(&[]);
    command
        .env("ACONITE_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_IFS", "\n")
        .arg("--")
        .args(words);
    let output = command.output().unwrap();
    let offered = String::from_utf8(output.stdout).unwrap();
    offered.lines().map(str::to_owned).collect()
}

#[test]
fn presets_are_completed_by_their_type_and_without_a_server() {
    let client = Client::new("aconite", support::free_port());
    let add = ["aconite", "toxic", "add", "web", "-t", "respond", "-a"];
    assert_eq!(
        offered(
            &client,
            &[&add[..], &["status=429,preset=openai-r"]].concat()
        ),
        ["status=429,preset=openai-rate-limit"]
    );
    assert_eq!(
        offered(&client, &[&add[..], &["pre"]].concat()),
        ["preset="]
    );
    let streams = offered(&client, &[&add[..], &["preset=anthropic-stream"]].concat());
    assert_eq!(streams, [""; 0], "a preset of another type");
    let shown = ["aconite", "toxic", "presets", "anthropic-s"];
    assert_eq!(offered(&client, &shown), ["anthropic-stream-error"]);
}
