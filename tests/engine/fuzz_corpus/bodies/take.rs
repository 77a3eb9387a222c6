//! Choices derived from bytes: the same bytes make the same choices, and once they run out every
//! choice is the first.

use std::time::Duration;

/// Numbers at which arithmetic may go wrong.
const EDGES: [i64; 24] = [
    0,
    1,
    -1,
    2,
    100,
    1000,
    i64::MIN,
    i64::MIN + 1,
    i64::MAX,
    i64::MAX - 1,
    i64::MAX / 2,
    i64::MAX / 2 + 1,
    i64::MAX / 100,
    i64::MAX / 1000,
    i64::MAX / 1_000_000,
    i64::MIN / 1_000_000,
    u32::MAX as i64,
    u32::MAX as i64 + 1,
    1 << 53,
    // A century and a thousand years, in ms and in µs.
    3_155_760_000_000,
    31_557_600_000_000,
    3_155_760_000_000_000,
    31_557_600_000_000_000,
    i32::MIN as i64,
];

/// The bytes that are left.
pub struct Take<'a>(pub &'a [u8]);

impl Take<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    /// A limit, a small number, or any number.
    pub fn number(&mut self) -> i64 {
        match self.byte() {
            edge @ 0..64 => EDGES[usize::from(edge) % EDGES.len()],
            small @ 64..160 => i64::from(small) - 64,
            160..200 => i64::from(u16::from_le_bytes(self.bytes())),
            200.. => i64::from_le_bytes(self.bytes()),
        }
    }

    /// Zero, some ns, ms or s, or up to the largest `u64` of ns.
    pub fn span(&mut self) -> Duration {
        let small = |take: &mut Self| u64::from(u16::from_le_bytes(take.bytes()));
        match self.byte() % 8 {
            0 => Duration::ZERO,
            1 => Duration::from_nanos(1 + small(self)),
            2 | 3 => Duration::from_micros(small(self)),
            4 | 5 => Duration::from_millis(small(self)),
            6 => Duration::from_secs(small(self)),
            _ => Duration::from_nanos(u64::from_le_bytes(self.bytes())),
        }
    }

    /// A fraction as the API may pass it to a plan, valid or not.
    pub fn share(&mut self) -> f64 {
        match self.byte() {
            0..128 => 1.0,
            128 => f64::NAN,
            129 => f64::INFINITY,
            130 => f64::NEG_INFINITY,
            131 => -0.0,
            132 => f64::MIN_POSITIVE,
            133 => -1.5,
            134 => f64::from(f32::MAX),
            other => f64::from(other - 135) / 120.0,
        }
    }
}
