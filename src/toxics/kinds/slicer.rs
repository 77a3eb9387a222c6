//! `slicer` cuts chunks into slices.

use std::time::Duration;

use crate::engine::{Chunk, Ending, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::attribute::Type;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Halves every chunk, and the halves again, until a slice is no larger than `average_size +
/// size_variation`, as Toxiproxy does. Each cut varies from the middle by up to `size_variation`.
/// Slices leave at least `delay` µs apart, each as a separate write. The end of the stream leaves
/// at least `delay` µs after the last slice.
#[derive(Debug)]
pub struct Slicer {
    average_size: u64,
    size_variation: u64,
    delay: Duration,
}

impl ToxicKind for Slicer {
    const NAME: &'static str = "slicer";
    const ABOUT: &'static str = "Cuts data into slices, with a pause between them.";
    const DETAILS: &'static str = "Cuts data into small pieces with a pause between them. Each chunk is halved, at a point \
        that varies by `size_variation`, and the halves again, until a piece has at most \
        `average_size` + `size_variation` bytes. A chunk no longer than that passes whole.";

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::new("average_size", Type::integer(1..=i64::MAX))
                .unit("bytes")
                .about("about the size of a slice")
                .required()
                .example(64),
            Attribute::new("size_variation", Type::integer(0..=i64::MAX))
                .unit("bytes")
                .about("how far a cut may be off; at most average_size")
                .default(0)
                .example(16),
            Attribute::lenient("delay", "µs")
                .about("the pause between slices")
                .example(10),
        ]
    }

    fn from_values(values: &Values) -> Result<Self, AttributeError> {
        let average = values.count("average_size");
        let variation = values.count("size_variation");
        if variation > average {
            let value = format!("{variation} bytes");
            let expected = format!("from 0 to {average}, which is average_size");
            return Err(AttributeError::out_of_range(
                "size_variation",
                value,
                expected,
            ));
        }
        Ok(Slicer {
            average_size: average,
            size_variation: variation,
            delay: Duration::from_micros(values.count("delay")),
        })
    }
}

impl Slicer {
    /// Where to cut the first `size` bytes of a chunk; `None` if they need no cut.
    fn cut(&self, size: usize, chunk: &Chunk, out: &Outlet<'_>) -> Option<usize> {
        let size = size as u64;
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
    /// The sizes of the parts of the current chunk that have not been sent, the next one last. The
    /// parts come from halving, so there are few of them.
    type Memory = Vec<usize>;

    fn on_attach(&self, parts: &mut Vec<usize>, _: &mut Outlet<'_>) {
        parts.clear();
    }

    fn on_revise(&self, parts: &mut Vec<usize>, _: &mut Outlet<'_>) {
        parts.clear();
    }

    fn on_data(&self, parts: &mut Vec<usize>, mut chunk: Chunk, out: &mut Outlet<'_>) {
        let mut size = parts.pop().unwrap_or(chunk.bytes.len());
        while let Some(left) = self.cut(size, &chunk, out) {
            parts.push(size - left);
            size = left;
        }
        out.send_spaced(self.delay, chunk.split_to(size));
        out.defer_rest(chunk);
    }

    /// The pause follows every slice, including the last one, as in Toxiproxy.
    fn on_end(&self, _: &mut Vec<usize>, ending: Ending, out: &mut Outlet<'_>) {
        out.end_spaced(self.delay, ending);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::sim::Sim;
    use crate::engine::{DrawKey, Plan, PlannedToxic};

    #[test]
    fn a_chunk_in_a_thousand_slices_costs_no_more_than_the_chunk() {
        let slicer = Slicer {
            average_size: 1,
            size_variation: 0,
            delay: Duration::from_micros(10),
        };
        let mut plan = Plan::default();
        let toxic = PlannedToxic::new(1, "slicer", DrawKey::of_seed(1), Arc::new(slicer));
        plan.downstream.push(toxic.into());
        let mut sim = Sim::new(&plan);
        sim.push(vec![0_u8; 32 * 1024]);
        assert!(
            sim.pipeline.queued() < 33 * 1024,
            "{}",
            sim.pipeline.queued()
        );
        sim.run_ms(400);
        assert_eq!(sim.log.len(), 32 * 1024);
    }
}
