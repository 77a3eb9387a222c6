//! `limit_data`: so many bytes, then the end.

use super::{Attribute, AttributeError, Described, value};
use crate::engine::{Chunk, Ending, Outlet, Toxic};

/// Closes the connection when `bytes` bytes have passed. With 0 the first data closes it, and
/// none passes.
#[derive(Debug)]
pub struct LimitData {
    bytes: u64,
}

impl Described for LimitData {
    const NAME: &'static str = "limit_data";
    const ABOUT: &'static str = "Closes the connection after so many bytes.";
    const ATTRIBUTES: &'static [Attribute] = &[Attribute::lenient(
        "bytes",
        "bytes",
        "how many pass, counted from when the toxic met the connection",
    )];

    fn from_values(values: &[i64]) -> Result<Self, AttributeError> {
        Ok(LimitData {
            bytes: u64::try_from(value(values, 0)).unwrap_or(0),
        })
    }
}

impl Toxic for LimitData {
    /// Bytes that have passed.
    type Memory = u64;

    fn on_data(&self, passed: &mut u64, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let left = self.bytes.saturating_sub(*passed);
        let part = chunk.split_to(usize::try_from(left).unwrap_or(usize::MAX));
        *passed += part.bytes.len() as u64;
        if !part.bytes.is_empty() {
            out.send(part);
        }
        if *passed >= self.bytes {
            out.end(Ending::Close);
        }
    }
}
