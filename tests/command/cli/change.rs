//! Proxies that are switched, updated and reset by name; and changes that change nothing.

use serde_json::{Value, json};

use crate::cli::run::Client;
use crate::cli::runner::Rig;
use support::free_port;

fn output(client: &Client, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let seen = client.piped(&words);
    assert_eq!(
        (seen.code, seen.errors.as_str()),
        (0, ""),
        "{line}: {seen:?}"
    );
    seen.output
}

fn fault(client: &Client, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let seen = client.piped(&words);
    assert_eq!(
        (seen.code, seen.output.as_str()),
        (1, ""),
        "{line}: {seen:?}"
    );
    seen.errors
}

fn json_of(client: &Client, line: &str) -> Value {
    serde_json::from_str(&output(client, &format!("{line} --json"))).unwrap()
}

#[test]
fn enable_and_disable_of_a_proxy_in_that_state_succeed() {
    let rig = Rig::new();
    let client = &rig.client;
    output(client, "create db -l 127.0.0.1:0 -u 127.0.0.1:9");
    for (verb, state) in [("disable", "disabled"), ("enable", "enabled")] {
        let told = format!("Proxy web is {state}\nProxy db is {state}\n");
        for _ in 0..2 {
            assert_eq!(output(client, &format!("{verb} web db")), told);
        }
        let both = json_of(client, &format!("{verb} web db"));
        assert_eq!(both["web"]["enabled"], json!(verb == "enable"), "{both}");
        assert_eq!(both["db"]["name"], "db", "{both}");
        assert_eq!(
            json_of(client, &format!("{verb} web"))["enabled"],
            json!(verb == "enable")
        );
    }
    output(client, "session start s --ttl 1h");
    let told = "Proxy web is disabled until session s ends\n";
    assert_eq!(output(client, "disable web --session s"), told);
    output(client, "session end s");
    assert_eq!(json_of(client, "inspect web")["enabled"], true);
    let told = fault(client, "disable wob");
    assert!(
        told.starts_with("Failed to disable proxy wob: HTTP 404: proxy not found\n"),
        "{told}"
    );
}

#[test]
fn update_changes_only_the_named_fields_and_keeps_the_toxics() {
    let rig = Rig::new();
    let client = &rig.client;
    output(client, "toxic add web -t noop");
    let port = free_port();
    let told = output(client, &format!("update web -l 127.0.0.1:{port}"));
    assert!(
        told.starts_with(&format!(
            "Updated proxy web: 127.0.0.1:{port} -> 127.0.0.1:"
        )),
        "{told}"
    );
    let proxy = json_of(client, "update web --upstream 127.0.0.1:9 --seed 7");
    assert_eq!(proxy["listen"], format!("127.0.0.1:{port}"));
    assert_eq!(
        (&proxy["upstream"], &proxy["seed"]),
        (&json!("127.0.0.1:9"), &json!(7))
    );
    assert_eq!(proxy["toxics"][0]["name"], "noop_downstream");
    for (line, words) in [
        (
            "update web",
            "Nothing is to be changed about proxy web\nGive --listen",
        ),
        (
            "update wob -u h:1",
            "Failed to update proxy wob: HTTP 404: proxy not found",
        ),
        ("update web -l garbage", "Failed to update proxy web: HTTP "),
    ] {
        let told = fault(client, line);
        assert!(told.contains(words), "{line}: {told}");
    }
}

#[test]
fn reset_of_a_named_proxy_leaves_other_proxies_alone() {
    let rig = Rig::new();
    let client = &rig.client;
    output(
        client,
        "create db -l 127.0.0.1:0 -u 127.0.0.1:9 --toxic noop",
    );
    output(client, "toxic add web -t noop");
    output(client, "disable web db");
    assert_eq!(output(client, "reset web"), "Proxy web is enabled\n");
    let db = json_of(client, "inspect db");
    assert_eq!(
        (&db["enabled"], db["toxics"].as_array().unwrap().len()),
        (&json!(false), 1)
    );
    let told = fault(client, "reset wob");
    assert!(
        told.contains("Failed to reset proxy wob: HTTP 404"),
        "{told}"
    );
}

