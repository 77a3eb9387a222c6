//! `aconite run` with its own server, proxies and outages: the command has all of them, and nothing
//! is left behind.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cli::run::Client;
use crate::cli::runner::Rig;
use crate::cli::runner::running::Running;
use support::upstream;

const PATIENCE: Duration = Duration::from_secs(60);

fn is_gone(address: &str) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_ok() {
        if Instant::now() > deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn run_with_server_flag_starts_a_server_and_proxies_for_the_command() {
    let client = Client::new("aconite", 1);
    let echo = upstream::echo();
    let proxy = format!("my-db={}", echo.addr());
    let ours = client.path().to_str().unwrap();
    let script = format!("echo $TOXIPROXY_URL $ACONITE_MY_DB_ADDRESS; {ours} list --json; exit 7");
    let args = [
        "run",
        "--server",
        "--proxy",
        &proxy,
        "--toxic",
        "my-db:noop",
        "--",
        "sh",
        "-c",
        &script,
    ];
    let seen = client.piped(&args);
    assert_eq!(seen.code, 7, "{seen:?}");
    assert_eq!(
        seen.errors,
        "aconite run: run-noop_downstream on my-db: touched nothing\n"
    );
    let (first, list) = seen.output.split_once('\n').unwrap();
    let (url, address) = first.split_once(' ').unwrap();
    let list: Value = serde_json::from_str(list).unwrap();
    assert_eq!(list["my-db"]["listen"], address);
    assert_eq!(list["my-db"]["upstream"], echo.addr());
    assert!(is_gone(url.strip_prefix("http://").unwrap()), "{url}");
    assert!(is_gone(address), "{address}");
}

#[test]
fn killed_run_takes_its_server_with_it() {
    let client = Client::new("aconite", 1);
    let echo = upstream::echo();
    let proxy = format!("db=127.0.0.1:0,{}", echo.addr());
    let script = "echo $TOXIPROXY_URL; echo $ACONITE_DB_ADDRESS; cat";
    let args = [
        "run", "--server", "--proxy", &proxy, "--", "sh", "-c", script,
    ];
    let running = Running::spawn(client.command(&args));
    let url = running.wait_for_line();
    let address = running.wait_for_line();
    assert!(TcpStream::connect(&address).is_ok());
    let _input = running.kill();
    assert!(is_gone(&address), "{address}");
    assert!(is_gone(url.strip_prefix("http://").unwrap()), "{url}");
}

#[test]
fn run_with_down_flag_disables_proxies_while_the_command_runs() {
    let rig = Rig::new();
    let ours = rig.client.path().to_str().unwrap();
    let args = [
        "run",
        "--down",
        "web",
        "--proxy",
        "db=127.0.0.1:9",
        "--",
        ours,
        "list",
        "--json",
    ];
    let seen = rig.client.piped(&args);
    assert_eq!((seen.code, seen.errors.as_str()), (0, ""), "{seen:?}");
    let list: Value = serde_json::from_str(&seen.output).unwrap();
    assert_eq!(
        (&list["web"]["enabled"], &list["db"]["enabled"]),
        (&json!(false), &json!(true))
    );
    let after = rig.server.api("GET", "/proxies", "").json();
    assert_eq!(after["web"]["enabled"], true);
    assert_eq!(after.as_object().unwrap().len(), 1, "{after}");
    rig.assert_clean("the run");
}

#[test]
fn run_that_cannot_start_leaves_nothing_behind() {
    let rig = Rig::new();
    for (args, words) in [
        (
            ["--proxy", "db=127.0.0.1:9", "--down", "wob"].as_slice(),
            "Failed to disable proxy wob: HTTP 404",
        ),
        (
            &["--proxy", "db=127.0.0.1:9", "--proxy", "web=127.0.0.1:9"],
            "Failed to create proxy web: HTTP 409",
        ),
        (&["--proxy", "db"], "write NAME=LISTEN,UPSTREAM"),
        (&["--server", "--host", "h:1"], "cannot be used with"),
    ] {
        let seen = rig
            .client
            .piped(&[&["run"], args, &["--", "true"]].concat());
        assert_eq!(
            (seen.code, seen.output.as_str()),
            (125, ""),
            "{args:?}: {seen:?}"
        );
        assert!(seen.errors.contains(words), "{args:?}: {seen:?}");
        let left = rig.server.api("GET", "/proxies", "").json();
        assert_eq!(left.as_object().unwrap().len(), 1, "{args:?}: {left}");
        rig.assert_clean(&args.join(" "));
    }
}
