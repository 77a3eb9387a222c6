//! A full descriptor table.

use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::wrapped::Wrapped;
use support::rig::{PATIENCE, Peer};
use support::{upstream, wire};

const SCRIPT: &str = "ulimit -n 64; exec \"$@\"";
/// More connections than 64 descriptors can serve.
const MOST: usize = 60;
/// How long to wait for an echo that may never arrive.
const A_WHILE: Duration = Duration::from_millis(1000);

struct Full {
    server: Wrapped,
    _idle: Vec<TcpStream>,
    _echo: upstream::Upstream,
    address: String,
    served: Vec<Peer>,
    /// Closed by the server, or not accepted yet.
    last: Peer,
}

/// A server with as many clients as its table can hold, and one more. Each takes two descriptors,
/// so whether one is left depends on the `idle` connections to the API.
fn full(idle: usize) -> Full {
    fill(Wrapped::start(&[], SCRIPT).unwrap(), idle)
}

fn fill(server: Wrapped, idle: usize) -> Full {
    let idle = (0..idle).map(|_| TcpStream::connect(server.api()).unwrap());
    let idle = idle.collect();
    let echo = upstream::echo();
    let address = server.create("p", &echo.addr());
    let mut served = Vec::new();
    // One after the other: all at once would be accepted, and then none could be served.
    let last = loop {
        let client = Peer::to(&address);
        let deadline = Instant::now() + A_WHILE;
        client.send(b"x");
        if !matches!(wire::read_by(&client.0, &mut [0], deadline), Ok(1)) {
            break client;
        }
        served.push(client);
        assert!(served.len() < MOST, "the table never fills");
    };
    assert!(
        served.len() > 10,
        "{} clients: {}",
        served.len(),
        server.log()
    );
    Full {
        server,
        _idle: idle,
        _echo: echo,
        address,
        served,
        last,
    }
}

#[test]
fn accepting_resumes_by_itself_when_descriptors_are_free_again() {
    for idle in [0, 1] {
        let mut full = full(idle);
        let rest = full.served.split_off(5);
        assert!(full.served.iter().all(Peer::echoes), "those served already");
        thread::sleep(A_WHILE);
        drop((rest, full.last));
        let deadline = Instant::now() + PATIENCE;
        while !Peer::to(&full.address).echoes() {
            assert!(Instant::now() < deadline, "{}", full.server.log());
        }
        assert!(full.served.iter().all(Peer::echoes), "those served already");
        let shown = full.server.ask("GET", "/proxies/p", &Value::Null);
        assert_eq!(shown.status, 200);
        assert!(full.server.is_running());
    }
}

#[test]
fn api_answers_while_the_descriptor_table_is_full() {
    for idle in [0, 1] {
        let full = full(idle);
        let soon = Duration::from_secs(3);
        for _ in 0..10 {
            let answer = full.server.try_ask("GET", "/proxies", &Value::Null, soon);
            let status = answer.map(|answer| answer.status);
            assert_eq!(status, Some(200), "{idle} idle; {}", full.server.log());
        }
        // And following that advice helps.
        let off = serde_json::json!({"enabled": false});
        assert_eq!(full.server.ask("PATCH", "/proxies/p", &off).status, 200);
        for client in full.served {
            client.read_to_end();
        }
        drop(full.last);
    }
}

/// More proxies than there are reserved descriptors, each with a client that gets no permit.
#[test]
fn clients_of_many_proxies_do_not_take_the_reserve() {
    const MORE: &str = "ulimit -n 128; exec \"$@\"";
    let server = Wrapped::start(&[], MORE).unwrap();
    let others = (0..20).map(|number| server.create(&format!("q{number}"), "127.0.0.1:1"));
    let addresses: Vec<String> = others.collect();
    let full = fill(server, 0);
    let waiting: Vec<Peer> = addresses.iter().map(|address| Peer::to(address)).collect();
    thread::sleep(A_WHILE);
    for _ in 0..10 {
        let answer = full.server.ask("GET", "/proxies", &Value::Null);
        assert_eq!(answer.status, 200, "{}", full.server.log());
    }
    drop(waiting);
}

/// Sockets that linger after an orderly close count until they are closed.
#[test]
fn clients_whose_dial_is_refused_do_not_take_the_reserve() {
    let server = Wrapped::start(&[], SCRIPT).unwrap();
    let address = server.create("p", "127.0.0.1:1");
    let deadline = Instant::now() + Duration::from_secs(3);
    let mut clients = Vec::new();
    while Instant::now() < deadline {
        clients.extend((0..10).map(|_| Peer::to(&address)));
        clients.drain(..clients.len().saturating_sub(300));
        let answer = server.ask("GET", "/version", &Value::Null);
        assert_eq!(answer.status, 200, "{}", server.log());
        thread::sleep(Duration::from_millis(20));
    }
    let log = server.log();
    assert!(!log.contains("Too many open files"), "{log}");
}

/// A listening socket takes one descriptor; the rest is available for connections.
#[test]
fn many_proxies_leave_the_other_descriptors_to_connections() {
    const PROXIES: usize = 480;
    /// Two descriptors each; the rest of 1024 is the reserve, the listeners and the server's own.
    const CLIENTS: usize = 220;
    let server = Wrapped::start(&[], "ulimit -n 1024; exec \"$@\"").unwrap();
    let echo = upstream::echo();
    let proxy = |number| serde_json::json!({"name": format!("q{number}"), "listen": "127.0.0.1:0", "upstream": echo.addr()});
    let list: Vec<Value> = (0..PROXIES).map(proxy).collect();
    let answer = server.ask("POST", "/populate", &Value::Array(list));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let address = server.create("p", &echo.addr());
    let clients: Vec<Peer> = (0..CLIENTS).map(|_| Peer::to(&address)).collect();
    let served = clients.iter().filter(|client| client.echoes()).count();
    assert_eq!(served, CLIENTS, "{}", server.log());
}

/// How often a text occurs in a server's log, once it occurs at all.
fn count_in_log(server: &Wrapped, text: &str) -> usize {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let count = server.log().matches(text).count();
        if count > 0 || Instant::now() > deadline {
            return count;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn burst_past_the_limit_logs_one_warning_and_is_counted() {
    let server = Wrapped::start(&[], SCRIPT).unwrap();
    let echo = upstream::echo();
    let addresses = ["p", "q"].map(|name| server.create(name, &echo.addr()));
    for _ in 0..5 {
        thread::scope(|scope| {
            for address in addresses.iter().cycle().take(120) {
                scope.spawn(move || assert!(Peer::to(address).echoes()));
            }
        });
    }
    let ends = count_in_log(&server, "file descriptors are free again");
    let log = server.log();
    let warnings = log.matches("no file descriptors are left").count();
    // A machine that stalls for a second between two bursts splits them into two series.
    assert!(warnings == ends && (1..=5).contains(&ends), "{log}");
    assert!(log.contains("\"clients\":"), "{log}");
}

#[test]
fn failed_dials_log_one_warning_and_are_counted() {
    const CLIENTS: usize = 300;
    let server = Wrapped::start(&[], "exec \"$@\"").unwrap();
    let address = server.create("p", "127.0.0.1:1");
    let start = Instant::now();
    for _ in 0..CLIENTS {
        assert!(Peer::to(&address).read_to_end().0.is_empty());
    }
    let took = start.elapsed();
    let ends = count_in_log(&server, "more clients could not reach");
    let log = server.log();
    let warnings = log.matches("the upstream cannot be reached").count();
    assert!(0 < ends && warnings <= 1 + took.as_secs() as usize, "{log}");
}
