//! Limits the number of connections to the API, and chooses which one to close when a new one needs its
//! place.
//!
//! May know: nothing else. Must not know: sockets, hyper, routes.
//!
//! There is a limit because every connection costs a file descriptor and memory. Clients that reach the limit
//! must not lock others out by staying idle. So a new connection replaces the one that has been idle longest;
//! clients that pool connections expect that at any time. If no connection is idle, it replaces one that has
//! been sending a body, or not reading its answer, for some time. If there is none of these either, it
//! replaces an event stream, which its client can resume. A connection whose request is being handled is
//! never closed. Then new connections wait in the listener's backlog.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many connections a server may have.
#[derive(Clone)]
pub struct Room {
    /// The number of connections that are always allowed.
    pub own: usize,
    /// The most connections in all. Each one beyond `own` needs something from `lend`.
    pub most: usize,
    /// Takes what a connection beyond the first `own` needs: a file descriptor that nothing else needs. The
    /// descriptor is returned when the value is dropped.
    pub lend: Arc<dyn Fn() -> Option<Lent> + Send + Sync>,
}

/// What a connection borrows while it is open.
pub type Lent = Box<dyn Send + Sync>;

/// How long a connection may be idle before a new one can replace it. This is long enough for a client that
/// has just connected to send a request.
const IDLE_GRACE: Duration = Duration::from_millis(100);
/// The same for a connection whose request body or answer makes no progress.
const STALL_GRACE: Duration = Duration::from_secs(5);
/// The same for a connection with an event stream.
const STREAM_GRACE: Duration = Duration::from_secs(1);
/// How long an answer must have stalled before its memory can be reclaimed for another answer.
const ANSWER_GRACE: Duration = Duration::from_secs(1);
/// How often to check whether a connection has become old enough to be closed.
const RECHECK: Duration = Duration::from_millis(50);

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// It is idle: no complete request head has arrived.
    Waiting,
    /// The client is sending a request body.
    Receiving,
    /// The server is handling the request, or the client is reading the answer.
    Working,
    /// The client is not reading its answer.
    Blocked,
    /// The client is reading a stream.
    Streaming,
}

/// The connections to the API. Cheap to clone.
#[derive(Clone)]
pub(super) struct Admission {
    table: Arc<Mutex<Table>>,
    freed: Arc<Notify>,
}

struct Table {
    room: Room,
    /// The number of connections that have borrowed nothing.
    on_own: usize,
    last: u64,
    open: HashMap<u64, Entry>,
    /// Connections that are idle, that receive a body or are blocked, and that stream; the oldest first.
    waiting: BTreeSet<(Instant, u64)>,
    stalled: BTreeSet<(Instant, u64)>,
    streams: BTreeSet<(Instant, u64)>,
}

#[derive(Debug)]
struct Entry {
    stage: Stage,
    since: Instant,
    close: Arc<Notify>,
}

impl Table {
    fn set_of(&mut self, stage: Stage) -> Option<&mut BTreeSet<(Instant, u64)>> {
        match stage {
            Stage::Waiting => Some(&mut self.waiting),
            Stage::Receiving | Stage::Blocked => Some(&mut self.stalled),
            Stage::Streaming => Some(&mut self.streams),
            Stage::Working => None,
        }
    }

    fn leave(&mut self, stage: Stage, since: Instant, id: u64) {
        if let Some(set) = self.set_of(stage) {
            set.remove(&(since, id));
        }
    }

    fn enter(&mut self, id: u64, stage: Stage, now: Instant) {
        let Some(entry) = self.open.get_mut(&id) else {
            return;
        };
        let (old, since) = (entry.stage, entry.since);
        (entry.stage, entry.since) = (stage, now);
        self.leave(old, since, id);
        if let Some(set) = self.set_of(stage) {
            set.insert((now, id));
        }
    }

