//! Random rounds: plans, inputs and live changes from a seed.

use std::sync::OnceLock;
use std::time::Duration;

use aconite::engine::sim::Out;
use aconite::engine::{Ending, Moment, Scope};
use bytes::Bytes;

use super::attributes::{KINDS, Manner, attributes};
use super::book::{Book, Row};
use super::dice::Dice;
use super::driver::Driver;
use super::triggers::{framing, trigger};

/// The bytes of every stream, in which a byte's value identifies its offset.
pub fn stream() -> &'static Bytes {
    static STREAM: OnceLock<Bytes> = OnceLock::new();
    STREAM.get_or_init(|| {
        let words =
            (0..1_u64 << 19).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        words.collect::<Vec<u8>>().into()
    })
}

/// A round in progress.
pub struct Round {
    pub dice: Dice,
    pub book: Book,
    pub driver: Driver,
    pub manner: Manner,
    /// How the sender ended.
    pub finished: Option<Ending>,
    /// Whether a timeout existed at any time.
    pub met_timeout: bool,
    /// Whether a toxic that changes bytes existed at any time.
    met_corrupt: bool,
    /// The end of each push in the stream, and when it arrived.
    pub pushes: Vec<(u64, Moment)>,
    named: u32,
}

impl Round {
    pub fn new(seed: u64, manner: Manner) -> Self {
        let mut dice = Dice::new(seed);
        let book = Book::new(seed);
        let mut driver = Driver::new(book.plan(), Moment::ORIGIN, seed);
        driver.most_late = Duration::from_millis(*dice.pick(&[0, 0, 1, 10, 50]));
        let toxics = dice.below(5);
        let mut round = Round {
            dice,
            book,
            driver,
            manner,
            finished: None,
            met_timeout: false,
            met_corrupt: false,
            pushes: Vec::new(),
            named: 0,
        };
        (0..toxics).for_each(|_| round.add());
        round.adopt();
        round
    }

    /// One random action.
    pub fn step(&mut self) {
        match self.dice.below(100) {
            0..35 => self.push(),
            35..65 => {
                let micros = *self
                    .dice
                    .pick(&[0, 1, 1000, 4000, 50_000, 300_000, 3_000_000]);
                let span = self.dice.below(micros * 1000 + 1);
                self.driver.run_for(Duration::from_nanos(span));
            }
            65..73 => self.driver.set_room(!self.driver.room),
            73..98 => self.change(),
            _ if self.dice.one_in(4) => self.finish(Ending::Reset),
            _ => self.finish(Ending::Eof),
        }
    }

    pub fn push(&mut self) {
        if self.finished.is_some() || !(self.driver.pipeline.has_room() || self.dice.one_in(10)) {
            return;
        }
        let most = *self.dice.pick(&[1, 2, 10, 100, 1000, 4096]);
        let most = if self.dice.one_in(60) {
            32 * 1024
        } else {
            most
        };
        let start = self.driver.bytes_in as usize;
        let size = self.dice.between(1, most) as usize;
        self.driver.push(stream().slice(start..start + size));
        self.pushes.push((self.driver.bytes_in, self.driver.now));
    }

    /// Adds a latency that never changes, first if the plan is empty, with others around it.
    pub fn seat_witness(&mut self, latency: i64) {
        self.book
            .add(WITNESS, "latency", &[("latency", latency)], 1.0);
        self.adopt();
    }

    pub fn finish(&mut self, ending: Ending) {
        if self.finished.is_none() {
            self.finished = Some(ending);
            self.driver.finish(ending);
        }
    }

    pub fn adopt(&mut self) {
        self.driver.adopt(self.book.plan());
    }

    /// A change of the plan, or several in one step.
    fn change(&mut self) {
        loop {
            let rows = self.book.rows().len() as u64;
            match self.dice.below(5) {
                0 if rows < 6 => self.add(),
                _ if rows == 0 => self.add(),
                1 => self.remove(),
                2 => self.update(),
                3 => self.set_toxicity(),
                _ => self.set_applicability(),
            }
            if !self.dice.one_in(4) {
                return self.adopt();
            }
        }
    }

