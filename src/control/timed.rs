//! Toxics that begin and end by themselves.
//!
//! Each has a task that sleeps until something changes for it, and is called off with the toxic. It
//! changes the proxy as a request would: under its lock, for a few lines.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::event::ToxicEvent;
use super::proxy::Proxy;
use super::schedule::Phase;
use super::shared::Shared;
use super::timer::{self, Timer};
use super::toxic::Toxic;

/// How long a toxic that is gone by itself may still be deleted, and asked for what it did.
pub const MEMORY: Duration = Duration::from_secs(60);
/// How many such toxics a proxy remembers.
const REMEMBERED: usize = 64;
/// The shortest sleep: the clock behind it counts milliseconds.
const SHORTEST: Duration = Duration::from_millis(1);

/// Toxics that went by themselves, the last ones last.
#[derive(Debug, Default)]
pub(super) struct Gone(VecDeque<(Instant, Toxic)>);

impl Gone {
    pub(super) fn remember(&mut self, mut toxic: Toxic) {
        toxic.timer = None;
        self.forget(&toxic.name);
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((Instant::now(), toxic));
    }

    /// A toxic of that name is there again.
    pub(super) fn forget(&mut self, name: &str) {
        self.0
            .retain(|(at, toxic)| at.elapsed() < MEMORY && toxic.name != name);
    }

    pub(super) fn find(&self, name: &str) -> Option<&Toxic> {
        let recent = self.0.iter().filter(|(at, _)| at.elapsed() < MEMORY);
        let mut named = recent.filter(|(_, toxic)| toxic.name == name);
        named.next_back().map(|(_, toxic)| toxic)
    }
}

impl Proxy {
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
    fn tick(&self, key: u64, shared: &Shared) -> Option<(Duration, bool)> {
        let mut state = self.state();
        let index = state.toxics.iter().position(|toxic| toxic.key == key)?;
        let toxic = state.toxics.get_mut(index)?;
        let (phase, left) = toxic.schedule.at(toxic.since.elapsed());
        let goes = toxic.schedule.goes_after(phase);
        if phase == Phase::Over {
            let toxic = state.toxics.remove(index);
            tracing::info!(proxy = %self.name, toxic = %toxic.name, "the toxic has had its time");
            self.tell_of(&toxic, ToxicEvent::Expired, &None);
            state.gone.remember(toxic);
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
