//! Notes between the two halves of a toxic that acts on both directions of a connection.
//!
//! The halves are stages with the same id, one in each pipeline. Each has its own memory and cannot
//! reach the other's, so nothing is shared and nothing is locked. What one half must tell the other
//! travels as a note, which the driver carries across.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A message from one half to the other. Only the halves know its type.
pub struct Note(Box<dyn Any + Send>);

impl Note {
    /// Wraps the content in a note.
    pub fn new<T: Any + Send>(content: T) -> Self {
        Note(Box::new(content))
    }

    /// Returns the content. If it is of another type, returns the note as the error.
    pub fn open<T: Any>(self) -> Result<T, Note> {
        self.0.downcast().map(|content| *content).map_err(Note)
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note")
    }
}

/// A note from the driver to the interceptor's upstream half: the upstream cannot be reached. What
/// the half sends from now on is dropped, and nothing comes from the upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamUnreachable {
    /// The upstream as it is written in the proxy.
    pub upstream: String,
    /// Why, with the address that was tried.
    pub reason: String,
}

/// A note in transit.
#[derive(Debug)]
pub(super) struct Sent {
    /// The id of both halves.
    pub(super) id: u64,
    /// The name of the half that sent it.
    pub(super) name: Arc<str>,
    pub(super) note: Note,
    /// Whether the connection must be cut if no stage receives the note.
    pub(super) must_arrive: bool,
}
