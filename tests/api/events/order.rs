//! The order of events that concurrent threads cause.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::json;

use crate::events::reader::Reader;
use crate::events::{done, proxy};
use support::{Server, upstream};

#[test]
fn a_proxy_is_enabled_before_its_connections_are_told_of() {
    const RESTARTS: usize = 60;
    let server = Server::start(&[]);
    let upstreams = [upstream::echo(), upstream::echo()];
    let listen = proxy(&server, "web", &upstreams[0], &json!({}));
    let mut events = Reader::follow(&server, "?proxy=web");
    let (over, mut told) = (AtomicBool::new(false), Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            // The listening socket is passed in, so that connections wait there for each restart.
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    drop(TcpStream::connect(&listen));
                }
            });
        }
        for round in 1..=RESTARTS {
            let upstream = upstreams[round % 2].addr();
            let change = json!({"upstream": upstream}).to_string();
            done(&server, "PATCH", "/proxies/web", &change);
            let frames = std::iter::from_fn(|| events.next());
            let mut later = frames.skip_while(|frame| frame.event != "proxy.disabled");
            later.next().unwrap();
            let restart = later.take(2).map(|frame| frame.event).collect::<Vec<_>>();
            told.push(restart);
        }
        over.store(true, Ordering::Relaxed);
    });
    for restart in told {
        assert_eq!(restart, ["proxy.updated", "proxy.enabled"]);
    }
}

#[test]
fn whose_end_enables_a_proxy_is_told() {
    let server = Server::start(&[]);
    let echo = upstream::echo();
    proxy(&server, "web", &echo, &json!({}));
    done(&server, "POST", "/sessions", r#"{"name": "run"}"#);
    let mut events = Reader::follow(&server, "?about=proxy");
    let change = r#"{"enabled": false, "session": "run"}"#;
    done(&server, "PATCH", "/proxies/web", change);
    done(&server, "DELETE", "/sessions/run", "");
    for (frame, event) in events.take(2).iter().zip(["disabled", "enabled"]) {
        assert_eq!(frame.event, format!("proxy.{event}"));
        assert_eq!(frame.data["session"], "run", "{frame:?}");
    }
    for enabled in [false, true] {
        let change = json!({ "enabled": enabled }).to_string();
        done(&server, "PATCH", "/proxies/web", &change);
        assert_eq!(events.take(1)[0].data.get("session"), None);
    }
}
