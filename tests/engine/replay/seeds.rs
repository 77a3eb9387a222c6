//! Seeds are looked up toxic first, then proxy, then server.

use aconite::control::{
    Control, NewProxy, NewToxic, Options, ProxyChange, ToxicChange, ToxicOptions,
};

use crate::harness::book::Book;

const SERVER: u64 = 1;
const PROXY: u64 = 2;
const TOXIC: u64 = 3;
const NAMES: [&str; 2] = ["one", "other"];

fn seeded(seed: Option<u64>) -> ToxicOptions {
    ToxicOptions {
        seed,
        ..ToxicOptions::default()
    }
}

/// A control plane with a proxy that does not listen; `own` is the seed of its first toxic.
async fn room(proxy: Option<u64>, own: Option<u64>) -> Control {
    let control = Control::new(Options {
        seed: SERVER,
        ..Options::default()
    });
    let toxics = NAMES
        .into_iter()
        .zip([own, None])
        .map(|(name, seed)| NewToxic {
            name: Some(name.to_owned()),
            kind: "noop".to_owned(),
            options: seeded(seed),
            ..NewToxic::default()
        });
    let new = NewProxy {
        name: Some("web".to_owned()),
        upstream: Some("127.0.0.1:9".to_owned()),
        enabled: Some(false),
        toxics: toxics.collect(),
        seed: proxy,
        ..NewProxy::default()
    };
    let control = control.unwrap();
    control.create(new).await.unwrap();
    control
}

/// The draws of both toxics for one connection.
fn draws(control: &Control) -> [f64; 2] {
    let seats = control.connection("web", 5).unwrap().toxics;
    [seats[0].draw, seats[1].draw]
}

/// The expected draws under these seeds.
fn expected(one: u64, other: u64) -> [f64; 2] {
    let of = |seed, name| {
        let mut book = Book::new(seed);
        book.add(name, "noop", &[], 1.0);
        book.applicability(name, 5).draw
    };
    [of(one, NAMES[0]), of(other, NAMES[1])]
}

#[tokio::test]
async fn the_nearest_seed_counts() {
    for (proxy, own, one, other) in [
        (None, None, SERVER, SERVER),
        (Some(PROXY), None, PROXY, PROXY),
        (None, Some(TOXIC), TOXIC, SERVER),
        (Some(PROXY), Some(TOXIC), TOXIC, PROXY),
        (Some(0), Some(u64::MAX), u64::MAX, 0),
    ] {
        let control = room(proxy, own).await;
        assert_eq!(draws(&control), expected(one, other), "{proxy:?} {own:?}");
        assert_eq!(
            control.connections("web", 0, 1).unwrap().seed,
            proxy.unwrap_or(SERVER)
        );
    }
}

#[tokio::test]
async fn a_seed_can_be_changed_and_changes_no_other() {
    let control = room(None, None).await;
    let change = ProxyChange {
        seed: Some(PROXY),
        ..ProxyChange::default()
    };
    control.update("web", change).await.unwrap();
    assert_eq!(draws(&control), expected(PROXY, PROXY));
    let change = ToxicChange {
        options: seeded(Some(TOXIC)),
        ..ToxicChange::default()
    };
    control.update_toxic("web", "one", change).unwrap();
    assert_eq!(draws(&control), expected(TOXIC, PROXY));
    // An update without seeds keeps them.
    let change = ToxicChange {
        toxicity: Some(0.5),
        ..ToxicChange::default()
    };
    control.update_toxic("web", "one", change).unwrap();
    assert_eq!(draws(&control), expected(TOXIC, PROXY));
    control.remove_toxic("web", "one").unwrap();
    let left = control.connection("web", 5).unwrap().toxics;
    assert_eq!(left[0].draw, expected(TOXIC, PROXY)[1]);
}
