//! Checks the name and the addresses of a proxy by their text alone.
//!
//! Must not look anything up or bind anything.

use super::finding::Finding;
use crate::control::limits;
use crate::control::upstream::{Upstream, admit_http};
use crate::control::view::HttpSetting;
use crate::net::{BuiltIn, HostPort};

/// The error finding for the name of a proxy or a toxic, if it is invalid.
pub fn check_name(text: &str) -> Option<Finding> {
    let error = limits::admit_name(text).err()?;
    Some(Finding::fatal("name", error.to_string()))
}

/// The findings about a listen address.
pub fn check_listen(text: &str) -> Option<Finding> {
    if let Err(error) = limits::admit_address("listen", text) {
        return Some(Finding::fatal("listen", error.to_string()));
    }
    let error = HostPort::parse(text).err()?;
    let remedy = "give HOST:PORT, :PORT or HOST:0";
    Some(Finding::fatal("listen", error.to_string()).with_remedy(remedy))
}

/// The findings about a listen address, for a server whose API is on this host and port. Only the texts
/// are compared. Binding can find more conflicts, and the server may be started on another port. The remedy is
/// the caller's to give.
pub fn check_api_port(text: &str, (host, port): (&str, &str)) -> Option<Finding> {
    let listen = HostPort::parse(text).ok()?;
    let api = HostPort::parse(&format!(":{port}")).ok()?;
    let is_any = |host: &str| matches!(host, "" | "0.0.0.0" | "::");
    let is_loopback = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "::1");
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let meets = listen.host.eq_ignore_ascii_case(host)
        || is_any(&listen.host)
        || is_any(host)
        || (is_loopback(&listen.host) && is_loopback(host));
    if listen.port == 0 || listen.port != api.port || !meets {
        return None;
    }
    let problem = format!("port {} is the API's", listen.port);
    Some(Finding::odd("listen", problem))
}

/// The finding about the option `http` of a proxy with this upstream, if the two cannot be.
pub fn check_http(upstream: &str, http: Option<&HttpSetting>) -> Option<Finding> {
    let error = admit_http(&Upstream::of_admitted(upstream), http).err()?;
    Some(Finding::fatal("http", error.to_string()))
}

/// What to give in place of an upstream that is no address.
fn without_port(text: &str) -> String {
    match BuiltIn::named_like(text) {
        Some(built_in) => {
            format!("every connection will fail, did you mean the built-in \"{built_in}\"?")
        }
        None => "every connection will fail, give HOST:PORT".to_owned(),
    }
}

/// The findings about an upstream address. They are warnings, because Toxiproxy accepts any upstream, unless
/// a URL cannot be used.
pub fn check_upstream(text: &str) -> Option<Finding> {
    let address = match Upstream::read(text) {
        Ok(upstream) => upstream.address,
        Err(error) => return Some(Finding::fatal("upstream", error.to_string())),
    };
    if BuiltIn::parse(&address).is_some() {
        return None;
    }
    let give = |remedy: &str| remedy.to_owned();
    let (problem, remedy) = match HostPort::parse(&address) {
        Err(error) => match text.split_once("://") {
            Some((scheme, _)) => (
                error.to_string(),
                format!("give HOST:PORT without {scheme}://"),
            ),
            None => (error.to_string(), without_port(text)),
        },
        Ok(parsed) if parsed.port == 0 => (
            "nobody can connect to port 0".to_owned(),
            give("give HOST:PORT"),
        ),
        Ok(parsed)
            if parsed
                .host
                .contains(|c: char| c.is_whitespace() || "/@?#".contains(c)) =>
        {
            (
                format!("{:?} is no host", parsed.host),
                give("give HOST:PORT"),
            )
        }
        Ok(_) => return None,
    };
    Some(Finding::odd("upstream", problem).with_remedy(remedy))
}
