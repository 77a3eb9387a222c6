//! Sessions: what is made in a session is undone when it ends or is not renewed in time.
//!
//! Must not know how to undo it: `operations` does that.

pub(in crate::control) mod id;
mod lifetime;
pub(in crate::control) mod table;
#[cfg(test)]
mod tests;
