//! Whole connections with an interceptor, whose halves exchange notes while links run.

use std::sync::Arc;
use std::time::Duration;

use super::line_responder::line_responder;
use super::remote::End;
use super::rig::{Rig, latency, plan};
use super::{EXACT, LINK_LIMIT};
use crate::engine::{Direction, DrawKey, Plan};
use crate::net::reason::Reason;

fn intercepted(delay: Option<Duration>) -> Plan {
    let mut plan = plan(None, delay.map(latency));
    plan.interceptor = Some(line_responder(DrawKey::of_seed(1), 1));
    plan
}

fn lines(count: usize) -> Vec<u8> {
    let lines = (0..count).map(|number| format!("GET {number}\n"));
    lines.collect::<String>().into_bytes()
}

#[tokio::test(start_paused = true)]
async fn an_interceptors_answers_and_the_upstreams_arrive_in_the_order_of_the_requests() {
    let mut rig = Rig::new(intercepted(None));
    let (client, upstream) = rig.take_ends();
    client.write_all(b"GET 1\nPING 2\nGET 3\nPING 4\n").await;
    assert_eq!(upstream.read_exactly(12).await, b"GET 1\nGET 3\n");
    rig.settle().await;
    assert_eq!(rig.handle.meter(Direction::Downstream).sent(), 0);
    upstream.write_all(b"one\n").await;
    assert_eq!(client.read_exactly(11).await, b"one\nPONG 2\n");
    upstream.write_all(b"three\n").await;
    assert_eq!(client.read_exactly(13).await, b"three\nPONG 4\n");
    client.shutdown();
    assert_eq!(upstream.read_to_end().await, (Vec::new(), End::Eof));
    upstream.shutdown();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::ClientClosed);
}

#[tokio::test(start_paused = true)]
async fn an_interceptors_answer_is_delayed_by_the_toxics_on_its_way() {
    let delay = Duration::from_secs(2);
    let mut rig = Rig::new(intercepted(Some(delay)));
    let (client, _upstream) = rig.take_ends();
    client.write_all(b"PING\n").await;
    assert_eq!(client.read_exactly(5).await, b"PONG\n");
    let took = rig.elapsed();
    assert!(took >= delay && took < delay + EXACT, "{took:?}");
}

/// The upstream half waits for a note when four requests are under way, so the client cannot run ahead
/// of an upstream that does not answer.
#[tokio::test(start_paused = true)]
async fn a_half_that_waits_for_a_note_stops_the_reader_until_the_note_comes() {
    let mut rig = Rig::new(intercepted(None));
    let (client, upstream) = rig.take_ends();
    let lines = lines(20_000);
    let written = client.write_until_stalled(&lines).await;
    assert!(written < lines.len(), "{written}");
    let queued = rig.handle.meter(Direction::Upstream).queued();
    assert!(queued <= 2 * LINK_LIMIT, "{queued}");
    assert_eq!(upstream.read_exactly(24).await, lines[..24]);
    rig.settle().await;
    assert_eq!(rig.handle.meter(Direction::Upstream).sent(), 24);
    upstream.write_all(b"done\n").await;
    assert_eq!(client.read_exactly(5).await, b"done\n");
    assert_eq!(upstream.read_exactly(6).await, b"GET 4\n");
}

#[tokio::test(start_paused = true)]
async fn removing_an_interceptor_that_owes_an_answer_cuts_the_connection() {
    let mut rig = Rig::new(intercepted(None));
    let (client, upstream) = rig.take_ends();
    client.write_all(b"GET 1\nPING 2\n").await;
    assert_eq!(upstream.read_exactly(6).await, b"GET 1\n");
    rig.settle().await;
    rig.publish(plan(None, None));
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(
        rig.reason().await,
        Reason::Toxic(Arc::from("line responder"))
    );
}
