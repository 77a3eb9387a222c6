//! Whole connections to built-in upstreams, in virtual time.

use std::time::Duration;

use super::remote::End;
use super::rig::{LINK_LIMIT, Rig, SEND_BUFFER, WINDOW, latency, plan};
use super::{EXACT, pattern};
use crate::engine::Direction;
use crate::net::built_in::BuiltIn;
use crate::net::connections::CloseMode;
use crate::net::reason::Reason;

#[tokio::test(start_paused = true)]
async fn echo_returns_all_bytes_and_the_half_close() {
    let mut rig = Rig::of_built_in(plan(None, None), BuiltIn::Echo);
    let (client, _) = rig.take_ends();
    let bytes = pattern(1_000_000);
    let send = async {
        client.write_all(&bytes).await;
        client.shutdown();
    };
    let ((), seen) = tokio::join!(send, client.read_to_end());
    assert!(seen == (bytes, End::Eof), "{} bytes", seen.0.len());
    assert_eq!(rig.reason().await, Reason::ClientClosed);
    assert!(rig.elapsed() < EXACT);
}

#[tokio::test(start_paused = true)]
async fn toxics_of_both_directions_act_on_an_echo() {
    let delay = Some(latency(Duration::from_secs(2)));
    let mut rig = Rig::of_built_in(plan(delay.clone(), delay), BuiltIn::Echo);
    let (client, _) = rig.take_ends();
    client.write_all(b"ping").await;
    assert_eq!(client.read_some().await, b"ping");
    let took = rig.elapsed();
    let asked = Duration::from_secs(4);
    assert!(took >= asked && took < asked + EXACT, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_echo_that_is_not_read_makes_its_client_wait() {
    let mut rig = Rig::of_built_in(plan(None, None), BuiltIn::Echo);
    let (client, _) = rig.take_ends();
    let all = pattern(4 * LINK_LIMIT);
    let taken = client.write_until_stalled(&all).await;
    // What the client's two buffers, the echo and one read of each link hold.
    let most = 2 * (WINDOW + SEND_BUFFER) + 3 * LINK_LIMIT;
    assert!(taken >= LINK_LIMIT && taken <= most, "{taken}");
    assert!(client.read_exactly(taken).await == all[..taken]);
}

#[tokio::test(start_paused = true)]
async fn discard_reads_everything_and_ends_with_its_client() {
    let mut rig = Rig::of_built_in(plan(None, None), BuiltIn::Discard);
    let (client, _) = rig.take_ends();
    client.write_all(&pattern(1_000_000)).await;
    client.shutdown();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::ClientClosed);
    let up = rig.handle.meter(Direction::Upstream);
    assert_eq!((up.sent(), up.queued()), (1_000_000, 0));
}

#[tokio::test(start_paused = true)]
async fn silent_takes_a_window_answers_nothing_and_ends_with_its_client() {
    let mut rig = Rig::of_built_in(plan(None, None), BuiltIn::Silent);
    let (client, _) = rig.take_ends();
    client.write_all(b"request").await;
    let answer = tokio::time::timeout(Duration::from_secs(3600), client.read_some()).await;
    assert!(answer.is_err(), "{answer:?}");
    client.shutdown();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::ClientClosed);

    let mut rig = Rig::of_built_in(plan(None, None), BuiltIn::Silent);
    let (client, _) = rig.take_ends();
    let taken = client.write_until_stalled(&pattern(8 * LINK_LIMIT)).await;
    assert!(taken < 3 * LINK_LIMIT, "{taken}");
    client.reset();
    assert_eq!(rig.reason().await, Reason::ClientReset(None));
}

#[tokio::test(start_paused = true)]
async fn built_in_upstreams_end_on_request_and_with_their_proxy() {
    for built_in in BuiltIn::ALL {
        let mut rig = Rig::of_built_in(plan(None, None), built_in);
        let (client, _) = rig.take_ends();
        rig.settle().await;
        assert!(rig.connections.end(1, CloseMode::Rst));
        assert_eq!(client.read_to_end().await.1, End::Reset);
        assert_eq!(rig.reason().await, Reason::Killed);

        let mut rig = Rig::of_built_in(plan(None, None), built_in);
        let (client, _) = rig.take_ends();
        rig.settle().await;
        rig.stop();
        assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
        assert_eq!(rig.reason().await, Reason::Stopped);
    }
}
