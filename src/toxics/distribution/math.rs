//! Logarithm, exponential and sine from additions, multiplications and divisions alone.
//!
//! The standard library's come from the system's C library, and two systems may differ in the last
//! bit. IEEE 754 defines the results of the basic operations and of the square root to the last bit.
//! So what is built of them gives the same draws for the same seed on every platform.

use std::f64::consts::{SQRT_2, TAU};

/// The natural logarithm of 2, cut after 32 bits so that its product with a small whole number is exact, and the rest.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
const LN_2: f64 = LN_2_HIGH + LN_2_LOW;

/// The natural logarithm of a finite number above 0. The error is below 2 units in the last place.
pub(super) fn ln(x: f64) -> f64 {
    const TWO_TO_54: f64 = 18_014_398_509_481_984.0;
    if x < f64::MIN_POSITIVE {
        return ln(x * TWO_TO_54) - 54.0 * LN_2;
    }
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i32 - 1023;
    let mut fraction = f64::from_bits(bits & !(0xfff << 52) | 1023 << 52);
    if fraction > SQRT_2 {
        fraction /= 2.0;
        exponent += 1;
    }
    // ln f = 2 artanh s with s = (f - 1) / (f + 1), which is at most 0.172.
    let s = (fraction - 1.0) / (fraction + 1.0);
    let square = s * s;
    let odd = [21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0];
    let series = odd.into_iter().fold(0.0, |sum, n| (sum + 1.0 / n) * square);
    let exponent = f64::from(exponent);
    exponent * LN_2_HIGH + (2.0 * (s + s * series) + exponent * LN_2_LOW)
}

/// The exponential function. 0 or infinity where the result is too small or too large for a normal number.
pub(super) fn exp(x: f64) -> f64 {
    if x < -708.0 {
        return 0.0;
    }
    if x > 709.0 {
        return f64::INFINITY;
    }
    let twos = (x / LN_2).round();
    let rest = x - twos * LN_2_HIGH - twos * LN_2_LOW;
    // Taylor's series; the rest is at most 0.347.
    let series = (1..=13)
        .rev()
        .fold(1.0, |sum, n| 1.0 + sum * rest / f64::from(n));
    series * f64::from_bits(((twos as i64 + 1023) as u64) << 52)
}

/// The sine of a part of a full turn, which is from 0 to 1.
pub(in crate::toxics) fn sine_of_turn(turn: f64) -> f64 {
    // To a quarter of a turn on either side of 0.
    let turn = match turn {
        turn if turn <= 0.25 => turn,
        turn if turn <= 0.75 => 0.5 - turn,
        turn => turn - 1.0,
    };
    let angle = turn * TAU;
    let square = angle * angle;
    let series = (1..=10).rev().fold(1.0, |sum, n| {
        let n = f64::from(n);
        1.0 - sum * square / (2.0 * n * (2.0 * n + 1.0))
    });
    angle * series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(own: f64, standard: f64, about: f64) {
        let error = (own - standard).abs();
        assert!(
            error <= 1e-15 * standard.abs().max(1e-3),
            "{own:e} for {about:e}, but {standard:e}"
        );
    }

    #[test]
    fn the_logarithm_is_that_of_the_standard_library() {
        let mut x = 1e-320;
        while x < 1e308 {
            assert_close(ln(x), x.ln(), x);
            x *= 1.37;
        }
        for step in 1..2000 {
            let x = f64::from(step) / 1000.0;
            assert_close(ln(x), x.ln(), x);
        }
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn the_exponential_is_that_of_the_standard_library() {
        for step in -7000..7000 {
            let x = f64::from(step) / 10.0;
            assert_close(exp(x) / x.exp(), 1.0, x);
        }
        assert_eq!((exp(0.0), exp(-1e9), exp(1e9)), (1.0, 0.0, f64::INFINITY));
    }

    #[test]
    fn the_sine_is_that_of_the_standard_library() {
        for step in 0..=4000 {
            let turn = f64::from(step) / 4000.0;
            assert!(
                (sine_of_turn(turn) - (turn * TAU).sin()).abs() < 1e-15,
                "{turn}"
            );
        }
    }

    #[test]
    fn the_results_are_fixed_to_the_last_bit() {
        let bits = [ln(0.3), exp(-1.7), sine_of_turn(0.1)].map(f64::to_bits);
        assert_eq!(
            bits,
            [
                13_831_473_067_500_349_217,
                4_595_749_887_897_340_423,
                4_603_469_518_431_672_926
            ]
        );
    }
}
