//! What a kind of toxic of your own is made of.
//!
//! A kind is a type that says what it is called and takes ([`ToxicKind`]) and what it does with the
//! bytes of a connection ([`Toxic`]). [`Builder::kind`](super::Builder::kind) makes an instance know
//! it. `examples/custom_toxic.rs` is a whole one.

pub use crate::engine::{
    Chunk, ConnectFault, DrawKey, Ending, Identity, Marks, Message, Moment, Note, Outlet, Silence,
    Toxic,
};
pub use crate::toxics::{Attribute, AttributeError, ToxicKind, Type, Value, Values};
