//! The standard normal distribution: its quantiles, and its cumulative distribution function.

// The coefficients are written as they were published.
#![allow(clippy::excessive_precision)]

use super::math::{exp, ln};

/// The smallest probability that has a quantile of its own: half the step of a draw.
const LEAST: f64 = 1.0 / 18_014_398_509_481_984.0;

/// The value that a share `p` of all draws lies below. `p` is from 0 to 1, both of which count as the
/// nearest number between. The relative error is below 1e-15.
///
/// This is algorithm AS 241 (PPND16): M. J. Wichura, The Percentage Points of the Normal Distribution,
/// Applied Statistics 37 (1988), 477-484.
pub(in crate::toxics) fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * polynomial(&CENTRE, r) / polynomial(&CENTRE_BELOW, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-ln(tail.max(LEAST))).sqrt();
    let value = if r <= 5.0 {
        polynomial(&MIDDLE, r - 1.6) / polynomial(&MIDDLE_BELOW, r - 1.6)
    } else {
        polynomial(&FAR, r - 5.0) / polynomial(&FAR_BELOW, r - 5.0)
    };
    value.copysign(q)
}

/// The share of all draws that lies below `x`. The absolute error is below 1e-14.
///
/// This is algorithm 5666 of J. F. Hart et al., Computer Approximations (1968), as G. West gives it in Better
/// Approximations to Cumulative Normal Functions, Wilmott Magazine (2005).
pub(in crate::toxics) fn cumulative(x: f64) -> f64 {
    let size = x.abs();
    let tail = match size {
        size if size > 37.0 => 0.0,
        size if size < 7.071_067_811_865_47 => {
            let density = exp(-size * size / 2.0);
            density * polynomial(&CUMULATIVE, size) / polynomial(&CUMULATIVE_BELOW, size)
        }
        size => {
            let fraction = [4.0, 3.0, 2.0, 1.0];
            let fraction = fraction
                .into_iter()
                .fold(size + 0.65, |below, n| size + n / below);
            exp(-size * size / 2.0) / fraction / 2.506_628_274_631
        }
    };
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// The coefficients are in ascending order.
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const CENTRE: [f64; 8] = [
    3.387_132_872_796_366_608,
    133.141_667_891_784_377_45,
    1_971.590_950_306_551_442_7,
    13_731.693_765_509_461_125,
    45_921.953_931_549_871_457,
    67_265.770_927_008_700_853,
    33_430.575_583_588_128_105,
    2_509.080_928_730_122_672_7,
];
const CENTRE_BELOW: [f64; 8] = [
    1.0,
    42.313_330_701_600_911_252,
    687.187_007_492_057_908_3,
    5_394.196_021_424_751_107_7,
    21_213.794_301_586_595_867,
    39_307.895_800_092_710_61,
    28_729.085_735_721_942_674,
    5_226.495_278_852_854_561,
];
const MIDDLE: [f64; 8] = [
    1.423_437_110_749_683_577_34,
    4.630_337_846_156_545_295_9,
    5.769_497_221_460_691_405_5,
    3.647_848_324_763_204_605_04,
    1.270_458_252_452_368_382_58,
    0.241_780_725_177_450_611_77,
    2.272_384_498_926_918_458_33e-2,
    7.745_450_142_783_414_076_4e-4,
];
const MIDDLE_BELOW: [f64; 8] = [
    1.0,
    2.053_191_626_637_758_821_87,
    1.676_384_830_183_803_849_4,
    0.689_767_334_985_100_004_55,
    0.148_103_976_427_480_074_59,
    1.519_866_656_361_645_719_66e-2,
    5.475_938_084_995_344_946e-4,
    1.050_750_071_644_416_843_24e-9,
];
const FAR: [f64; 8] = [
    6.657_904_643_501_103_777_2,
    5.463_784_911_164_114_369_9,
    1.784_826_539_917_291_335_8,
    0.296_560_571_828_504_891_23,
    2.653_218_952_657_612_309_3e-2,
    1.242_660_947_388_078_438_6e-3,
    2.711_555_568_743_487_578_15e-5,
    2.010_334_399_292_288_132_65e-7,
];
const FAR_BELOW: [f64; 8] = [
    1.0,
    0.599_832_206_555_887_937_69,
    0.136_929_880_922_735_805_31,
    1.487_536_129_085_061_485_25e-2,
    7.868_691_311_456_132_591e-4,
    1.846_318_317_510_054_681_8e-5,
    1.421_511_758_316_445_888_7e-7,
    2.044_263_103_389_939_785_64e-15,
];
const CUMULATIVE: [f64; 7] = [
    220.206_867_912_376,
    221.213_596_169_931,
    112.079_291_497_871,
    33.912_866_078_383,
    6.373_962_203_531_65,
    0.700_383_064_443_688,
    3.526_249_659_989_11e-2,
];
const CUMULATIVE_BELOW: [f64; 8] = [
    440.413_735_824_752,
    793.826_512_519_948,
    637.333_633_378_831,
    296.564_248_779_674,
    86.780_732_202_946_1,
    16.064_177_579_207,
    1.755_667_163_182_64,
    8.838_834_764_831_84e-2,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // From Wichura's paper, and from R's qnorm.
        for (p, expected) in [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-12, -7.034_483_825_301_131),
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.99, 2.326_347_874_040_841),
        ] {
            let found = quantile(p);
            assert!((found - expected).abs() < 1e-14, "{found} at {p}");
        }
    }

    #[test]
    fn quantile_and_cumulative_undo_each_other() {
        for step in 1..10_000 {
            let p = f64::from(step) / 10_000.0;
            assert!((cumulative(quantile(p)) - p).abs() < 2e-14, "{p}");
        }
        for step in -70..=0 {
            let x = f64::from(step) / 10.0;
            assert!((quantile(cumulative(x)) - x).abs() < 1e-9, "{x}");
        }
    }

    #[test]
    fn both_ends_are_finite() {
        assert_eq!(quantile(0.0), -quantile(1.0));
        assert!((8.2..8.4).contains(&quantile(1.0)));
        assert_eq!((cumulative(-40.0), cumulative(40.0)), (0.0, 1.0));
        assert!((cumulative(-8.0) / 6.220_960_574_271_8e-16 - 1.0).abs() < 1e-6);
    }
}
