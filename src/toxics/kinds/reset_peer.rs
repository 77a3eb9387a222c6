//! `reset_peer` sends RST instead of passing data on.

use std::time::Duration;

use crate::engine::{Chunk, ConnectFault, DrawKey, Ending, Moment, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Resets the connection on both sides, `timeout` ms after the first data or end on its link. Data
/// that arrives before the reset is kept, and flows if the toxic is removed in time.
#[derive(Debug)]
pub struct ResetPeer {
    timeout: Duration,
}

impl ToxicKind for ResetPeer {
    const NAME: &'static str = "reset_peer";
    const ABOUT: &'static str = "Resets the connection (TCP RST) when data or the end comes.";
    const DETAILS: &'static str = "Resets the connection (RST to both peers) `timeout` ms after the first data, or the end \
        of the stream, arrived in the toxic's direction; until such an arrival nothing happens. \
        Data that arrives meanwhile is kept; removing the toxic before the time is up calls the \
        reset off and lets that data flow. In the phase `connect` the client is reset `timeout` ms \
        after it was accepted, and the upstream is not dialled.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::lenient("timeout", "ms")
                .about("how long after the first data or end")
                .example(2000),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(ResetPeer {
            timeout: values.millis("timeout"),
        })
    }
}

impl ResetPeer {
    fn trigger(&self, first: &mut Option<Moment>, out: &mut Outlet<'_>) {
        let first = *first.get_or_insert(out.event_time());
        out.set_timer(first + self.timeout);
    }
}

impl Toxic for ResetPeer {
    /// When the first data or end arrived.
    type Memory = Option<Moment>;

    fn on_connect(&self, _: DrawKey, _: Moment) -> Option<ConnectFault> {
        Some(ConnectFault::Reset(self.timeout))
    }

    fn on_attach(&self, first: &mut Option<Moment>, _: &mut Outlet<'_>) {
        *first = None;
    }

    fn on_data(&self, first: &mut Option<Moment>, chunk: Chunk, out: &mut Outlet<'_>) {
        self.trigger(first, out);
        out.hold_for_retry(chunk);
    }

    fn on_end(&self, first: &mut Option<Moment>, ending: Ending, out: &mut Outlet<'_>) {
        self.trigger(first, out);
        out.hold_end(ending);
    }

    fn on_timer(&self, _: &mut Option<Moment>, out: &mut Outlet<'_>) {
        out.discard();
        out.end(Ending::Reset);
    }
}
