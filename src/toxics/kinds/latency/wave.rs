//! A delay that rises and falls over time.

use crate::engine::Moment;
use crate::toxics::distribution::sine_of_turn;

/// What is added to the delay of a chunk, as a function of when the chunk arrived.
///
/// The phase is counted from the origin of time, which is when the server started, and not from when
/// the toxic met the connection: all connections see the same wave, as they would see the same busy
/// hours of one server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wave {
    pub(super) form: Form,
    pub(super) amplitude_ns: f64,
    /// Above 0.
    pub(super) period_ns: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    Sine,
    Square,
    Sawtooth,
    Triangle,
}

impl Wave {
    /// What to add at this moment, in ns; from `-amplitude_ns` to `amplitude_ns`.
    pub(super) fn at(&self, moment: Moment) -> f64 {
        let into = moment.as_nanos() % self.period_ns.max(1);
        let turn = into as f64 / self.period_ns as f64;
        self.amplitude_ns * self.form.at(turn)
    }
}

impl Form {
    /// The value at this part of the period (from 0 to 1), from -1 to 1.
    fn at(self, turn: f64) -> f64 {
        match self {
            Form::Sine => sine_of_turn(turn),
            Form::Square if turn < 0.5 => 1.0,
            Form::Square => -1.0,
            Form::Sawtooth => 2.0 * turn - 1.0,
            Form::Triangle if turn < 0.25 => 4.0 * turn,
            Form::Triangle if turn < 0.75 => 2.0 - 4.0 * turn,
            Form::Triangle => 4.0 * turn - 4.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_values_at_the_eighths_of_a_period() {
        let eighths = |form: Form| [0, 2, 4, 6, 7].map(|n| form.at(f64::from(n) / 8.0));
        assert_eq!(eighths(Form::Triangle), [0.0, 1.0, 0.0, -1.0, -0.5]);
        assert_eq!(eighths(Form::Sawtooth), [-1.0, -0.5, 0.0, 0.5, 0.75]);
        assert_eq!(eighths(Form::Square), [1.0, 1.0, -1.0, -1.0, -1.0]);
        let sine = [0.0, 1.0, 0.0, -1.0, -0.5_f64.sqrt()];
        for (found, expected) in eighths(Form::Sine).into_iter().zip(sine) {
            assert!((found - expected).abs() < 1e-15, "{found}, but {expected}");
        }
    }

    #[test]
    fn a_wave_repeats_after_its_period_for_ever() {
        let wave = Wave {
            form: Form::Sawtooth,
            amplitude_ns: 1000.0,
            period_ns: 60_000_000_000,
        };
        for period in [0_u64, 1, 200_000_000] {
            let at = |ns: u64| wave.at(Moment::from_nanos(period * 60_000_000_000 + ns));
            assert_eq!(at(0), -1000.0);
            assert_eq!(at(45_000_000_000), 500.0);
        }
    }
}
