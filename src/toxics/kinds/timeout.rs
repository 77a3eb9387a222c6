//! `timeout` drops all data, and cuts the connection after a time.

use std::time::Duration;

use crate::engine::{Chunk, ConnectFault, DrawKey, Ending, Moment, Outlet, Silence, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::attribute::Type;
use crate::toxics::end::End;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::phase::acts_at_connect;
use crate::toxics::values::Values;

/// Drops all data and cuts the connection `timeout` ms after the toxic began to apply to it; 0
/// never cuts. Removing the toxic closes the connections of its proxy, because clients rely on
/// that.
///
/// With `hold`, nothing is dropped: the link stops reading, so the sender sees a closed window, and
/// the data flows when the toxic is removed.
#[derive(Debug)]
pub struct Timeout {
    timeout: Duration,
    hold: bool,
    end: End,
}

impl ToxicKind for Timeout {
    const NAME: &'static str = "timeout";
    const ABOUT: &'static str = "Drops all data, and closes the connection after a time.";
    const DETAILS: &'static str = "Lets no data through: what arrives is dropped. The connection is closed on both sides \
        `timeout` ms after the toxic met it, whether data came or not. With `timeout` 0 it is \
        held, and its data dropped, until the toxic is removed. Removing the toxic closes the \
        connections of its proxy, those that its toxicity spared included. A peer's own close is \
        passed on at once. With `hold`, data and a peer's close are kept instead of dropped: the \
        proxy stops reading, the sender sees a closed window, and everything flows on when the \
        toxic is removed. `end` chooses how the connection closes when the time is up: `fin` (both \
        sides, the default), `rst` (both sides are reset) or `half` (the receiver gets FIN, the \
        other direction stays open). In the phase `connect` the upstream is not dialled, and the \
        client is left without an answer for that time; its own close ends the connection.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::lenient("timeout", "ms")
                .about("when to close, from when the toxic met the connection; 0 holds it until the toxic goes")
                .example(1000),
            Attribute::new("hold", Type::Boolean)
                .default(false)
                .beside()
                .about("stop reading instead of dropping, so that the data flows when the toxic goes")
                .example(true),
            End::attribute(),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        let end = End::of(values);
        if end == End::Half && acts_at_connect(values) {
            let problem =
                "is \"half\", but phase is \"connect\", when there is no other direction yet";
            return Err(AttributeError::conflict("end", problem));
        }
        Ok(Timeout {
            timeout: values.millis("timeout"),
            hold: values.boolean("hold"),
            end,
        })
    }
}

impl Timeout {
    fn arm(&self, met: Moment, out: &mut Outlet<'_>) {
        if self.timeout.is_zero() {
            out.clear_timer();
        } else {
            out.set_timer(met + self.timeout);
        }
    }
}

impl Toxic for Timeout {
    /// When the toxic began to apply to the connection.
    type Memory = Moment;

    fn on_connect(&self, _: DrawKey, _: Moment) -> Option<ConnectFault> {
        Some(ConnectFault::Silence(Silence {
            time: Some(self.timeout).filter(|time| !time.is_zero()),
            resets: self.end == End::Rst,
            holds: self.hold,
        }))
    }

    fn on_attach(&self, met: &mut Moment, out: &mut Outlet<'_>) {
        *met = out.event_time();
        self.arm(*met, out);
    }

    fn on_revise(&self, met: &mut Moment, out: &mut Outlet<'_>) {
        self.arm(*met, out);
    }

    fn on_data(&self, _: &mut Moment, chunk: Chunk, out: &mut Outlet<'_>) {
        if self.hold {
            out.hold_for_retry(chunk);
        }
    }

    fn on_end(&self, _: &mut Moment, ending: Ending, out: &mut Outlet<'_>) {
        // An interrupted network delivers no FIN either.
        match self.hold && ending == Ending::Eof {
            true => out.hold_end(ending),
            false => out.end(ending),
        }
    }

    fn on_timer(&self, _: &mut Moment, out: &mut Outlet<'_>) {
        out.discard();
        out.end(self.end.at_once());
    }

    fn on_detach(&self, _: &mut Moment, out: &mut Outlet<'_>) {
        if !self.hold {
            out.end(Ending::Cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Direction, DrawKey, Pipeline, Plan, PlannedToxic, Step};

    #[test]
    fn bytes_that_came_under_it_are_dropped_though_it_goes_at_once() {
        let timeout = Timeout {
            timeout: Duration::ZERO,
            hold: false,
            end: End::Fin,
        };
        let without = Plan::default();
        let mut plan = without.clone();
        let toxic = PlannedToxic::new(1, "timeout", DrawKey::of_seed(1), Arc::new(timeout));
        plan.downstream.push(toxic.into());
        let now = Moment::ORIGIN;
        let mut pipeline = Pipeline::new(&plan, Direction::Downstream, 1, now);
        pipeline.push("lost".into(), now);
        // The link may be told of the removal before it has polled.
        pipeline.adopt(&without, now);
        assert_eq!(pipeline.poll(now, true), Step::End(Ending::Cut));
    }
}
