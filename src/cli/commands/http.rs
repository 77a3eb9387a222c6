//! The option `http` of a proxy in requests and answers.

use crate::args::client::Http;
use crate::cli::error::CommandError;
use crate::wire::{self, Proxy};

/// The option as a request carries it.
pub(super) fn http_body(http: &Http) -> wire::Http {
    match http {
        Http::Off => wire::Http::Flag(false),
        Http::On { host: None } => wire::Http::Flag(true),
        Http::On { host } => wire::Http::Options {
            host: host.clone(),
            locations: None,
        },
    }
}

/// Errors: the server has ignored the option.
pub(super) fn check_http(asked: Option<&Http>, proxy: &Proxy) -> Result<(), CommandError> {
    let is_on = matches!(asked, Some(Http::On { .. }));
    if !is_on || proxy.http.is_some() {
        return Ok(());
    }
    let text = "The proxy is there, but without HTTP: this server does not have the option";
    Err(CommandError::local(text))
}
