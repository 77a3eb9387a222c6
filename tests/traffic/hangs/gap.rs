//! When a toxic that has destroyed bytes ceases to apply, the connection ends: no receiver sees a gap.

use std::sync::Arc;

use aconite::engine::{Direction, DrawKey, PlannedToxic};
use aconite::toxics::Catalogue;
use serde_json::{Value, json};

use support::Kind;
use support::rig::{End, Rig, call};

const PROXY: &str = "/proxies/p";

/// Whether the toxic "t" of "p", at a toxicity of one half, applies to a connection.
fn hits(seed: u64, connection: u64) -> bool {
    let toxic = Catalogue::default();
    let toxic = toxic
        .find("timeout")
        .unwrap()
        .make(&[("timeout", 0)])
        .unwrap();
    let proxy = DrawKey::of_seed(seed).named("p");
    let planned = PlannedToxic {
        toxicity: 0.5,
        ..PlannedToxic::new(1, "t", proxy, Arc::clone(&toxic))
    };
    planned
        .applicability(connection.into(), Direction::Upstream)
        .applies
}

/// What makes a toxic cease to apply: to the toxic, or to the proxy.
fn changes() -> Vec<(Option<Value>, Option<Value>)> {
    let hitting = (1..).find(|seed| hits(*seed, 1)).unwrap();
    let sparing = (1..).find(|seed| !hits(*seed, 1)).unwrap();
    let spared = (2..).find(|number| !hits(hitting, *number)).unwrap();
    vec![
        (Some(json!({"toxicity": 0})), None),
        (Some(json!({"match": {"connections": "2-"}})), None),
        (Some(json!({"match": {"client": "10.0.0.0/8"}})), None),
        (Some(json!({"seed": sparing})), None),
        (Some(json!({"replay": {"connection": spared}})), None),
        (None, Some(json!({"seed": sparing}))),
    ]
}

#[test]
fn a_timeout_that_ceases_to_apply_leaves_no_gap() {
    let seed = (1..).find(|seed| hits(*seed, 1)).unwrap().to_string();
    for change in changes() {
        let rig = Rig::with_args(Kind::Manual, &["-seed", &seed]);
        rig.add(
            &json!({"type": "timeout", "name": "t", "stream": "upstream", "toxicity": 0.5,
            "attributes": {"timeout": 0}}),
        );
        let (client, upstream) = rig.pair();
        client.send(b"AAAA");
        wait_until_read(&rig);
        match &change {
            (Some(toxic), _) => rig.toxic("PATCH", "t", toxic),
            (None, proxy) => {
                let proxy = proxy.clone().unwrap_or_default();
                let answer = call(&rig.server, "PATCH", PROXY, &proxy);
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
        }
        let _ = client.try_send(b"BBBB");
        assert_eq!(upstream.read_to_end(), (vec![], End::Eof), "{change:?}");
        let (bytes, _) = client.read_to_end();
        assert_eq!(bytes, b"", "{change:?}");
    }
}

/// Waits until the toxic was shown what the client sent.
fn wait_until_read(rig: &Rig) {
    let path = format!("{PROXY}/toxics/t/stats");
    let deadline = std::time::Instant::now() + support::rig::PATIENCE;
    while call(&rig.server, "GET", &path, &Value::Null).json()["hits"]["bytes"] != 4 {
        assert!(
            std::time::Instant::now() < deadline,
            "the bytes do not come"
        );
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
