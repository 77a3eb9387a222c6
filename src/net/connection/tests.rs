//! Tests connections between in-memory streams in virtual time: no sockets, no real waits, no races.

mod built_in;
mod connect_phase;
mod deferred;
#[path = "../../../tests/engine/harness/line_responder.rs"]
mod line_responder;
mod notes;
mod remote;
mod rig;

use std::time::Duration;

use remote::{End, Remote};
use rig::{LINK_LIMIT, Rig, SEND_BUFFER, WINDOW, half_close_after, latency, plan};

use crate::engine::Direction;
use crate::net::connections::CloseMode;
use crate::net::lifecycle::ORPHAN_LIMIT;
use crate::net::link::Link;
use crate::net::reason::Reason;

/// The size limit of a connection's future, in bytes. A connection also needs two registrations of its
/// sockets, and what tokio adds to a task.
const CEILING: usize = 1024;

#[test]
fn a_connection_is_small() {
    assert!(size_of::<Link<'_>>() <= 352, "{}", size_of::<Link<'_>>());
    let size = size_of_output(super::serve);
    assert!(size <= CEILING, "{size}");
}

fn size_of_output<A, B, C, D, F>(_: impl Fn(A, B, C, D) -> F) -> usize {
    size_of::<F>()
}

/// The tolerance of time checks: several times what tokio's timer rounds up.
const EXACT: Duration = Duration::from_millis(20);

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
}

/// The sending and the receiving remote of a direction.
fn ends(rig: &mut Rig, direction: Direction) -> (Remote, Remote) {
    let (client, upstream) = rig.take_ends();
    match direction {
        Direction::Upstream => (client, upstream),
        Direction::Downstream => (upstream, client),
    }
}

const DIRECTIONS: [Direction; 2] = Direction::ALL;

