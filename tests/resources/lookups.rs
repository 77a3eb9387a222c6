//! Names whose name server does not answer, and names with addresses that do not answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::network;
use super::wrapped::Wrapped;
use support::hole::Hole;
use support::rig::{End, PATIENCE, Peer};
use support::{Kind, ScratchFile, Upstream, upstream};

/// How long the system waits for the name server.
const SILENCE: Duration = Duration::from_secs(4);

/// A server whose only name server never answers, in its own network namespace.
struct Silent {
    server: Arc<Wrapped>,
    _socket: UdpSocket,
    _files: [ScratchFile; 3],
}

fn silent(limit: &str) -> Option<Silent> {
    if !network::own(&[]) {
        return None;
    }
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    let seconds = SILENCE.as_secs();
    let resolver = format!("nameserver 127.0.0.1\noptions timeout:{seconds} attempts:1\n");
    let files = [
        ScratchFile::with("conf", &resolver),
        ScratchFile::with("hosts", "127.0.0.1 localhost here\n"),
        ScratchFile::with("conf", "hosts: files dns\n"),
    ];
    let places = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"];
    let mounts: String = places
        .iter()
        .zip(&files)
        .map(|(place, file)| format!("mount --bind '{}' $(readlink -f {place}) && ", file.path()))
        .collect();
    let script = format!("{mounts} {limit} exec \"$@\"");
    Some(Silent {
        server: Arc::new(Wrapped::in_namespace(&script)?),
        _socket: socket,
        _files: files,
    })
}

fn threads(server: &Wrapped) -> usize {
    std::fs::read_dir(format!("/proc/{}/task", server.pid()))
        .unwrap()
        .count()
}

#[test]
fn dials_to_a_dead_name_delay_no_other_name_and_use_one_thread() {
    let Some(Silent { server, .. }) = &silent("") else {
        return;
    };
    let echo = upstream::echo();
    let dead = server.create("dead", "dead.example:80");
    let before = threads(server);
    let clients: Vec<Peer> = (0..600).map(|_| Peer::to(&dead)).collect();
    thread::sleep(Duration::from_millis(300));
    for (name, host) in [("a", "localhost"), ("b", "here"), ("c", "127.0.0.1")] {
        let address = server.create(name, &format!("{host}:{}", echo.port()));
        let start = Instant::now();
        assert!(Peer::to(&address).echoes(), "{host}: {}", server.log());
        assert!(start.elapsed() < SILENCE, "{host}: {:?}", start.elapsed());
    }
    let more = threads(server).saturating_sub(before);
    assert!(more < 10, "{more} threads more");
    for client in clients {
        assert_eq!(client.read_to_end(), (vec![], End::Eof));
    }
}

/// More unresolvable names than there are lookup threads.
#[test]
fn many_dead_names_delay_no_local_name() {
    let Some(Silent { server, .. }) = &silent("ulimit -n 512 &&") else {
        return;
    };
    let echo = upstream::echo();
    let dead: Vec<Value> = (0..100)
        .map(|number| {
            let upstream = format!("dead{number}.example:80");
            json!({"name": number.to_string(), "listen": "127.0.0.1:0", "upstream": upstream})
        })
        .collect();
    let answer = server.ask("POST", "/populate", &json!(dead));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    let made = made["proxies"].as_array().unwrap();
    let clients: Vec<Peer> = made
        .iter()
        .map(|proxy| Peer::to(proxy["listen"].as_str().unwrap()))
        .collect();
    thread::sleep(Duration::from_millis(300));
    for host in ["localhost", "here"] {
        let address = server.create(host, &format!("{host}:{}", echo.port()));
        let start = Instant::now();
        assert!(Peer::to(&address).echoes(), "{host}: {}", server.log());
        assert!(start.elapsed() < SILENCE, "{host}: {:?}", start.elapsed());
    }
    drop(clients);
}

#[test]
fn reset_does_all_else_before_it_looks_up_names_in_parallel() {
    let Some(Silent { server, .. }) = &silent("") else {
        return;
    };
    let making = (0..3).map(|number| {
        let server = Arc::clone(server);
        thread::spawn(move || {
            let listen = format!("dead{number}.example:0");
            let body = json!({"name": format!("dead{number}"), "listen": listen,
                "upstream": "127.0.0.1:1", "enabled": false,
                "toxics": [{"type": "noop", "name": "t"}]});
            let limit = PATIENCE * 2;
            let answer = server.try_ask("POST", "/proxies", &body, limit);
            assert_eq!(answer.unwrap().status, 201, "{}", server.log());
        })
    });
    for made in making.collect::<Vec<_>>() {
        made.join().unwrap();
    }
    server.create("good", "127.0.0.1:1");
    server.create("off", "127.0.0.1:1");
    let off = server.ask("PATCH", "/proxies/off", &json!({"enabled": false}));
    assert_eq!(off.status, 200, "{}", off.text());
    let toxic = server.ask("POST", "/proxies/good/toxics", &json!({"type": "noop"}));
    assert_eq!(toxic.status, 200, "{}", toxic.text());

    let start = Instant::now();
    let resetting = {
        let server = Arc::clone(server);
        thread::spawn(move || server.try_ask("POST", "/reset", &Value::Null, PATIENCE * 2))
    };
    let is_done = || {
        let all = server.ask("GET", "/proxies", &Value::Null).json();
        let clean = ["good", "off"]
            .iter()
            .all(|name| all[name]["toxics"] == json!([]));
        clean && all["off"]["enabled"] == json!(true)
    };
    while !is_done() {
        assert!(start.elapsed() < SILENCE, "{}", server.log());
        thread::sleep(Duration::from_millis(20));
    }
    let answer = resetting.join().unwrap().unwrap();
    assert!(start.elapsed() < SILENCE * 3, "{:?}", start.elapsed());
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert!(answer.text().contains("lookup dead"), "{}", answer.text());
}

/// A server for which `name` resolves to all these addresses.
fn server_for(name: &str, addresses: &[IpAddr]) -> Option<(Wrapped, ScratchFile)> {
    let lines: String = addresses
        .iter()
        .map(|ip| format!("{ip} {name}\n"))
        .collect();
    let hosts = ScratchFile::with("hosts", &lines);
    let script = format!("mount --bind '{}' /etc/hosts && exec \"$@\"", hosts.path());
    Some((Wrapped::in_namespace(&script)?, hosts))
}

#[test]
fn each_silent_address_delays_a_dial_by_one_stagger() {
    let dead = [
        IpAddr::from(Ipv6Addr::LOCALHOST),
        IpAddr::from(Ipv4Addr::new(127, 0, 0, 1)),
    ];
    let good = IpAddr::from(Ipv4Addr::new(127, 0, 0, 2));
    if TcpListener::bind("[::1]:0").is_err() {
        return eprintln!("skipped: no IPv6");
    }
    let addresses: Vec<IpAddr> = dead.into_iter().chain([good]).collect();
    let Some((server, _hosts)) = server_for("many", &addresses) else {
        return;
    };
    let echo = Upstream::try_start(&good.to_string(), Kind::Echo).unwrap();
    let port = echo.port();
    let holes = dead.map(|ip| Hole::at(SocketAddr::new(ip, port)));
    let address = server.create("p", &format!("many:{port}"));
    for _ in 0..3 {
        let start = Instant::now();
        assert!(Peer::to(&address).echoes(), "{}", server.log());
        // An equal share of the limit for each would be 3.3 s.
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{:?}",
            start.elapsed()
        );
    }
    drop((holes, echo));
}
