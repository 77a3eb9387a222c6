//! Without a rule that acts, any bytes come out as they went in, however they are cut.

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::{Direction, Ending};
use aconite::protocol::http::{AfterPart, HttpMatch};
use proptest::prelude::*;

use crate::harness::site::{Site, answer, path_is};

/// Rules that look at everything and act on nothing.
fn site() -> Site {
    let mut site = Site::new(1);
    site.respond("/never", answer(429, ""));
    let after = HttpMatch {
        after: Some(AfterPart::Bytes(3)),
        split_events: true,
        ..HttpMatch::default()
    };
    let rule = site.mark(("marked", "noop"), &[], after);
    rule.matching = std::sync::Arc::new(HttpMatch {
        split_events: false,
        ..(*rule.matching).clone()
    });
    site
}

fn request() -> impl Strategy<Value = Vec<u8>> {
    let head = |method: &str, rest: &str| format!("{method} /x HTTP/1.1\r\nhOsT: a\r\n{rest}\r\n");
    prop_oneof![
        Just(head("GET", "")),
        Just(head("HEAD", "X:  y \r\n")),
        Just(head("POST", "Content-Length: 3\r\n") + "GET"),
        Just(head("POST", "Transfer-Encoding: chunked\r\n") + "3\r\nabc\r\n0\r\n\r\n"),
        Just(head("GET", "Upgrade: x\r\nConnection: upgrade\r\n")),
        Just("CONNECT a:1 HTTP/1.1\r\n\r\n".to_owned()),
        Just("GET /x HTTP/1.0\r\n\r\n".to_owned()),
    ]
    .prop_map(String::into_bytes)
}

fn reply() -> impl Strategy<Value = Vec<u8>> {
    let head = |status: &str, rest: &str| format!("HTTP/1.1 {status}\r\nserver: a\r\n{rest}\r\n");
    prop_oneof![
        Just(head("200 OK", "Content-Length: 5\r\n") + "hello"),
        Just(head("200 OK", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\nT: x\r\n\r\n"),
        Just(head("204 No Content", "")),
        Just(head("304 Not Modified", "Content-Length: 7\r\n")),
        Just(head("100 Continue", "")),
        Just(head("101 Switching Protocols", "")),
        Just(head("200 OK", "")),
    ]
    .prop_map(String::into_bytes)
}

fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop::sample::select(b"GET /HTTP1.\r\n\r\n :0123abc\0\x16".to_vec());
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::collection::vec(bytes, 0..40),
    ]
}

/// What one peer sends: mostly valid.
fn traffic(valid: impl Strategy<Value = Vec<u8>> + 'static) -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![8 => valid.boxed(), 1 => garbage().boxed()];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// Sends both streams in pieces of these sizes, in turns.
fn run(site: &Site, streams: [&[u8]; 2], steps: &[(bool, usize, bool)]) -> [Vec<u8>; 2] {
    let mut duplex = site.connect();
    let mut rest = streams;
    let mut send =
        |duplex: &mut aconite::engine::sim::Duplex, direction: Direction, size: usize| {
            let index = direction.pick(0, 1);
            let (part, later) = rest[index].split_at(size.min(rest[index].len()));
            rest[index] = later;
            duplex.push(direction, part.to_vec());
        };
    for (up, size, changes) in steps {
        let direction = if *up { Upstream } else { Downstream };
        send(&mut duplex, direction, *size);
        if *changes {
            let mut other = site.plan();
            let halves = other.interceptor.as_mut().unwrap();
            for half in [&mut halves.upstream, &mut halves.downstream] {
                std::sync::Arc::make_mut(half).revision += 1 + *size as u64;
            }
            duplex.adopt(&other);
        }
    }
    for direction in Direction::ALL {
        send(&mut duplex, direction, usize::MAX);
    }
    duplex.finish(Downstream, Ending::Eof);
    duplex.finish(Upstream, Ending::Eof);
    [duplex.up.bytes(), duplex.down.bytes()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_cut_anywhere_come_out_identical_in_both_directions(
        up in traffic(request()),
        down in traffic(reply()),
        steps in prop::collection::vec((any::<bool>(), 1..60_usize, prop::bool::weighted(0.1)), 0..40),
    ) {
        let [asked, replied] = run(&site(), [&up, &down], &steps);
        prop_assert_eq!(asked.escape_ascii().to_string(), up.escape_ascii().to_string());
        prop_assert_eq!(replied.escape_ascii().to_string(), down.escape_ascii().to_string());
    }

    /// What is decided depends on the bytes, not on their chunks.
    #[test]
    fn the_same_seed_and_other_cuts_give_the_same_decisions(
        paths in prop::collection::vec(0..3_u8, 1..30),
        cuts in prop::collection::vec(1..40_usize, 1..30),
    ) {
        let requests: String = paths
            .iter()
            .map(|path| format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n"))
            .collect();
        let decide = |sizes: &[usize]| {
            let mut site = Site::new(7);
            let action = aconite::protocol::http::Action::Respond(answer(429, "").into());
            let rule = site.rule("half", path_is("/?"), action);
            std::sync::Arc::make_mut(&mut rule.toxic).toxicity = 0.5;
            let mut duplex = site.connect();
            let mut rest = requests.as_bytes();
            let mut sizes = sizes.iter().cycle();
            while !rest.is_empty() {
                let size = (*sizes.next().unwrap()).min(rest.len());
                duplex.push(Upstream, rest[..size].to_vec());
                rest = &rest[size..];
            }
            let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".repeat(30);
            let forwarded = duplex.up.bytes();
            let count = forwarded.windows(4).filter(|bytes| *bytes == b"GET ").count();
            let len = ok.len() / 30 * count;
            duplex.push(Downstream, ok[..len].to_owned());
            (forwarded, duplex.down.bytes(), site.rules.counts.hits())
        };
        prop_assert_eq!(decide(&cuts), decide(&[1]));
    }
}
