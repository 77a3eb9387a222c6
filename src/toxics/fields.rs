//! The names of a toxic's fields other than its attributes. This is the only list of them.
//!
//! Code that reads, writes, checks or suggests a field takes its name from here. Options are an
//! enum, so that the compiler points to every place that must handle a new one.

/// The fields that Toxiproxy has too.
pub const OWN_FIELDS: [&str; 5] = ["name", "type", "stream", "toxicity", "attributes"];

/// The fields that only responses have. A request may repeat them, so that a client can send a
/// response back.
pub const ANSWER_FIELDS: [&str; 3] = ["expires_in", "active", "partner"];

/// The options that aconite adds to a toxic of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToxicOption {
    /// How long the toxic acts.
    Duration,
    /// How long the toxic waits before it acts.
    StartAfter,
    /// How often the toxic acts again.
    Every,
    /// The session that removes the toxic when it ends.
    Session,
    /// The seed of the toxic's random draws.
    Seed,
    /// The connection whose draws the toxic repeats.
    Replay,
    /// The connections that the toxic may act on.
    Match,
}

impl ToxicOption {
    /// All options, in the order in which users see them.
    pub const ALL: [ToxicOption; 7] = [
        ToxicOption::Duration,
        ToxicOption::StartAfter,
        ToxicOption::Every,
        ToxicOption::Session,
        ToxicOption::Seed,
        ToxicOption::Replay,
        ToxicOption::Match,
    ];

    /// The option's name in requests and responses.
    pub const fn name(self) -> &'static str {
        match self {
            ToxicOption::Duration => "duration",
            ToxicOption::StartAfter => "start_after",
            ToxicOption::Every => "every",
            ToxicOption::Session => "session",
            ToxicOption::Seed => "seed",
            ToxicOption::Replay => "replay",
            ToxicOption::Match => "match",
        }
    }

    /// Finds an option by its name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == name)
    }
}

/// The fields that a request may set, in the order in which users see them.
pub fn toxic_fields() -> impl Iterator<Item = &'static str> + Clone {
    let options = ToxicOption::ALL.into_iter().map(ToxicOption::name);
    OWN_FIELDS.into_iter().chain(options)
}
