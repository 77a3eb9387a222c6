//! A record of what was done to one proxy and when: the model that verdicts are based on.
//!
//! A controller records that a fault begins before it sends the API request, and that it is over
//! after the API has answered. A connection that lived entirely outside that interval was not
//! affected.

use std::sync::Mutex;
use std::time::{Duration, Instant};

struct State {
    /// Active faults that destroy connections or bytes.
    destroying: u32,
    destroyed_last: Option<Instant>,
    /// Active faults of any kind: toxics, stops and dead upstreams.
    acting: u32,
    calm_since: Option<Instant>,
    /// The last time that every connection had to end: when it was requested, and when it was
    /// answered.
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

    /// A fault is about to act on the proxy's connections.
    pub fn begin(&self, destroys: bool) {
        let mut state = self.0.lock().unwrap();
        state.acting += 1;
        state.calm_since = None;
        state.destroying += u32::from(destroys);
    }

    /// The fault is over.
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

    /// The API has confirmed that every connection that existed at the time of the request has
    /// ended.
    pub fn cut(&self, asked: Instant) {
        self.0.lock().unwrap().cut = Some((asked, Instant::now()));
    }

    /// Whether a destructive fault may have affected a connection that began at `from`.
    pub fn was_destructive(&self, from: Instant) -> bool {
        let state = self.0.lock().unwrap();
        state.destroying > 0 || state.destroyed_last.is_some_and(|last| last >= from)
    }

    /// For how long no fault has acted on the proxy.
    pub fn calm(&self) -> Duration {
        let since = self.0.lock().unwrap().calm_since;
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// For how long a connection that began at `from` should have been gone.
    pub fn over(&self, from: Instant) -> Option<Duration> {
        let cut = self.0.lock().unwrap().cut;
        cut.filter(|(asked, _)| from < *asked)
            .map(|(_, answered)| answered.elapsed())
    }
}
