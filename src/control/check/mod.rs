//! Checks of names, addresses, fields and toxics that nothing has been made of yet.
//!
//! Pure: a check looks at values and returns findings. Whoever asks writes them down.

pub(in crate::control) mod addresses;
pub(in crate::control) mod fields;
pub(in crate::control) mod finding;
pub(in crate::control) mod loops;
pub(in crate::control) mod strict;
pub(in crate::control) mod toxic;
pub(in crate::control) mod warnings;