    fn add(&mut self) {
        let kind = *self.dice.pick(KINDS);
        let attributes = attributes(&mut self.dice, kind, self.manner);
        let toxicity = match (kind, self.manner) {
            ("timeout", Manner::Gentle) => 0.0,
            _ => toxicity(&mut self.dice),
        };
        self.met_timeout |= kind == "timeout";
        self.met_corrupt |= kind == "corrupt";
        self.named += 1;
        // Some names are reused.
        let name = format!("{kind} {}", self.named % 7);
        if self.book.rows().iter().all(|row| row.name != name) {
            self.book.add_with(&name, kind, &attributes, toxicity);
            if self.dice.one_in(4) {
                let after = trigger(&mut self.dice);
                self.book.set_after(&name, after);
                let framing = framing(&mut self.dice);
                self.book.set_framing(&name, framing);
            }
        }
    }

    fn any_row(&mut self) -> Row {
        let rows = self.book.rows();
        rows[self.dice.below(rows.len() as u64) as usize].clone()
    }

    fn remove(&mut self) {
        let row = self.any_row();
        let may_go = self.manner == Manner::Wild || row.kind.name != "timeout";
        if may_go && row.name != WITNESS {
            self.book.remove(&row.name);
        }
    }

    fn update(&mut self) {
        let row = self.any_row();
        if row.name == WITNESS {
            return;
        }
        let attributes = attributes(&mut self.dice, row.kind.name, self.manner);
        self.book.update_with(&row.name, &attributes);
    }

    fn set_toxicity(&mut self) {
        let row = self.any_row();
        // One that applies is not gentle.
        let may_act = self.manner == Manner::Wild || row.kind.name != "timeout";
        if may_act && row.name != WITNESS {
            let toxicity = toxicity(&mut self.dice);
            self.book.set_toxicity(&row.name, toxicity);
        }
    }

    /// Everything else that decides whether a toxic applies to the connection.
    fn set_applicability(&mut self) {
        let row = self.any_row();
        if row.name == WITNESS {
            return;
        }
        match self.dice.below(7) {
            0 => self.book.set_seed(&row.name, self.dice.below(4)),
            1 => self.book.set_replay(&row.name, self.dice.below(4)),
            2 => self.book.set_proxy_seed(self.dice.below(4)),
            3 | 4 => {
                let after = trigger(&mut self.dice);
                self.book.set_after(&row.name, after);
            }
            5 => {
                let framing = framing(&mut self.dice);
                self.book.set_framing(&row.name, framing);
            }
            _ => {
                let connections = match self.dice.below(3) {
                    0 => vec![2..=9],
                    1 => vec![1..=1],
                    _ => Vec::new(),
                };
                let scope = Scope {
                    connections,
                    ..Scope::default()
                };
                self.book.set_scope(&row.name, scope);
            }
        }
    }

    /// What left is a prefix of the stream, in order, followed by the endings.
    pub fn check_log(&self) {
        let (mut place, mut changed) = (0, 0);
        let mut ended = Vec::new();
        for (_, out) in &self.driver.log {
            match out {
                Out::Data(bytes) => {
                    assert!(ended.is_empty(), "bytes after {ended:?}");
                    let want = &stream()[place..place + bytes.len()];
                    if bytes != want {
                        let pairs = bytes.iter().zip(want);
                        changed += pairs.filter(|(left, came)| left != came).count();
                        assert!(self.met_corrupt, "other bytes than came in, at {place}");
                    }
                    place += bytes.len();
                }
                Out::End(ending) => {
                    assert!(
                        ended.iter().all(|e| *e == Ending::Eof),
                        "{ending:?} after {ended:?}"
                    );
                    assert!(!ended.contains(ending), "{ending:?} twice");
                    ended.push(*ending);
                }
            }
        }
        // Up to six toxics change a fiftieth of the bytes each. Bytes out of place nearly all differ.
        assert!(changed <= 50 + place / 4, "{changed} of {place} changed");
        assert!(
            place as u64 <= self.driver.bytes_in,
            "more left than came in"
        );
    }
}

/// The name of the toxic that is never changed.
const WITNESS: &str = "witness";

fn toxicity(dice: &mut Dice) -> f64 {
    *dice.pick(&[1.0, 1.0, 1.0, 1.5, 0.9, 0.5, 0.2, 0.0, -1.0])
}
