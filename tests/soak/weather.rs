//! What was done to one proxy and when: the model that verdicts are made from.
//!
//! A controller says that something begins before it asks the API for it, and that it is over after
//! the API has answered. So a connection that lived wholly outside was not touched by it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

struct State {
    /// Things at work that destroy connections or bytes.
    destroying: u32,
    destroyed_last: Option<Instant>,
    /// Toxics of any kind, stops and dead upstreams.
    acting: u32,
    calm_since: Option<Instant>,
    /// The last time that every connection had to end: when it was asked for, and when answered.
    cut: Option<(Instant, Instant)>,
}

pub struct Weather(Mutex<State>);

impl Weather {
    pub fn new() -> Self {
        Self(Mutex::new(State {
            destroying: 0,
            destroyed_last: None,
            acting: 0,
            calm_since: Some(Instant::now()),
            cut: None,
        }))
    }

    /// Something is about to act on the proxy's connections.
    pub fn begin(&self, destroys: bool) {
        let mut state = self.0.lock().unwrap();
        state.acting += 1;
        state.calm_since = None;
        state.destroying += u32::from(destroys);
    }

    /// It acts no more.
    pub fn end(&self, destroys: bool) {
        let mut state = self.0.lock().unwrap();
        state.acting -= 1;
        if state.acting == 0 {
            state.calm_since = Some(Instant::now());
        }
        if destroys {
            state.destroying -= 1;
            state.destroyed_last = Some(Instant::now());
        }
    }

    /// Every connection has ended, the API says, that was there when it was asked.
    pub fn cut(&self, asked: Instant) {
        self.0.lock().unwrap().cut = Some((asked, Instant::now()));
    }

    /// Whether anything that destroys may have met a connection that began at `from`.
    pub fn was_destructive(&self, from: Instant) -> bool {
        let state = self.0.lock().unwrap();
        state.destroying > 0 || state.destroyed_last.is_some_and(|last| last >= from)
    }

    /// For how long nothing has acted on the proxy.
    pub fn calm(&self) -> Duration {
        let since = self.0.lock().unwrap().calm_since;
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// For how long a connection that began at `from` has had to be gone.
    pub fn over(&self, from: Instant) -> Option<Duration> {
        let cut = self.0.lock().unwrap().cut;
        cut.filter(|(asked, _)| from < *asked)
            .map(|(_, answered)| answered.elapsed())
    }
}
