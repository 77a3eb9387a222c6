//! Arbitrary bytes as the life of one link: plans, chunks, changes, steps of the clock.
//!
//! No byte is lost, duplicated or reordered except by a toxic that does so by design, and nothing
//! loops. At the end, without toxics, the pipeline is empty and has ended.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{AnyToxic, DrawKey, Ending, Moment, Plan, PlannedToxic};
use aconite::toxics::{Attribute, Catalogue, Kind, Type, Value};
use bytes::Bytes;

use super::take::Take;
use crate::harness::driver::{Driver, FAR};

/// The maximum number of bytes sent: more than the largest backlog of any toxic.
const MOST_BYTES: usize = 200 * 1024;
/// The same once there was a slicer, which takes one step per byte.
const MOST_SLICED: usize = 8 * 1024;
/// No machine's timers are later than this.
const A_CENTURY: Duration = Duration::from_secs(3_155_760_000);
const MOST_STEPS: usize = 200;
const MOST_TOXICS: usize = 6;

struct Life<'a> {
    take: Take<'a>,
    stream: Bytes,
    driver: Driver,
    plan: Plan,
    proxy: DrawKey,
    catalogue: Catalogue,
    kinds: Vec<Arc<Kind>>,
    last_id: u64,
    finished: Option<Ending>,
    met: Met,
}

/// The effects of all toxics that were ever in the plan.
#[derive(Default)]
struct Met {
    /// Drops bytes from the middle of the stream, and ends the connection when it goes.
    timeout: bool,
    /// Drops bytes from the middle of the stream.
    gaps: bool,
    /// Changes bytes.
    corrupt: bool,
    /// Ends the connection before all bytes have left.
    cutter: bool,
    slicer: bool,
}

pub fn run(data: &[u8]) {
    let mut take = Take(data);
    let start = take.pick(&[0, 0, 1, u64::MAX / 2, u64::MAX - 1_000_000_000, u64::MAX]);
    let proxy = DrawKey::of_seed(u64::from(take.byte())).named("web");
    let plan = Plan::default();
    let mut driver = Driver::new(&plan, Moment::from_nanos(start), 1);
    driver.most_late = take.span().min(A_CENTURY);
    let mut life = Life {
        take,
        stream: stream(),
        driver,
        plan,
        proxy,
        catalogue: Catalogue::default(),
        kinds: Vec::new(),
        last_id: 0,
        finished: None,
        met: Met::default(),
    };
    for _ in 0..MOST_STEPS {
        if life.take.is_empty() {
            break;
        }
        life.step();
    }
    life.end();
}

/// The bytes that go in: no two stretches of them are equal for long.
fn stream() -> Bytes {
    static STREAM: std::sync::OnceLock<Bytes> = std::sync::OnceLock::new();
    let make = || (0..MOST_BYTES as u64).map(|at| DrawKey::of_seed(at).below(256) as u8);
    STREAM.get_or_init(|| make().collect()).clone()
}

