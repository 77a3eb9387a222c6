//! The marker race: a byte sent after an API call has returned is subject to the plan of that call.
//!
//! The API does not wait for links, so this depends on when a link adopts a new plan. `limit_data`
//! makes every miss visible. With 0 bytes allowed, a byte that bypasses the toxic arrives, and a
//! byte that meets a removed toxic ends the connection. Nothing here depends on time.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use aconite::control::{NewToxic, ToxicChange};

use super::rig::*;

const MARK: u8 = b'!';
const NOISE: u8 = b'.';

/// How many times the toxic is added and removed on a connection before the toxic that ends it.
const REMOVALS: usize = 4;

/// The parameters of a race.
#[derive(Clone, Copy)]
struct Race {
    stream: &'static str,
    /// Concurrent connections.
    connections: usize,
    /// Bytes of unmarked traffic right before each mark.
    noise: usize,
    /// Whether the other direction is busy.
    opposed: bool,
    rounds: usize,
}

fn limit(stream: &str, bytes: i64) -> NewToxic {
    toxic("limit_data", stream, &[("bytes", bytes)])
}

/// A pause of varying length, so that the call finds the link at every point of its loop.
fn vary(step: usize) {
    let (start, span) = (Instant::now(), step * 7919 % 97);
    while start.elapsed() < Duration::from_micros(span as u64) {
        std::hint::spin_loop();
    }
}

/// The toxic was removed: later bytes pass, although they exceed its limit.
fn removal_is_met(rig: &Rig, pairs: &mut [Pair], race: Race, step: usize) {
    let noise = vec![NOISE; race.noise];
    let much = [MARK; 64];
    rig.add(limit(race.stream, race.noise as i64 + 1));
    for pair in &mut *pairs {
        pair.ends(race.stream).0.write_all(&noise).unwrap();
    }
    vary(step);
    rig.remove(&format!("limit_data_{}", race.stream));
    for pair in &mut *pairs {
        pair.ends(race.stream).0.write_all(&much).unwrap();
    }
    for pair in &mut *pairs {
        let seen = read_exactly(pair.ends(race.stream).1, race.noise + much.len());
        assert!(seen.ends_with(&much), "met a toxic that was gone");
    }
}

/// The toxic was added, or an update made it apply: later bytes do not pass.
fn addition_is_met(rig: &Rig, mut pairs: Vec<Pair>, race: Race, step: usize) {
    let noise = vec![NOISE; race.noise];
    let by_update = step.is_multiple_of(4);
    if by_update {
        rig.add(NewToxic {
            toxicity: Some(0.0),
            ..limit(race.stream, 0)
        });
    }
    for pair in &mut pairs {
        pair.ends(race.stream).0.write_all(&noise).unwrap();
    }
    vary(step);
    match by_update {
        true => set_toxicity(rig, race, 1.0),
        false => rig.add(limit(race.stream, 0)),
    }
    for pair in &mut pairs {
        // Earlier traffic that was still in flight may already have ended the connection.
        let _ = pair.ends(race.stream).0.write_all(&[MARK]);
    }
    for pair in &mut pairs {
        let (seen, _) = read_to_end(pair.ends(race.stream).1);
        assert!(!seen.contains(&MARK), "slipped past the toxic");
    }
    rig.remove(&format!("limit_data_{}", race.stream));
}

fn set_toxicity(rig: &Rig, race: Race, share: f32) {
    let name = format!("limit_data_{}", race.stream);
    let change = ToxicChange {
        toxicity: Some(share),
        ..ToxicChange::default()
    };
    rig.control.update_toxic(PROXY, &name, change).unwrap();
}

/// An update of an existing toxic to toxicity 0: it publishes a plan like any other change.
fn update_is_met(rig: &Rig, pairs: &mut [Pair], race: Race) {
    rig.add(limit(race.stream, 0));
    set_toxicity(rig, race, 0.0);
    for pair in &mut *pairs {
        let (from, to) = pair.ends(race.stream);
        from.write_all(&[MARK]).unwrap();
        assert_eq!(read_exactly(to, 1), [MARK]);
    }
    rig.remove(&format!("limit_data_{}", race.stream));
}