#[tokio::test(start_paused = true)]
async fn a_half_close_passes_each_way_and_the_other_direction_goes_on() {
    for (direction, reason) in [
        (Direction::Upstream, Reason::ClientClosed),
        (Direction::Downstream, Reason::UpstreamClosed),
    ] {
        let mut rig = Rig::new(plan(None, None));
        let (first, second) = ends(&mut rig, direction);
        first.write_all(b"question").await;
        first.shutdown();
        assert_eq!(second.read_to_end().await, (b"question".to_vec(), End::Eof));
        assert!(!rig.has_ended());
        second.write_all(b"answer").await;
        second.shutdown();
        assert_eq!(first.read_to_end().await, (b"answer".to_vec(), End::Eof));
        assert_eq!(rig.reason().await, reason);
        assert!(rig.elapsed() < EXACT);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_by_each_peer_follows_the_bytes_sent_before_it() {
    for (direction, reason) in [
        (Direction::Upstream, Reason::ClientReset(None)),
        (Direction::Downstream, Reason::UpstreamReset(None)),
    ] {
        let mut rig = Rig::new(plan(None, None));
        let (sender, receiver) = ends(&mut rig, direction);
        let bytes = pattern(4 * WINDOW);
        sender.write_all(&bytes).await;
        sender.delivered().await;
        sender.reset();
        let pause = ORPHAN_LIMIT / 2;
        tokio::time::sleep(pause).await;
        assert!(!rig.has_ended(), "the receiver has still to take bytes");
        assert_eq!(receiver.read_to_end().await, (bytes, End::Reset));
        assert_eq!(rig.reason().await, reason);
        assert!(rig.elapsed() < pause + Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_gives_up_bytes_that_nobody_takes_at_the_orphan_limit() {
    for direction in DIRECTIONS {
        for toxic in [None, Some(latency(Duration::from_secs(60)))] {
            let mut rig = Rig::new(plan(toxic.clone(), toxic));
            let (sender, receiver) = ends(&mut rig, direction);
            sender.write_all(&pattern(4 * WINDOW)).await;
            sender.delivered().await;
            sender.reset();
            let _ = rig.reason().await;
            let took = rig.elapsed();
            assert!(
                took >= ORPHAN_LIMIT && took < ORPHAN_LIMIT + EXACT,
                "{took:?}"
            );
            assert_eq!(receiver.read_to_end().await.1, End::Reset);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_receivers_reset_still_delivers_what_it_had_sent() {
    for direction in DIRECTIONS {
        let delay = Duration::from_secs(3);
        let toxic = Some(latency(delay));
        let mut rig = Rig::new(plan(toxic.clone(), toxic));
        let (lost, other) = ends(&mut rig, direction);
        lost.write_all(b"last words").await;
        lost.delivered().await;
        lost.reset();
        other.write_all(&pattern(WINDOW)).await;
        assert_eq!(
            other.read_to_end().await,
            (b"last words".to_vec(), End::Reset)
        );
        assert!(rig.elapsed() >= delay && rig.elapsed() < delay + Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_both_peers_with_fin_at_once_and_loses_nothing_that_was_written() {
    let mut rig = Rig::new(plan(None, Some(latency(Duration::from_secs(60)))));
    let (client, upstream) = rig.take_ends();
    client.write_all(b"written").await;
    client.delivered().await;
    upstream.write_all(b"held back").await;
    rig.settle().await;
    rig.stop();
    assert_eq!(rig.reason().await, Reason::Stopped);
    assert_eq!(
        upstream.read_to_end().await,
        (b"written".to_vec(), End::Eof)
    );
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert!(rig.elapsed() < EXACT);
}

#[tokio::test(start_paused = true)]
async fn an_order_ends_a_connection_with_fin_or_rst() {
    for (mode, end) in [(CloseMode::Fin, End::Eof), (CloseMode::Rst, End::Reset)] {
        let mut rig = Rig::new(plan(None, None));
        let (client, upstream) = rig.take_ends();
        rig.settle().await;
        assert!(rig.connections.end(1, mode));
        assert_eq!(rig.reason().await, Reason::Killed);
        assert_eq!(client.read_to_end().await, (Vec::new(), end));
        assert_eq!(upstream.read_to_end().await, (Vec::new(), end));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_cuts_the_wait_before_a_reset_short() {
    let mut rig = Rig::new(plan(None, None));
    let (client, upstream) = rig.take_ends();
    client.write_all(&pattern(WINDOW + SEND_BUFFER)).await;
    client.delivered().await;
    client.reset();
    rig.settle().await;
    assert!(!rig.has_ended());
    rig.stop();
    assert_eq!(rig.reason().await, Reason::ClientReset(None));
    assert_eq!(upstream.read_to_end().await.1, End::Eof);
    assert!(rig.elapsed() < EXACT);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_read_stops_the_sender_and_bounds_the_memory() {
    for toxic in [None, Some(latency(Duration::from_millis(1)))] {
        let mut rig = Rig::new(plan(toxic, None));
        let (client, upstream) = rig.take_ends();
        let bytes = pattern(LINK_LIMIT * 8);
        let written = client.write_until_stalled(&bytes).await;
        // What both stream pairs buffer, the link's limit, and one read beyond it.
        let most = 2 * (WINDOW + SEND_BUFFER) + 2 * LINK_LIMIT;
        assert!(written < most, "{written} of at most {most}");
        let queued = rig.handle.meter(Direction::Upstream).queued();
        assert!(queued <= 2 * LINK_LIMIT, "{queued}");
        let receive = tokio::spawn(async move { upstream.read_to_end().await });
        client.write_all(&bytes[written..]).await;
        client.shutdown();
        let (received, end) = receive.await.unwrap();
        assert!(received == bytes && end == End::Eof, "{}", received.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_acts_on_bytes_after_it_on_the_clear_path_and_on_the_other() {
    let delay = Duration::from_secs(5);
    let mut rig = Rig::new(plan(None, None));
    let (client, upstream) = rig.take_ends();
    client.write_all(b"a").await;
    assert_eq!(upstream.read_some().await, b"a");
    assert!(rig.elapsed() < EXACT, "the clear path");
    rig.publish(plan(Some(latency(delay)), None));
    client.write_all(b"b").await;
    assert_eq!(upstream.read_some().await, b"b");
    let after_add = rig.elapsed();
    assert!(
        after_add >= delay && after_add < delay + EXACT,
        "{after_add:?}"
    );
    client.write_all(b"c").await;
    rig.settle().await;
    rig.publish(plan(None, None));
    assert_eq!(upstream.read_some().await, b"c");
    client.write_all(b"d").await;
    assert_eq!(upstream.read_some().await, b"d");
    assert!(rig.elapsed() < after_add + EXACT, "removal flushes");
}

#[tokio::test(start_paused = true)]
async fn a_write_that_a_read_owes_goes_out_without_other_traffic() {
    let mut rig = Rig::owing_writes(plan(None, None));
    let (client, upstream) = rig.take_ends();
    client.write_all(b"x").await;
    assert_eq!(upstream.read_some().await, b"x");
    assert_eq!(client.read_some().await, [0], "the transport's own byte");
    // The transport's byte waits until the client's stream has room for it.
    let full = pattern(WINDOW + SEND_BUFFER);
    upstream.write_all(&full).await;
    rig.settle().await;
    client.write_all(b"y").await;
    assert_eq!(upstream.read_some().await, b"y");
    let (received, owed) = (client.read_exactly(full.len() + 1).await, [0]);
    assert_eq!(received, [&full[..], &owed[..]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_direction_that_a_toxic_ends_is_drained_and_the_other_goes_on() {
    for direction in DIRECTIONS {
        let stop = Some(half_close_after(3));
        let mut rig = Rig::new(match direction {
            Direction::Upstream => plan(stop, None),
            Direction::Downstream => plan(None, stop),
        });
        let (sender, receiver) = ends(&mut rig, direction);
        sender.write_all(b"abcdef").await;
        assert_eq!(receiver.read_to_end().await, (b"abc".to_vec(), End::Eof));
        // More than all buffers hold: what the toxic cut off is read and dropped.
        sender.write_all(&pattern(4 * LINK_LIMIT)).await;
        receiver.write_all(b"still open").await;
        receiver.shutdown();
        let answer = sender.read_to_end().await;
        assert_eq!(answer, (b"still open".to_vec(), End::Eof));
        assert!(!rig.has_ended());
        sender.shutdown();
        assert_eq!(rig.reason().await, Reason::Toxic("stop".into()));
        assert!(rig.elapsed() < EXACT);
    }
}