    /// Chooses the connection to close for a new one.
    fn victim(&self, now: Instant) -> Option<u64> {
        let older = |set: &BTreeSet<(Instant, u64)>, grace| {
            let (since, id) = *set.first()?;
            (now.saturating_duration_since(since) >= grace).then_some(id)
        };
        older(&self.waiting, IDLE_GRACE)
            .or_else(|| older(&self.stalled, STALL_GRACE))
            .or_else(|| older(&self.streams, STREAM_GRACE))
    }

    /// Asks a connection to close. It keeps its place until it has closed.
    fn close(&mut self, id: u64) {
        let Some(entry) = self.open.get_mut(&id) else {
            return;
        };
        entry.close.notify_one();
        let (stage, since) = (entry.stage, entry.since);
        entry.stage = Stage::Working;
        self.leave(stage, since, id);
    }
}

impl Admission {
    pub(super) fn new(room: Room) -> Self {
        Admission {
            table: Arc::new(Mutex::new(Table {
                room,
                on_own: 0,
                last: 0,
                open: HashMap::new(),
                waiting: BTreeSet::new(),
                stalled: BTreeSet::new(),
                streams: BTreeSet::new(),
            })),
            freed: Arc::default(),
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock()
    }

    /// Waits until there is room for a connection, and returns its place.
    pub(super) async fn place(&self) -> Place {
        loop {
            let freed = self.freed.notified();
            if let Some(place) = self.place_now() {
                return place;
            }
            let victim = self.table().victim(Instant::now());
            if let Some(id) = victim {
                self.table().close(id);
            }
            // Close one connection at a time and wait, so that there are never more descriptors than places.
            let _ = tokio::time::timeout(RECHECK, freed).await;
        }
    }

    fn place_now(&self) -> Option<Place> {
        let mut table = self.table();
        if table.open.len() >= table.room.most.max(1) {
            return None;
        }
        let lent = match table.on_own < table.room.own.max(1) {
            true => None,
            false => Some((table.room.lend)()?),
        };
        table.on_own += usize::from(lent.is_none());
        table.last += 1;
        let (id, now) = (table.last, Instant::now());
        let close = Arc::new(Notify::new());
        table.open.insert(
            id,
            Entry {
                stage: Stage::Working,
                since: now,
                close: Arc::clone(&close),
            },
        );
        table.enter(id, Stage::Waiting, now);
        let admission = self.clone();
        Some(Place {
            admission,
            id,
            close,
            lent,
        })
    }

    /// Closes connections whose clients do not read their answers, to free memory for another answer.
    pub(super) fn close_blocked(&self) {
        let mut table = self.table();
        let now = Instant::now();
        let is_blocked = |id: &u64| {
            let entry = table.open.get(id);
            entry.is_some_and(|entry| entry.stage == Stage::Blocked)
        };
        let old = table
            .stalled
            .iter()
            .take_while(|(since, _)| now.saturating_duration_since(*since) >= ANSWER_GRACE);
        let blocked: Vec<u64> = old.map(|(_, id)| *id).filter(is_blocked).collect();
        blocked.into_iter().for_each(|id| table.close(id));
    }
}

/// The place of one connection. Dropping it makes room for another.
pub(super) struct Place {
    admission: Admission,
    id: u64,
    close: Arc<Notify>,
    lent: Option<Lent>,
}

impl Place {
    /// Records what the connection does now. This has no effect once the connection was asked to close.
    pub(super) fn enter(&self, stage: Stage) {
        self.admission.table().enter(self.id, stage, Instant::now());
    }

