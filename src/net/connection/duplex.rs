//! Runs both directions of a connection in one task, and reports their events to its `Lifecycle`.
//!
//! Must not know how a connection is dialled or how its sockets are closed.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::guard::ConnectionGuard;
use crate::engine::{Direction, Note, Pipeline, Plan};
use crate::net::clock::Wait;
use crate::net::connections::CloseMode;
use crate::net::context::LinkContext;
use crate::net::event::LinkEvent;
use crate::net::lifecycle::{Action, Input, Lifecycle, Phase, cause_of, opposite};
use crate::net::link::Link;
use crate::net::peer::Peer;
use crate::net::plans::Plans;
use crate::net::reason::Reason;

pub(super) struct Duplex<'a> {
    up: Link<'a>,
    down: Link<'a>,
    guard: &'a ConnectionGuard,
    lifecycle: Lifecycle,
    /// The system's error on the peer whose loss ended the connection.
    error: Option<io::Error>,
    /// Boxed, because most connections never need it, and unboxed it would enlarge all of them.
    orphan_limit: Option<Pin<Box<Wait<'a>>>>,
}

/// The state machine's input for a request to end the connection.
pub(super) fn ordered(mode: CloseMode) -> Input {
    match mode {
        CloseMode::Fin => Input::Close,
        CloseMode::Rst => Input::Abort,
    }
}

impl<'a> Duplex<'a> {
    pub(super) fn new(
        (client, upstream): (&'a Peer, &'a Peer),
        guard: &'a ConnectionGuard,
        (plan, plans): (&Plan, &Plans),
    ) -> Self {
        let (proxy, handle) = (guard.proxy(), guard.handle());
        let clock = proxy.clock();
        let link = |from, to, direction| {
            let context = LinkContext {
                from,
                to,
                flow: proxy.traffic.towards(direction),
                handle,
                clock,
            };
            let pipeline = Pipeline::new(plan, direction, handle.identity(), clock.now());
            Link::new(context, &proxy.budget, plans.clone(), pipeline)
        };
        Duplex {
            up: link(client, upstream, Direction::Upstream),
            down: link(upstream, client, Direction::Downstream),
            guard,
            lifecycle: Lifecycle::new(),
            error: None,
            orphan_limit: None,
        }
    }

    /// Runs both links until the connection carries no more data.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async function would hold its arguments twice"
    )]
    pub(super) fn run(&mut self, plans: &mut Plans) -> impl Future<Output = ()> + Send {
        async move {
            loop {
                // One future serves both links, and is created anew only when the plan changes.
                let mut changed = pin!(plans.changed());
                let over = poll_fn(|context| match self.poll(context) {
                    Poll::Ready(()) => Poll::Ready(true),
                    Poll::Pending => changed.as_mut().poll(context).map(|_| false),
                });
                if over.await {
                    return;
                }
            }
        }
    }

    /// Delivers a note to the upstream half of the interceptor, which has this id. The links must be
    /// polled after that. Returns whether it is there.
    pub(super) fn inform(&mut self, id: u64, note: Note) -> bool {
        self.up.inform(id, note)
    }

    /// Ends the connection with FIN.
    pub(super) fn stop(&mut self) {
        let _ = self.apply(Input::Stop, None);
    }

    /// Why the connection ended, for its watcher. Logs the system's error.
    pub(super) fn reason(&self) -> Reason {
        let toxic = self.up.culprit().or(self.down.culprit()).cloned();
        if let Some(error) = &self.error {
            tracing::debug!(connection = self.guard.handle().connection, client = %self.guard.handle().client,
                cause = ?self.lifecycle.cause(), %error, "a peer is lost");
        }
        Reason::of_end(self.lifecycle.cause(), toxic, self.error.as_ref())
    }

    /// Returns the connection's state machine, and frees its links.
    pub(super) fn into_lifecycle(self) -> Lifecycle {
        self.lifecycle
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(mode) = self.guard.handle().order(context.waker()) {
            return self.apply(ordered(mode), None);
        }
        let mut asleep = false;
        while !asleep {
            asleep = true;
            for direction in Direction::ALL {
                let state = self.lifecycle.state(direction);
                if !state.runs() {
                    continue;
                }
                let before = self.link(direction).pipeline.entered();
                let polled = self.link(direction).poll(state, context);
                if self.link(direction).pipeline.entered() != before {
                    self.link(opposite(direction)).pipeline.note_turn();
                }
                self.listen();
                if self.pass_notes(direction) {
                    asleep = false;
                }
                if let Poll::Ready(event) = polled {
                    asleep = false;
                    let LinkEvent { input, error } = event;
                    if self.apply(input, error).is_ready() {
                        return Poll::Ready(());
                    }
                }
            }
        }
        let limit = self.orphan_limit.as_mut();
        match limit.map(|limit| limit.as_mut().poll(context)) {
            Some(Poll::Ready(())) => self.apply(Input::OrphanLimit, None),
            Some(Poll::Pending) | None => Poll::Pending,
        }
    }

    /// Each direction learns of the other one's bytes before it processes its own next ones. What a
    /// direction has just adopted a plan for, it must learn too: how many bytes came before.
    fn listen(&mut self) {
        self.up.listen_to(&self.down);
        self.down.listen_to(&self.up);
    }

    /// Passes notes from one direction's toxics to the other's. Returns whether there were any.
    fn pass_notes(&mut self, from: Direction) -> bool {
        match from {
            Direction::Upstream => self.up.pass_notes(&mut self.down),
            Direction::Downstream => self.down.pass_notes(&mut self.up),
        }
    }

    fn link(&mut self, direction: Direction) -> &mut Link<'a> {
        direction.pick(&mut self.up, &mut self.down)
    }

    /// Reports an input to the state machine and performs the action it returns. Ready: the connection
    /// carries no more data.
    fn apply(&mut self, input: Input, error: Option<io::Error>) -> Poll<()> {
        let action = self
            .lifecycle
            .apply(input, self.guard.proxy().clock().now());
        if let Input::Link(direction, event) = input {
            // The cause of the end may be known before its error is.
            if self.error.is_none() && self.lifecycle.cause() == cause_of(direction, event) {
                self.error = error;
            }
            match action {
                Action::Nothing => {}
                Action::FinishPipeline(ending) => self.link(direction).finish(ending),
                Action::HalfClose => self.link(direction).half_close(),
            }
        }
        if let (Some(at), None) = (self.lifecycle.orphan_limit(), &self.orphan_limit) {
            self.orphan_limit = Some(Box::pin(self.guard.proxy().clock().wait_until(at)));
        }
        match self.lifecycle.phase() {
            Phase::Carrying => Poll::Pending,
            Phase::Delivering | Phase::Over(_) => Poll::Ready(()),
        }
    }
}
