//! A control plane under a clock that advances only when every task waits for it.

use std::time::Duration;

use aconite::control::{
    Control, ControlError, NewProxy, NewToxic, Options, ProxyChange, ToxicChange, ToxicOptions,
};
use tokio::time::{Instant, sleep_until};

use crate::sockets::rig::{new_proxy, toxic};
use support::free_port;

/// More than a timer can be late under such a clock.
pub const MOMENT: Duration = Duration::from_millis(20);

/// Advances the clock to just before and just after a second, counted from a start.
pub struct Watch(Instant);

impl Watch {
    pub fn start() -> Self {
        Watch(Instant::now())
    }

    pub async fn before(&self, second: u64) {
        sleep_until(self.0 + Duration::from_secs(second) - MOMENT).await;
    }

    pub async fn after(&self, second: u64) {
        sleep_until(self.0 + Duration::from_secs(second) + MOMENT).await;
    }
}

pub fn seconds(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count))
}

pub fn lasting(duration: u64) -> ToxicOptions {
    ToxicOptions {
        duration: seconds(duration),
        ..ToxicOptions::default()
    }
}

pub fn within(session: &str) -> ToxicOptions {
    ToxicOptions {
        session: Some(session.to_owned()),
        ..ToxicOptions::default()
    }
}

/// A latency toxic with this name.
pub fn named(name: &str, options: ToxicOptions) -> NewToxic {
    NewToxic {
        name: Some(name.to_owned()),
        options,
        ..toxic("latency", "downstream", &[("latency", 1)])
    }
}

pub fn change(options: ToxicOptions) -> ToxicChange {
    ToxicChange {
        options,
        ..ToxicChange::default()
    }
}

pub fn enabled(enabled: bool, session: Option<&str>) -> ProxyChange {
    ProxyChange {
        enabled: Some(enabled),
        session: session.map(str::to_owned),
        ..ProxyChange::default()
    }
}

/// A proxy with toxics before an upstream that is never dialled. No other process takes its port
/// while it is disabled.
pub fn proxy(name: &str, toxics: Vec<NewToxic>) -> NewProxy {
    NewProxy {
        listen: Some(format!("127.0.0.1:{}", free_port())),
        toxics,
        ..new_proxy(name, "127.0.0.1:9")
    }
}

/// A control plane with a proxy `p`.
pub async fn room() -> Control {
    let control = Control::new(Options::default()).unwrap();
    control.create(proxy("p", Vec::new())).await.unwrap();
    control
}

/// The names of the toxics of `p`.
pub fn names(control: &Control) -> Vec<String> {
    let toxics = control.toxics("p").unwrap().into_iter();
    toxics.map(|toxic| toxic.name).collect()
}

/// The toxics of `p` that apply to connections now.
pub fn acting(control: &Control) -> Vec<String> {
    let seats = control.connection("p", 1).unwrap().toxics.into_iter();
    seats.map(|seat| seat.toxic.name.clone()).collect()
}

pub fn is_bad_value<T: std::fmt::Debug>(result: Result<T, ControlError>, words: &str) {
    match result {
        Err(
            error @ (ControlError::BadValue { .. }
            | ControlError::UnknownSession { .. }
            | ControlError::InToxic { .. }),
        ) => {
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
        }
        other => panic!("{words}: {other:?}"),
    }
}
