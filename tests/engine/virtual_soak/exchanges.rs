//! An interceptor that answers some requests itself, with toxics in both directions: nothing is
//! lost or reordered, and a toxic acts only on what is marked for it.

use std::sync::Arc;
use std::time::Duration;

use aconite::engine::sim::{Duplex, Out};
use aconite::engine::{Direction, DrawKey, Ending, Moment, Plan};
use proptest::prelude::*;

use super::soak;
use crate::harness::book::Book;
use crate::harness::dice::Dice;
use crate::harness::line_responder::line_responder;
use Direction::{Downstream, Upstream};

/// The first toxic of a book, for which answers to lines that end in `!` are marked.
const MARKED: u64 = 1;

fn with_interceptor(down: &Book) -> Plan {
    Plan {
        interceptor: Some(line_responder(DrawKey::of_seed(1), MARKED)),
        ..down.plan().clone()
    }
}

/// A plan whose one toxic, downstream, looks only at marked chunks.
fn marked(kind: &str, attributes: &[(&str, i64)], toxicity: f64) -> (Book, Plan) {
    let mut book = Book::new(1);
    book.add("marked", kind, attributes, toxicity);
    book.planned("marked").marked = true;
    let plan = with_interceptor(&book);
    (book, plan)
}

fn without_toxics() -> Plan {
    with_interceptor(&Book::new(1))
}

#[test]
fn an_answer_meets_the_toxics_on_the_way_to_the_client() {
    let mut book = Book::new(1);
    book.add("slow", "latency", &[("latency", 100)], 1.0);
    let mut duplex = Duplex::new(&with_interceptor(&book));
    duplex.push(Upstream, "PING\nhello\n").run_ms(10);
    duplex.push(Downstream, "re:hello\n").run_ms(1000);
    assert_eq!(duplex.up.transcript(), "0: hello\\n\n");
    assert_eq!(duplex.down.transcript(), "100: PONG\\n\n110: re:hello\\n\n");
}

#[test]
fn an_answer_waits_for_the_answers_to_earlier_requests() {
    let mut duplex = Duplex::new(&without_toxics());
    duplex.push(Upstream, "one\nPING\ntwo\n").run_ms(50);
    assert_eq!(duplex.down.transcript(), "");
    duplex.push(Downstream, "re:one\nre:").run_ms(50);
    duplex.push(Downstream, "two\n");
    let expected = "50: re:one\\n\n50: PONG\\n\n50: re:\n100: two\\n\n";
    assert_eq!(duplex.down.transcript(), expected);
}

#[test]
fn only_marked_chunks_are_delayed_and_nothing_overtakes_them() {
    let (_, plan) = marked("latency", &[("latency", 100)], 1.0);
    let mut duplex = Duplex::new(&plan);
    duplex.push(Upstream, "PING a!\nPING b\n").run_ms(200);
    duplex.push(Upstream, "PING c\n").run_ms(200);
    let expected = "100: PONG a!\\n\n100: PONG b\\n\n200: PONG c\\n\n";
    assert_eq!(duplex.down.transcript(), expected);
}

#[test]
fn a_marked_toxic_begins_anew_with_each_exchange() {
    let (_, plan) = marked("limit_data", &[("bytes", 9)], 1.0);
    let mut duplex = Duplex::new(&plan);
    duplex.push(Upstream, "PING 1!\nPING 22\nPING 3!\n");
    duplex.push(Upstream, "PING 44!\nPING 5!\n");
    let expected = "0: PONG 1!\\n\n0: PONG 22\\n\n0: PONG 3!\\n\n0: PONG 44!\\n\n0: Close\n";
    assert_eq!(duplex.down.transcript(), expected);
}

#[test]
fn nothing_follows_what_a_marked_toxic_destroyed() {
    let (_, plan) = marked("timeout", &[("timeout", 100)], 1.0);
    let mut duplex = Duplex::new(&plan);
    duplex
        .push(Upstream, "PING 1\nPING 2!\nPING 3\n")
        .run_ms(50);
    duplex.push(Upstream, "PING 4!\n").run_ms(1000);
    assert_eq!(duplex.down.transcript(), "0: PONG 1\\n\n100: Cut\n");
}

