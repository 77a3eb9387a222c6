//! A distribution that is known at some points, and interpolated between them.

use super::math::ln;

/// How the delay grows between two points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
    /// In proportion to the share: every delay between the two points is equally likely.
    Linear,
    /// In proportion to `-ln(1 - share)`: longer delays between the two points are less likely, as
    /// in the tail of an exponential distribution.
    Exponential,
}

/// The draws between two points.
#[derive(Debug, PartialEq)]
struct Segment {
    /// The share of draws at and below the segment's start and end.
    start: f64,
    end: f64,
    /// The delay at the start, and how much longer it is at the end, in ms.
    low: f64,
    growth: f64,
    /// `-ln((1 - end) / (1 - start))` of an exponential segment, 0 of a linear one.
    decay: f64,
}

/// The inverse of a cumulative distribution function, in segments that follow each other from share
/// 0 on. Beyond the last one, every draw has the last delay.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Table {
    segments: Vec<Segment>,
    /// The share and the delay in ms at which the last segment ends.
    share: f64,
    delay: f64,
}

impl Table {
    /// Appends the segment from the last point to this share of draws (at most 1) and this delay in ms.
    /// Neither may be less than at the last point.
    pub(super) fn extend(&mut self, share: f64, delay: f64, curve: Curve) {
        if share > self.share {
            let decay = match curve {
                Curve::Exponential if share < 1.0 => ln((1.0 - self.share) / (1.0 - share)),
                _ => 0.0,
            };
            self.segments.push(Segment {
                start: self.share,
                end: share,
                low: self.delay,
                growth: delay - self.delay,
                decay,
            });
        }
        (self.share, self.delay) = (share, delay);
    }

    /// The delay in ms that a share `p` of all draws lies below.
    pub(super) fn quantile(&self, p: f64) -> f64 {
        let after = self.segments.partition_point(|segment| segment.end <= p);
        let Some(segment) = self.segments.get(after) else {
            return self.delay;
        };
        let part = if segment.decay > 0.0 {
            ln((1.0 - segment.start) / (1.0 - p)) / segment.decay
        } else {
            (p - segment.start) / (segment.end - segment.start)
        };
        segment.low + segment.growth * part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(points: &[(f64, f64, Curve)]) -> Table {
        let mut table = Table::default();
        for (share, delay, curve) in points {
            table.extend(*share, *delay, *curve);
        }
        table
    }

    #[test]
    fn a_linear_segment_is_halved_in_its_middle() {
        let table = table(&[(0.5, 10.0, Curve::Linear), (1.0, 30.0, Curve::Linear)]);
        let found = [0.0, 0.25, 0.5, 0.75].map(|p| table.quantile(p));
        assert_eq!(found, [0.0, 5.0, 10.0, 20.0]);
    }

    #[test]
    fn an_exponential_segment_falls_off_as_a_tail_does() {
        let table = table(&[
            (0.9, 0.0, Curve::Linear),
            (0.999, 200.0, Curve::Exponential),
        ]);
        assert!((table.quantile(0.99) - 100.0).abs() < 1e-9);
        assert_eq!(table.quantile(0.999), 200.0);
    }

    #[test]
    fn beyond_the_last_point_all_draws_are_equal() {
        let table = table(&[(0.9, 5.0, Curve::Exponential)]);
        assert_eq!(table.quantile(0.95), 5.0);
        assert_eq!(table.quantile(1.0), 5.0);
    }

    #[test]
    fn a_point_with_the_share_of_the_last_one_is_a_step() {
        let table = table(&[(0.0, 7.0, Curve::Linear), (1.0, 8.0, Curve::Exponential)]);
        assert_eq!((table.quantile(0.0), table.quantile(0.5)), (7.0, 7.5));
    }
}