impl Life<'_> {
    fn step(&mut self) {
        match self.take.byte() % 16 {
            0..4 => self.push(),
            4..7 => {
                let span = self.take.span();
                self.driver.run_for(span);
            }
            7 => {
                let span = self.take.span();
                self.driver.now = self.driver.now + span;
                self.driver.run_for(Duration::ZERO);
            }
            8..10 => self.add(),
            10 => self.change(|life, index| {
                if let Some(toxic) = life.toxic_of(&Arc::clone(&life.kinds[index])) {
                    let planned = Arc::make_mut(&mut life.plan.downstream[index]);
                    planned.revision += 1;
                    planned.toxic = toxic;
                }
            }),
            11 => self.change(|life, index| {
                let share = life.take.share();
                Arc::make_mut(&mut life.plan.downstream[index]).toxicity = share;
            }),
            12 => self.change(|life, index| {
                life.plan.downstream.remove(index);
                life.kinds.remove(index);
            }),
            13 => {
                let room = !self.driver.room;
                self.driver.set_room(room);
            }
            14 => self.adopt(),
            _ => {
                let ending = self.take.pick(&[Ending::Eof, Ending::Eof, Ending::Reset]);
                self.finish(ending);
            }
        }
    }

    fn push(&mut self) {
        let done = self.driver.bytes_in as usize;
        let most = if self.met.slicer {
            MOST_SLICED
        } else {
            MOST_BYTES
        };
        let size = match self.take.byte() {
            0 => 0,
            small @ 1..128 => usize::from(small),
            large => usize::from(large - 127) * 512,
        };
        let size = size.min(most.saturating_sub(done));
        // A link that respects backpressure, or that had already read when it set in.
        let reads = self.driver.pipeline.has_room() || self.take.byte().is_multiple_of(4);
        if self.finished.is_none() && reads && !self.driver.is_over() {
            self.driver.push(self.stream.slice(done..done + size));
        }
    }

    fn finish(&mut self, ending: Ending) {
        self.driver.finish(ending);
        self.finished.get_or_insert(ending);
    }

    fn toxic_of(&mut self, kind: &Kind) -> Option<Arc<dyn AnyToxic>> {
        let attributes = kind.attributes.iter();
        let read: Vec<_> = attributes
            .filter_map(|attribute| Some((attribute.name, self.value_of(attribute)?)))
            .collect();
        self.met.gaps |= read.contains(&("recovery", "none".into()));
        kind.make(&read).ok()
    }

    /// A valid value of an attribute; `None` to leave it out.
    fn value_of(&mut self, attribute: &Attribute) -> Option<Value> {
        if attribute.beside && !matches!(attribute.value_type, Type::Integer { .. }) {
            return None;
        }
        let needed = attribute.required || attribute.default.is_some();
        if !needed && self.take.byte().is_multiple_of(2) {
            return None;
        }
        match &attribute.value_type {
            Type::Integer { accepted, .. } => {
                let (low, high) = (*accepted.start(), *accepted.end());
                Some(self.take.number().clamp(low, high).into())
            }
            Type::Number { accepted, .. } => {
                let (low, high) = (*accepted.start(), *accepted.end());
                Some((self.take.number() as f64 / 100.0).clamp(low, high).into())
            }
            Type::Text { choices, .. } if !choices.is_empty() => {
                Some(self.take.pick(choices).into())
            }
            _ => None,
        }
    }

    fn add(&mut self) {
        if self.kinds.len() >= MOST_TOXICS {
            return;
        }
        let index = usize::from(self.take.byte());
        let kinds = self.catalogue.kinds();
        let kind = Arc::clone(&kinds.as_slice()[index % kinds.len()]);
        let Some(toxic) = self.toxic_of(&kind) else {
            return;
        };
        self.last_id += 1;
        let planned = PlannedToxic::new(self.last_id, kind.name, self.proxy, toxic);
        let planned = PlannedToxic {
            toxicity: self.take.share(),
            ..planned
        };
        self.plan.downstream.push(planned.into());
        self.kinds.push(Arc::clone(&kind));
        self.met.timeout |= kind.name == "timeout";
        self.met.cutter |= ["timeout", "limit_data", "reset_peer"].contains(&kind.name);
        self.met.slicer |= kind.name == "slicer";
        self.met.corrupt |= kind.name == "corrupt";
        self.adopt();
    }

    fn change(&mut self, change: impl FnOnce(&mut Self, usize)) {
        if !self.kinds.is_empty() {
            let index = usize::from(self.take.byte()) % self.kinds.len();
            change(self, index);
            // Sometimes several changes reach the link as one.
            if self.take.byte() % 4 != 3 {
                self.adopt();
            }
        }
    }

    fn adopt(&mut self) {
        self.driver.adopt(&self.plan);
    }

    fn end(mut self) {
        self.driver.set_room(true);
        self.driver.run_until(FAR.max(self.driver.now));
        self.plan.downstream.clear();
        self.adopt();
        self.finish(Ending::Eof);
        let driver = &self.driver;
        assert_eq!(driver.pipeline.queued(), 0, "something stays inside");
        assert!(!driver.pipeline.has_room(), "asks for more after the end");
        assert!(!driver.endings().is_empty(), "no end");
        let first = driver.log.iter().position(|(_, out)| is_final(out));
        let last = driver.log.len() - 1;
        assert!(
            first.is_none_or(|first| first == last),
            "more after the end"
        );
        if !self.met.cutter && self.finished == Some(Ending::Eof) {
            assert_eq!(driver.endings(), [Ending::Eof]);
            let whole = driver.bytes_out == driver.bytes_in;
            assert!(whole || self.met.gaps, "bytes were lost");
        }
        self.check_bytes();
    }

    /// What left is a prefix of what arrived or, if some bytes were to be dropped, parts of it in
    /// order.
    fn check_bytes(&self) {
        assert!(self.driver.bytes_out <= self.driver.bytes_in);
        if self.met.corrupt {
            return;
        }
        let came = &self.stream[..self.driver.bytes_in as usize];
        let mut place = 0;
        for (_, out) in &self.driver.log {
            let Out::Data(bytes) = out else { continue };
            let rest = &came[place..];
            let skipped = match self.met.timeout || self.met.gaps {
                true => rest.windows(bytes.len()).position(|part| part == bytes),
                false => rest.starts_with(bytes).then_some(0),
            };
            let skipped = skipped.unwrap_or_else(|| panic!("not what came at {place}"));
            place += skipped + bytes.len();
        }
    }
}

fn is_final(out: &Out) -> bool {
    matches!(out, Out::End(ending) if *ending != Ending::Eof)
}
