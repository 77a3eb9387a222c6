//! What the requests half remembers of one connection.

use super::notes::{Expected, FromRequests};
use super::view::{ConnectionHttp, Protocol};
use crate::engine::{Note, Outlet};
use crate::protocol::http::{Rules, Skip};
use crate::protocol::http1::{BodyReader, HeadReader};
use crate::protocol::http2;

/// How many exchanges may be under way before the client has to wait.
const OUTSTANDING: u32 = 128;
/// How many bytes of answers of ours may wait for the client before no further request is read.
const HELD: usize = 256 * 1024;

/// What the requests half remembers of one connection.
#[derive(Debug, Default)]
pub struct Asking {
    pub(super) state: State,
    pub(super) reader: HeadReader,
    /// Requests so far.
    pub(super) number: u64,
    /// Exchanges that are not over.
    pub(super) outstanding: u32,
    /// Bytes of answers of ours that have not left yet.
    pub(super) held: usize,
    /// The next request is the one that the connection is joined with.
    pub(super) joins: bool,
    /// The upstream has ended, so nothing is decided any more.
    pub(super) closing: bool,
    protocol: Option<Protocol>,
    counted: bool,
}

/// Where in the stream of requests the next byte is.
#[derive(Debug)]
pub(super) enum State {
    /// A rule came when the connection was open, and where a request begins is not known. `may_begin`:
    /// the last bytes that moved came from the upstream, so that one may begin here.
    Unsynced { may_begin: bool },
    /// In a head, or where one begins.
    Head,
    /// In the body of a request.
    Body(Body),
    /// Behind a request after which the connection may carry something else.
    Settling,
    /// Behind an answer of ours that closes the connection. What the client still sends is dropped.
    Drain,
    /// Everything passes.
    Raw,
    /// The connection speaks HTTP/2.
    Http2(Box<http2::Requests>),
}

/// A request whose head has been handled.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) reader: BodyReader,
    /// The request was answered by us: the upstream does not see it.
    pub(super) swallowed: bool,
    /// What follows it.
    pub(super) then: Then,
}

/// What follows a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Head,
    Settling,
    Raw,
}

impl Default for State {
    fn default() -> Self {
        State::Unsynced { may_begin: false }
    }
}

impl From<Then> for State {
    fn from(then: Then) -> Self {
        match then {
            Then::Head => State::Head,
            Then::Settling => State::Settling,
            Then::Raw => State::Raw,
        }
    }
}

impl Asking {
    /// The state behind a request whose last byte has come. Its answer may have been there before, and
    /// no note tells of it again; answers to earlier requests do not say what the connection carries.
    pub(super) fn behind(&self, then: Then) -> State {
        match then {
            Then::Settling if self.closing => State::Raw,
            Then::Settling if self.outstanding == 0 => State::Head,
            then => then.into(),
        }
    }

    /// Whether the next request must wait until answers have left.
    pub(super) fn is_full(&self) -> bool {
        self.outstanding >= OUTSTANDING || self.held >= HELD
    }

    /// Tells the answers half what to expect next.
    pub(super) fn expect(&mut self, expected: Expected, out: &mut Outlet<'_>) {
        self.outstanding += 1;
        out.tell(Note::new(FromRequests::Expect(expected)));
    }

    /// The rest of the connection passes untouched.
    pub(super) fn step_aside(&mut self, protocol: Protocol, rules: &Rules, out: &mut Outlet<'_>) {
        out.tell(Note::new(FromRequests::Expect(Expected::Raw)));
        self.pass_all(protocol, rules, out);
    }

    /// The same, when the answers half knows it already.
    pub(super) fn pass_all(&mut self, protocol: Protocol, rules: &Rules, out: &mut Outlet<'_>) {
        match &mut self.state {
            // The upstream must not see the rest of a request that it has not seen the start of.
            State::Body(body) if body.swallowed => body.then = Then::Raw,
            State::Drain | State::Http2(_) => {}
            state => *state = State::Raw,
        }
        match protocol {
            Protocol::Http1 | Protocol::Tunnel => {}
            Protocol::Http2 => self.count(Skip::Http2, rules, out),
            Protocol::Unsynced => self.count(Skip::Unsynced, rules, out),
            Protocol::Unasked => self.count(Skip::NotHttp, rules, out),
            Protocol::Opaque(refusal) => self.count(refusal.skip(), rules, out),
        }
        self.show(protocol, out);
    }

    /// Counts the connection as skipped, once for the proxy and for each toxic that would look at it.
    pub(super) fn count(&mut self, skip: Skip, rules: &Rules, out: &Outlet<'_>) {
        if std::mem::replace(&mut self.counted, true) {
            return;
        }
        rules.counts.count_skip(skip);
        let identity = out.identity();
        for rule in &rules.rules {
            if rule.toxic.scope.covers(identity) {
                rule.counts.count_skip(skip);
            }
        }
    }

    /// Shows what the connection carries now.
    pub(super) fn show(&mut self, protocol: Protocol, out: &Outlet<'_>) {
        self.protocol = Some(protocol);
        let view = ConnectionHttp {
            protocol: self.protocol,
            requests: self.number,
        };
        out.publish(view.packed());
    }
}
