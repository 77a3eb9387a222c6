//! Marks on chunks: the exchange that they belong to, and the toxics that are shown them.

/// Metadata of a chunk: its exchange (such as a request and its answer), and the toxics that are
/// shown the chunk because of that exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks {
    /// The number of the exchange within its connection.
    pub exchange: u64,
    /// The ids of the toxics. There are few, so a linear search is enough.
    pub toxics: Box<[u64]>,
}

impl Marks {
    /// Whether the toxic with this id is shown the chunk.
    pub fn name(&self, toxic: u64) -> bool {
        self.toxics.contains(&toxic)
    }
}
