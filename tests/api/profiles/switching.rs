//! Profiles that replace each other under traffic.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};
use support::{Server, upstream};

use super::{done, names};

/// The rates and latencies of a list of toxics, which are those of one profile or of none.
fn numbers(toxics: &Value) -> Vec<i64> {
    let toxics = toxics.as_array().unwrap().iter();
    let numbers = toxics.map(|toxic| {
        let attributes = &toxic["attributes"];
        let main = attributes.get("rate").or(attributes.get("latency"));
        main.unwrap().as_i64().unwrap()
    });
    numbers.collect()
}

/// While one profile replaces another, nobody sees a mixture, and the bytes of a connection arrive whole and in order.
#[test]
fn a_profile_is_replaced_at_once_and_no_byte_is_lost() {
    const ROUNDS: usize = 30;
    let server = Server::start(&[]);
    let echo = upstream::echo();
    let proxy =
        json!({"name": "p", "listen": "127.0.0.1:0", "upstream": echo.addr(), "profile": "5g"});
    let made = done(&server, "POST", "/proxies", &proxy).json();
    let listen = made["listen"].as_str().unwrap();
    let client = TcpStream::connect(listen).unwrap();
    let sent: Vec<u8> = (0..400_000_u32).map(|at| (at % 251) as u8).collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let sender = scope.spawn(|| (&client).write_all(&sent));
        let receiver = scope.spawn(|| {
            let mut received = vec![0; sent.len()];
            (&client).read_exact(&mut received).map(|()| received)
        });
        let watcher = scope.spawn(|| {
            let mut seen = 0;
            while !is_over.load(Ordering::Relaxed) {
                for path in ["/proxies/p", "/proxies/p/profile"] {
                    let shown = server.api("GET", path, "").json();
                    let numbers = numbers(&shown["toxics"]);
                    let expected = [
                        (vec![2635, 26, 20_766, 25], "5g"),
                        (vec![1736, 23, 12_153, 22], "satellite-leo"),
                        (vec![10, 9], "cross-region-near"),
                    ];
                    let found = expected.iter().find(|(expected, _)| *expected == numbers);
                    let (_, name) = found.unwrap_or_else(|| panic!("a mixture: {shown}"));
                    let shown_name = shown.get("profile").unwrap_or(&shown["name"]);
                    assert_eq!(shown_name, name, "{shown}");
                    seen += 1;
                }
            }
            seen
        });
        for round in 0..ROUNDS {
            let name = ["satellite-leo", "cross-region-near", "5g"][round % 3];
            let put = super::put(&server, &json!({"name": name}));
            assert_eq!(put["name"], name);
            // The plan of the open connection is the new one when the API answers.
            let shown = server.api("GET", "/proxies/p/connections/1", "").json();
            let mut on_connection = names(&shown["toxics"]);
            let mut expected = names(&put["toxics"]);
            on_connection.sort_unstable();
            expected.sort_unstable();
            assert_eq!(on_connection, expected);
        }
        is_over.store(true, Ordering::Relaxed);
        sender.join().unwrap().unwrap();
        assert!(
            receiver.join().unwrap().unwrap() == sent,
            "bytes are lost or changed"
        );
        assert!(watcher.join().unwrap() > 0);
    });
}
