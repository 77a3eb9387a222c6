//! Arbitrary bytes as a toxic, or several separated by commas, in JSON: those that are accepted are
//! built, changed and driven.

use std::sync::Arc;
use std::time::Duration;

use aconite::control::{
    Control, ControlError, NewProxy, NewToxic, Options, ToxicChange, ToxicView, check_toxic,
};
use aconite::decode::read_proxies;
use aconite::engine::{Direction, DrawKey, Ending, Moment, Plan, PlannedToxic};
use aconite::toxics::Catalogue;
use bytes::Bytes;

use super::wait;
use crate::harness::driver::{Driver, FAR};

pub fn run(data: &[u8]) {
    let mut text = br#"[{"name":"p","upstream":"127.0.0.1:9","enabled":false,"toxics":["#.to_vec();
    text.extend_from_slice(data);
    text.extend_from_slice(b"]}]");
    let Ok(proxies) = read_proxies(&text) else {
        return;
    };
    for proxy in proxies.into_iter().take(1) {
        let toxics = proxy.toxics.clone();
        wait(through_the_control(proxy));
        drive(&toxics);
    }
}

/// The check and the construction of a toxic agree; an update with its own values is accepted.
async fn through_the_control(mut proxy: NewProxy) {
    let toxics = std::mem::take(&mut proxy.toxics);
    let control = Control::new(Options::default()).unwrap();
    proxy.name = Some("p".into());
    proxy.upstream = Some("127.0.0.1:9".into());
    proxy.enabled = Some(false);
    proxy.session = None;
    control.create(proxy).await.unwrap();
    for (index, mut toxic) in toxics.into_iter().take(8).enumerate() {
        toxic.name = Some(index.to_string());
        toxic.options.session = None;
        let fatal = check_toxic(&toxic, &Catalogue::default())
            .into_iter()
            .find(|one| one.fatal);
        let made = control.add_toxic("p", toxic.clone());
        assert_eq!(made.is_err(), fatal.is_some(), "{made:?}, but {fatal:?}");
        let Ok(made) = made else { continue };
        assert!(made.toxicity.is_finite(), "{made:?}");
        let again = ToxicChange {
            attributes: toxic.attributes,
            toxicity: toxic.toxicity,
            ..ToxicChange::default()
        };
        let updated = match control.update_toxic("p", &made.name, again) {
            // It has already expired.
            Err(ControlError::ToxicNotFound { .. }) if made.expires_in.is_some() => continue,
            updated => updated.unwrap(),
        };
        // Time passes meanwhile.
        let updated = ToxicView {
            expires_in: made.expires_in,
            active: made.active,
            ..updated
        };
        assert_eq!(made, updated);
    }
    control.shutdown().await;
}

/// A chain of everything that can be built carries some bytes until the end of time.
fn drive(toxics: &[NewToxic]) {
    let (clear, catalogue) = (Plan::default(), Catalogue::default());
    let mut plan = clear.clone();
    for (id, toxic) in (1..=8).zip(toxics) {
        let Some(kind) = catalogue.find(&toxic.kind) else {
            continue;
        };
        let Ok(values) = kind.read(&toxic.attributes) else {
            continue;
        };
        assert_eq!(kind.update(&values, &toxic.attributes), Ok(values.clone()));
        drop(kind.warnings(&values));
        let Ok(toxic_of_kind) = kind.build(&values) else {
            continue;
        };
        let proxy = DrawKey::of_seed(1).named("p");
        let planned = PlannedToxic::new(id, kind.name, proxy, Arc::clone(&toxic_of_kind));
        let common = kind.common(&values).expect("values that can be built");
        let planned = PlannedToxic {
            after: common.after,
            framing: common.framing,
            toxicity: toxic.toxicity.map_or(1.0, f64::from),
            scope: Arc::new(toxic.options.matching.clone().unwrap_or_default().scope),
            replay: toxic.options.replay,
            ..planned
        };
        plan.towards_mut(Direction::Downstream).push(planned.into());
    }
    for start in [0, u64::MAX / 2, u64::MAX - 1_000_000] {
        let mut driver = Driver::new(&plan, Moment::from_nanos(start), 1);
        driver.push(Bytes::from_static(&[1; 300]));
        driver.run_for(Duration::from_millis(1));
        for toxic in plan.towards_mut(Direction::Downstream) {
            Arc::make_mut(toxic).revision += 1;
        }
        driver.adopt(&plan);
        driver.push(Bytes::from_static(&[2; 300]));
        driver.finish(Ending::Eof);
        driver.run_until(FAR);
        driver.adopt(&clear);
        assert_eq!(driver.pipeline.queued(), 0);
        assert!(!driver.endings().is_empty());
        let kinds = plan.towards(Direction::Downstream).iter();
        // A packet_loss without recovery drops bytes as well.
        let lossy =
            |name: &str| ["timeout", "limit_data", "reset_peer", "packet_loss"].contains(&name);
        if !kinds.map(|toxic| &toxic.name).any(|name| lossy(name)) {
            assert_eq!(driver.bytes_out, 600);
            assert_eq!(driver.endings(), [Ending::Eof]);
        }
    }
}
