//! The fields of a toxic besides its attributes: the one list of their names.
//!
//! Whoever reads, writes, checks or suggests a field takes its name from here. An option is an enum,
//! so that the compiler names every place that has to be told of a new one.

/// The fields that Toxiproxy has.
pub const OWN_FIELDS: [&str; 5] = ["name", "type", "stream", "toxicity", "attributes"];

/// The fields that only answers have; a client may send back what it got.
pub const ANSWER_FIELDS: [&str; 2] = ["expires_in", "active"];

/// What aconite adds to a toxic of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToxicOption {
    /// How long it acts.
    Duration,
    /// How long it waits before it acts.
    StartAfter,
    /// How often it acts again.
    Every,
    /// The session at whose end it is removed.
    Session,
    /// The seed of its random choices.
    Seed,
    /// The connection whose choices it repeats.
    Replay,
    /// The connections that it may touch.
    Match,
}

impl ToxicOption {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [ToxicOption; 7] = [
        ToxicOption::Duration,
        ToxicOption::StartAfter,
        ToxicOption::Every,
        ToxicOption::Session,
        ToxicOption::Seed,
        ToxicOption::Replay,
        ToxicOption::Match,
    ];

    /// Its name in requests and answers.
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

    /// The option of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.name() == name)
    }
}

/// The fields that a request may set, in the order in which they are listed to people.
pub fn toxic_fields() -> impl Iterator<Item = &'static str> + Clone {
    let options = ToxicOption::ALL.into_iter().map(ToxicOption::name);
    OWN_FIELDS.into_iter().chain(options)
}
