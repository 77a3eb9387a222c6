//! Rules that come to a connection that is open.

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::Plan;
use aconite::engine::sim::Duplex;
use aconite::protocol::http::Skip;
use aconite::protocol::intercept::Protocol;

use crate::harness::site::{Ends, Site, answer, shown};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn site() -> Site {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, ""));
    site
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

fn open() -> Duplex {
    Duplex::new(&Plan::default())
}

#[test]
fn a_rule_takes_hold_on_the_next_request_of_an_idle_connection() {
    let (site, mut duplex) = (site(), open());
    duplex.ask(&get("/theirs")).reply(OK).adopt(&site.plan());
    duplex.ask(&(get("/ours") + &get("/theirs"))).reply(OK);
    assert!(duplex.replied().starts_with(&format!("{OK}HTTP/1.1 429")));
    assert!(duplex.replied().ends_with(OK));
    assert_eq!(duplex.asked(), get("/theirs").repeat(2));
    assert_eq!(site.skipped(Skip::Unsynced), 0);
}

#[test]
fn a_rule_that_comes_within_a_message_takes_hold_on_the_next_request() {
    let post = "POST /theirs HTTP/1.1\r\nContent-Length: 5\r\n\r\n";
    let within_upload = |duplex: &mut Duplex, site: &Site| {
        duplex.ask(post).adopt(&site.plan());
        // The body looks like a request, and no byte has come from the upstream.
        duplex.ask("GET /").reply(OK);
    };
    let within_answer = |duplex: &mut Duplex, site: &Site| {
        duplex.ask(&get("/theirs")).reply(&OK[..9]);
        duplex.adopt(&site.plan()).reply(&OK[9..]);
    };
    let before_answer = |duplex: &mut Duplex, site: &Site| {
        duplex.ask(&get("/theirs")).adopt(&site.plan()).reply(OK);
    };
    type Begin<'a> = &'a dyn Fn(&mut Duplex, &Site);
    for begin in [&within_upload as Begin<'_>, &within_answer, &before_answer] {
        let (site, mut duplex) = (site(), open());
        begin(&mut duplex, &site);
        duplex.ask(&get("/ours")).ask(&get("/theirs"));
        assert_eq!(duplex.asked().matches("/ours").count(), 0);
        assert_eq!(duplex.replied().matches("HTTP/1.1 429").count(), 1);
    }
}

#[test]
fn an_upload_that_contains_requests_is_not_taken_for_one() {
    let (site, mut duplex) = (site(), open());
    duplex.ask("POST /t HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n");
    duplex.adopt(&site.plan());
    duplex
        .reply("HTTP/1.1 100 Continue\r\n\r\n")
        .ask(&get("/ours"))
        .ask(&get("/ours"));
    assert_eq!(duplex.asked().matches("/ours").count(), 2);
    assert_eq!(site.skipped(Skip::Unsynced), 1);
    assert_eq!(shown(&duplex).protocol, Some(Protocol::Unsynced));
}

#[test]
fn no_status_line_behind_the_first_request_means_that_it_was_none() {
    let (site, mut duplex) = (site(), open());
    duplex.ask("\0").reply("\0").adopt(&site.plan());
    duplex.ask(&get("/theirs")).reply("\0no status line");
    duplex.ask("\0\0").reply("\0\0");
    assert_eq!(duplex.asked(), format!("\0{}\0\0", get("/theirs")));
    assert_eq!(duplex.replied(), "\0\0no status line\0\0");
    assert_eq!(site.skipped(Skip::Unsynced), 1);
    // It may still turn out to speak HTTP.
    duplex.ask(&get("/ours"));
    assert!(duplex.replied().contains("HTTP/1.1 429"));
}

#[test]
fn half_a_head_is_not_held_back_where_a_request_only_may_begin() {
    let (site, mut duplex) = (site(), open());
    duplex.ask(&get("/theirs")).reply(OK).adopt(&site.plan());
    duplex.ask("GET /ou").ask("rs HTTP/1.1\r\n\r\n");
    assert!(duplex.asked().ends_with("GET /ours HTTP/1.1\r\n\r\n"));
}

#[test]
fn changes_of_rules_keep_exchanges_under_way() {
    let mut site = site();
    let mut duplex = site.connect();
    duplex.ask(&(get("/theirs") + &get("/ours") + "GET /o"));
    duplex.reply(&OK[..20]);
    site.remove("respond");
    duplex.adopt(&site.plan());
    duplex
        .reply(&OK[20..])
        .ask("urs HTTP/1.1\r\n\r\n")
        .reply(OK);
    assert_eq!(duplex.asked(), get("/theirs") + &get("/ours"));
    let replied = duplex.replied();
    assert!(
        replied.starts_with(&format!("{OK}HTTP/1.1 429")),
        "{replied}"
    );
    assert!(replied.ends_with(OK), "{replied}");
    site.respond("/ours", answer(503, ""));
    duplex.adopt(&site.plan()).ask(&get("/ours"));
    assert!(duplex.replied().contains("HTTP/1.1 503"));
}

#[test]
fn a_request_in_flight_in_a_slow_toxic_is_not_the_start_of_a_turn() {
    let mut site = site();
    let mut slow = Site::new(1);
    slow.toxic("slow", "latency", &[("latency", 100)]);
    let toxic = slow.toxics.remove(0);
    let with = |site: &Site, rules: bool| Plan {
        upstream: vec![toxic.clone()],
        interceptor: site.plan().interceptor.filter(|_| rules),
        ..Plan::default()
    };
    let mut duplex = Duplex::new(&with(&site, false));
    duplex.push(Upstream, "POST /t HTTP/1.1\r\nContent-Length: 27\r\n\r\n");
    duplex.push(Upstream, get("/ours")).run_ms(50);
    duplex.push(Downstream, "HTTP/1.1 100 Continue\r\n\r\n");
    duplex.adopt(&with(&site, true)).run_ms(500);
    assert!(duplex.asked().ends_with(&get("/ours")));
    site.remove("respond");
}
