//! How a connection is found to speak HTTP/2, and what happens if it does not.

use aconite::engine::sim::Duplex;
use aconite::engine::{Note, UpstreamUnreachable};
use aconite::protocol::http::Skip;
use aconite::protocol::http2::PREFACE;

use super::frames::{get, settings};
use super::rig::{Rig, answer, path, plan, respond, rule, rules};

const ANSWER: &str = "SETTINGS\nHEADERS 1 end :status=404 content-length=0\n";

fn answering() -> std::sync::Arc<aconite::protocol::http::Rules> {
    rules(vec![rule(1, path("/x"), respond(answer(404, "")))])
}

fn fresh(rules: &std::sync::Arc<aconite::protocol::http::Rules>) -> Rig {
    Rig {
        duplex: Duplex::new(&plan(rules, 1)),
    }
}

#[test]
fn an_upstream_that_speaks_first_is_followed_however_its_settings_are_cut() {
    for size in [1, 4, 9, 100] {
        let mut rig = fresh(&answering());
        for part in settings(&[(1, 100), (3, 7)]).chunks(size) {
            rig.down(part);
        }
        for part in [PREFACE, &settings(&[]), &get(1, "/x")]
            .concat()
            .chunks(size)
        {
            rig.up(part);
        }
        assert_eq!(rig.client(), ANSWER);
        assert_eq!(rig.upstream(), "SETTINGS\n");
    }
}

#[test]
fn a_client_of_http_1_is_left_alone_behind_an_upstream_of_http_2() {
    let rules = answering();
    let mut rig = fresh(&rules);
    rig.down(&settings(&[]));
    rig.up(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.down(b"anything")
        .up(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        rig.duplex.down.bytes(),
        [&settings(&[])[..], b"anything"].concat()
    );
    assert_eq!(rig.duplex.up.bytes().len(), 56);
    let skipped = rules.rules[0].counts.hits().skipped;
    assert_eq!(skipped.get(&Skip::NotHttp), Some(&1));
}

#[test]
fn a_rule_that_comes_to_an_open_connection_leaves_it_alone() {
    let mut rig = fresh(&rules(Vec::new()));
    rig.duplex = Duplex::new(&aconite::engine::Plan::default());
    rig.up(&[PREFACE, &settings(&[])].concat())
        .down(&settings(&[]));
    let rules = answering();
    rig.duplex.adopt(&plan(&rules, 1));
    rig.up(&get(1, "/x"));
    assert_eq!(rig.client(), "SETTINGS\n");
    let skipped = rules.rules[0].counts.hits().skipped;
    assert_eq!(skipped.get(&Skip::Unsynced), Some(&1));
}

/// There is nobody to exchange SETTINGS with.
#[test]
fn without_an_upstream_the_connection_is_closed() {
    let mut rig = fresh(&answering());
    let unreachable = UpstreamUnreachable {
        upstream: "nobody".to_owned(),
        reason: "refused".to_owned(),
    };
    let now = rig.duplex.now();
    let up = &mut rig.duplex.up.pipeline;
    assert!(up.inform(1000, Note::new(unreachable), now));
    rig.up(&[PREFACE, &settings(&[]), &get(1, "/x")].concat());
    assert_eq!(rig.client(), "Close\n");
}

#[test]
fn removing_the_last_rule_ends_a_connection_only_if_it_was_changed() {
    for (requested, end) in [("/a", ""), ("/x", "Cut\n")] {
        let mut rig = Rig::new(&answering());
        rig.up(&get(1, requested));
        rig.duplex.adopt(&aconite::engine::Plan::default());
        assert!(rig.client().ends_with(end));
        assert_eq!(rig.client().contains("Cut"), !end.is_empty());
    }
}
