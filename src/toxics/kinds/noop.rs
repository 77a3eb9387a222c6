//! `noop` does nothing.

use crate::engine::{Chunk, Outlet, Toxic};
use crate::toxics::attribute::Attribute;
use crate::toxics::error::AttributeError;
use crate::toxics::kind::ToxicKind;
use crate::toxics::values::Values;

/// Does nothing; bytes bypass its stage.
#[derive(Debug)]
pub struct Noop;

impl ToxicKind for Noop {
    const NAME: &'static str = "noop";
    const ABOUT: &'static str = "Does nothing.";

    fn attributes() -> Vec<Attribute> {
        Vec::new()
    }

    fn from_values(_: &Values) -> Result<Self, AttributeError> {
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
