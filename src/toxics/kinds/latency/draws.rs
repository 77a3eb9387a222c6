//! How often a latency draws, and how its draws depend on each other.

use crate::engine::{Chunk, Outlet};
use crate::toxics::distribution::{normal_cumulative, normal_quantile};

/// The key of the one draw of a connection. No chunk starts at this offset.
const CONNECTION: u64 = u64::MAX;

/// What shares one draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Per {
    #[default]
    Chunk,
    /// All chunks of a message, or of a turn of the conversation.
    Message,
    Connection,
}

/// The draws of a latency on one link.
///
/// Without a correlation each is a pure function of its key. With one, they are a Gaussian copula: the
/// draws are the images of normal scores, and each score is `correlation` times the last one plus an
/// independent part, so that all of them have the same normal distribution (an autoregressive process of
/// order 1). So the delays keep their distribution whatever the correlation is. netem mixes the uniform
/// draws themselves, which makes extreme delays rarer than asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Draws {
    pub(super) per: Per,
    /// From 0 to 1.
    pub(super) correlation: f64,
}

/// The last draw on a link: its key and its score. Kept only with a correlation, and allocated only
/// then, because a server may have a million links.
#[derive(Clone, Debug, Default)]
pub struct LastDraw(Option<Box<(u64, f64)>>);

impl Draws {
    /// The draw for a chunk, from 0 to below 1.
    pub(super) fn draw(&self, last: &mut LastDraw, chunk: &Chunk, out: &Outlet<'_>) -> f64 {
        let key = match self.per {
            Per::Chunk => chunk.offset,
            Per::Message => out.message().map_or(chunk.offset, |message| message.offset),
            Per::Connection => CONNECTION,
        };
        let draw = out.draw(key).unit();
        match self.correlation {
            0.0 => draw,
            correlation => last.follow(key, draw, correlation),
        }
    }
}

impl LastDraw {
    /// The draw that follows the last one, made of an independent draw.
    fn follow(&mut self, key: u64, draw: f64, correlation: f64) -> f64 {
        /// The largest number below 1.
        const MOST: f64 = 1.0 - f64::EPSILON / 2.0;
        let score = match self.0.as_deref().copied() {
            Some((same, score)) if same == key => score,
            Some((_, score)) => {
                let own = (1.0 - correlation * correlation).sqrt();
                correlation * score + own * normal_quantile(draw)
            }
            None => normal_quantile(draw),
        };
        **self.0.get_or_insert_default() = (key, score);
        normal_cumulative(score).min(MOST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DrawKey;

    fn follow_all(correlation: f64, count: u64) -> Vec<f64> {
        let mut last = LastDraw::default();
        let draw = |key| DrawKey::of_seed(5).numbered(key).unit();
        (0..count)
            .map(|key| last.follow(key, draw(key), correlation))
            .collect()
    }

    /// The Pearson correlation of each draw with the next, by ranks, because the draws are uniform.
    fn correlation_of_neighbours(draws: &[f64]) -> f64 {
        let product = |pair: &[f64]| (pair[0] - 0.5) * (pair[1] - 0.5);
        draws.windows(2).map(product).sum::<f64>() / draws.len() as f64 * 12.0
    }

    #[test]
    fn neighbours_are_correlated_as_asked() {
        for correlation in [0.2, 0.5, 0.9] {
            let found = correlation_of_neighbours(&follow_all(correlation, 20_000));
            // The rank correlation of a normal pair.
            let expected = 6.0 / std::f64::consts::PI * (correlation / 2.0_f64).asin();
            assert!((found - expected).abs() < 0.04, "{found}, but {expected}");
        }
    }

    #[test]
    fn a_full_correlation_repeats_the_first_draw() {
        let draws = follow_all(1.0, 100);
        assert!(draws.iter().all(|draw| *draw == draws[0]));
    }

    #[test]
    fn a_key_has_one_draw() {
        let mut last = LastDraw::default();
        let first = last.follow(7, 0.25, 0.5);
        assert_eq!(last.follow(7, 0.25, 0.5), first);
        assert_ne!(last.follow(8, 0.25, 0.5), first);
    }
}
