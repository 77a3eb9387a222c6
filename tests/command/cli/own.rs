//! aconite's own additions: tables for people, JSON for programs, toxics created with a proxy,
//! suggestions.

use std::process::Command;

use serde_json::{Value, json};

use crate::cli::run::{Client, errors, output};
use support::{ScratchFile, Server, free_port};

fn rig() -> (Server, Client) {
    let server = Server::start(&[]);
    let client = Client::new("aconite", server.port());
    (server, client)
}

fn json_of(client: &Client, args: &[&str]) -> Value {
    serde_json::from_str(output(&client.piped(args))).unwrap()
}

const WEB: [&str; 6] = ["create", "web", "-l", "127.0.0.1:0", "-u", "127.0.0.1:9"];

#[test]
fn create_with_toxics_creates_both() {
    let (server, client) = rig();
    let toxics = [
        "--toxic",
        "latency:latency=100,jitter=20",
        "--toxic",
        "slicer@upstream:name=cut,toxicity=0.5,average_size=9",
    ];
    let seen = client.piped(&[&WEB[..], &toxics].concat());
    let lines: Vec<&str> = output(&seen).lines().collect();
    let listening = lines[0].strip_prefix("Created new proxy web, listening on 127.0.0.1:");
    assert!(listening.is_some_and(|port| port != "0"), "{lines:?}");
    assert!(
        lines.contains(&"Added upstream slicer toxic 'cut' on proxy 'web'"),
        "{lines:?}"
    );
    let proxy = server.api("GET", "/proxies/web", "").json();
    let expected = json!([
        {"name": "cut", "type": "slicer", "stream": "upstream", "toxicity": 0.5,
         "attributes": {"average_size": 9, "size_variation": 0, "delay": 0}},
        {"name": "latency_downstream", "type": "latency", "stream": "downstream", "toxicity": 1,
         "attributes": {"latency": 100, "jitter": 20}},
    ]);
    let mut toxics = proxy["toxics"].as_array().unwrap().clone();
    toxics.sort_by_key(|toxic| toxic["name"].to_string());
    for (seen, expected) in toxics.iter().zip(expected.as_array().unwrap()) {
        assert_eq!(seen["toxicity"].as_f64(), expected["toxicity"].as_f64());
        for part in ["name", "type", "stream", "attributes"] {
            assert_eq!(seen[part], expected[part]);
        }
    }
    assert_eq!(toxics.len(), 2);
}

#[test]
fn both_streams_are_two_toxics() {
    let (server, client) = rig();
    let toxic = ["--toxic", "noop@both:name=n"];
    let seen = client.piped(&[&WEB[..], &toxic].concat());
    let lines: Vec<&str> = output(&seen).lines().skip(1).collect();
    let added =
        |name: &str, stream: &str| format!("Added {stream} noop toxic '{name}' on proxy 'web'");
    assert_eq!(
        lines,
        [
            added("n_upstream", "upstream"),
            added("n_downstream", "downstream")
        ]
    );
    let seen = client.piped(&["toxic", "add", "web", "-t", "noop", "--stream", "both"]);
    let lines: Vec<&str> = output(&seen).lines().collect();
    assert_eq!(
        lines,
        [
            added("noop_upstream", "upstream"),
            added("noop_downstream", "downstream")
        ]
    );
    let toxics = server.api("GET", "/proxies/web/toxics", "").json();
    assert_eq!(toxics.as_array().unwrap().len(), 4);
    let seen = client.piped(&["toxic", "add", "web", "-t", "noop", "--stream", "up"]);
    assert_eq!(seen.code, 1, "{seen:?}");
    assert!(
        seen.errors.contains("write upstream, downstream or both"),
        "{seen:?}"
    );
}

