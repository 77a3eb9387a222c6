//! Toxics that begin and end by themselves.
//!
//! Each has a task that sleeps until something changes for it, and is called off with the toxic. It
//! changes the proxy as a request would: under its lock, for a few lines.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::event::ToxicEvent;
use super::proxy::{Proxy, State};
use super::schedule::Phase;
use super::shared::Shared;
use super::timer::{self, Timer};
use super::toxic::Toxic;

/// How long a toxic that is gone by itself may still be deleted, and asked for what it did.
pub const RETENTION: Duration = Duration::from_secs(60);
/// How many such toxics a proxy remembers.
const REMEMBERED: usize = 64;
/// How many are remembered of all proxies together.
pub(super) const MOST_REMEMBERED: usize = 4096;
/// The shortest sleep: the clock behind it counts milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);

/// Toxics that went by themselves, the last ones last.
#[derive(Debug, Default)]
pub(super) struct RecentlyRemoved {
    toxics: VecDeque<Remembered>,
    /// Forgets them when their time is over.
    sweep: Option<Timer>,
}

#[derive(Debug)]
struct Remembered {
    at: Instant,
    toxic: Toxic,
    /// One of the places that all proxies share.
    place: OwnedSemaphorePermit,
}

impl RecentlyRemoved {
    /// Remembers a toxic if there is a place for it, where need be in place of this proxy's oldest.
    fn remember(&mut self, mut toxic: Toxic, places: &Arc<Semaphore>) {
        self.forget(&toxic.name);
        toxic.retire();
        let oldest = match self.toxics.len() {
            REMEMBERED => self.toxics.pop_front(),
            _ => None,
        };
        let place = oldest.map(|oldest| oldest.place);
        let place = place.or_else(|| Arc::clone(places).try_acquire_owned().ok());
        let place = place.or_else(|| self.toxics.pop_front().map(|oldest| oldest.place));
        if let Some(place) = place {
            let at = Instant::now();
            self.toxics.push_back(Remembered { at, toxic, place });
        }
    }

    /// A toxic of that name is there again.
    pub(super) fn forget(&mut self, name: &str) {
        self.toxics
            .retain(|one| one.is_recent() && one.toxic.name != name);
    }

    pub(super) fn find(&self, name: &str) -> Option<&Toxic> {
        let recent = self.toxics.iter().filter(|one| one.is_recent());
        let mut named = recent.filter(|one| one.toxic.name == name);
        named.next_back().map(|one| &one.toxic)
    }
}

impl Remembered {
    fn is_recent(&self) -> bool {
        self.at.elapsed() < RETENTION
    }
}

/// Forgets what a proxy remembers when its time is over, until that is nothing.
async fn sweep(proxy: Weak<Proxy>) {
    loop {
        tokio::time::sleep(RETENTION).await;
        let Some(proxy) = proxy.upgrade() else {
            return;
        };
        let gone = &mut proxy.state().gone;
        gone.toxics.retain(Remembered::is_recent);
        if gone.toxics.is_empty() {
            gone.sweep = None;
            return;
        }
    }
}

impl Proxy {
    /// Remembers a toxic that went by itself, for whoever put it there and will delete it.
    pub(super) fn remember(self: &Arc<Self>, state: &mut State, toxic: Toxic, shared: &Shared) {
        state.gone.remember(toxic, &shared.remembered);
        if state.gone.sweep.is_none() {
            let sweep = sweep(Arc::downgrade(self));
            state.gone.sweep = Some(Timer::start(&shared.runtime, sweep));
        }
    }

    /// Begins a toxic's schedule, now.
    pub(super) fn arm(self: &Arc<Self>, toxic: &mut Toxic, shared: &Arc<Shared>) {
        toxic.since = Instant::now();
        let (phase, left) = toxic.schedule.at(Duration::ZERO);
        toxic.enter(phase, || shared.next_id());
        let goes = toxic.schedule.goes_after(phase);
        toxic.timer = left.map(|left| {
            let whose = (Arc::downgrade(self), Arc::downgrade(shared), toxic.key);
            Arc::new(Timer::start(&shared.runtime, follow(whose, (left, goes))))
        });
    }

    /// Does what is due for a toxic. Returns how long until the next thing is, and whether it goes then.
    fn tick(self: &Arc<Self>, key: u64, shared: &Shared) -> Option<(Duration, bool)> {
        let mut state = self.state();
        let index = state.toxics.iter().position(|toxic| toxic.key == key)?;
        let toxic = state.toxics.get_mut(index)?;
        let (phase, left) = toxic.schedule.at(toxic.since.elapsed());
        let goes = toxic.schedule.goes_after(phase);
        if phase == Phase::Over {
            let toxic = state.toxics.remove(index);
            tracing::info!(proxy = %self.name, toxic = %toxic.name, "the toxic has had its time");
            self.tell_of(&toxic, ToxicEvent::Expired, &None);
            self.remember(&mut state, toxic, shared);
            self.publish(&state);
            return None;
        }
        if toxic.enter(phase, || shared.next_id()) {
            // It may do so a thousand times a second.
            tracing::debug!(proxy = %self.name, toxic = %toxic.name, ?phase, "the toxic's time");
            let change = match phase {
                Phase::Acting => ToxicEvent::Started,
                _ => ToxicEvent::Paused,
            };
            self.tell_of(toxic, change, &None);
            self.publish(&state);
        }
        left.map(|left| (left, goes))
    }
}

async fn follow(
    (proxy, shared, key): (Weak<Proxy>, Weak<Shared>, u64),
    (first, goes_first): (Duration, bool),
) {
    let (mut left, mut goes) = (first, goes_first);
    loop {
        let due = Instant::now() + left.max(SHORTEST);
        match goes {
            // An update that is on its way gives it another time.
            true => timer::sleep_past(due).await,
            false => tokio::time::sleep_until(due).await,
        }
        let Some((proxy, shared)) = proxy.upgrade().zip(shared.upgrade()) else {
            return;
        };
        match proxy.tick(key, &shared) {
            Some(next) => (left, goes) = next,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            extras: ToxicOptions {
                duration: Some(Duration::from_millis(1)),
                ..ToxicOptions::default()
            },
            ..NewToxic::default()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_remembered_of_all_proxies_has_a_bound_and_a_time() {
        let count = MOST_REMEMBERED / REMEMBERED + 2;
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
        let places = &control.shared.remembered;
        assert_eq!(places.available_permits(), 0);
        let newest = format!("t{REMEMBERED}");
        for proxy in 0..count {
            let name = format!("p{proxy}");
            assert!(control.stats(&name, &newest).is_ok(), "{name}");
            assert!(control.stats(&name, "t0").is_err(), "{name}");
        }
        tokio::time::sleep(2 * RETENTION).await;
        assert_eq!(places.available_permits(), MOST_REMEMBERED);
        control.shutdown().await;
    }
}
