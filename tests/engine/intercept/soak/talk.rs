//! A client and an upstream that talk through the two pipelines, in random cuts.

use aconite::engine::Direction::{Downstream, Upstream};
use aconite::engine::sim::{Duplex, Out, Sim};
use aconite::engine::{Direction, Ending, Note, UpstreamUnreachable};

use super::Dice;
use super::history::History;
use super::message::{self, Message};
use super::script::{Request, reply};
use crate::harness::site::INTERCEPTOR;

/// What one peer has received, and what it still has to send.
#[derive(Default)]
pub struct Peer {
    seen: usize,
    pub unread: Vec<u8>,
    unsent: Vec<u8>,
    pub ending: Option<Ending>,
    pub finished: bool,
}

impl Peer {
    fn receive(&mut self, sim: &Sim) {
        for (_, out) in &sim.log[self.seen..] {
            match out {
                Out::Data(bytes) => self.unread.extend_from_slice(bytes),
                Out::End(ending) => self.ending = Some(*ending),
            }
        }
        self.seen = sim.log.len();
    }

    fn send(&mut self, duplex: &mut Duplex, direction: Direction, size: usize) {
        let pipeline = &direction.pick(&duplex.up, &duplex.down).pipeline;
        if pipeline.has_room() && !self.unsent.is_empty() {
            let size = size.min(self.unsent.len());
            let part: Vec<u8> = self.unsent.drain(..size).collect();
            duplex.push(direction, part);
        }
    }

    pub fn has_more(&self) -> bool {
        !self.unsent.is_empty()
    }

    fn finish(&mut self, duplex: &mut Duplex, direction: Direction, ending: Ending) {
        if !std::mem::replace(&mut self.finished, true) {
            self.unsent.clear();
            duplex.finish(direction, ending);
        }
    }
}

/// A conversation under way.
pub struct Talk {
    pub dice: Dice,
    pub history: History,
    pub duplex: Duplex,
    pub requests: Vec<Request>,
    pub client: Peer,
    pub upstream: Peer,
    pub step: u64,
    /// When the client began each request.
    pub begun: Vec<u64>,
    /// The upstream has said that the client may send the body of the latest request.
    continued: bool,
    /// What the client waits to send until then.
    withheld: Vec<u8>,
    pub answers: Vec<Message>,
    /// What has reached the upstream: numbers and bytes.
    pub asked: Vec<(usize, Vec<u8>)>,
    /// The head of the request that is coming has been handled.
    head_read: bool,
    /// The client does not send a request before it has the answer to the previous one.
    pub sequential: bool,
    pub half_closes: bool,
    /// The last rule went when an answer of a rule may have been owed. The cut that follows waits for
    /// what is before it in slow toxics.
    pub may_be_cut: bool,
    pub unreachable: bool,
}

impl Talk {
    pub fn new(dice: Dice, history: History, requests: Vec<Request>) -> Self {
        Talk {
            dice,
            duplex: Duplex::new(&history.plan()),
            sequential: history.is_empty(),
            history,
            requests,
            client: Peer::default(),
            upstream: Peer::default(),
            step: 0,
            begun: Vec::new(),
            continued: false,
            withheld: Vec::new(),
            answers: Vec::new(),
            asked: Vec::new(),
            head_read: false,
            half_closes: false,
            may_be_cut: false,
            unreachable: false,
        }
    }

    /// Requests that the client has begun and has no whole answer to.
    pub fn outstanding(&self) -> usize {
        self.begun.len() - self.answers.len()
    }

    fn size(&mut self) -> usize {
        1 + self.dice.up_to_one_of(&[0, 3, 60, 800, 40_000]) as usize
    }

    pub fn client_acts(&mut self) {
        if self.client.unsent.is_empty() {
            self.begin_next();
        }
        let size = self.size();
        self.client.send(&mut self.duplex, Upstream, size);
        let sent = self.begun.len() == self.requests.len() && self.has_sent();
        if self.half_closes && sent {
            self.client.finish(&mut self.duplex, Upstream, Ending::Eof);
        }
    }

    pub fn has_sent(&self) -> bool {
        self.client.unsent.is_empty() && self.withheld.is_empty()
    }

    /// Changes whenever something has been sent or has come.
    pub fn moved(&self) -> [usize; 5] {
        let Talk {
            client,
            upstream,
            duplex,
            ..
        } = self;
        let logs = [&duplex.up.log, &duplex.down.log].map(Vec::len);
        let [up, down] = logs;
        [
            up,
            down,
            self.begun.len(),
            client.unsent.len(),
            upstream.unsent.len(),
        ]
    }

