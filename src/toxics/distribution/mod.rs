//! Distributions of delays.
//!
//! A distribution is its quantile function: one uniform draw gives one delay. So a delay is a pure
//! function of the draw's key. The other files declare and read the parameters. None knows what a
//! delay is for.

mod bucket;
mod exposition;
mod fields;
mod given;
mod histogram;
mod math;
mod normal;
mod parameters;
mod quantiles;
mod shape;
mod table;

pub(super) use fields::{NAME, fields};
pub(super) use math::sine_of_turn;
pub(super) use normal::{cumulative as normal_cumulative, quantile as normal_quantile};
pub(super) use parameters::read;
pub(super) use shape::Distribution;