#[test]
fn removing_a_marked_toxic_that_saw_no_exchange_changes_nothing() {
    let (mut book, plan) = marked("timeout", &[("timeout", 0)], 1.0);
    let mut duplex = Duplex::new(&plan);
    duplex.push(Upstream, "PING 1\n");
    book.update("marked", &[("timeout", 50)]);
    duplex.adopt(&with_interceptor(&book)).run_ms(100);
    book.remove("marked");
    duplex.adopt(&with_interceptor(&book)).run_ms(100);
    duplex.push(Upstream, "PING 2\n");
    assert_eq!(duplex.down.transcript(), "0: PONG 1\\n\n200: PONG 2\\n\n");
}

#[test]
fn each_exchange_has_a_draw_of_its_own_however_the_requests_are_cut() {
    let (book, plan) = marked("latency", &[("latency", 100)], 0.5);
    let toxic = &book.plan().downstream[0];
    let drawn: Vec<bool> = (1..=200)
        .map(|exchange| {
            toxic
                .applicability_to_exchange(1.into(), Downstream, exchange)
                .applies
        })
        .collect();
    let count = drawn.iter().filter(|applies| **applies).count();
    assert!((60..140).contains(&count), "{count} of 200");
    for size in [1, 3, 6] {
        let mut duplex = Duplex::new(&plan);
        for applies in &drawn {
            let came = duplex.now();
            for part in b"PING!\n".chunks(size) {
                duplex.push(Upstream, part);
            }
            duplex.run_ms(1000);
            let delay = duplex.down.log.last().unwrap().0.since(came);
            assert_eq!(delay.as_millis(), if *applies { 100 } else { 0 });
        }
        assert_eq!(duplex.down.log.len(), drawn.len());
    }
}

/// Without offsets of their own all answers would have the same jitter.
#[test]
fn answers_have_places_in_the_stream_however_the_requests_are_cut() {
    let mut book = Book::new(1);
    book.add("slow", "latency", &[("latency", 500), ("jitter", 500)], 1.0);
    let plan = with_interceptor(&book);
    let delays = |size: usize| -> Vec<Duration> {
        let mut duplex = Duplex::new(&plan);
        let delays = (0..20).map(|_| {
            let came = duplex.now();
            for part in b"PING\n".chunks(size) {
                duplex.push(Upstream, part);
            }
            duplex.run_ms(2000);
            duplex.down.log.last().unwrap().0.since(came)
        });
        delays.collect()
    };
    let whole = delays(5);
    assert_eq!(whole, delays(1));
    let mut different = whole.clone();
    different.sort();
    different.dedup();
    assert!(different.len() > 15, "{whole:?}");
}

#[test]
fn a_client_that_does_not_read_its_answers_cannot_go_on_asking() {
    let mut duplex = Duplex::new(&without_toxics());
    duplex.set_room(Downstream, false);
    let mut asked = 0;
    while duplex.up.pipeline.has_room() {
        duplex.push(Upstream, vec![b"PING\n".as_slice(); 1000].concat());
        asked += 1000;
        assert!(asked < 100_000, "requests without end");
    }
    let waiting = duplex.down.pipeline.queued();
    assert!(waiting < 1000, "{waiting} bytes of answers wait");
    duplex.set_room(Downstream, true);
    assert!(duplex.down.bytes() == b"PONG\n".repeat(asked));
}

#[test]
fn an_unfinished_line_leaves_when_the_client_ends() {
    let mut duplex = Duplex::new(&without_toxics());
    duplex.push(Upstream, "PING\nPI");
    assert_eq!(duplex.up.transcript(), "");
    duplex.finish(Upstream, Ending::Eof);
    assert_eq!(duplex.up.transcript(), "0: PI\n0: Eof\n");
    assert_eq!(duplex.down.transcript(), "0: PONG\\n\n");
}

