//! The parts of `util` that the pure rooms use.

#[path = "../../src/util/duration.rs"]
pub mod duration;
#[path = "../../src/util/text.rs"]
pub mod text;
#[path = "../../src/util/suggest.rs"]
pub mod suggest;
