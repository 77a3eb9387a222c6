//! `limit_data` closes the connection after a number of bytes.

use crate::engine::{Chunk, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::end::End;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Closes the connection once `bytes` bytes have passed. With 0, the first data closes it and does
/// not pass.
#[derive(Debug)]
pub struct LimitData {
    bytes: u64,
    end: End,
}

impl ToxicKind for LimitData {
    const NAME: &'static str = "limit_data";
    const ABOUT: &'static str = "Closes the connection after so many bytes.";
    const DETAILS: &'static str = "Closes the connection once `bytes` bytes have passed in the toxic's direction on that \
        connection. With 0, the default, the first data closes it, and none passes; without data \
        it stays open. `end` chooses how it closes: `fin` (both sides, the default), `rst` (both \
        sides are reset once the receiver's system has acknowledged the bytes) or `half` (the \
        receiver gets FIN; the other direction stays open, and what the sender still sends is \
        dropped).";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::lenient("bytes", "bytes")
                .about("how many pass, counted from when the toxic met the connection")
                .example(10_000),
            End::attribute(),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(LimitData {
            bytes: values.count("bytes"),
            end: End::of(values),
        })
    }
}

impl Toxic for LimitData {
    /// The number of bytes that have passed.
    type Memory = u64;

    fn on_data(&self, passed: &mut u64, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let left = self.bytes.saturating_sub(*passed);
        let part = chunk.split_to(usize::try_from(left).unwrap_or(usize::MAX));
        *passed += part.bytes.len() as u64;
        if !part.bytes.is_empty() {
            out.send(part);
        }
        if *passed >= self.bytes {
            out.end(self.end.after_bytes());
        }
    }
}
