//! The container image without a container engine: the static executable in an empty root, started
//! with the words of the `Dockerfile`.
//!
//! Ignored, since it builds a second executable: `cargo test --test static_binary -- --ignored`.
//! Needs the musl target (`rustup target add x86_64-unknown-linux-musl`), and root or user
//! namespaces. Where something is missing the tests say so and pass, unless `CI` is `true`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod build;
mod dns;
mod image;
mod jail;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use image::Image;
use jail::Jail;
use support::{free_port, upstream, wire};

const PATIENCE: Duration = Duration::from_secs(10);

/// A name that only the jail's own `/etc/hosts` knows.
const IN_HOSTS: &str = "upstream.jail";

/// An empty root with the executable, or `None` where there is none to be had.
fn jail() -> Option<Jail> {
    let made = build::executable().and_then(|executable| Jail::new(&executable));
    match made {
        Ok(jail) => Some(jail),
        Err(why) => {
            support::skip(&why);
            None
        }
    }
}

/// Whether what is sent to a proxy comes back from the upstream behind it.
fn echoes(address: &str) -> bool {
    let deadline = Instant::now() + PATIENCE;
    let stream = wire::connect(address, PATIENCE).unwrap();
    let mut answer = [0; 8];
    wire::write_all_by(&stream, b"ping", deadline, &false.into()).unwrap();
    wire::read_by(&stream, &mut answer, deadline).is_ok_and(|count| answer[..count] == *b"ping")
}

/// Creates a proxy and returns where it listens.
fn create(jail: &Jail, listen: &str, upstream: &str) -> String {
    let body = json!({"name": upstream, "listen": listen, "upstream": upstream});
    let answer = jail.api("POST", "/proxies", &body.to_string());
    assert_eq!(answer.status, 201, "{} {}", answer.text(), jail.log());
    answer.json()["listen"].as_str().unwrap().to_owned()
}

#[test]
#[ignore = "builds a second executable; .ci/run runs it"]
fn it_needs_no_shared_library() {
    let Some(jail) = jail() else { return };
    let told = Command::new("ldd").arg(jail.path("/toxiproxy")).output();
    let told = told.unwrap();
    let told = String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned();
    assert!(
        told.contains("statically linked") || told.contains("not a dynamic executable"),
        "{told}"
    );
}

#[test]
#[ignore = "builds a second executable; .ci/run runs it"]
fn it_can_be_called_by_toxiproxys_names() {
    let Some(jail) = jail() else { return };
    let version = |name| jail.run(&[name, "-version"], &[]);
    let server = version("/toxiproxy");
    assert!(server.status.success(), "{server:?}");
    assert!(
        server.stdout.starts_with(b"toxiproxy-server version 2."),
        "{server:?}"
    );
    assert!(version("/toxiproxy-cli").status.success());
}

#[test]
#[ignore = "builds a second executable; .ci/run runs it"]
fn it_resolves_names_and_finds_no_other_file() {
    let Some(mut jail) = jail() else { return };
    let echo = upstream::echo();
    let hosts = format!("127.0.0.1 localhost {IN_HOSTS}\n");
    fs::write(jail.path("/etc/hosts"), hosts).unwrap();
    let image = Image::read();
    let traced = jail.start(&image.command(&image.default_words), &image.environment);

    let port = echo.addr().rsplit_once(':').unwrap().1.to_owned();
    let listen = format!("{IN_HOSTS}:{}", free_port());
    let through = create(&jail, &listen, &format!("{IN_HOSTS}:{port}"));
    assert!(through.starts_with("127.0.0.1:"), "{through}");
    assert!(echoes(&through), "{}", jail.log());

    // Only root may serve port 53.
    if let Some(server) = dns::Server::start() {
        let line = format!("nameserver {}\n", server.ip());
        fs::write(jail.path("/etc/resolv.conf"), line).unwrap();
        let through = create(&jail, "127.0.0.1:0", &format!("{}:{port}", dns::NAME));
        assert!(echoes(&through), "{}", jail.log());
        assert!(server.was_asked());
    } else {
        eprintln!("skipped: a name server, for want of port 53");
    }
    jail.stop();
    if traced {
        let found = files_found(&jail.trace());
        let allowed = ["/toxiproxy", "/etc/hosts", "/etc/resolv.conf"].map(str::to_owned);
        assert!(found.contains("/etc/hosts"), "{found:?}");
        assert!(found.is_subset(&allowed.into()), "{found:?}");
    } else {
        eprintln!("skipped: which files it opens, for want of strace");
    }
}

/// The files that were there when the executable asked for them, from strace's report.
fn files_found(trace: &str) -> BTreeSet<String> {
    let of_ours = trace.lines().skip_while(|line| {
        // What comes before is chroot's own.
        !(line.contains("execve(\"/toxiproxy\"") && line.ends_with("= 0"))
    });
    let found = of_ours.filter(|line| line.contains("(\"") || line.contains(", \""));
    let found = found.filter(|line| !line.contains("= -1 E") && !line.contains("chdir"));
    found
        .filter_map(|line| Some(line.split('"').nth(1)?.to_owned()))
        .collect()
}

#[test]
#[ignore = "builds a second executable; .ci/run runs it"]
fn a_config_file_leaves_the_api_in_reach_and_the_health_check_sees_it() {
    let Some(mut jail) = jail() else { return };
    let echo = upstream::echo();
    let proxy = json!([{"name": "p", "listen": "127.0.0.1:0", "upstream": echo.addr()}]);
    fs::write(jail.path("/config.json"), proxy.to_string()).unwrap();
    let image = Image::read();
    let words = ["-config".to_owned(), "/config.json".to_owned()];
    jail.start(&image.command(&words), &image.environment);

    // Another address of this machine than the one that `localhost` means.
    let elsewhere = format!("127.0.0.2:{}", jail.port);
    assert!(
        wire::connect(&elsewhere, PATIENCE).is_ok(),
        "{}",
        jail.log()
    );
    let shown = jail.api("GET", "/proxies/p", "").json();
    assert!(echoes(shown["listen"].as_str().unwrap()));

    // The container's environment, in which the server would find its port too.
    let port = ("ACONITE_PORT".to_owned(), jail.port.to_string());
    let environment = [image.environment.clone(), vec![port]].concat();
    let check = |jail: &Jail| jail.run(&image.health_check, &environment);
    let told = jail.run(&["/aconite", "stats", "p"], &environment);
    assert!(told.status.success(), "{told:?}");
    let healthy = check(&jail);
    assert!(healthy.status.success(), "{healthy:?}");
    jail.stop();
    assert!(!check(&jail).status.success());
}
