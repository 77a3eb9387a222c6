//! `slicer`: chunks leave in slices.

use std::time::Duration;

use super::{Attribute, AttributeError, Described, value};
use crate::engine::{Chunk, Ending, Outlet, Toxic};

/// Cuts every chunk in half, and the halves again, until a slice is no larger than
/// `average_size + size_variation`, as the reference does. Each cut is off the middle by up to
/// `size_variation`. Slices leave at least `delay` µs apart, each as a write of its own; the end comes no sooner after the last.
#[derive(Debug)]
pub struct Slicer {
    average_size: u64,
    size_variation: u64,
    delay: Duration,
}

impl Described for Slicer {
    const NAME: &'static str = "slicer";
    const ABOUT: &'static str = "Cuts data into slices, with a pause between them.";
    const ATTRIBUTES: &'static [Attribute] = &[
        Attribute {
            accepted: 1..=i64::MAX,
            sensible: 1..=i64::MAX,
            default: None,
            ..Attribute::lenient("average_size", "bytes", "about the size of a slice")
        },
        Attribute {
            accepted: 0..=i64::MAX,
            ..Attribute::lenient(
                "size_variation",
                "bytes",
                "how far a cut may be off; at most average_size",
            )
        },
        Attribute::lenient("delay", "µs", "the pause between slices"),
    ];

    fn from_values(values: &[i64]) -> Result<Self, AttributeError> {
        let (average, variation) = (value(values, 0), value(values, 1));
        if variation > average {
            return Err(Self::ATTRIBUTES[1].out_of_range(variation, 0..=average));
        }
        Ok(Slicer {
            average_size: u64::try_from(average).unwrap_or(1),
            size_variation: u64::try_from(variation).unwrap_or(0),
            delay: Duration::from_micros(u64::try_from(value(values, 2)).unwrap_or(0)),
        })
    }
}

impl Slicer {
    /// Cuts `chunk` until its slices are small enough, and sends them in order.
    fn slice(&self, mut chunk: Chunk, out: &mut Outlet<'_>) {
        // The stack holds the right halves that are still to be cut: at most one a halving.
        let mut rest = Vec::new();
        loop {
            while let Some(size) = self.cut(&chunk, out) {
                let left = chunk.split_to(size);
                rest.push(std::mem::replace(&mut chunk, left));
            }
            out.send_spaced(self.delay, chunk);
            match rest.pop() {
                Some(next) => chunk = next,
                None => return,
            }
        }
    }

    /// Where to cut; `None` if the chunk is small enough.
    fn cut(&self, chunk: &Chunk, out: &Outlet<'_>) -> Option<usize> {
        let size = chunk.bytes.len() as u64;
        if size.saturating_sub(self.average_size) <= self.size_variation {
            return None;
        }
        let half = size / 2;
        let width = self.size_variation.saturating_mul(2);
        let off = out.draw(chunk.offset + half).below(width);
        let cut = (half + off).saturating_sub(self.size_variation);
        usize::try_from(cut.clamp(1, size - 1)).ok()
    }
}

impl Toxic for Slicer {
    type Memory = ();

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        self.slice(chunk, out);
    }

    /// The pause follows every slice, the last one too, as in the reference.
    fn on_end(&self, (): &mut (), ending: Ending, out: &mut Outlet<'_>) {
        out.end_spaced(self.delay, ending);
    }
}
