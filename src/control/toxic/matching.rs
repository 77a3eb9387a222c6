//! The `match` of a toxic: which connections it may act on, and which requests on them.

use std::sync::Arc;

use crate::engine::Scope;
use crate::protocol::http::{HeaderTest, HttpMatch, Pattern};

/// Which connections a toxic may act on, and which requests on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToxicMatch {
    /// The connections that it may act on.
    pub scope: Scope,
    /// The requests that it acts on; `None` for a toxic that does not look at requests.
    pub http: Option<Arc<HttpMatch>>,
}

impl ToxicMatch {
    /// Bytes of heap memory that it holds.
    pub(in crate::control) fn weight(&self) -> usize {
        let scope = size_of_val(&*self.scope.clients) + size_of_val(&*self.scope.connections);
        scope + self.http.as_deref().map_or(0, http_weight)
    }
}

/// Bytes of memory that it holds.
pub(in crate::control) fn http_weight(http: &HttpMatch) -> usize {
    let pattern = |pattern: &Pattern| pattern.text().len();
    let patterns = [&http.host, &http.path, &http.query, &http.content_type];
    let patterns: usize = patterns.into_iter().flatten().map(pattern).sum();
    let methods: usize = http
        .methods
        .iter()
        .map(|one| size_of_val(one) + one.len())
        .sum();
    let headers = http.headers.iter().map(|entry| {
        let value = match &entry.1 {
            HeaderTest::Value(value) => pattern(value),
            HeaderTest::Present | HeaderTest::Absent => 0,
        };
        size_of_val(entry) + entry.0.len() + value
    });
    let ranges = size_of_val(&*http.requests) + size_of_val(&*http.status);
    size_of::<HttpMatch>() + patterns + methods + headers.sum::<usize>() + ranges
}
