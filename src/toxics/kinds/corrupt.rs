//! `corrupt` changes bytes.
//!
//! Which bytes are changed depends on their stream offsets alone. The stream is divided into blocks
//! of 64 KiB. In each, the gaps between changed bytes are drawn from the geometric distribution,
//! keyed by the block and the number of the gap. That is the same as one draw for each byte, and
//! costs one draw for each change.

#[cfg(test)]
mod tests;

use bytes::BytesMut;

use crate::engine::{Chunk, DrawKey, Outlet, Toxic};
use crate::toxics::attribute::{Attribute, Type};
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

const BLOCK: u64 = 64 * 1024;
const MILLION: f64 = 1_000_000.0;
/// The draws of a block: its gaps by their number, and a key for new values by their offset.
const GAPS: u64 = 0;
const VALUES: u64 = 1;

/// Changes `rate` of a million bytes. Their number and order stay.
#[derive(Debug)]
pub struct Corrupt {
    /// The probability that a byte is changed.
    share: f64,
    mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Flip,
    Overwrite,
    Zero,
}

impl ToxicKind for Corrupt {
    const NAME: &'static str = "corrupt";
    const ABOUT: &'static str = "Changes bytes at random positions.";
    const DETAILS: &'static str = "Changes `rate` of a million bytes, at random positions. `flip` inverts one bit of a byte, \
        `overwrite` gives it another value, `zero` sets it to 0. The number and the order of the bytes stay. The \
        positions depend on the seed and the stream offset, so that a run can be repeated.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::new("rate", Type::number(0.0..=MILLION))
                .unit("bytes per million")
                .about("how many bytes are changed")
                .required()
                .example(100.0),
            Attribute::new("mode", Type::choice(&["flip", "overwrite", "zero"]))
                .about("invert one bit, give another value, or set to 0")
                .default("flip"),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        Ok(Corrupt {
            share: values.number("rate") / MILLION,
            mode: match values.text("mode") {
                "overwrite" => Mode::Overwrite,
                "zero" => Mode::Zero,
                _ => Mode::Flip,
            },
        })
    }
}

/// The next byte to change, in the block that was last looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    /// The key of the block; `None` before the first.
    block: Option<DrawKey>,
    /// Changes before this offset have been passed.
    from: u64,
    /// The offset of the change; beyond the block if there is none in it.
    at: u64,
    /// How many gaps have been drawn.
    gaps: u64,
}

impl Corrupt {
    /// The offset of the first change from `from` to before `end`.
    fn next_change(
        &self,
        cursor: &mut Cursor,
        (from, end): (u64, u64),
        out: &Outlet<'_>,
    ) -> Option<u64> {
        let mut from = from;
        while from < end {
            let block = from - from % BLOCK;
            let after = block.saturating_add(BLOCK);
            self.seek(cursor, (block, from), out.draw(block).numbered(GAPS));
            if cursor.at < after.min(end) {
                return Some(cursor.at);
            }
            from = after;
        }
        None
    }

    /// Moves to the first change at `from` or later, in the block that begins at `start`.
    fn seek(&self, cursor: &mut Cursor, (start, from): (u64, u64), block: DrawKey) {
        if cursor.block != Some(block) || from < cursor.from {
            *cursor = Cursor {
                block: Some(block),
                from: start,
                at: start.saturating_add(self.gap(block)),
                gaps: 1,
            };
        }
        cursor.from = from;
        while cursor.at < from {
            let gap = self.gap(block.numbered(cursor.gaps));
            cursor.at = cursor.at.saturating_add(1).saturating_add(gap);
            cursor.gaps += 1;
        }
    }

    /// How many bytes pass unchanged before one is changed.
    fn gap(&self, key: DrawKey) -> u64 {
        if self.share >= 1.0 {
            return 0;
        }
        // The draw is in (0, 1], so its logarithm is finite. The cast saturates.
        ((1.0 - key.unit()).ln() / (-self.share).ln_1p()) as u64
    }

    fn changed(&self, byte: u8, offset: u64, out: &Outlet<'_>) -> u8 {
        let key = || out.draw(offset).numbered(VALUES);
        match self.mode {
            Mode::Flip => byte ^ (1 << key().below(8)),
            Mode::Overwrite => byte ^ (1 + key().below(255)) as u8,
            Mode::Zero => 0,
        }
    }
}

impl Toxic for Corrupt {
    type Memory = Cursor;

    fn on_attach(&self, cursor: &mut Cursor, _: &mut Outlet<'_>) {
        *cursor = Cursor::default();
    }

    fn on_revise(&self, cursor: &mut Cursor, _: &mut Outlet<'_>) {
        *cursor = Cursor::default();
    }

    fn on_data(&self, cursor: &mut Cursor, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let start = chunk.offset;
        let end = start.saturating_add(chunk.bytes.len() as u64);
        // Without a share there is no gap to draw.
        let mut next = match self.share > 0.0 {
            true => self.next_change(cursor, (start, end), out),
            false => None,
        };
        if next.is_none() {
            return out.send(chunk);
        }
        // The bytes are copied only if another handle shares their buffer.
        let bytes = std::mem::take(&mut chunk.bytes);
        let mut bytes = bytes
            .try_into_mut()
            .unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
        while let Some(at) = next {
            if let Some(byte) = bytes.get_mut((at - start) as usize) {
                *byte = self.changed(*byte, at, out);
            }
            next = self.next_change(cursor, (at + 1, end), out);
        }
        chunk.bytes = bytes.freeze();
        out.send(chunk);
    }
}