#[test]
fn answers_that_wait_go_before_the_end_of_the_upstream_and_none_after_it() {
    let mut duplex = Duplex::new(&without_toxics());
    duplex.push(Upstream, "one\nPING 1\n");
    duplex.finish(Downstream, Ending::Eof);
    duplex.push(Upstream, "PING 2\n");
    assert_eq!(duplex.down.transcript(), "0: PONG 1\\n\n0: Eof\n");
    assert_eq!(duplex.up.transcript(), "0: one\\n\n0: PING 2\\n\n");
}

#[test]
fn a_note_that_must_arrive_and_finds_nobody_cuts_the_connection() {
    let mut plan = without_toxics();
    let halves = plan.interceptor.take().unwrap();
    plan.upstream.push(halves.upstream);
    let mut duplex = Duplex::new(&plan);
    duplex.push(Upstream, "hello\n");
    assert_eq!(duplex.up.transcript(), "0: hello\\n\n");
    duplex.push(Upstream, "PING\n");
    assert_eq!(duplex.up.transcript(), "0: hello\\n\n0: Cut\n");
    let culprit = duplex.up.pipeline.culprit().unwrap();
    assert_eq!(&**culprit, "line responder");
}

/// A client, a connection with toxics that are added, changed and removed, and an upstream that
/// answers each line that reaches it.
struct World {
    dice: Dice,
    up: Book,
    down: Book,
    intercepts: bool,
    revision: u64,
    duplex: Duplex,
    /// What the client has yet to send.
    unsent: Vec<u8>,
    /// How much of what left for the upstream has arrived there, the end of it that is no line yet,
    /// and the answers that it has yet to send.
    arrived: usize,
    unread: Vec<u8>,
    unanswered: Vec<u8>,
}

impl World {
    fn new(seed: u64, requests: &[String]) -> Self {
        let mut dice = Dice::new(seed);
        let books = [Upstream, Downstream].map(|direction| Book::towards(seed, direction));
        let [mut up, mut down] = books;
        for (index, book) in [&mut up, &mut down].into_iter().enumerate() {
            for number in 0..dice.below(3) {
                add_gentle(book, &mut dice, &format!("{index} {number}"));
            }
        }
        let mut world = World {
            dice,
            up,
            down,
            intercepts: true,
            revision: 0,
            duplex: Duplex::new(&Plan::default()),
            unsent: requests.concat().into_bytes(),
            arrived: 0,
            unread: Vec::new(),
            unanswered: Vec::new(),
        };
        world.duplex = Duplex::new(&world.plan());
        world
    }

    fn plan(&self) -> Plan {
        let mut interceptor = line_responder(DrawKey::of_seed(1), MARKED);
        for half in [&mut interceptor.upstream, &mut interceptor.downstream] {
            Arc::make_mut(half).revision = self.revision;
        }
        Plan {
            upstream: self.up.plan().upstream.clone(),
            downstream: self.down.plan().downstream.clone(),
            interceptor: self.intercepts.then_some(interceptor),
            ..Plan::default()
        }
    }

    fn step(&mut self) {
        match self.dice.below(20) {
            0..6 => self.ask(),
            6..11 => self.serve(),
            11..15 => {
                let most = *self.dice.pick(&[0, 1, 50, 1000]);
                let span = self.dice.between(0, most);
                self.duplex.run_ms(span);
            }
            15 => {
                let room = self.duplex.up.room;
                self.duplex.set_room(Upstream, !room);
            }
            16 => {
                let room = self.duplex.down.room;
                self.duplex.set_room(Downstream, !room);
            }
            _ => self.change(),
        }
    }

    /// The client sends something.
    fn ask(&mut self) {
        if self.duplex.up.pipeline.has_room() || self.dice.one_in(10) {
            let part = cut(&mut self.dice, &mut self.unsent);
            self.duplex.push(Upstream, part);
        }
    }

