//! The option `http` of a proxy, as a command gives it.

/// Whether the connections of a proxy speak HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Http {
    /// They do not.
    Off,
    /// They do. The host is written over the `Host` of requests.
    On { host: Option<String> },
}