#[test]
fn an_attribute_that_is_no_json_is_refused_before_anything_is_sent() {
    let (server, client) = rig();
    output(&client.piped(&WEB));
    let add = ["toxic", "add", "web", "-t", "latency", "-a", "latency=[1,"];
    let seen = client.piped(&add);
    let words = "attribute latency is [1,, which is not valid JSON";
    assert!(errors(&seen).contains(words), "{seen:?}");
    let toxics = server.api("GET", "/proxies/web/toxics", "").json();
    assert_eq!(toxics, json!([]));
}

#[test]
fn create_with_a_misspelt_toxic_creates_nothing() {
    let (server, client) = rig();
    for (toxic, words) in [
        ("latancy:latency=1", "Did you mean latency?"),
        ("latency:latancy=1", "Did you mean latency?"),
        ("noop:rate=1", "It has no attributes."),
        ("bandwidth:speed=1", "It has rate, "),
    ] {
        let seen = client.piped(&[&WEB[..], &["--toxic", toxic]].concat());
        assert!(errors(&seen).contains(words), "{seen:?}");
        assert_eq!(server.api("GET", "/proxies", "").json(), json!({}));
    }
    output(&client.piped(&WEB));
    for args in [
        ["toxic", "add", "web", "-t", "slow-close"].as_slice(),
        &["toxic", "add", "web", "-t", "slow_close", "-a", "dealy=5"],
        &["toxic", "types", "slowclose"],
    ] {
        let seen = client.piped(args);
        assert!(errors(&seen).contains("Did you mean "), "{seen:?}");
    }
    output(&client.piped(&["toxic", "add", "web", "-t", "latency", "-n", "x"]));
    let seen = client.piped(&["toxic", "update", "web", "-n", "x", "-a", "jiter=5"]);
    assert!(errors(&seen).contains("Did you mean jitter?"), "{seen:?}");
}

#[test]
fn toxic_update_changes_only_the_named_fields() {
    let (server, client) = rig();
    output(&client.piped(&WEB));
    let add = [
        "toxic",
        "add",
        "web",
        "-t",
        "latency",
        "-n",
        "x",
        "--toxicity",
        "0.25",
        "-a",
        "latency=5",
    ];
    output(&client.piped(&add));
    output(&client.piped(&["toxic", "update", "web", "-n", "x", "-a", "jitter=2"]));
    let toxic = server.api("GET", "/proxies/web/toxics/x", "").json();
    assert_eq!(toxic["toxicity"].as_f64(), Some(0.25));
    assert_eq!(toxic["attributes"], json!({"latency": 5, "jitter": 2}));
}

#[test]
fn reset_removes_toxics_and_enables_proxies() {
    let (server, ours) = rig();
    let theirs = Client::new("toxiproxy-cli", server.port());
    for client in [&ours, &theirs] {
        let toxic = [
            "create",
            "web",
            "-l",
            "127.0.0.1:0",
            "-u",
            ":9",
            "--toxic",
            "noop",
            "--disabled",
        ];
        output(&client.piped(&toxic));
        let seen = client.piped(&["reset"]);
        assert_eq!(
            output(&seen),
            "Reset: all toxics removed, all proxies enabled\n"
        );
        let proxies = json_of(client, &["reset", "--json"]);
        assert_eq!(proxies, server.api("GET", "/proxies", "").json());
        assert_eq!(
            (&proxies["web"]["enabled"], &proxies["web"]["toxics"]),
            (&json!(true), &json!([]))
        );
        output(&client.piped(&["delete", "web"]));
    }
    assert!(!output(&theirs.piped(&["help"])).contains("reset"));
    let dead = format!("127.0.0.1:{}", free_port());
    let seen = ours.piped(&["reset", "--host", &dead]);
    assert!(
        errors(&seen).starts_with("Failed to reset: no answer from "),
        "{seen:?}"
    );
    assert!(errors(&seen).contains("Is the server running?"), "{seen:?}");
    assert_eq!(
        offered(&ours, "http://127.0.0.1:1", "aconite rese"),
        " reset"
    );
}

