//! What a built-in profile consists of.

/// A built-in profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltInProfile {
    /// The name in the API.
    pub name: &'static str,
    /// One sentence for users.
    pub description: &'static str,
    /// Where the numbers come from: publisher, title, date, figures.
    pub source: &'static str,
    /// From the client to the server.
    pub upstream: Path,
    /// From the server to the client.
    pub downstream: Path,
}

/// One direction of a network. The round-trip time of a profile is the sum of both latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// In KB/s, 1 KB being 1000 bytes. `None` does not limit the rate.
    pub rate: Option<i64>,
    /// In ms, one way.
    pub latency: i64,
    /// In ms: how far a delay differs from `latency` at most.
    pub jitter: i64,
}

/// A toxic of a profile: its kind, and its attributes.
pub type ProfileToxic = (&'static str, Vec<(&'static str, i64)>);

impl Path {
    /// The toxics of this direction, in the order in which bytes pass them.
    pub fn toxics(&self) -> Vec<ProfileToxic> {
        let rate = self.rate.map(|rate| ("bandwidth", vec![("rate", rate)]));
        let mut delay = vec![("latency", self.latency)];
        if self.jitter > 0 {
            delay.push(("jitter", self.jitter));
        }
        rate.into_iter().chain([("latency", delay)]).collect()
    }
}
