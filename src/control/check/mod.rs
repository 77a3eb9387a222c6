//! Checks of names, addresses, fields and toxics before anything is created from them.
//!
//! Pure: a check reads values and returns findings. The caller reports them.

pub(in crate::control) mod addresses;
pub(in crate::control) mod fields;
pub(in crate::control) mod finding;
pub(in crate::control) mod loops;
pub(in crate::control) mod requests;
pub(in crate::control) mod strict;
pub(in crate::control) mod toxic;
pub(in crate::control) mod useless;
pub(in crate::control) mod warnings;
