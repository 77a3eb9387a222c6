//! `limit_data` closes the connection after a number of bytes.

use crate::engine::{Chunk, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::cut::Cut;
use crate::toxics::end::End;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Closes the connection once `bytes` bytes have passed. With 0, the first data closes it and does
/// not pass.
#[derive(Debug)]
pub struct LimitData {
    bytes: u64,
    cut: Option<Cut>,
    end: End,
}

impl ToxicKind for LimitData {
    const NAME: &'static str = "limit_data";
    const ABOUT: &'static str = "Closes the connection after so many bytes.";
    const DETAILS: &'static str = "Closes the connection once `bytes` bytes have passed in the toxic's direction on that \
        connection. With 0, the default, the first data closes it, and none passes; without data \
        it stays open. `cut` closes inside a message instead: with `framing` one of the protocol, \
        otherwise a turn of the conversation, counted from when the toxic met the connection; \
        `bytes` 0 then stands for no other limit. `end` chooses how it closes: `fin` (both sides, the default), `rst` (both \
        sides are reset once the receiver's system has acknowledged the bytes) or `half` (the \
        receiver gets FIN; the other direction stays open, and what the sender still sends is \
        dropped). With `match.http`, `message` ends the answer as if it were whole.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::lenient("bytes", "bytes")
                .about("how many pass, counted from when the toxic began to act on the connection")
                .example(10_000),
            Cut::attribute(),
            End::attribute_of_message(),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(LimitData {
            bytes: values.count("bytes"),
            cut: Cut::of(values)?,
            end: End::of(values),
        })
    }
}

impl LimitData {
    /// How many bytes may still pass. With `cut`, 0 bytes stand for no limit of bytes.
    fn bytes_left(&self, passed: u64, chunk: &Chunk, out: &Outlet<'_>) -> u64 {
        let of_bytes = match self.cut.is_some() && self.bytes == 0 {
            true => u64::MAX,
            false => self.bytes.saturating_sub(passed),
        };
        let place = self.cut.zip(out.message());
        let of_cut = place.and_then(|(cut, message)| cut.bytes_left(message, chunk.offset));
        of_bytes.min(of_cut.unwrap_or(u64::MAX))
    }
}

impl Toxic for LimitData {
    /// The number of bytes that have passed.
    type Memory = u64;

    fn wants_messages(&self) -> bool {
        self.cut.is_some()
    }

    fn on_data(&self, passed: &mut u64, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let left = self.bytes_left(*passed, &chunk, out);
        let part = chunk.split_to(usize::try_from(left).unwrap_or(usize::MAX));
        let size = part.bytes.len() as u64;
        *passed += size;
        if !part.bytes.is_empty() {
            out.send(part);
        }
        if size == left {
            out.end(self.end.after_bytes());
        }
    }
}
