//! Profiles that are on for the duration of a run.

use std::time::Duration;

use super::{REQUEST_LIMIT, RunSession, ends_at};
use crate::args::client::ToxicOptions;
use crate::cli::api::client::{Body, Verb};
use crate::cli::api::response;
use crate::cli::error::CommandError;
use crate::wire::{self, NewProfile, ProfileOnProxy, Span};

impl RunSession<'_> {
    /// Puts a profile on in the session. Its toxics are part of the report.
    pub(super) fn put_on(
        &mut self,
        proxy: &str,
        name: &str,
        duration: Option<Duration>,
    ) -> Result<(), CommandError> {
        let body = Body::of(&NewProfile {
            name: name.to_owned(),
            options: wire::ToxicOptions {
                duration: duration.map(Span),
                session: Some(self.name.clone()),
                ..wire::ToxicOptions::default()
            },
        });
        let path = self.api.path(&["proxies", proxy, "profile"]);
        let put = self
            .api
            .send_within(REQUEST_LIMIT, Verb::Put, &path, Some(body));
        let put = put.and_then(|answer| response::typed::<ProfileOnProxy>(&answer));
        let profile = put.map_err(|error| {
            error.in_doing(format!("failed to put profile {name} on proxy {proxy}: "))
        })?;
        let options = ToxicOptions {
            duration,
            ..ToxicOptions::default()
        };
        for toxic in &profile.toxics {
            self.remember(proxy, toxic, ends_at(&options));
        }
        Ok(())
    }
}
