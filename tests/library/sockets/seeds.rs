//! The same seed and the same connections give the same draws, on real connections too.

use std::io::Write;

use aconite::control::{NewToxic, Options, ToxicChange};

use super::rig::*;

const CONNECTIONS: usize = 200;

fn half(stream: &str) -> NewToxic {
    NewToxic {
        toxicity: Some(0.5),
        ..toxic("limit_data", stream, &[("bytes", 0)])
    }
}

async fn rig(seed: u64, toxics: Vec<NewToxic>) -> Rig {
    let options = Options {
        seed,
        ..Options::default()
    };
    Rig::with(options, toxics).await
}

/// Whether the toxic applies to the next connection, in which case its first byte ends it.
fn next_is_affected(rig: &Rig) -> bool {
    let mut pair = rig.pair();
    pair.client.write_all(b"?").unwrap();
    let mut seen = [0];
    std::io::Read::read(&mut pair.upstream, &mut seen).unwrap() == 0
}

async fn affected(seed: u64) -> Vec<bool> {
    let rig = rig(seed, vec![half("upstream")]).await;
    (0..CONNECTIONS).map(|_| next_is_affected(&rig)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_decides_which_connections_are_affected() {
    let first = affected(11).await;
    assert_eq!(first, affected(11).await);
    assert_ne!(first, affected(12).await);
    let count = first.iter().filter(|affected| **affected).count();
    // 100 are expected; six standard deviations are 42.
    assert!((58..=142).contains(&count), "{count}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_does_not_depend_on_when_the_toxic_came() {
    let first = affected(13).await;
    let rig = rig(13, Vec::new()).await;
    let mut pairs = rig.pairs(CONNECTIONS);
    rig.add(half("upstream"));
    let late: Vec<bool> = pairs.iter_mut().map(is_affected).collect();
    assert_eq!(first, late);
}

fn is_affected(pair: &mut Pair) -> bool {
    pair.client.write_all(b"?").unwrap();
    let mut seen = [0];
    std::io::Read::read(&mut pair.upstream, &mut seen).unwrap() == 0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_of_neighbours_draw_nothing_again() {
    let expected = affected(14).await;
    let rig = rig(14, vec![half("upstream")]).await;
    let mut pairs = rig.pairs(CONNECTIONS);
    for round in 0..20_i64 {
        rig.add(NewToxic {
            toxicity: Some(0.5),
            ..toxic("latency", "upstream", &[("latency", 0)])
        });
        rig.add(toxic("noop", "downstream", &[]));
        let change = ToxicChange {
            attributes: given(&[("jitter", round % 2)]),
            toxicity: Some(0.25),
            ..ToxicChange::default()
        };
        rig.control
            .update_toxic(PROXY, "latency_upstream", change)
            .unwrap();
        for (pair, affected) in pairs.iter_mut().zip(&expected) {
            if !affected {
                pair.client.write_all(b"?").unwrap();
                assert_eq!(read_exactly(&mut pair.upstream, 1), b"?");
            }
        }
        rig.remove("latency_upstream");
        rig.remove("noop_downstream");
    }
    let now: Vec<bool> = pairs.iter_mut().map(is_affected).collect();
    assert_eq!(expected, now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_own_toxicity_is_compared_with_the_same_draw() {
    let expected = affected(15).await;
    let rig = rig(15, vec![half("upstream")]).await;
    let mut pairs = rig.pairs(CONNECTIONS);
    for share in [0.0, 1.0, 0.2, 0.5] {
        let change = ToxicChange {
            toxicity: Some(share),
            ..ToxicChange::default()
        };
        rig.control
            .update_toxic(PROXY, "limit_data_upstream", change)
            .unwrap();
    }
    let now: Vec<bool> = pairs.iter_mut().map(is_affected).collect();
    assert_eq!(expected, now);
}
