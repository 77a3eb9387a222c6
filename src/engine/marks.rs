//! Marks on chunks: which exchange they belong to, and which toxics are to look at them.

/// What is known of a chunk besides its bytes: the exchange (a request and its answer, say) that it
/// belongs to, and the toxics that are to look at it because of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The exchange is this one of its connection.
    pub exchange: u64,
    /// The ids of the toxics. Few, so they are searched one by one.
    pub toxics: Box<[u64]>,
}

impl Marks {
    /// Whether the toxic of that id is to look at the chunk.
    pub fn name(&self, toxic: u64) -> bool {
        self.toxics.contains(&toxic)
    }
}
