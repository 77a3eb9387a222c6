//! The marker race: a byte sent after an API call returned meets the plan of that call.
//!
//! The API does not wait for links, so this rests on when a link looks at the plan. `limit_data`
//! makes a miss certain to be seen: with 0 bytes allowed, a byte that slips past arrives, and a
//! byte that meets a toxic which is gone ends the connection. Nothing here depends on time.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use aconite::control::{NewToxic, ToxicChange};

use super::rig::*;

const MARK: u8 = b'!';
const NOISE: u8 = b'.';

/// Adds and removals a connection lives through before the toxic that ends it.
const REMOVALS: usize = 4;

/// What a race is run with.
#[derive(Clone, Copy)]
struct Race {
    stream: &'static str,
    /// Connections at once.
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

/// A moment of varying length, so that the call finds the link at every point of its loop.
fn vary(step: usize) {
    let (start, span) = (Instant::now(), step * 7919 % 97);
    while start.elapsed() < Duration::from_micros(span as u64) {
        std::hint::spin_loop();
    }
}

/// Removed: what comes now passes, though it is more than the limit would have let through.
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

/// Added, or made to apply by an update: what comes now does not pass.
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
        // Noise that was still on its way may have ended the connection already.
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

/// Toxicity 0 of a toxic that is there: an update is a plan like any other.
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

/// A chain that keeps the link off the fast path, and delays nothing.
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

/// Whether a byte is there already.
fn has_arrived(socket: &mut TcpStream) -> bool {
    socket.set_nonblocking(true).unwrap();
    let peeked = socket.peek(&mut [0]);
    socket.set_nonblocking(false).unwrap();
    peeked.is_ok()
}

/// A toxic that holds everything comes and goes around each byte, while the other direction keeps
/// the threads busy: a link is found at any point of its loop, and the connection lives on.
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