/// Traffic against the marked direction, until the connection ends.
fn oppose(pair: &mut Pair, stream: &str) {
    let (from, to) = pair.ends(stream);
    let (mut writer, mut reader) = (to.try_clone().unwrap(), from.try_clone().unwrap());
    std::thread::spawn(move || while writer.write_all(&[NOISE; 4096]).is_ok() {});
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while matches!(reader.read(&mut buffer), Ok(1..)) {}
    });
}

async fn run(race: Race, base: Vec<NewToxic>) {
    let rig = Rig::with(Default::default(), base).await;
    for round in 0..race.rounds {
        let mut pairs = rig.pairs(race.connections);
        if race.opposed {
            pairs.iter_mut().for_each(|pair| oppose(pair, race.stream));
        }
        for step in 0..REMOVALS {
            removal_is_met(&rig, &mut pairs, race, round * REMOVALS + step);
        }
        update_is_met(&rig, &mut pairs, race);
        addition_is_met(&rig, pairs, race, round);
    }
}

/// A chain that keeps the link off the fast path without delaying anything.
fn idle_chain(stream: &str) -> Vec<NewToxic> {
    vec![
        toxic("noop", stream, &[]),
        toxic("latency", stream, &[("latency", 0)]),
    ]
}

async fn in_both_streams_on_both_paths(race: Race) {
    for stream in STREAMS {
        let race = Race { stream, ..race };
        run(race, Vec::new()).await;
        run(race, idle_chain(stream)).await;
    }
}

const RACE: Race = Race {
    stream: "",
    connections: 1,
    noise: 0,
    opposed: false,
    rounds: 0,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_an_idle_connection() {
    let race = Race {
        rounds: 400,
        ..RACE
    };
    in_both_streams_on_both_paths(race).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_other_bytes_of_the_connection() {
    let race = Race {
        noise: 90_000,
        rounds: 200,
        ..RACE
    };
    in_both_streams_on_both_paths(race).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_many_connections_at_once() {
    let race = Race {
        connections: 8,
        noise: 500,
        rounds: 60,
        ..RACE
    };
    in_both_streams_on_both_paths(race).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_other_direction_is_busy() {
    let race = Race {
        connections: 2,
        noise: 100,
        opposed: true,
        rounds: 25,
        ..RACE
    };
    in_both_streams_on_both_paths(race).await;
}

/// Whether a byte has already arrived.
fn has_arrived(socket: &mut TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let peeked = socket.peek(&mut [0]);
    socket.set_nonblocking(false).unwrap();
    peeked.is_ok()
}

/// A toxic that holds everything is added and removed around each byte, while the other direction
/// keeps the threads busy. The change finds the link at any point of its loop, and the connection
/// survives.
async fn a_byte_is_held(stream: &str, base: Vec<NewToxic>, rounds: usize) {
    let rig = Rig::with(Default::default(), base).await;
    let mut pair = rig.pair();
    oppose(&mut pair, stream);
    let (from, to) = pair.ends(stream);
    let name = format!("bandwidth_{stream}");
    for round in 0..rounds {
        vary(round);
        rig.add(toxic("bandwidth", stream, &[("rate", 0)]));
        from.write_all(&[MARK]).unwrap();
        rig.wait_for_bytes(stream, round as u64 + 1);
        vary(40);
        assert!(!has_arrived(to), "slipped past the toxic in round {round}");
        rig.remove(&name);
        assert_eq!(read_exactly(to, 1), [MARK]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_byte_is_held_while_the_other_direction_is_busy() {
    for stream in STREAMS {
        a_byte_is_held(stream, Vec::new(), 2000).await;
        a_byte_is_held(stream, idle_chain(stream), 500).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_is_a_marker_too() {
    let rig = Rig::new().await;
    for round in 0..300 {
        for stream in STREAMS {
            let mut pair = rig.pair();
            pair.warm();
            rig.add(toxic("reset_peer", stream, &[("timeout", 0)]));
            if round % 2 == 0 {
                vary(round);
                rig.remove(&format!("reset_peer_{stream}"));
            }
            let (from, to) = pair.ends(stream);
            from.shutdown(Shutdown::Write).unwrap();
            let expected = if round % 2 == 0 { End::Eof } else { End::Reset };
            assert_eq!(read_to_end(to), (Vec::new(), expected), "{stream}");
            rig.control.reset().await.unwrap();
        }
    }
}
