//! Starts and ends toxics according to their schedules.
//!
//! Each such toxic has a task that sleeps until the next phase of the schedule, and is aborted with the
//! toxic. The task changes the proxy as a request would: under its lock, for a few lines.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::recently_removed::RETENTION;
use super::state::{Proxy, State};
use crate::control::events::event::ToxicEvent;
use crate::control::timer::{self, Timer};
use crate::control::toxic::schedule::Phase;
use crate::control::toxic::state::Toxic;

/// The shortest sleep: tokio's timer has a resolution of one millisecond.
const SHORTEST: Duration = Duration::from_millis(1);

/// Forgets remembered toxics after their retention time, until none is left.
async fn sweep(proxy: Weak<Proxy>) {
    loop {
        tokio::time::sleep(RETENTION).await;
        let Some(proxy) = proxy.upgrade() else {
            return;
        };
        let remembered = &mut proxy.state().recently_removed;
        if !remembered.forget_old() {
            remembered.sweep = None;
            return;
        }
    }
}

impl Proxy {
    /// Remembers an expired toxic for the client that will remove it.
    pub(in crate::control) fn remember(self: &Arc<Self>, state: &mut State, toxic: Toxic) {
        let remembered = &mut state.recently_removed;
        remembered.insert(toxic, &self.env.remembered);
        if remembered.sweep.is_none() {
            let sweep = sweep(Arc::downgrade(self));
            remembered.sweep = Some(Timer::start(&self.env.runtime, sweep));
        }
    }

    /// Starts a toxic's schedule now.
    pub(in crate::control) fn arm(self: &Arc<Self>, toxic: &mut Toxic) {
        toxic.since = Instant::now();
        let (phase, left) = toxic.schedule.at(Duration::ZERO);
        toxic.enter(phase, &self.env);
        let expires = toxic.schedule.expires_after(phase);
        toxic.timer = left.map(|left| {
            let following = follow(Arc::downgrade(self), toxic.key, (left, expires));
            Arc::new(Timer::start(&self.env.runtime, following))
        });
    }

    /// Applies the current phase of a toxic. Returns how long the phase lasts and whether the toxic then
    /// expires; `None` if the schedule has no further change.
    fn tick(self: &Arc<Self>, key: u64) -> Option<(Duration, bool)> {
        let mut state = self.state();
        let index = state.toxics.iter().position(|toxic| toxic.key == key)?;
        let toxic = state.toxics.get_mut(index)?;
        let (phase, left) = toxic.schedule.at(toxic.since.elapsed());
        let expires = toxic.schedule.expires_after(phase);
        if phase == Phase::Over {
            let toxic = state.toxics.remove(index);
            tracing::info!(proxy = %self.name, toxic = %toxic.name, "the toxic has expired");
            self.report_toxic(&toxic, ToxicEvent::Expired, &None);
            self.remember(&mut state, toxic);
            self.publish(&state);
            return None;
        }
        if toxic.enter(phase, &self.env) {
            // Not logged at info level, because a toxic may change phase a thousand times a second.
            tracing::debug!(proxy = %self.name, toxic = %toxic.name, ?phase, "the toxic has entered another phase of its schedule");
            let change = match phase {
                Phase::Acting => ToxicEvent::Started,
                _ => ToxicEvent::Paused,
            };
            self.report_toxic(toxic, change, &None);
            self.publish(&state);
        }
        left.map(|left| (left, expires))
    }
}

async fn follow(proxy: Weak<Proxy>, key: u64, (first, expires_first): (Duration, bool)) {
    let (mut left, mut expires) = (first, expires_first);
    loop {
        let due = Instant::now() + left.max(SHORTEST);
        match expires {
            // An update that has already arrived may extend its duration.
            true => timer::sleep_past(due).await,
            false => tokio::time::sleep_until(due).await,
        }
        let Some(proxy) = proxy.upgrade() else {
            return;
        };
        match proxy.tick(key) {
            Some(next) => (left, expires) = next,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::env::MAX_REMEMBERED;
    use crate::control::proxy::recently_removed::REMEMBERED;
    use crate::control::{Control, NewProxy, NewToxic, Options, ToxicOptions};

    async fn with_proxies(count: usize) -> Control {
        let control = Control::new(Options::default()).unwrap();
        for number in 0..count {
            let proxy = NewProxy {
                name: Some(format!("p{number}")),
                upstream: Some("127.0.0.1:9".into()),
                enabled: Some(false),
                ..NewProxy::default()
            };
            control.create(proxy).await.unwrap();
        }
        control
    }

    fn short(name: &str) -> NewToxic {
        NewToxic {
            name: Some(name.into()),
            kind: "noop".into(),
            options: ToxicOptions {
                duration: Some(Duration::from_millis(1)),
                ..ToxicOptions::default()
            },
            ..NewToxic::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn remembered_toxics_are_bounded_and_forgotten_after_a_while() {
        let count = MAX_REMEMBERED / REMEMBERED + 2;
        let control = with_proxies(count).await;
        for number in 0..=REMEMBERED {
            for proxy in 0..count {
                let name = format!("t{number}");
                control
                    .add_toxic(&format!("p{proxy}"), short(&name))
                    .unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let permits = &control.env().remembered;
        assert_eq!(permits.available_permits(), 0);
        let newest = format!("t{REMEMBERED}");
        for proxy in 0..count {
            let name = format!("p{proxy}");
            assert!(control.stats(&name, &newest).is_ok(), "{name}");
            assert!(control.stats(&name, "t0").is_err(), "{name}");
        }
        tokio::time::sleep(2 * RETENTION).await;
        assert_eq!(permits.available_permits(), MAX_REMEMBERED);
        control.shutdown().await;
    }
}
