//! Names: how long they may be, and that odd ones are taken, as by Toxiproxy, and hurt neither
//! the log nor the metrics.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::flags::refusal;
use super::refusal::{refused, state, taken};
use support::metrics;
use support::rig::{PATIENCE, Peer, Rig, TOXICS, call};
use support::{Kind, ScratchFile, Server, upstream};

const LIMIT: usize = 4096;
const WORDS: &[&str] = &["4097", "4096"];

/// Names with what ends lines, moves cursors, closes quotes, turns text round or looks like a format.
const ODD: [&str; 8] = [
    "two\nlines",
    "two\r\nlines",
    "clear\u{1b}[2Jscreen\u{9b}31m",
    "quo\"tes' and \\back\\slashes\\",
    "na\u{ef}ve \u{65e5}\u{672c} \u{1f9ea}",
    "turn\u{202e}ed \u{2028} nul\u{0} tab\t",
    " {proxy=\"x\"} 1\n# HELP %s %n {} ",
    "?a=b#c;d&e%2F+",
];

fn proxy(name: &str, toxics: &Value) -> Value {
    json!({"name": name, "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9", "toxics": toxics})
}

fn toxic(name: &str) -> Value {
    json!({"type": "noop", "name": name})
}

/// A name as a part of a path.
fn escaped(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn proxies_have_names_of_4096_bytes_and_no_more() {
    let server = Server::start(&["-proxy-metrics"]);
    let (long, longer) = ("x".repeat(LIMIT), "x".repeat(LIMIT + 1));
    // Bytes count, not letters.
    let wide = "\u{e9}".repeat(LIMIT / 2);
    let wider = format!("{wide}x");
    for (name, too_long) in [(&long, &longer), (&wide, &wider)] {
        refused(&server, "/proxies", &proxy(too_long, &json!([])), WORDS);
        refused(
            &server,
            "/populate",
            &json!([proxy(too_long, &json!([]))]),
            WORDS,
        );
        taken(&server, "/proxies", &proxy(name, &json!([])));
        assert_eq!(state(&server)[name]["name"], json!(name));
    }
    let path = format!("/proxies/{long}");
    assert_eq!(server.api("GET", &path, "").json()["name"], json!(long));
    assert_eq!(server.api("DELETE", &path, "").status, 204);
}

#[test]
fn toxics_have_names_of_4096_bytes_and_no_more() {
    let rig = Rig::new(Kind::Echo);
    let (long, longer) = ("x".repeat(LIMIT), "x".repeat(LIMIT + 1));
    refused(&rig.server, TOXICS, &toxic(&longer), WORDS);
    rig.add(&toxic(&long));
    let path = format!("{TOXICS}/{long}");
    assert_eq!(
        call(&rig.server, "GET", &path, &Value::Null).json()["name"],
        json!(long)
    );
    assert_eq!(call(&rig.server, "DELETE", &path, &Value::Null).status, 204);
    taken(
        &rig.server,
        "/proxies",
        &proxy("taken", &json!([toxic(&long)])),
    );
}

/// 253 bytes of a host, which is a DNS name's limit, and a port.
#[test]
fn addresses_have_hosts_of_253_bytes_and_no_more() {
    let server = Server::start(&[]);
    let with = |listen: &str, upstream: &str| json!({"name": "a", "listen": listen, "upstream": upstream, "enabled": false});
    let (long, longer) = ("h".repeat(253), "h".repeat(254));
    let vast = format!("{}:1", "x".repeat(1 << 20));
    for (address, words) in [
        (format!("{longer}:1"), ["host of 254 bytes", "limit is 253"]),
        (vast, ["host of 1048576 bytes", "limit is 253"]),
        (
            format!("h:{}", "1".repeat(16)),
            ["port of 16 bytes", "limit is 15"],
        ),
    ] {
        for body in [with("127.0.0.1:0", &address), with(&address, "u:1")] {
            refused(&server, "/proxies", &body, &words);
            refused(&server, "/populate", &json!([body]), &words);
        }
    }
    taken(
        &server,
        "/proxies",
        &with("127.0.0.1:0", &format!("{long}:65535")),
    );
    for field in ["listen", "upstream"] {
        let change = json!({field: format!("{longer}:1")});
        refused(&server, "/proxies/a", &change, &["limit is 253"]);
    }
}

#[test]
fn toxics_in_bodies_have_no_longer_names() {
    let rig = Rig::new(Kind::Echo);
    let toxics = json!([toxic(&"x".repeat(LIMIT + 1))]);
    refused(&rig.server, "/proxies", &proxy("q", &toxics), WORDS);
    refused(
        &rig.server,
        "/populate",
        &json!([proxy("q", &toxics)]),
        WORDS,
    );
    let mut same = state(&rig.server)["p"].clone();
    same["toxics"] = toxics;
    refused(&rig.server, "/populate", &json!([same]), WORDS);
}

/// Passes on Toxiproxy, but for what it logs and that slashes are not among the letters here.
#[test]
fn odd_names_are_taken_and_found_again() {
    let server = Server::start(&[]);
    for name in ODD {
        taken(&server, "/proxies", &proxy(name, &json!([])));
        let path = format!("/proxies/{}", escaped(name));
        let toxics = format!("{path}/toxics");
        taken(&server, &toxics, &json!({"type": "noop", "name": name}));
        let shown = call(&server, "GET", &path, &Value::Null);
        assert_eq!(shown.status, 200, "{name:?}: {}", shown.text());
        assert_eq!(shown.json()["name"], json!(name));
        assert_eq!(shown.json()["toxics"][0]["name"], json!(name));
        let toxic = format!("{toxics}/{}", escaped(name));
        assert_eq!(
            call(&server, "GET", &toxic, &Value::Null).json()["name"],
            json!(name)
        );
        assert_eq!(
            call(&server, "DELETE", &toxic, &Value::Null).status,
            204,
            "{name:?}"
        );
    }
    for name in ODD {
        let path = format!("/proxies/{}", escaped(name));
        assert_eq!(
            call(&server, "DELETE", &path, &Value::Null).status,
            204,
            "{name:?}"
        );
    }
    assert_eq!(state(&server), json!({}));
}

/// No control character but the ends of lines, and every line is JSON that has the name as it is.
#[test]
fn odd_names_stay_in_their_line_of_the_log() {
    let server = Server::start(&[]);
    for name in ODD {
        let listen = taken(&server, "/proxies", &proxy(name, &json!([])));
        // The upstream refuses, which is logged with the proxy's name; so is an odd value.
        Peer::to(listen["listen"].as_str().unwrap()).read_to_end();
        let toxics = format!("/proxies/{}/toxics", escaped(name));
        let odd = json!({"type": "latency", "name": name, "attributes": {"latency": -1}});
        taken(&server, &toxics, &odd);
    }
    let text = server.log_text();
    let log = text.strip_prefix("its log: ").unwrap();
    let hostile = |letter: char| letter != '\n' && letter.is_control();
    assert!(!log.contains(hostile), "{log:?}");
    assert!(!log.contains(['\u{202e}', '\u{2028}']), "{log:?}");
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for name in ODD {
        for field in ["proxy", "toxic"] {
            let named = lines.iter().any(|line| line[field] == json!(name));
            assert!(named, "{field} {name:?} is not in {log}");
        }
        let told = |line: &&Value| {
            let message = line["message"].as_str().unwrap_or_default();
            line["proxy"] == json!(name) && message.starts_with("the upstream cannot be reached")
        };
        assert_eq!(lines.iter().filter(told).count(), 1, "{name:?}: {log}");
    }
}

#[test]
fn odd_names_are_escaped_in_what_a_failed_start_says() {
    for name in ODD {
        let mut bad = proxy(name, &json!([]));
        bad["listen"] = json!(format!("{name}:x"));
        let file = ScratchFile::with("json", &json!([bad]).to_string());
        let told = refusal(&["--port", "0", "--config", &file.path()], &[]);
        let hostile = |letter: char| letter != '\n' && letter.is_control();
        assert!(!told.contains(hostile), "{told:?}");
        assert!(!told.contains(['\u{202e}', '\u{2028}']), "{told:?}");
        // How many faults there are, and the one.
        assert_eq!(told.lines().count(), 2, "{told}");
    }
}

#[test]
fn odd_names_are_one_label_in_the_metrics() {
    let echo = upstream::echo();
    let server = Server::start(&["-proxy-metrics", "-runtime-metrics"]);
    for name in ODD {
        let mut body = proxy(name, &json!([]));
        body["upstream"] = json!(echo.addr());
        let listen = taken(&server, "/proxies", &body);
        let client = Peer::to(listen["listen"].as_str().unwrap());
        client.send(name.as_bytes());
        client.read(name.len());
        await_count(&server, name);
    }
}

/// Waits until both counters of both directions have the name's own length.
fn await_count(server: &Server, name: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = server.api("GET", "/metrics", "").text();
        let as_sent = ["received", "sent"].iter().all(|what| {
            let count = |direction| metrics::bytes(&text, what, name, direction);
            count("upstream") == name.len() as u64 && count("downstream") == name.len() as u64
        });
        if as_sent {
            return;
        }
        assert!(Instant::now() < deadline, "{name:?}: {text}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