#[test]
fn toxic_update_that_changes_nothing_or_nonsense_is_refused() {
    let rig = Rig::new();
    let client = &rig.client;
    output(client, "toxic add web -t latency -n x");
    for (line, words) in [
        (
            "toxic update web x",
            "Nothing is to be changed about toxic x\nGive --attribute",
        ),
        (
            "toxic update web x -a latency=-5",
            "attribute latency of latency is -5.\nGive 0 or more (in ms).",
        ),
        (
            "toxic add web -t timeout -a timeout=-1",
            "timeout of timeout is -1",
        ),
        (
            "create b -l 127.0.0.1:0 -u h:1 --toxic latency:jitter=-1",
            "jitter of latency is -1",
        ),
    ] {
        let told = fault(client, line);
        assert!(told.contains(words), "{line}: {told}");
    }
    assert_eq!(rig.toxics().len(), 1);
    // Toxiproxy's client sends it, and the server accepts it as Toxiproxy does.
    let theirs = Client::new("toxiproxy-cli", rig.server.port());
    output(&theirs, "toxic update -n x -a latency=-5 web");
    output(&theirs, "toxic update -n x web");
}

#[test]
fn proxies_with_special_characters_in_their_names_are_reached() {
    let rig = Rig::new();
    let client = &rig.client;
    for name in ["a/b", ".", "..", "a%2Fb", "a b"] {
        let words = ["create", name, "-l", "127.0.0.1:0", "-u", "127.0.0.1:9"];
        let seen = client.piped(&words);
        assert_eq!(seen.code, 0, "{name}: {seen:?}");
        for words in [
            ["inspect", name].as_slice(),
            &["toxic", "add", name, "-t", "noop", "-n", "x/y"],
            &["toxic", "remove", name, "x/y"],
            &["reset", name],
            &["delete", name],
        ] {
            let seen = client.piped(words);
            assert_eq!(
                (seen.code, seen.errors.as_str()),
                (0, ""),
                "{words:?}: {seen:?}"
            );
        }
    }
    assert_eq!(json_of(client, "list").as_object().unwrap().len(), 1);
}

#[test]
fn piped_tables_have_headings() {
    let rig = Rig::new();
    let client = &rig.client;
    output(
        client,
        "toxic add web -t latency -n x -a latency=5 --for 1h",
    );
    for (line, heading, columns) in [
        ("list", "NAME\tLISTEN\tUPSTREAM\tSTATE\tTOXICS", 5),
        (
            "inspect web",
            "TOXIC\tTYPE\tSTREAM\tTOXICITY\tATTRIBUTES\tWHEN\tSETTINGS",
            7,
        ),
        ("stats web", "TOXIC\tTYPE\tSTREAM\tCONNECTIONS", 12),
    ] {
        let text = output(client, line);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with(heading), "{text}");
        assert_eq!(lines.len(), 2, "{text}");
        for line in lines {
            assert_eq!(line.split('\t').count(), columns, "{text}");
        }
    }
    assert_eq!(output(client, "session list"), "SESSION\tTTL\tENDS IN\n");
}

#[test]
fn usage_errors_with_json_flag_are_json() {
    let client = Client::new("aconite", 1);
    for (line, code) in [
        ("create web --json", 1),
        ("--json creat web", 2),
        ("toxic add web -t noop --toxicity 7 --json", 1),
        ("run --json --toxic web -- true", 125),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let seen = client.piped(&words);
        assert_eq!(
            (seen.code, seen.output.as_str()),
            (code, ""),
            "{line}: {seen:?}"
        );
        let error: Value = serde_json::from_str(&seen.errors).unwrap();
        assert_eq!(error["code"], "usage", "{line}: {error}");
        assert!(
            !error["error"].as_str().unwrap().is_empty(),
            "{line}: {error}"
        );
    }
}
