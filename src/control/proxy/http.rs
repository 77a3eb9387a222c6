//! What a proxy's upstream and its option `http` mean for its connections.

use super::state::{Proxy, State};
use crate::control::upstream::Upstream;
use crate::control::view::{HttpOptions, HttpSetting, NewProxy};
use crate::protocol::http::Origin;

impl Proxy {
    /// The options as given.
    pub(in crate::control) fn http(&self) -> Option<HttpOptions> {
        self.state().http.clone()
    }

    /// Whether it has what an entry for it asks for. An entry that says nothing about HTTP asks for
    /// nothing, so that a client that does not know the option keeps it.
    pub(in crate::control) fn has_http(&self, new: &NewProxy) -> bool {
        let asked = new.http.clone().map(HttpSetting::options);
        asked.is_none_or(|asked| asked == self.http())
    }
}

impl State {
    /// The address to dial.
    pub(super) fn address(&self) -> String {
        Upstream::of_admitted(&self.upstream).address.into_owned()
    }

    /// Whether connections speak HTTP from their first byte, so that they have an interceptor even
    /// without rules.
    pub(super) fn speaks_http(&self) -> bool {
        Upstream::of_admitted(&self.upstream).speaks_http(self.http.as_ref())
    }

    /// What is rewritten in requests and answers.
    pub(super) fn origin(&self) -> Option<Origin> {
        Upstream::of_admitted(&self.upstream).origin(self.http.as_ref())
    }
}
