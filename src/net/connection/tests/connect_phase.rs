//! Toxics that act between the acceptance of a client and the dial, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use super::EXACT;
use super::remote::End;
use super::rig::{Rig, latency, plan};
use crate::engine::{
    Chunk, ConnectFault, Direction, DrawKey, Hits, Moment, Outlet, Plan, PlannedToxic, Silence,
    Toxic,
};
use crate::net::built_in::BuiltIn;
use crate::net::connections::CloseMode;
use crate::net::reason::Reason;

/// Does one thing to each connection before the dial.
#[derive(Debug)]
struct Fixed(ConnectFault);

impl Toxic for Fixed {
    type Memory = ();

    fn on_connect(&self, _: DrawKey, _: Moment) -> Option<ConnectFault> {
        Some(self.0)
    }

    fn on_data(&self, (): &mut (), _: Chunk, _: &mut Outlet<'_>) {}
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn silence(time: Option<Duration>) -> ConnectFault {
    ConnectFault::Silence(Silence {
        time,
        resets: false,
        holds: false,
    })
}

fn faults(faults: &[ConnectFault]) -> Plan {
    let toxics = faults.iter().zip(1..).map(|(fault, id)| {
        let toxic = Arc::new(Fixed(*fault));
        let toxic = PlannedToxic::new(id, &format!("t{id}"), DrawKey::of_seed(1), toxic);
        (Direction::Downstream, Arc::new(toxic))
    });
    Plan {
        connect: toxics.collect(),
        ..Plan::default()
    }
}

fn accepted(all: &[ConnectFault]) -> Rig {
    Rig::accepted(faults(all), BuiltIn::Echo)
}

fn is_exact(took: Duration, asked: Duration) -> bool {
    took >= asked && took < asked + EXACT
}

#[tokio::test(start_paused = true)]
async fn without_toxics_the_dial_is_immediate() {
    let mut rig = Rig::accepted(plan(None, None), BuiltIn::Echo);
    let (client, _) = rig.take_ends();
    client.write_all(b"x").await;
    assert_eq!(client.read_some().await, b"x");
    assert!(rig.elapsed() < EXACT);
}

#[tokio::test(start_paused = true)]
async fn delays_hold_back_the_dial_and_keep_bytes_and_half_close() {
    let mut rig = accepted(&[ConnectFault::Delay(SECOND), ConnectFault::Delay(2 * SECOND)]);
    let (client, _) = rig.take_ends();
    client.write_all(b"question").await;
    client.shutdown();
    tokio::time::sleep(3 * SECOND - EXACT).await;
    assert_eq!(rig.handle.upstream(), None, "nothing is dialled yet");
    assert_eq!(client.read_to_end().await, (b"question".to_vec(), End::Eof));
    assert!(is_exact(rig.elapsed(), 3 * SECOND), "{:?}", rig.elapsed());
    assert_eq!(rig.reason().await, Reason::ClientClosed);
}

#[tokio::test(start_paused = true)]
async fn toxics_on_data_act_after_those_on_the_dial() {
    let mut both = faults(&[ConnectFault::Delay(SECOND)]);
    both.downstream.push(latency(SECOND));
    let mut rig = Rig::accepted(both, BuiltIn::Echo);
    let (client, _) = rig.take_ends();
    client.write_all(b"x").await;
    assert_eq!(client.read_some().await, b"x");
    assert!(is_exact(rig.elapsed(), 2 * SECOND), "{:?}", rig.elapsed());
    let touched = rig.handle.touched();
    let names: Vec<&str> = touched.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["late", "t1"]);
    let delayed = Hits {
        connections: 1,
        delayed: 1,
        ..Hits::default()
    };
    assert_eq!(touched[1].1, delayed);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_with_a_fin_after_its_time() {
    let mut rig = accepted(&[silence(Some(5 * SECOND))]);
    let (client, _) = rig.take_ends();
    client.write_all(b"anybody there?").await;
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert!(is_exact(rig.elapsed(), 5 * SECOND), "{:?}", rig.elapsed());
    assert_eq!(rig.reason().await, Reason::Toxic("t1".into()));
    assert_eq!(rig.handle.upstream(), None);
}

#[tokio::test(start_paused = true)]
async fn endless_silence_ends_with_its_client_whatever_it_has_sent() {
    for reset in [false, true] {
        let mut rig = accepted(&[silence(None)]);
        let (client, _) = rig.take_ends();
        client.write_all(b"anybody there?").await;
        tokio::time::sleep(HOUR).await;
        assert!(!rig.has_ended());
        if reset {
            client.reset();
            assert_eq!(rig.reason().await, Reason::ClientReset(None));
        } else {
            client.shutdown();
            assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
            assert_eq!(rig.reason().await, Reason::ClientClosed);
        }
        assert!(is_exact(rig.elapsed(), HOUR));
        assert_eq!(rig.connections.open(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_comes_at_once_or_after_its_time_and_nothing_is_dialled() {
    for time in [Duration::ZERO, SECOND] {
        let mut rig = accepted(&[ConnectFault::Reset(time)]);
        let (client, _) = rig.take_ends();
        assert_eq!(client.read_to_end().await, (Vec::new(), End::Reset));
        assert!(is_exact(rig.elapsed(), time), "{:?}", rig.elapsed());
        assert_eq!(rig.reason().await, Reason::Toxic("t1".into()));
        assert_eq!(rig.handle.upstream(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_resets_while_it_waits_ends_the_wait() {
    for fault in [ConnectFault::Delay(HOUR), ConnectFault::Reset(HOUR)] {
        let mut rig = accepted(&[fault]);
        let (client, _) = rig.take_ends();
        rig.settle().await;
        client.reset();
        assert_eq!(rig.reason().await, Reason::ClientReset(None));
        assert!(rig.elapsed() < EXACT);
    }
}

#[tokio::test(start_paused = true)]
async fn removal_dials_after_a_delay_and_closes_after_silence() {
    let mut rig = accepted(&[ConnectFault::Delay(HOUR)]);
    let (client, _) = rig.take_ends();
    client.write_all(b"x").await;
    rig.settle().await;
    rig.publish(plan(None, None));
    assert_eq!(client.read_some().await, b"x");
    assert!(rig.elapsed() < EXACT);

    let mut rig = accepted(&[silence(None)]);
    let (client, _) = rig.take_ends();
    rig.settle().await;
    rig.publish(plan(None, None));
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
    assert_eq!(rig.reason().await, Reason::Toxic("t1".into()));
}

#[tokio::test(start_paused = true)]
async fn a_held_connection_keeps_bytes_and_end_and_goes_on_after_the_removal() {
    let held = Silence {
        time: None,
        resets: true,
        holds: true,
    };
    let mut rig = accepted(&[ConnectFault::Silence(held)]);
    let (client, _) = rig.take_ends();
    client.write_all(b"x").await;
    client.shutdown();
    tokio::time::sleep(HOUR).await;
    rig.publish(plan(None, None));
    assert_eq!(client.read_to_end().await, (b"x".to_vec(), End::Eof));
    let timed = Silence {
        time: Some(SECOND),
        ..held
    };
    let mut rig = accepted(&[ConnectFault::Silence(timed)]);
    let (client, _) = rig.take_ends();
    assert_eq!(client.read_to_end().await, (Vec::new(), End::Reset));
}

#[tokio::test(start_paused = true)]
async fn a_toxic_on_data_that_changes_during_a_delay_is_adopted() {
    let mut rig = accepted(&[ConnectFault::Delay(SECOND)]);
    let (client, _) = rig.take_ends();
    client.write_all(b"x").await;
    rig.settle().await;
    let mut next = faults(&[ConnectFault::Delay(SECOND)]);
    next.upstream.push(latency(SECOND));
    rig.publish(next);
    assert_eq!(client.read_some().await, b"x");
    // The latency was adopted by the link before the byte was read.
    assert!(rig.elapsed() >= 2 * SECOND, "{:?}", rig.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_waiting_connection_ends_on_request_and_with_its_proxy() {
    for fault in [
        ConnectFault::Delay(HOUR),
        silence(None),
        silence(Some(HOUR)),
        ConnectFault::Reset(HOUR),
    ] {
        for (mode, end) in [(CloseMode::Fin, End::Eof), (CloseMode::Rst, End::Reset)] {
            let mut rig = accepted(&[fault]);
            let (client, _) = rig.take_ends();
            client.write_all(b"x").await;
            rig.settle().await;
            assert!(rig.connections.end(1, mode));
            assert_eq!(client.read_to_end().await, (Vec::new(), end));
            assert_eq!(rig.reason().await, Reason::Killed);
        }
        let mut rig = accepted(&[fault]);
        let (client, _) = rig.take_ends();
        client.write_all(b"x").await;
        rig.settle().await;
        rig.stop();
        assert_eq!(client.read_to_end().await, (Vec::new(), End::Eof));
        assert_eq!(rig.reason().await, Reason::Stopped);
        assert!(rig.elapsed() < EXACT);
    }
}
