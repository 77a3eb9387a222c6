//! Notes between the two halves of one thing that acts on both directions of a connection.
//!
//! The halves are stages of the two pipelines with the same id. Each has its own memory, and neither
//! can reach the other's, so nothing is shared and nothing is locked: what one half has to know from
//! the other it is told in a note, which the driver carries over.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// What one half has to say to the other. Only the halves know what is in it.
pub struct Note(Box<dyn Any + Send>);

impl Note {
    /// A note with this in it.
    pub fn new<T: Any + Send>(content: T) -> Self {
        Note(Box::new(content))
    }

    /// What is in it. Errors: it is something else; the note is given back.
    pub fn open<T: Any>(self) -> Result<T, Note> {
        self.0.downcast().map(|content| *content).map_err(Note)
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note")
    }
}

/// A note on its way.
#[derive(Debug)]
pub(super) struct Sent {
    /// The id of both halves.
    pub(super) id: u64,
    /// The name of the half that says it.
    pub(super) name: Arc<str>,
    pub(super) note: Note,
    /// The connection cannot go on if nobody hears it.
    pub(super) must_arrive: bool,
}
