//! Where server-sent events end.

use aconite::protocol::EventScanner;

const NONE: [usize; 0] = [];

/// The places behind each event of a stream. Panics if they depend on the cuts.
fn ends(stream: &str) -> Vec<usize> {
    let with = |size: usize| {
        let mut scanner = EventScanner::new();
        let (mut ends, mut before) = (Vec::new(), 0);
        for chunk in stream.as_bytes().chunks(size) {
            let mut from = 0;
            while let Some(len) = scanner.next(&chunk[from..]) {
                from += len;
                ends.push(before + from);
            }
            before += chunk.len();
        }
        ends
    };
    let whole = with(stream.len().max(1));
    for size in 1..stream.len().min(12) {
        assert_eq!(with(size), whole, "in chunks of {size}: {stream:?}");
    }
    whole
}

#[test]
fn event_ends_behind_an_empty_line_of_any_kind() {
    assert_eq!(ends("data: a\n\ndata: b\n\n"), [9, 18]);
    assert_eq!(ends("data: a\r\n\r\ndata: b\r\n\r\nd"), [11, 22]);
    assert_eq!(ends("data: a\r\rdata: b\r\rd"), [9, 18]);
    assert_eq!(ends("data: a\n\r\ndata: b\r\n\nx"), [10, 20]);
}

#[test]
fn only_blocks_with_data_are_events() {
    assert_eq!(ends(": alive\n\n\n\nevent: x\ndata: a\n\n"), [29]);
    assert_eq!(
        ends("event: x\n\nid: 1\n\ndate: a\n\ndata2\n\n dat: a\n\n"),
        NONE
    );
    assert_eq!(ends("data\n\ndata:\n\n"), [6, 13]);
    assert_eq!(ends("\u{feff}data: a\n\n"), [12]);
    assert_eq!(ends("\u{feff}\u{feff}data: a\n\n"), NONE);
}

#[test]
fn unfinished_event_is_none() {
    assert_eq!(ends("data: a\n\ndata: b\n"), [9]);
    assert_eq!(ends(""), NONE);
}

#[test]
fn event_that_ends_in_a_carriage_return_is_told_with_the_next_byte() {
    let mut scanner = EventScanner::new();
    assert_eq!(scanner.next(b"data: a\r\n\r"), None);
    assert_eq!(scanner.next(b"\ndata: b\r\r"), Some(1));
    assert_eq!(scanner.next(b"data: b\r\r"), None);
    assert_eq!(scanner.next(b"data: c"), Some(0));
}
