//! Rates that connections can share: a rate over time, its limit, and the token bucket that says
//! when bytes may leave. Pure: a bucket is an atomic, and moments come in as values.

mod bucket;
mod limit;
mod trace;

pub(in crate::toxics) use bucket::Slot;
pub use bucket::TokenBucket;
pub(in crate::toxics) use limit::Limit;
pub(in crate::toxics) use trace::Trace;
