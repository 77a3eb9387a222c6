//! The target of a request (RFC 9112, section 3.2).

use super::message::Method;

/// The parts of a request's target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// The host and port, if the target is in absolute or authority form.
    pub authority: Option<&'a str>,
    /// The path, `*`, or the authority of a `CONNECT`.
    pub path: &'a str,
    /// What follows the first `?`.
    pub query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// The parts of the target of a request with this method.
    pub fn of(target: &'a str, method: Method) -> Self {
        if method == Method::Connect {
            return Target {
                authority: Some(target),
                path: target,
                query: None,
            };
        }
        let (before, query) = match target.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (target, None),
        };
        // Only the absolute form has a scheme: a path may contain `://` as well.
        let absolute = (!before.starts_with('/'))
            .then(|| before.split_once("://"))
            .flatten();
        let Some((_, rest)) = absolute else {
            return Target {
                authority: None,
                path: before,
                query,
            };
        };
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        Target {
            authority: Some(host),
            path: if path.is_empty() { "/" } else { path },
            query,
        }
    }
}
