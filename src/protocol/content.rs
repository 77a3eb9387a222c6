//! Changes the content of a body, whatever frames it on the wire.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::http::{AfterPart, BodyPlan};
use super::sse::EventScanner;

/// The longest event that can be sent again.
const EVENT: usize = 1 << 20;

/// Changes the content of a body by a plan as it passes. It says what to do with the bytes that it is
/// shown. The only ones that it keeps are those of an event that is to be sent again, up to 1 MiB; a longer
/// one is not.
///
/// `BodyPlan::replace` is not its task: whoever replaces the content shows it the new one.
#[derive(Clone, Debug)]
pub struct ContentEditor {
    plan: Arc<BodyPlan>,
    /// Which inserts and which cuts have been reached.
    inserted: Vec<bool>,
    cut: Vec<bool>,
    /// So many bytes and whole events have come.
    bytes: u64,
    events: u64,
    /// The content ends here.
    end: Option<u64>,
    scanner: Option<EventScanner>,
    kept: Option<KeptEvent>,
    /// What is put in next, and how many times.
    pending: VecDeque<(Bytes, u32)>,
    finished: bool,
    over: bool,
}

/// What happens next to content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentStep {
    /// So many of the bytes that were shown are content; more than 0.
    Pass(usize),
    /// These bytes are put in before those that were shown; not empty.
    Insert(Bytes),
    /// Show what follows.
    More,
    /// The content is over. Whatever follows is dropped.
    End,
}

impl ContentEditor {
    /// At the start of content that is changed by this plan.
    pub fn new(plan: &Arc<BodyPlan>) -> Self {
        let repeats = plan.inserts.iter().any(|insert| insert.repeat_event > 0);
        ContentEditor {
            plan: Arc::clone(plan),
            inserted: vec![false; plan.inserts.len()],
            cut: vec![false; plan.cuts.len()],
            bytes: 0,
            events: 0,
            end: None,
            scanner: plan.counts_events().then(EventScanner::new),
            kept: repeats.then(KeptEvent::default),
            pending: VecDeque::new(),
            finished: false,
            over: false,
        }
    }

    /// What to do with these bytes, which follow those that were passed. Call it again with the bytes
    /// that are left until it wants more.
    pub fn next(&mut self, bytes: &[u8]) -> ContentStep {
        loop {
            if let Some(insert) = self.pop() {
                return ContentStep::Insert(insert);
            }
            if self.over {
                return ContentStep::End;
            }
            self.reach();
            if !self.pending.is_empty() {
                continue;
            }
            if self.finished || self.end.is_some_and(|end| end <= self.bytes) {
                self.insert_last();
                self.over = true;
            } else if bytes.is_empty() {
                return ContentStep::More;
            } else {
                let len = self.pass(bytes);
                if len > 0 {
                    return ContentStep::Pass(len);
                }
            }
        }
    }

    /// No more content comes. What is put in at the end is told by [`ContentEditor::next`].
    pub fn finish(&mut self) {
        if std::mem::replace(&mut self.finished, true) {
            return;
        }
        if self.scanner.as_mut().is_some_and(EventScanner::finish) {
            self.end_event();
        }
    }

    fn pop(&mut self) -> Option<Bytes> {
        let (bytes, times) = self.pending.front_mut()?;
        let bytes = bytes.clone();
        *times = times.saturating_sub(1);
        if *times == 0 {
            self.pending.pop_front();
        }
        Some(bytes)
    }

    /// Does what the plan says for the place that has been reached.
    fn reach(&mut self) {
        let plan = Arc::clone(&self.plan);
        for (insert, done) in plan.inserts.iter().zip(&mut self.inserted) {
            let here = insert
                .at
                .is_some_and(|at| is_reached(at, self.bytes, self.events));
            if here && !std::mem::replace(done, true) {
                let event = self.kept.as_ref().map(|kept| &kept.whole);
                put(&mut self.pending, event, insert.repeat_event, &insert.bytes);
            }
        }
        for (cut, done) in plan.cuts.iter().zip(&mut self.cut) {
            let here = cut
                .after
                .is_none_or(|at| is_reached(at, self.bytes, self.events));
            if here && !std::mem::replace(done, true) {
                let end = self.bytes.saturating_add(cut.bytes);
                self.end = Some(self.end.map_or(end, |before| before.min(end)));
            }
        }
    }