#[test]
fn strict_config_check_fails_on_warnings() {
    let client = Client::new("aconite", 1);
    let file = |text: &str| ScratchFile::with("json", text);
    let good = file(r#"[{"name": "a", "listen": ":1", "upstream": "x:1"}]"#);
    let odd = file(r#"[{"name": "a", "listen": ":1", "upstream": "x:1", "lsten": ":1"}]"#);
    for args in [
        ["config", "check"].as_slice(),
        &["config", "check", "--strict"],
    ] {
        let seen = client.piped(&[args, &[&good.path()]].concat());
        assert!(
            output(&seen).ends_with(": the server takes it\n"),
            "{seen:?}"
        );
    }
    let seen = client.piped(&["config", "check", &odd.path()]);
    assert_eq!(seen.code, 0, "{seen:?}");
    assert!(
        seen.output
            .ends_with("takes it (see the warnings; with -strict it may not)\n"),
        "{seen:?}"
    );
    let seen = client.piped(&["config", "check", "--strict", &odd.path()]);
    assert!(errors(&seen).contains(": warning: "), "{seen:?}");
}

#[test]
fn json_flag_prints_the_answer_of_the_api() {
    let (_server, client) = rig();
    assert_eq!(json_of(&client, &["list", "--json"]), json!({}));
    assert_eq!(
        json_of(&client, &[&WEB[..], &["--json"]].concat())["name"],
        "web"
    );
    let toxic = json_of(&client, &["--json", "toxic", "add", "web", "-t", "noop"]);
    assert_eq!(
        (&toxic["name"], &toxic["type"]),
        (&json!("noop_downstream"), &json!("noop"))
    );
    let proxy = json_of(&client, &["inspect", "web", "--json"]);
    assert_eq!(proxy["toxics"][0], toxic);
    assert_eq!(json_of(&client, &["list", "--json"])["web"], proxy);
    assert_eq!(
        json_of(
            &client,
            &["toxic", "remove", "-n", "noop_downstream", "web", "--json"]
        ),
        toxic
    );
    assert_eq!(
        json_of(&client, &["toggle", "web", "--json"])["enabled"],
        false
    );
    assert_eq!(
        json_of(&client, &["delete", "web", "--json"])["name"],
        "web"
    );
    assert!(json_of(&client, &["wait", "--json"])["version"].is_string());
    let kinds = json_of(&client, &["toxic", "types", "--json"]);
    let count = aconite::toxics::Catalogue::default().kinds().len();
    assert_eq!(kinds.as_array().unwrap().len(), count);
    assert_eq!(kinds[0]["attributes"][0]["unit"], "ms");
    let loss = kinds.as_array().unwrap().iter();
    let loss = loss.clone().find(|kind| kind["type"] == "packet_loss");
    let rate = &loss.unwrap()["attributes"][0];
    assert_eq!((&rate["maximum"], &rate["default"]), (&1.into(), &0.into()));
}

#[test]
fn presets_are_shown_without_a_server() {
    let client = Client::new("aconite", free_port());
    let list = output(&client.piped(&["toxic", "presets"])).to_owned();
    let row = |text: &str| list.lines().any(|line| line.starts_with(text));
    assert!(row("openai-rate-limit\trespond\t429\tOpenAI: "), "{list}");
    assert!(row("anthropic-stream-error\tmodify_body\t-\tAnthropic: "));
    let all = json_of(&client, &["toxic", "presets", "--json"]);
    assert_eq!(all.as_array().unwrap().len(), list.lines().count() - 1);
    let one = json_of(
        &client,
        &["toxic", "presets", "openai-rate-limit", "--json"],
    );
    assert_eq!(
        (&one["status"], &one["retry_after_ms"]),
        (&429.into(), &1000.into())
    );
    assert_eq!(one["headers"]["content-type"], "application/json");
    let seen = client.piped(&["toxic", "presets", "openai-rate-limit"]);
    let text = output(&seen);
    assert!(text.contains("status: 429\n") && text.contains("\"rate_limit_exceeded\""));
    let seen = client.piped(&["toxic", "presets", "openai-ratelimit"]);
    assert_eq!(seen.code, 1, "{seen:?}");
    assert!(
        seen.errors.contains("Did you mean openai-rate-limit?"),
        "{seen:?}"
    );
}

#[test]
fn tables_and_colours_appear_only_on_a_terminal() {
    let (_server, client) = rig();
    output(&client.piped(&[&WEB[..], &["--toxic", "latency:latency=5"]].concat()));
    for args in [
        ["list"].as_slice(),
        &["inspect", "web"],
        &["toxic", "types"],
    ] {
        let piped = client.piped(args);
        assert!(!output(&piped).contains('\x1b'), "{piped:?}");
        let painted = client.run(args, &[], true);
        assert!(output(&painted).contains("\x1b["), "{painted:?}");
        let plain = client.run(args, &[("NO_COLOR", "1")], true);
        assert!(!output(&plain).contains('\x1b'), "{plain:?}");
    }
    let plain = client.run(&["list"], &[("NO_COLOR", "1")], true);
    let lines: Vec<&str> = plain.output.lines().collect();
    let column = |line: &str, word: &str| line.find(word).unwrap_or_else(|| panic!("{line}"));
    assert_eq!(
        column(lines[0], "UPSTREAM"),
        column(lines[1], "127.0.0.1:9")
    );
    assert_eq!(
        column(lines[0], "TOXICS"),
        column(lines[1], "latency_downstream")
    );
    let theirs = Client::new("toxiproxy-cli", free_port());
    let seen = theirs.run(&["list"], &[("NO_COLOR", "1")], true);
    assert!(!seen.errors.contains('\x1b'), "{seen:?}");
}

#[test]
fn errors_go_to_standard_error() {
    let (_server, client) = rig();
    let dead = format!("127.0.0.1:{}", free_port());
    for (args, words) in [
        (
            ["inspect", "none"].as_slice(),
            "Failed to retrieve proxy none: HTTP 404: proxy not found\n",
        ),
        (
            &["toxic", "remove", "-n", "x", "none"],
            "`none`: HTTP 404: proxy not found\n",
        ),
        (&["create", "web"], "--listen <HOST:PORT>"),
        (&["list", "--host", &dead], "Is the server running?"),
        (&["list", "--host", "https://x"], "https is not supported"),
        (
            &["create", "web", "-l", "garbage", "-u", ":9"],
            "Failed to create proxy: HTTP 500: ",
        ),
    ] {
        let seen = client.piped(args);
        assert!(errors(&seen).contains(words), "{seen:?}");
    }
    // A listener that accepts connections and never answers HTTP.
    let quiet = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = quiet.local_addr().unwrap().to_string();
    let seen = client.piped(&["wait", "--timeout", "200ms", "--host", &place]);
    assert!(errors(&seen).contains("Gave up after 200ms"), "{seen:?}");
}

/// What bash offers after these words, with a space before each candidate.
fn offered(client: &Client, url: &str, words: &str) -> String {
    let script = client.piped(&["completions", "bash"]);
    let ask = "\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_clap_complete_aconite aconite \"${COMP_WORDS[COMP_CWORD]}\" x\nprintf ' %s' \"${COMPREPLY[@]}\"";
    let script = format!("{}\nCOMP_WORDS=({words}){ask}", output(&script));
    let done = Command::new("bash")
        .args(["--norc", "-c", &script])
        .env("PATH", path_with(client))
        .env("TOXIPROXY_URL", url)
        .output()
        .unwrap();
    assert!(done.stderr.is_empty(), "{done:?}");
    String::from_utf8(done.stdout).unwrap()
}

fn path_with(client: &Client) -> String {
    let own = client.path().parent().unwrap().display();
    format!("{own}:{}", std::env::var("PATH").unwrap())
}

#[test]
fn completions_offer_the_names_on_the_server() {
    let (server, client) = rig();
    output(&client.piped(&[&WEB[..], &["--toxic", "noop:name=slowly"]].concat()));
    output(&client.piped(&["session", "start", "ci-17", "--ttl", "10m"]));
    let url = format!("http://127.0.0.1:{}", server.port());
    for (words, name) in [
        ("aconite inspect ''", " web "),
        ("aconite toxic remove web ''", " slowly "),
        ("aconite toxic update web --name ''", " slowly"),
        ("aconite session end ''", " ci-17 "),
        ("aconite disable web --session ''", " ci-17"),
    ] {
        let told = offered(&client, &url, words);
        assert!(told.starts_with(name), "{words}: {told}");
    }
    let other = format!("aconite inspect --host {url} ''");
    assert!(offered(&client, "http://127.0.0.1:1", &other).starts_with(" web "));
    // A name that is to be created cannot be completed.
    assert!(!offered(&client, &url, "aconite create ''").contains("web"));
}

#[test]
fn completions_without_a_server_offer_no_names_at_once() {
    let client = Client::new("aconite", 1);
    // It accepts connections, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("http://{}", silent.local_addr().unwrap());
    for url in ["http://127.0.0.1:1", &silent, "::bad", ""] {
        let begun = std::time::Instant::now();
        let told = offered(&client, url, "aconite inspect ''");
        assert!(told.starts_with(" --host "), "{url}: {told}");
        assert!(begun.elapsed().as_secs() < 2, "{url}: {begun:?}");
    }
}

#[test]
fn completions_load_in_bash() {
    let client = Client::new("aconite", 1);
    for (words, told) in [
        ("aconite tox", " toxic"),
        ("aconite toxic add --toxi", " --toxicity"),
        ("aconite toxic add web --type slow", " slow_close"),
        ("aconite events --about sess", " session"),
        (
            "aconite toxic add web -t slicer --attribute ave",
            " average_size=",
        ),
        ("aconite toxic update web t --attribute jit", " jitter="),
    ] {
        assert_eq!(offered(&client, "http://127.0.0.1:1", words), told);
    }
    let zsh = client.piped(&["completions", "zsh"]);
    let mut lines = output(&zsh).lines();
    assert_eq!(lines.next(), Some("#compdef aconite"));
    assert!(
        lines.nth(1).unwrap().contains("autoload -Uz compinit"),
        "{zsh:?}"
    );
    let fish = client.piped(&["completions", "fish"]);
    assert!(output(&fish).contains("--command aconite"), "{fish:?}");
    let theirs = Client::new("toxiproxy-cli", 1).piped(&["completions", "bash"]);
    let last = output(&theirs).trim_end().lines().nth_back(1).unwrap();
    assert!(last.ends_with(" toxiproxy-cli"), "{last}");
}

#[test]
fn no_command_prints_what_to_do_next() {
    let seen = Client::new("aconite", 1).piped(&[]);
    let told = output(&seen);
    for next in ["aconite server ", "aconite create ", "aconite toxic types"] {
        assert!(told.contains(next), "{told}");
    }
}

#[test]
fn toxiproxy_cli_takes_the_commands_of_aconite() {
    let (_server, ours) = rig();
    let client = Client::new("toxiproxy-cli", _server.port());
    output(&client.piped(&[
        "create",
        "web",
        "--listen",
        "127.0.0.1:0",
        "--upstream",
        ":9",
        "--toxic",
        "noop",
    ]));
    assert_eq!(
        json_of(&client, &["list", "--json"]),
        json_of(&ours, &["list", "--json"])
    );
    output(&client.piped(&["wait", "--timeout", "1s"]));
    output(&client.piped(&["toxic", "types"]));
    // A typing error is a note for people on a terminal, which no script sees.
    let seen = client.piped(&["toxic", "add", "web", "-t", "latency", "-a", "latancy=1"]);
    output(&seen);
}
