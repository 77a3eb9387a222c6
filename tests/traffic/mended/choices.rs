//! Toxicity: a toxic is drawn once for each connection, and the seed decides.

use serde_json::{Value, json};

use support::Kind;
use support::rig::{Peer, Rig};

const MANY: usize = 16;

/// A server with this seed, whose toxic ends about every other connection at its first byte, and
/// clients that have not sent one yet.
fn clients(seed: &str) -> (Rig, Vec<Peer>) {
    let rig = Rig::with_args(Kind::Echo, &["-seed", seed]);
    rig.add(
        &json!({"type": "limit_data", "name": "coin", "stream": "upstream", "toxicity": 0.5,
        "attributes": {"bytes": 0}}),
    );
    let peers = (0..MANY).map(|_| rig.connect()).collect();
    (rig, peers)
}

/// Adds, updates and removes a toxic that is no business of `coin`'s.
fn meddle(rig: &Rig) {
    for stream in ["upstream", "downstream"] {
        let other = json!({"type": "latency", "name": "other", "stream": stream});
        rig.add(&other);
        rig.toxic("PATCH", "other", &json!({"attributes": {"latency": 1}}));
        rig.toxic("DELETE", "other", &Value::Null);
    }
}

fn fates(peers: &[Peer]) -> Vec<bool> {
    peers.iter().map(Peer::echoes).collect()
}

/// Toxiproxy tosses again at each change; half of the survivors are gone after one.
#[test]
fn mend_03_a_choice_holds_until_the_toxicity_itself_changes() {
    let (rig, peers) = clients("7");
    let fate = fates(&peers);
    assert!(fate.contains(&true) && fate.contains(&false), "{fate:?}");
    let spared: Vec<Peer> = peers
        .into_iter()
        .zip(&fate)
        .filter(|(_, lives)| **lives)
        .map(|(peer, _)| peer)
        .collect();
    for round in 0..5 {
        meddle(&rig);
        rig.toxic("PATCH", "coin", &json!({"attributes": {"bytes": -round}}));
        assert!(
            spared.iter().all(Peer::echoes),
            "chosen again in round {round}"
        );
    }
    rig.toxic("PATCH", "coin", &json!({"toxicity": 0}));
    assert!(spared.iter().all(Peer::echoes));
    rig.toxic("PATCH", "coin", &json!({"toxicity": 0.5}));
    assert!(
        spared.iter().all(Peer::echoes),
        "the number was drawn again"
    );
    rig.toxic("PATCH", "coin", &json!({"toxicity": 1}));
    assert!(
        !spared.iter().any(Peer::echoes),
        "a new toxicity met nobody"
    );
    // Those who were met before anything passed are met after changes, too.
    let (rig, peers) = clients("7");
    meddle(&rig);
    assert_eq!(fates(&peers), fate);
}

/// Toxiproxy takes the flag, and chooses as it likes.
#[test]
fn mend_04_the_seed_decides() {
    let (_first, peers) = clients("7");
    let fate = fates(&peers);
    let (again, peers) = clients("7");
    assert_eq!(fates(&peers), fate);
    let (_other, peers) = clients("8");
    assert_ne!(fates(&peers), fate);
    assert!(
        again.server.log_text().contains("\"seed\":7"),
        "{}",
        again.server.log_text()
    );
    // One that nobody gave is logged as well, and would do the same again.
    let unseeded = Rig::new(Kind::Echo);
    let log = unseeded.server.log_text();
    let seed = log.split("\"seed\":").nth(1).expect("the seed is logged");
    let digits = seed
        .chars()
        .take_while(|letter| letter.is_ascii_digit() || *letter == '-');
    assert!(digits.collect::<String>().parse::<i64>().is_ok(), "{log}");
}
