//! `noop`: nothing at all.

use super::{Attribute, AttributeError, Described};
use crate::engine::{Chunk, Outlet, Toxic};

/// Does nothing; bytes do not even pass through it.
#[derive(Debug)]
pub struct Noop;

impl Described for Noop {
    const NAME: &'static str = "noop";
    const ABOUT: &'static str = "Does nothing.";
    const ATTRIBUTES: &'static [Attribute] = &[];

    fn from_values(_: &[i64]) -> Result<Self, AttributeError> {
        Ok(Noop)
    }
}

impl Toxic for Noop {
    type Memory = ();

    fn inspects_data(&self) -> bool {
        false
    }

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        out.send(chunk);
    }
}
