//! Sessions: what is made in one is undone when it ends, or is not renewed in time.
//!
//! Must not know what undoing takes: that is an operation.

pub(in crate::control) mod id;
mod lifetime;
pub(in crate::control) mod table;
#[cfg(test)]
mod tests;
