//! Random choices as pure functions of a seed and a key.
//!
//! Draws are not taken from a stream of random numbers. So neither the order of events nor the way
//! the network splits bytes into chunks can change them. The same seed and the same connections
//! give the same choices. The mixing function is SplitMix64's finaliser (Steele, Lea and Flood
//! 2014); names are hashed with FNV-1a. Both are implemented here so that a seed means the same in
//! every release.

use super::item::Direction;

/// The key of a random choice. Each method narrows it by one more component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawKey(u64);

impl DrawKey {
    /// The root key of a seed.
    pub fn of_seed(seed: u64) -> Self {
        DrawKey(mix(seed))
    }

    /// Narrows the key by a name, such as that of a proxy or a toxic.
    pub fn named(self, name: &str) -> Self {
        self.numbered(fnv1a(name.as_bytes()))
    }

    /// Narrows the key by a number, such as a connection's ordinal or a stream offset.
    pub fn numbered(self, number: u64) -> Self {
        DrawKey(mix(self.0 ^ mix(number)))
    }

    /// Narrows the key by a direction.
    pub fn towards(self, direction: Direction) -> Self {
        self.numbered(direction as u64)
    }

    /// The draw of this key, uniform in [0, 1) in steps of 2^-53.
    pub fn unit(self) -> f64 {
        (mix(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The draw as a whole number, uniform in `0..bound` (0 if `bound` is 0).
    pub fn below(self, bound: u64) -> u64 {
        // The high half of the product is almost uniform: the bias is below bound / 2^64.
        ((u128::from(mix(self.0)) * u128::from(bound)) >> 64) as u64
    }
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw_key(connection: u64) -> DrawKey {
        DrawKey::of_seed(7)
            .named("web")
            .named("slow")
            .numbered(connection)
    }

    #[test]
    fn a_draw_depends_on_its_subject_alone() {
        assert_eq!(draw_key(3).unit(), draw_key(3).unit());
        assert_ne!(draw_key(3).unit(), draw_key(4).unit());
        assert_ne!(
            draw_key(3).towards(Direction::Upstream).unit(),
            draw_key(3).towards(Direction::Downstream).unit()
        );
    }

    #[test]
    fn the_meaning_of_a_seed_is_fixed() {
        assert_eq!(draw_key(1).below(1_000_000), 928_117);
    }

    #[test]
    fn units_are_uniform() {
        let n = 20_000;
        let mut tenths = [0_u32; 10];
        for connection in 0..n {
            let unit = draw_key(connection).unit();
            assert!((0.0..1.0).contains(&unit));
            tenths[(unit * 10.0) as usize] += 1;
        }
        // 2000 expected in each; five standard deviations are 212.
        assert!(
            tenths.iter().all(|count| (1788..2212).contains(count)),
            "{tenths:?}"
        );
    }

    #[test]
    fn below_stays_below() {
        assert_eq!(draw_key(1).below(0), 0);
        assert!((0..1000).all(|n| draw_key(n).below(3) < 3));
    }
}