    /// The upstream reads. Returns whether it has answered everything.
    fn read(&mut self) -> bool {
        for (_, out) in &self.duplex.up.log[self.arrived..] {
            if let Out::Data(bytes) = out {
                self.unread.extend_from_slice(bytes);
            }
        }
        self.arrived = self.duplex.up.log.len();
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            self.unanswered.extend_from_slice(b"re:");
            self.unanswered.extend(self.unread.drain(..=end));
        }
        self.unanswered.is_empty()
    }

    /// The upstream reads, and sends something.
    fn serve(&mut self) {
        self.read();
        if self.duplex.down.pipeline.has_room() {
            let part = cut(&mut self.dice, &mut self.unanswered);
            self.duplex.push(Downstream, part);
        }
    }

    fn change(&mut self) {
        let name = format!("change {}", self.dice.below(4));
        let book = match self.dice.one_in(2) {
            true => &mut self.up,
            false => &mut self.down,
        };
        let known = book.rows().iter().any(|row| row.name == name);
        match self.dice.below(3) {
            0 => self.revision += 1,
            _ if known => book.remove(&name),
            _ => add_gentle(book, &mut self.dice, &name),
        }
        let plan = self.plan();
        self.duplex.adopt(&plan);
    }

    /// Everything is sent and answered, and both sides end.
    fn finish(&mut self) {
        self.duplex.set_room(Upstream, true);
        self.duplex.set_room(Downstream, true);
        for _ in 0..10_000 {
            self.duplex.run_ms(10_000);
            if self.unsent.is_empty() && self.unanswered.is_empty() {
                break;
            }
            self.ask();
            self.serve();
        }
        self.duplex.finish(Upstream, Ending::Eof).run_ms(1_000_000);
        for _ in 0..10_000 {
            self.duplex.run_ms(10_000);
            self.serve();
            if self.read() && self.duplex.up.pipeline.queued() == 0 {
                break;
            }
        }
        self.duplex.finish(Downstream, Ending::Eof);
        self.duplex.run_ms(1_000_000);
    }

    fn endings(&self) -> [Vec<Ending>; 2] {
        [&self.duplex.up, &self.duplex.down].map(|side| {
            let endings = side.log.iter().filter_map(|(_, out)| match out {
                Out::End(ending) => Some(*ending),
                Out::Data(_) => None,
            });
            endings.collect()
        })
    }
}

/// A toxic that neither ends a connection nor holds it for ever.
fn add_gentle(book: &mut Book, dice: &mut Dice, name: &str) {
    let (kind, attributes): (_, Vec<(&str, i64)>) = match dice.below(4) {
        0 => {
            let (latency, jitter) = (dice.below(400) as i64, dice.below(100) as i64);
            ("latency", vec![("latency", latency), ("jitter", jitter)])
        }
        1 => ("bandwidth", vec![("rate", *dice.pick(&[1, 10, 1000]))]),
        2 => {
            let average = *dice.pick(&[1, 7, 100]);
            let delay = dice.below(3000) as i64;
            ("slicer", vec![("average_size", average), ("delay", delay)])
        }
        _ => ("slow_close", vec![("delay", dice.below(500) as i64)]),
    };
    book.add(name, kind, &attributes, 1.0);
    let marked = dice.one_in(3);
    book.planned(name).marked = marked;
}

/// Removes some bytes from the front.
fn cut(dice: &mut Dice, bytes: &mut Vec<u8>) -> Vec<u8> {
    let most = *dice.pick(&[1, 5, 30, 500]);
    let size = (dice.between(1, most) as usize).min(bytes.len());
    bytes.drain(..size).collect()
}

fn requests(dice: &mut Dice) -> Vec<String> {
    let count = dice.between(1, 25);
    let requests = (0..count).map(|index| {
        let text = match dice.below(8) {
            0..4 => format!("PING {index}"),
            4 => "x".repeat(dice.below(300) as usize),
            _ => format!("get {index}"),
        };
        let mark = if dice.one_in(2) { "!" } else { "" };
        format!("{text}{mark}\n")
    });
    let mut requests: Vec<String> = requests.collect();
    if dice.one_in(3) {
        requests.push("PIN".to_owned());
    }
    requests
}