    /// Waits until the connection must close to make room for another.
    pub(super) async fn is_wanted(&self) {
        self.close.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        {
            let mut table = self.admission.table();
            table.on_own -= usize::from(self.lent.is_none());
            if let Some(entry) = table.open.remove(&self.id) {
                table.leave(entry.stage, entry.since, self.id);
            }
        }
        drop(self.lent.take());
        self.admission.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(own: usize) -> Room {
        Room {
            own,
            most: 100,
            lend: Arc::new(|| None),
        }
    }

    fn full(stages: &[Stage]) -> (Admission, Vec<Place>) {
        let admission = Admission::new(room(stages.len()));
        let places = stages.iter().map(|stage| {
            let place = admission.place_now().unwrap();
            place.enter(*stage);
            place
        });
        let places = places.collect();
        (admission, places)
    }

    async fn wanted(place: &Place) -> bool {
        tokio::time::timeout(Duration::ZERO, place.is_wanted())
            .await
            .is_ok()
    }

    async fn after(time: Duration) {
        tokio::time::advance(time).await;
    }

    /// Asks for a place. Returns the connection that is asked to close for it, if there is one within
    /// `limit`.
    async fn asked(admission: &Admission, places: &[Place], limit: Duration) -> Option<usize> {
        let newcomer = tokio::time::timeout(limit, admission.place());
        assert!(newcomer.await.is_err(), "nobody gave up a place");
        for (index, place) in places.iter().enumerate() {
            if wanted(place).await {
                return Some(index);
            }
        }
        None
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_connection_makes_room_for_a_newcomer() {
        let (admission, places) = full(&[Stage::Waiting, Stage::Waiting, Stage::Working]);
        after(Duration::from_secs(1)).await;
        // This connection has had a request since, so it is no longer the oldest.
        places[0].enter(Stage::Working);
        places[0].enter(Stage::Waiting);
        let limit = Duration::from_millis(10);
        assert_eq!(asked(&admission, &places, limit).await, Some(1));
        drop(places);
        assert!(admission.place_now().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_just_come_and_who_is_served_stay() {
        let (admission, places) = full(&[Stage::Waiting, Stage::Receiving, Stage::Working]);
        let limit = IDLE_GRACE / 4;
        assert_eq!(asked(&admission, &places, limit).await, None);
        places[0].enter(Stage::Working);
        let limit = STALL_GRACE - IDLE_GRACE;
        assert_eq!(asked(&admission, &places, limit).await, None);
        assert_eq!(asked(&admission, &places, STALL_GRACE).await, Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_closed_while_there_is_room() {
        let admission = Admission::new(room(2));
        let first = admission.place().await;
        after(Duration::from_secs(60)).await;
        let second = admission.place().await;
        assert!(!wanted(&first).await);
        drop(first);
        let third = admission.place().await;
        assert!(!wanted(&second).await);
        drop((second, third));
        let table = admission.table();
        assert!(table.waiting.is_empty() && table.stalled.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_gives_way_if_nobody_else_can() {
        let (admission, places) = full(&[Stage::Streaming, Stage::Working, Stage::Receiving]);
        assert_eq!(asked(&admission, &places, STREAM_GRACE / 2).await, None);
        assert_eq!(asked(&admission, &places, STREAM_GRACE).await, Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn past_its_own_places_it_takes_what_is_lent_and_gives_it_back() {
        let lent = Arc::new(());
        let lending = Arc::clone(&lent);
        let admission = Admission::new(Room {
            own: 1,
            most: 4,
            lend: Arc::new(move || {
                let more = Arc::strong_count(&lending) < 4;
                more.then(|| Box::new(Arc::clone(&lending)) as Lent)
            }),
        });
        let mut places: Vec<Place> = std::iter::from_fn(|| admission.place_now()).collect();
        assert_eq!((places.len(), Arc::strong_count(&lent)), (3, 4));
        drop(places.remove(0));
        assert!(admission.place_now().is_some(), "its own place is free");
        drop(places);
        assert_eq!(Arc::strong_count(&lent), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_nobody_reads_are_given_up_for_others() {
        let (admission, places) = full(&[Stage::Blocked, Stage::Receiving, Stage::Waiting]);
        admission.close_blocked();
        assert!(!wanted(&places[0]).await, "it may read on in a moment");
        after(ANSWER_GRACE).await;
        admission.close_blocked();
        assert!(wanted(&places[0]).await);
        assert!(!wanted(&places[1]).await && !wanted(&places[2]).await);
    }
}
