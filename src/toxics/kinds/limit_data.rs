//! `limit_data` closes the connection after a number of bytes.

use crate::engine::{Chunk, Ending, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Closes the connection once `bytes` bytes have passed. With 0, the first data closes it and does
/// not pass.
#[derive(Debug)]
pub struct LimitData {
    bytes: u64,
}

impl ToxicKind for LimitData {
    const NAME: &'static str = "limit_data";
    const ABOUT: &'static str = "Closes the connection after so many bytes.";
    const DETAILS: &'static str = "Closes the connection once `bytes` bytes have passed in the toxic's direction on that \
        connection. With 0, the default, the first data closes it, and none passes; without data \
        it stays open.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::lenient("bytes", "bytes")
                .about("how many pass, counted from when the toxic met the connection")
                .example(10_000),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(LimitData {
            bytes: values.count("bytes"),
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
            out.end(Ending::Close);
        }
    }
}