    fn insert_last(&mut self) {
        let plan = Arc::clone(&self.plan);
        for insert in plan.inserts.iter().filter(|insert| insert.at.is_none()) {
            let event = self.kept.as_ref().map(|kept| &kept.whole);
            put(&mut self.pending, event, insert.repeat_event, &insert.bytes);
        }
    }

    /// Takes bytes up to the next place of the plan. Returns how many, which is 0 if an event ended
    /// before them.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        let most = self
            .next_place()
            .map_or(u64::MAX, |place| place - self.bytes);
        let most = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
        let run = bytes.get(..most).unwrap_or(bytes);
        let end = self.scanner.as_mut().and_then(|scanner| scanner.next(run));
        let run = run.get(..end.unwrap_or(most)).unwrap_or(run);
        self.bytes += run.len() as u64;
        if let Some(kept) = &mut self.kept {
            kept.add(run);
        }
        if end.is_some() {
            self.end_event();
        }
        run.len()
    }

    fn end_event(&mut self) {
        self.events += 1;
        if let Some(kept) = &mut self.kept {
            kept.end();
        }
    }

    /// The next place that counts bytes and has not been reached.
    fn next_place(&self) -> Option<u64> {
        let inserts = self.plan.inserts.iter().map(|insert| insert.at);
        let cuts = self.plan.cuts.iter().map(|cut| cut.after);
        let places = inserts.chain(cuts).filter_map(|at| match at {
            Some(AfterPart::Bytes(place)) => Some(place),
            Some(AfterPart::Events(_)) | None => None,
        });
        let places = places.chain(self.end);
        places.filter(|place| *place > self.bytes).min()
    }
}

/// The length of content of this length when it is changed by this plan; `None` if that depends on its
/// events.
pub fn changed_length(plan: &BodyPlan, length: u64) -> Option<u64> {
    if plan.counts_events() {
        return None;
    }
    let place = |at: Option<AfterPart>| match at {
        Some(AfterPart::Bytes(place)) => place,
        Some(AfterPart::Events(_)) | None => 0,
    };
    let cuts = plan.cuts.iter().map(|cut| (place(cut.after), cut.bytes));
    let ends = cuts.filter(|(at, _)| *at <= length);
    let ends = ends.map(|(at, bytes)| at.saturating_add(bytes));
    // A cut whose place is behind an earlier end is further behind it.
    let end = ends.min().unwrap_or(length).min(length);
    let inserts = plan.inserts.iter().filter(|insert| place(insert.at) <= end);
    let more = inserts.map(|insert| insert.bytes.len() as u64);
    Some(more.fold(end, u64::saturating_add))
}

fn is_reached(at: AfterPart, bytes: u64, events: u64) -> bool {
    match at {
        AfterPart::Bytes(at) => at <= bytes,
        AfterPart::Events(at) => at <= events,
    }
}

fn put(pending: &mut VecDeque<(Bytes, u32)>, event: Option<&Bytes>, times: u32, bytes: &Bytes) {
    if let Some(event) = event.filter(|event| times > 0 && !event.is_empty()) {
        pending.push_back((event.clone(), times));
    }
    if !bytes.is_empty() {
        pending.push_back((bytes.clone(), 1));
    }
}

/// The last whole event, and what has come of the next.
#[derive(Clone, Debug, Default)]
struct KeptEvent {
    whole: Bytes,
    next: BytesMut,
    /// The next one is too long to be kept.
    too_long: bool,
}

impl KeptEvent {
    fn add(&mut self, bytes: &[u8]) {
        self.too_long |= self.next.len().saturating_add(bytes.len()) > EVENT;
        match self.too_long {
            true => self.next = BytesMut::new(),
            false => self.next.extend_from_slice(bytes),
        }
    }

    fn end(&mut self) {
        self.whole = self.next.split().freeze();
        self.too_long = false;
    }
}