#[test]
fn every_request_is_answered_in_order_whatever_the_chunks_and_changes() {
    soak(200, |seed| {
        let mut dice = Dice::new(seed ^ 0xaaaa);
        let requests = requests(&mut dice);
        let mut world = World::new(seed, &requests);
        for _ in 0..dice.between(5, 120) {
            world.step();
        }
        world.finish();
        let (mut forwarded, mut answers) = (String::new(), String::new());
        for request in &requests {
            if request.starts_with("PING") {
                answers += &request.replace("PING", "PONG");
                continue;
            }
            forwarded += request;
            if request.ends_with('\n') {
                answers += &format!("re:{request}");
            }
        }
        let up = String::from_utf8(world.duplex.up.bytes()).unwrap();
        assert_eq!(up, forwarded);
        let down = String::from_utf8(world.duplex.down.bytes()).unwrap();
        assert_eq!(down, answers);
        assert_eq!(world.endings(), [vec![Ending::Eof], vec![Ending::Eof]]);
        assert_eq!(world.duplex.up.pipeline.queued(), 0);
        assert_eq!(world.duplex.down.pipeline.queued(), 0);
    });
}

#[test]
fn without_the_interceptor_the_rest_is_forwarded_or_the_connection_is_cut() {
    let cut_connections = std::cell::Cell::new(0);
    soak(200, |seed| {
        let mut dice = Dice::new(seed ^ 0xbbbb);
        let requests = requests(&mut dice);
        let mut world = World::new(seed, &requests);
        for _ in 0..dice.between(5, 60) {
            world.step();
        }
        world.intercepts = false;
        let plan = world.plan();
        world.duplex.adopt(&plan);
        world.finish();
        let down = String::from_utf8(world.duplex.down.bytes()).unwrap();
        let mut answers = down.split_inclusive('\n');
        let complete = requests.iter().filter(|request| request.ends_with('\n'));
        let is_cut = world.endings().concat().contains(&Ending::Cut);
        cut_connections.set(cut_connections.get() + u32::from(is_cut));
        for request in complete {
            let own = request.replace("PING", "PONG");
            let forwarded = format!("re:{request}");
            match answers.next() {
                Some(answer) if answer == own || answer == forwarded => {}
                Some(answer) if is_cut => assert!(
                    own.starts_with(answer) || forwarded.starts_with(answer),
                    "{answer:?} to {request:?}"
                ),
                None if is_cut => {}
                other => panic!("{other:?} to {request:?}"),
            }
        }
        assert_eq!(answers.next(), None);
    });
    // Most removals happen while no answer waits for its turn.
    assert!((1..100).contains(&cut_connections.get()) || std::env::var("SEED").is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// When an answer leaves depends only on when its request was complete.
    #[test]
    fn an_answer_leaves_a_latency_after_its_request_was_complete(
        latency in 0..500_i64,
        parts in prop::collection::vec((1..8_usize, 0..100_u64), 1..40),
    ) {
        let mut book = Book::new(1);
        book.add("slow", "latency", &[("latency", latency)], 1.0);
        let mut duplex = Duplex::new(&with_interceptor(&book));
        let text = b"PING\n".repeat(parts.iter().map(|(size, _)| size).sum::<usize>() / 5 + 1);
        let (mut sent, mut expected) = (0, Vec::new());
        for (size, pause) in parts {
            duplex.run_ms(pause);
            duplex.push(Upstream, text[sent..sent + size].to_vec());
            let complete = (sent + size) / 5 - sent / 5;
            let leaves = duplex.now() + Duration::from_millis(latency as u64);
            expected.extend(std::iter::repeat_n(leaves, complete));
            sent += size;
        }
        duplex.run_ms(1000);
        let left: Vec<Moment> = duplex.down.log.iter().map(|(at, _)| *at).collect();
        prop_assert_eq!(left, expected);
    }
}
