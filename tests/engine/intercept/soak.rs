//! A seeded soak of the interceptor for HTTP/1.1: a client and an upstream talk in random cuts while
//! rules are added, changed and removed in the middle of heads, bodies and answers.
//!
//! A parser of its own frames what both get. Each answer must be whole, in order, and the upstream's or
//! one that a rule in force gives; each request must reach the upstream as it was sent or not at all.
//!
//! `SEED=n` repeats one round of each test. `ROUNDS=n` sets the number of rounds.

mod history;
mod judge;
mod message;
mod script;
mod talk;

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::Ending;

use crate::harness::dice::Dice;
use crate::virtual_soak::soak;
use history::History;
use message::Message;
use talk::Talk;

/// Bytes that may wait within both pipelines, with a charge for each piece, and many small ones.
const MOST_QUEUED: usize = 4 * 1024 * 1024;

fn begin(seed: u64, rules: u64) -> Talk {
    let mut dice = Dice::new(seed);
    let mut history = History::new(seed);
    for _ in 0..rules {
        history.add(&mut dice, 0);
    }
    let requests = script::requests(&mut dice);
    let mut talk = Talk::new(dice, history, requests);
    talk.step = 1;
    talk
}

impl Talk {
    /// One thing happens.
    fn random_step(&mut self, changes: bool) {
        self.step += 1;
        match self.dice.below(16) {
            0..5 => self.client_acts(),
            5..10 => self.upstream_acts(),
            10 => {
                let ms = self.dice.up_to_one_of(&[1, 30, 2000]);
                self.duplex.run_ms(ms);
            }
            11 => {
                let room = !self.dice.one_in(3);
                let direction = *self.dice.pick(&[Upstream, Downstream]);
                self.duplex.set_room(direction, room);
            }
            _ if changes => self.change_rules(),
            _ => {}
        }
        self.follow();
    }

    /// The peers read what has come.
    fn follow(&mut self) {
        self.upstream_reads();
        self.client_reads();
        let queued = self.duplex.up.pipeline.queued() + self.duplex.down.pipeline.queued();
        assert!(queued <= MOST_QUEUED, "{queued} bytes wait");
        if self.is_over() {
            self.judge_end();
        }
    }

    fn change_rules(&mut self) {
        let had_rules = !self.history.is_empty();
        // A connection on which several answers are under way cannot be joined.
        let may_add = had_rules || self.outstanding() <= 1;
        let (dice, history, step) = (&mut self.dice, &mut self.history, self.step);
        match dice.below(12) {
            0..4 if may_add => history.add(dice, step),
            4..6 => history.remove(dice, step),
            6..9 => history.change(dice, step),
            9 if dice.one_in(3) => history.clear(step),
            _ => history.change_network(dice),
        }
        if self.unreachable && self.history.is_empty() {
            self.history.add(&mut self.dice, self.step);
        }
        let is_empty = self.history.is_empty();
        self.sequential |= is_empty;
        self.may_be_cut |= had_rules && is_empty && self.may_owe();
        self.adopt();
    }

    /// Everything is sent and read, until nothing moves.
    fn run_out(&mut self) {
        for direction in [Upstream, Downstream] {
            self.duplex.set_room(direction, true);
        }
        let mut idle = 0;
        while idle < 20 && !self.is_over() {
            let before = self.moved();
            self.step += 1;
            self.client_acts();
            self.upstream_acts();
            self.duplex.run_ms(if idle > 3 { 60_000 } else { 20 });
            self.follow();
            idle = if before == self.moved() { idle + 1 } else { 0 };
            assert!(self.step < 100_000, "hangs");
        }
    }

    fn assert_complete(&self) {
        let (answers, requests) = (self.answers.len(), self.requests.len());
        assert_eq!((answers, self.unread()), (requests, String::new()), "hangs");
        assert!(self.has_sent(), "a request has not been taken");
        assert!(self.upstream.unread.is_empty());
    }
}

#[test]
fn whatever_rules_change_each_exchange_is_whole_or_cut_as_asked() {
    soak(400, |seed| {
        let rules = Dice::new(seed).below(5);
        let mut talk = begin(seed, rules);
        talk.half_closes = talk.dice.one_in(4);
        for _ in 0..talk.dice.between(20, 150) {
            if !talk.is_over() {
                talk.random_step(true);
            }
        }
        talk.run_out();
        if !talk.is_over() {
            talk.assert_complete();
        }
    });
}

#[test]
fn an_upstream_that_ends_at_any_time_leaves_only_whole_answers_and_its_own_start_of_one() {
    soak(150, |seed| {
        let mut talk = begin(seed, 3);
        // A part of an answer without a length is taken for the whole of it.
        talk.requests.retain(|request| request.shape != "endless");
        let dies = talk.dice.below(40);
        let ending = *talk.dice.pick(&[Ending::Eof, Ending::Reset]);
        for step in 0..talk.dice.between(20, 80) {
            if step == dies {
                talk.upstream_dies(ending);
            }
            if !talk.is_over() {
                talk.random_step(true);
            }
        }
        talk.upstream_dies(ending);
        talk.run_out();
        assert!(talk.is_over(), "hangs");
    });
}

#[test]
fn without_an_upstream_each_request_is_answered_whatever_rules_change() {
    soak(150, |seed| {
        let mut talk = begin(seed, 2);
        talk.unreachable = true;
        talk.half_closes = talk.dice.one_in(4);
        let dies = talk.dice.below(30);
        for step in 0..talk.dice.between(30, 80) {
            if step == dies {
                talk.upstream_is_unreachable();
            }
            if !talk.is_over() {
                talk.random_step(true);
            }
        }
        talk.run_out();
        if !talk.is_over() {
            talk.assert_complete();
        }
    });
}

/// What the peers got, apart from times.
fn outcome(talk: &Talk) -> (Vec<Message>, Vec<(usize, Vec<u8>)>) {
    let mut answers = talk.answers.clone();
    for answer in &mut answers {
        answer.fields.retain(|(name, _)| name != "retry-after");
        // The cuts of a body that is sent anew in chunks are not decided.
        answer.len = 0;
    }
    (answers, talk.asked.clone())
}

#[test]
fn the_same_seed_and_other_cuts_give_the_same_exchanges() {
    soak(150, |seed| {
        let run = |cuts: u64| {
            let mut talk = begin(seed, 4);
            if talk.history.counts_time() {
                return Default::default();
            }
            talk.dice = Dice::new(seed ^ cuts << 32);
            for _ in 0..100 {
                if !talk.is_over() {
                    talk.random_step(false);
                }
            }
            talk.run_out();
            outcome(&talk)
        };
        let (first, second) = (run(1), run(2));
        for (first, second) in first.0.iter().zip(&second.0) {
            assert_eq!(first, second);
        }
        assert_eq!(first.0.len(), second.0.len());
        let closed_early = first
            .0
            .last()
            .is_some_and(|last| last.closes() && last.number().is_some());
        // Requests behind such an answer may have been on their way.
        if !closed_early {
            assert_eq!(first.1, second.1);
        }
    });
}
