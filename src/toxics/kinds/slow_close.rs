//! `slow_close` delays the end of the stream.

use crate::engine::{Chunk, Ending, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Delays the end of the stream by `delay` ms; data is not delayed.
#[derive(Debug)]
pub struct SlowClose {
    delay: std::time::Duration,
}

impl ToxicKind for SlowClose {
    const NAME: &'static str = "slow_close";
    const ABOUT: &'static str = "Delays the closing of the connection.";
    const DETAILS: &'static str =
        "Passes data at once and holds back the end of the stream for `delay` ms.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::lenient("delay", "ms")
                .about("how late the end is passed on")
                .example(1000),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(SlowClose {
            delay: values.millis("delay"),
        })
    }
}

impl Toxic for SlowClose {
    type Memory = ();

    fn inspects_data(&self) -> bool {
        false
    }

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }

    fn on_end(&self, (): &mut (), ending: Ending, out: &mut Outlet<'_>) {
        out.end_at(out.event_time() + self.delay, ending);
    }
}
