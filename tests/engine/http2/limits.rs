//! What cannot be followed passes untouched, or ends the connection if something was changed before.

use aconite::protocol::http::{Action, Skip};
use aconite::protocol::http2::PREFACE;

use super::frames::{data, frame, get, ok, settings};
use super::rig::{Rig, answer, path, respond, rule, rules};

fn wrong_frames() -> Vec<Vec<u8>> {
    vec![
        // CONTINUATION without HEADERS
        frame(9, 4, 1, b"x"),
        // An index that is in no table
        frame(1, 5, 9, &[0xff, 0x00]),
        // HEADERS without an end, then something else
        [frame(1, 1, 9, b"\x82"), data(9, b"x", true)].concat(),
        // A flood of CONTINUATION
        [frame(1, 1, 9, b"\x82"), frame(9, 0, 9, b"").repeat(100)].concat(),
        // Padding that is longer than the frame
        frame(1, 0x0d, 9, b"\x09x"),
        // A table that nobody has allowed
        frame(1, 5, 9, &[0x3f, 0xe2, 0x1f]),
    ]
}

fn limited() -> Action {
    respond(answer(429, ""))
}

#[test]
fn wrong_bytes_pass_untouched_while_nothing_was_changed() {
    for wrong in wrong_frames() {
        let rules = rules(vec![rule(1, path("/limited"), limited())]);
        for upwards in [true, false] {
            let mut rig = Rig::new(&rules);
            rig.up(&get(1, "/a")).down(&ok(1));
            rig.forget();
            match upwards {
                true => rig.up(&wrong).up(&get(11, "/limited")),
                false => rig.down(&wrong).down(b"anything").up(&get(11, "/limited")),
            };
            let request = get(11, "/limited");
            let expected = match upwards {
                true => ([&wrong[..], &request].concat(), Vec::new()),
                false => (request, [&wrong[..], b"anything"].concat()),
            };
            let got = (rig.duplex.up.bytes(), rig.duplex.down.bytes());
            assert_eq!(got, expected, "{}", wrong.escape_ascii());
        }
        let skipped = rules.rules[0].counts.hits().skipped;
        assert_eq!(skipped.get(&Skip::Http2), Some(&2));
    }
}

#[test]
fn wrong_bytes_end_a_connection_on_which_something_was_changed() {
    for wrong in wrong_frames() {
        let rules = rules(vec![rule(1, path("/limited"), limited())]);
        for upwards in [true, false] {
            let mut rig = Rig::new(&rules);
            rig.up(&get(1, "/limited")).up(&get(3, "/a"));
            rig.forget();
            match upwards {
                true => rig.up(&wrong).up(&get(11, "/a")),
                false => rig.down(&wrong).down(b"anything"),
            };
            let client = rig.client();
            let expected = [
                "GOAWAY 1\nClose\n",
                "GOAWAY 9\nClose\n",
                "GOAWAY 2\nClose\n",
            ];
            // The upstream's half has changed nothing yet, and has let the wrong bytes through.
            let is_half = !upwards && client.ends_with("Close\n");
            assert!(expected.contains(&client.as_str()) || is_half, "{client}");
            assert_eq!(rig.duplex.up.bytes(), b"");
        }
    }
}

#[test]
fn a_connection_without_the_preface_is_left_alone() {
    let rules = rules(vec![rule(1, path("*"), limited())]);
    let mut rig = Rig {
        duplex: aconite::engine::sim::Duplex::new(&super::rig::plan(&rules, 1)),
    };
    let bytes = [&PREFACE[..20], b"xx", &get(1, "/")].concat();
    rig.up(&bytes).down(b"\x15\x03\x03");
    assert_eq!(rig.duplex.up.bytes(), bytes);
    assert_eq!(rig.duplex.down.bytes(), b"\x15\x03\x03");
}

/// A stream too many is refused, so that the client may try again.
#[test]
fn only_so_many_streams_are_followed_at_once() {
    let rules = rules(vec![rule(1, path("/limited"), limited())]);
    let mut rig = Rig::new(&rules);
    for stream in 0..1000 {
        rig.up(&get(stream * 2 + 1, "/a"));
    }
    rig.up(&get(2001, "/limited"))
        .up(&get(2003, "/a"))
        .down(&ok(2003));
    rig.down(&data(1, b"", true)).up(&get(2005, "/limited"));
    assert_eq!(
        rig.client(),
        "RST_STREAM 2001 7\nHEADERS 2003 :status=200\nDATA 1 end \n\
         HEADERS 2005 end :status=429 content-length=0\n"
    );
    assert_eq!(rig.upstream().lines().count(), 1001);
}

/// The first block that is written here tells the client's decoder that its table is empty.
#[test]
fn the_first_block_of_ours_resets_the_table() {
    let rules = rules(vec![rule(1, path("/limited"), limited())]);
    let mut rig = Rig::new(&rules);
    rig.up(&settings(&[(1, 0)]))
        .up(&get(1, "/limited"))
        .up(&get(3, "/limited"));
    let bytes = rig.duplex.down.bytes();
    assert_eq!(
        &bytes[..10],
        &[&[0, 0, bytes[2], 1, 5, 0, 0, 0, 1][..], &[0x20]].concat()
    );
    assert_eq!(rig.client().matches(":status=429").count(), 2);
}
