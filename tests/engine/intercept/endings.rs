//! FIN and RST of either peer while exchanges are under way.

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::Ending;

use crate::harness::site::{Ends, Site, answer, path_is};

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\n\r\n")
}

/// `/ours` is answered after 1000 ms.
fn slow() -> Site {
    let mut site = Site::new(1);
    site.respond("/ours", answer(429, ""));
    site.mark(("late", "latency"), &[("latency", 1000)], path_is("/ours"));
    site
}

#[test]
fn an_idle_end_of_the_upstream_does_not_cut_a_delayed_answer() {
    for ending in [Ending::Eof, Ending::Reset] {
        let mut duplex = slow().connect();
        duplex.ask(&get("/ours")).run_ms(200);
        duplex.finish(Downstream, ending).run_ms(5000);
        let transcript = duplex.down.transcript();
        let lines: Vec<&str> = transcript.lines().collect();
        assert!(lines[0].starts_with("1000: HTTP/1.1 429"), "{lines:?}");
        assert_eq!(lines[1], format!("1000: {ending:?}"));
    }
}

#[test]
fn a_client_that_half_closes_gets_its_answers() {
    let mut duplex = slow().connect();
    duplex.ask(&(get("/ours") + &get("/theirs")));
    duplex.finish(Upstream, Ending::Eof);
    duplex.reply("HTTP/1.1 200 OK\r\n\r\nall").run_ms(5000);
    duplex.finish(Downstream, Ending::Eof);
    assert!(duplex.up.transcript().ends_with("0: Eof\n"));
    let replied = duplex.replied();
    assert!(replied.starts_with("HTTP/1.1 429 "), "{replied}");
    assert!(replied.ends_with("\r\n\r\nall"), "{replied}");
    assert!(duplex.down.transcript().ends_with("5000: Eof\n"));
}

#[test]
fn an_end_of_the_client_in_the_middle_passes_what_came() {
    for part in [
        "GET /ou",
        "POST /t HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc",
    ] {
        let mut duplex = slow().connect();
        duplex.ask(part).finish(Upstream, Ending::Eof);
        assert_eq!(duplex.asked(), part);
        assert!(duplex.up.transcript().ends_with("0: Eof\n"));
    }
    let mut duplex = slow().connect();
    duplex.ask("POST /ours HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
    duplex.finish(Upstream, Ending::Eof).run_ms(5000);
    assert_eq!(duplex.up.transcript(), "0: Eof\n");
    assert!(duplex.replied().starts_with("HTTP/1.1 429"));
}

#[test]
fn an_end_of_the_upstream_in_the_middle_passes_what_came() {
    for part in [
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    ] {
        let mut duplex = slow().connect();
        duplex.ask(&(get("/theirs") + &get("/ours"))).reply(part);
        duplex.finish(Downstream, Ending::Eof).run_ms(5000);
        assert_eq!(duplex.replied(), part);
        assert!(duplex.down.transcript().ends_with("0: Eof\n"));
    }
}

#[test]
fn requests_behind_the_end_of_the_upstream_pass_undecided() {
    let site = slow();
    let mut duplex = site.connect();
    duplex.finish(Downstream, Ending::Eof);
    duplex.ask(&get("/ours"));
    assert_eq!(duplex.asked(), get("/ours"));
    assert_eq!(site.rules.counts.hits().seen, 0);
}

#[test]
fn without_the_rules_a_connection_that_owes_an_answer_is_cut() {
    let mut duplex = slow().connect();
    duplex.ask(&(get("/theirs") + &get("/ours")));
    duplex.adopt(&aconite::engine::Plan::default());
    assert_eq!(duplex.down.transcript(), "0: Cut\n");
    let mut duplex = slow().connect();
    duplex.ask("POST /ours HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
    duplex.adopt(&aconite::engine::Plan::default());
    assert_eq!(duplex.up.transcript(), "0: Cut\n");
    let mut duplex = slow().connect();
    duplex
        .ask(&get("/theirs"))
        .adopt(&aconite::engine::Plan::default());
    duplex.reply("anything");
    assert_eq!(duplex.down.transcript(), "0: anything\n");
}