    fn begin_next(&mut self) {
        if !self.withheld.is_empty() {
            if self.continued {
                self.client.unsent = std::mem::take(&mut self.withheld);
            }
            return;
        }
        let most = match self.sequential {
            true => 1,
            false => self.dice.between(1, 4) as usize,
        };
        while self.outstanding() < most.max(1) || !self.sequential && self.client.unsent.is_empty()
        {
            let Some(request) = self.requests.get(self.begun.len()) else {
                return;
            };
            self.begun.push(self.step);
            self.client.unsent.extend(&request.bytes[..request.first]);
            self.withheld = request.bytes[request.first..].to_vec();
            self.continued = false;
            if !self.withheld.is_empty() {
                return;
            }
        }
    }

    pub fn client_reads(&mut self) {
        self.client.receive(&self.duplex.down);
        while !self.client.unread.is_empty() {
            let number = self.answers.len();
            assert!(
                number < self.begun.len(),
                "{:?} answers no request",
                self.unread()
            );
            let request = &self.requests[number];
            let ended = self.client.ending.is_some();
            let Some(answer) = message::answer(&self.client.unread, request.method, ended) else {
                return;
            };
            let bytes: Vec<u8> = self.client.unread.drain(..answer.len).collect();
            if answer.status < 200 {
                assert!(
                    request.expects() && number + 1 == self.begun.len(),
                    "{answer:?}"
                );
                self.continued = true;
                continue;
            }
            self.judge_answer(&answer, &bytes);
            self.answers.push(answer);
        }
    }

    pub fn unread(&self) -> String {
        self.client.unread.escape_ascii().to_string()
    }

    pub fn upstream_reads(&mut self) {
        self.upstream.receive(&self.duplex.up);
        while let Some((asked, is_whole)) = message::request(&self.upstream.unread) {
            let number = asked.number().expect("a number");
            let request = self.requests[number].clone();
            let answers_now = !self.head_read && (request.early || request.expects());
            self.head_read = true;
            if answers_now && request.early {
                self.reply(&request);
            } else if answers_now && !self.unreachable {
                self.upstream
                    .unsent
                    .extend(b"HTTP/1.1 100 Continue\r\n\r\n");
            }
            if !is_whole {
                return;
            }
            let (whole, _) = message::request(&self.upstream.unread).unwrap();
            let bytes: Vec<u8> = self.upstream.unread.drain(..whole.len).collect();
            self.judge_request(&request, &whole, &bytes);
            self.asked.push((number, bytes));
            self.head_read = false;
            if !request.early {
                self.reply(&request);
            }
        }
    }

    fn reply(&mut self, request: &Request) {
        if !self.unreachable && !self.upstream.finished {
            self.upstream.unsent.extend(reply(request).bytes);
        }
    }

    pub fn upstream_acts(&mut self) {
        let size = self.size();
        self.upstream.send(&mut self.duplex, Downstream, size);
        let last = self
            .asked
            .last()
            .is_some_and(|(number, _)| self.requests[*number].closes);
        let client_ended = self.upstream.ending.is_some() && !self.unreachable;
        if self.upstream.unsent.is_empty() && (last || client_ended) {
            self.upstream
                .finish(&mut self.duplex, Downstream, Ending::Eof);
        }
    }

    pub fn upstream_dies(&mut self, ending: Ending) {
        self.upstream.finish(&mut self.duplex, Downstream, ending);
    }

    pub fn upstream_is_unreachable(&mut self) {
        let note = Note::new(UpstreamUnreachable {
            upstream: "a:1".to_owned(),
            reason: "connection refused".to_owned(),
        });
        let now = self.duplex.now();
        assert!(self.duplex.up.pipeline.inform(INTERCEPTOR, note, now));
        self.duplex.settle();
    }

    pub fn adopt(&mut self) {
        self.duplex.adopt(&self.history.plan());
    }

    /// Nothing more can happen on the connection.
    pub fn is_over(&self) -> bool {
        let closes = |peer: &Peer| {
            matches!(
                peer.ending,
                Some(Ending::Close | Ending::Cut | Ending::Reset)
            )
        };
        closes(&self.upstream) || self.client.ending.is_some()
    }
}
