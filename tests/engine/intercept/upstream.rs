//! An upstream that cannot be reached.

use aconite::engine::Direction::Upstream;
use aconite::engine::sim::Duplex;
use aconite::engine::{Ending, Note, UpstreamUnreachable};

use crate::harness::site::{Ends, INTERCEPTOR, Site, answer};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

fn fail(duplex: &mut Duplex) {
    let note = Note::new(UpstreamUnreachable {
        upstream: "a\"b:1".to_owned(),
        reason: "connection refused".to_owned(),
    });
    let now = duplex.now();
    assert!(duplex.up.pipeline.inform(INTERCEPTOR, note, now));
    duplex.settle();
}

const BODY: &str = "{\"error\":{\"message\":\"the upstream a\\\"b:1 cannot be reached: connection refused\",\
    \"type\":\"upstream_unreachable\",\"upstream\":\"a\\\"b:1\",\"reason\":\"connection refused\"}}\n";

#[test]
fn each_request_that_no_rule_answers_gets_a_502_that_says_why() {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, "ours"));
    let mut duplex = site.connect();
    // These came while the upstream was being dialled.
    duplex.ask(&(get("/a") + &get("/ours") + "HEAD /b HTTP/1.1\r\n\r\n"));
    assert_eq!(duplex.replied(), "");
    fail(&mut duplex);
    duplex
        .ask("POST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
        .ask(&get("/ours"));
    let replied = duplex.replied();
    assert_eq!(
        replied.matches("HTTP/1.1 502 Bad Gateway\r\n").count(),
        3,
        "{replied}"
    );
    assert_eq!(replied.matches(BODY).count(), 2, "{replied}");
    assert_eq!(replied.matches("\r\n\r\nours").count(), 2, "{replied}");
    let hits = site.rules.counts.hits();
    assert_eq!((hits.by_status[&502], hits.by_status[&429]), (3, 2));
}

#[test]
fn the_connection_ends_when_the_client_has_ended_and_everything_is_answered() {
    let site = Site::new(1);
    let mut duplex = site.connect();
    duplex.ask(&get("/a")).finish(Upstream, Ending::Eof);
    fail(&mut duplex);
    assert!(duplex.replied().contains("502 Bad Gateway"));
    assert!(duplex.down.transcript().ends_with("0: Close\n"));
    let mut duplex = site.connect();
    fail(&mut duplex);
    duplex.finish(Upstream, Ending::Eof);
    assert_eq!(duplex.down.transcript(), "0: Close\n");
}

#[test]
fn a_connection_that_is_no_http_is_closed() {
    let mut duplex = Site::new(1).connect();
    fail(&mut duplex);
    duplex.ask("\0\0");
    assert_eq!(duplex.down.transcript(), "0: Close\n");
    let mut duplex = Site::new(1).connect();
    duplex.ask("\0\0");
    fail(&mut duplex);
    assert_eq!(duplex.down.transcript(), "0: Close\n");
}
