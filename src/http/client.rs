//! Who sent a request. Handlers that change something act on behalf of the client, so that events name it.
//!
//! May know: `control`, axum. Must not know: routes.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;

use super::api::Api;
use crate::control::Origin;

/// The address that a request came from. The HTTP server below the router adds it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client(pub(super) SocketAddr);

/// The maximum length of a recorded user agent, in characters.
const AGENT: usize = 200;

/// The API, acting on behalf of the client that sent the request.
#[derive(Debug)]
pub(super) struct Acting(pub(super) Api);

impl FromRequestParts<Api> for Acting {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Infallible> {
        Ok(Acting(Api {
            control: api.control.on_behalf_of(origin(parts)),
            ..api.clone()
        }))
    }
}

fn origin(parts: &Parts) -> Origin {
    let agent = parts.headers.get(USER_AGENT);
    let agent = agent.map(|agent| {
        let text = String::from_utf8_lossy(agent.as_bytes());
        text.chars().take(AGENT).collect::<String>().into()
    });
    Origin {
        client: parts.extensions.get().map(|Client(address)| *address),
        agent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    #[test]
    fn a_caller_is_its_address_and_what_it_calls_itself() {
        let client: SocketAddr = "127.0.0.1:5".parse().unwrap();
        let mut request = Request::new(());
        assert_eq!(
            origin(&request.clone().into_parts().0),
            Origin {
                client: None,
                agent: None
            }
        );
        request.extensions_mut().insert(Client(client));
        let long = format!("tests/1 {}", "é".repeat(300));
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, long.as_bytes().try_into().unwrap());
        let origin = origin(&request.into_parts().0);
        assert_eq!(origin.client, Some(client));
        let agent = origin.agent.unwrap();
        assert!(agent.starts_with("tests/1 é"));
        assert_eq!(agent.chars().count(), AGENT);
    }
}
