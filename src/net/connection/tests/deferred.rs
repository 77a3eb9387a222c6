//! Connections that run while their upstream is being dialled, in virtual time.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::line_responder::line_responder;
use super::remote::End;
use super::rig::{LINK_LIMIT, Rig, SEND_BUFFER, WINDOW, latency, plan};
use super::{EXACT, pattern};
use crate::engine::{Direction, DrawKey, Plan};
use crate::net::built_in::BuiltIn;
use crate::net::connections::CloseMode;
use crate::net::dial::DialError;
use crate::net::reason::Reason;

const SECOND: Duration = Duration::from_secs(1);

fn intercepted(down: Option<Duration>) -> Plan {
    let mut plan = plan(None, down.map(latency));
    plan.interceptor = Some(line_responder(DrawKey::of_seed(1), 1));
    plan
}

fn refused() -> Option<DialError> {
    Some(DialError::Connect {
        address: ([192, 0, 2, 1], 80).into(),
        source: io::ErrorKind::ConnectionRefused.into(),
    })
}

const REASON: &str = "connect 192.0.2.1:80: connection refused";

fn is_exact(took: Duration, asked: Duration) -> bool {
    took >= asked && took < asked + EXACT
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_interceptor_does_not_wait_for_the_dial_and_meets_the_toxics() {
    let mut rig = Rig::dialling(intercepted(Some(2 * SECOND)), None, None);
    let (client, _upstream) = rig.take_ends();
    client.write_all(b"PING 1\nPING 2\n").await;
    assert_eq!(client.read_exactly(14).await, b"PONG 1\nPONG 2\n");
    assert!(is_exact(rig.elapsed(), 2 * SECOND), "{:?}", rig.elapsed());
    assert_eq!(rig.handle.upstream(), None);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_was_answered_and_leaves_does_not_wait_for_the_dial() {
    let mut rig = Rig::dialling(intercepted(None), None, None);
    let (client, upstream) = rig.take_ends();
    client.write_all(b"PING\n").await;
    client.shutdown();
    assert_eq!(client.read_to_end().await, (b"PONG\n".to_vec(), End::Eof));
    assert_eq!(rig.reason().await, Reason::ClientClosed);
    assert!(rig.elapsed() < EXACT);
    assert!(
        upstream.read_to_end().await.0.is_empty(),
        "the dial is given up"
    );
}

#[tokio::test(start_paused = true)]
async fn bytes_and_a_half_close_wait_for_the_dial_in_order() {
    let mut rig = Rig::dialling(intercepted(None), Some(3 * SECOND), None);
    let (client, upstream) = rig.take_ends();
    client.write_all(b"GET 1\nPING 2\n").await;
    client.shutdown();
    rig.settle().await;
    assert_eq!(rig.handle.meter(Direction::Upstream).sent(), 0);
    assert_eq!(
        upstream.read_to_end().await,
        (b"GET 1\n".to_vec(), End::Eof)
    );
    assert!(is_exact(rig.elapsed(), 3 * SECOND), "{:?}", rig.elapsed());
    assert!(rig.handle.upstream().is_some());
    upstream.write_all(b"one\n").await;
    upstream.shutdown();
    assert_eq!(
        client.read_to_end().await,
        (b"one\nPONG 2\n".to_vec(), End::Eof)
    );
    assert_eq!(rig.reason().await, Reason::ClientClosed);
}

#[tokio::test(start_paused = true)]
async fn when_the_dial_fails_the_interceptor_answers_what_waits_and_what_comes() {
    let mut rig = Rig::dialling(intercepted(None), Some(3 * SECOND), refused());
    let (client, _upstream) = rig.take_ends();
    client.write_all(b"GET 1\nPING 2\nGET").await;
    let down = format!("DOWN {REASON}\n");
    let expected = format!("{down}PONG 2\n");
    assert_eq!(
        client.read_exactly(expected.len()).await,
        expected.as_bytes()
    );
    assert!(is_exact(rig.elapsed(), 3 * SECOND), "{:?}", rig.elapsed());
    tokio::time::sleep(60 * SECOND).await;
    assert!(!rig.has_ended());
    client.write_all(b" 3\nPING 4\n").await;
    let expected = format!("{down}PONG 4\n");
    assert_eq!(
        client.read_exactly(expected.len()).await,
        expected.as_bytes()
    );
    client.shutdown();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::Unreachable(REASON.into()));
    assert_eq!(rig.handle.upstream(), None);
}

#[tokio::test(start_paused = true)]
async fn without_an_interceptor_a_failed_dial_closes_the_client() {
    let mut rig = Rig::dialling(intercepted(None), Some(3 * SECOND), refused());
    let (client, _upstream) = rig.take_ends();
    client.write_all(b"GET 1\n").await;
    rig.settle().await;
    rig.publish(plan(None, None));
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert!(is_exact(rig.elapsed(), 3 * SECOND), "{:?}", rig.elapsed());
    assert_eq!(rig.reason().await, Reason::Unreachable(REASON.into()));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_resets_during_the_dial_ends_the_connection_and_the_dial() {
    let mut rig = Rig::dialling(intercepted(None), None, None);
    let (client, upstream) = rig.take_ends();
    rig.settle().await;
    client.reset();
    assert_eq!(rig.reason().await, Reason::ClientReset(None));
    assert!(rig.elapsed() < EXACT);
    assert!(upstream.read_to_end().await.0.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reset_during_the_dial_follows_the_bytes_sent_before_it() {
    let mut rig = Rig::dialling(intercepted(None), Some(3 * SECOND), None);
    let (client, upstream) = rig.take_ends();
    client.write_all(b"GET 1\n").await;
    client.delivered().await;
    rig.settle().await;
    client.reset();
    assert_eq!(
        upstream.read_to_end().await,
        (b"GET 1\n".to_vec(), End::Reset)
    );
    assert_eq!(rig.reason().await, Reason::ClientReset(None));
}

#[tokio::test(start_paused = true)]
async fn requests_to_end_the_connection_and_the_proxys_end_are_obeyed_during_the_dial() {
    for (mode, end) in [(CloseMode::Fin, End::Eof), (CloseMode::Rst, End::Reset)] {
        let mut rig = Rig::dialling(intercepted(None), None, None);
        let (client, _upstream) = rig.take_ends();
        client.write_all(b"GET 1\n").await;
        rig.settle().await;
        assert!(rig.connections.end(1, mode));
        assert_eq!(client.read_to_end().await, (Vec::new(), end));
        assert_eq!(rig.reason().await, Reason::Killed);
    }
    let mut rig = Rig::dialling(intercepted(None), None, None);
    let (client, _upstream) = rig.take_ends();
    rig.settle().await;
    rig.stop();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_plan_published_during_the_dial_applies_to_bytes_that_arrive_after_it() {
    let mut rig = Rig::dialling(intercepted(None), None, None);
    let (client, _upstream) = rig.take_ends();
    rig.settle().await;
    rig.publish(intercepted(Some(5 * SECOND)));
    client.write_all(b"PING\n").await;
    assert_eq!(client.read_exactly(5).await, b"PONG\n");
    assert!(rig.elapsed() >= 5 * SECOND, "{:?}", rig.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_much_during_the_dial_waits() {
    let mut rig = Rig::dialling(plan(None, None), Some(60 * SECOND), None);
    let (client, upstream) = rig.take_ends();
    let all = pattern(8 * LINK_LIMIT);
    let taken = client.write_until_stalled(&all).await;
    assert!(taken <= WINDOW + SEND_BUFFER + 2 * LINK_LIMIT, "{taken}");
    tokio::time::sleep(60 * SECOND).await;
    assert!(upstream.read_exactly(taken).await == all[..taken]);
}

/// From the acceptance on, as the listener starts a connection.
#[tokio::test(start_paused = true)]
async fn the_dialled_stream_carries_both_directions() {
    let mut rig = Rig::accepted(intercepted(None), BuiltIn::Echo);
    let (client, _) = rig.take_ends();
    client.write_all(b"GET 1\nPING 2\n").await;
    assert_eq!(client.read_exactly(13).await, b"GET 1\nPONG 2\n");
    client.shutdown();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::ClientClosed);
    assert_eq!(
        Arc::strong_count(&rig.handle),
        1,
        "nothing keeps the connection"
    );
}
