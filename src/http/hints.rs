//! What a user can do about an error. All hints are made here.
//!
//! A hint names the thing, the alternatives that exist, and the way out. It is made only when an error is
//! answered, so successful requests pay nothing. May know: `control`'s errors and its search for similar
//! names, `decode`. Must not know: how a header is written.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::error::{Cause, Failure};
use super::{api::Api, headers};
use crate::control::{
    AttributeError, Catalogue, Control, ControlError, ListenError, ListenFault, Suggestions,
    overlap, suggestion,
};
use crate::decode::DecodeError;
use crate::util::duration;

/// The maximum length of a name in a hint, in characters.
const SHOWN: usize = 80;

/// Adds a hint to the answer of a handler, if it is an error that has one.
pub(super) async fn explain(State(api): State<Api>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let failure = response.extensions().get::<Failure>();
    let hint = failure.and_then(|failure| match &failure.cause {
        Cause::Control { error, entry } => {
            let hint = of_control(error, &api)?;
            Some(match entry {
                Some(entry) => format!("entry {}: {hint}", entry + 1),
                None => hint,
            })
        }
        Cause::Body(error) => of_body(error),
        Cause::Told => None,
    });
    if let Some(hint) = hint {
        headers::set_hint(&mut response, &hint);
    }
    response
}

/// The hint for an error of `control`; `None` if its message is complete.
fn of_control(error: &ControlError, api: &Api) -> Option<String> {
    let control = &api.control;
    let hint = match error {
        ControlError::ProxyNotFound { proxy } => {
            let similar = control.suggest_proxies(proxy);
            let none = "there are no proxies; create one with POST /proxies";
            absent(
                &format!("no proxy is named {}", name(proxy)),
                &similar,
                none,
            )
        }
        ControlError::ToxicNotFound { proxy, toxic } => {
            let similar = control.suggest_toxics(proxy, toxic);
            let what = format!("proxy {} has no toxic {}", name(proxy), name(toxic));
            absent(&what, &similar, "it has no toxics")
        }
        ControlError::SessionNotFound { session } => {
            let similar = control.suggest_sessions(session);
            let what = format!("no session is named {}, or it has ended", name(session));
            absent(&what, &similar, "start one with POST /sessions")
        }
        ControlError::ConnectionNotFound { proxy, connection } => format!(
            "proxy {} has no open connection {}; GET /proxies/NAME/connections lists those that are open",
            name(proxy),
            name(connection)
        ),
        ControlError::NoProfile { proxy } => format!(
            "proxy {} has no profile; PUT one on it, such as {{\"name\": \"3g\"}}; GET /profiles lists all",
            name(proxy)
        ),
        ControlError::UnknownProfile { profile } => of_profile(profile, control),
        ControlError::ProxyExists { proxy } => exists(proxy, control),
        ControlError::ToxicExists { toxic } => format!(
            "the proxy has a toxic {} already; update or delete that one, or give this one another \"name\"",
            name(toxic)
        ),
        ControlError::SessionExists { session } => format!(
            "session {} is open; renew or end it, or choose another name",
            name(session)
        ),
        ControlError::InvalidStream { stream } => {
            let meant = suggestion(&short(stream), ["upstream", "downstream", "both"]);
            format!("{} is no stream; {meant}", name(stream))
        }
        ControlError::InvalidToxicType { kind } => of_kind(kind, api.control.catalogue()),
        ControlError::MissingField { field, .. } => {
            format!("give {field}: it must be there and not empty")
        }
        ControlError::Listen(error) => cannot_listen(error, api),
        ControlError::BadAttribute { kind, error } => of_attribute(kind, error)?,
        ControlError::InToxic { index, error } => {
            format!("toxics[{index}]: {}", of_control(error, api)?)
        }
        _ => return None,
    };
    Some(hint)
}

fn absent(what: &str, similar: &Suggestions, none: &str) -> String {
    let more = similar.count.saturating_sub(similar.some.len());
    match &similar.nearest {
        Some(nearest) => format!("{what}; did you mean {nearest:?}?"),
        None if similar.count == 0 => format!("{what}; {none}"),
        None if more > 0 => format!("{what}; there are {} and {more} more", list(&similar.some)),
        None => format!("{what}; there are: {}", list(&similar.some)),
    }
}

fn exists(proxy: &str, control: &Control) -> String {
    let way_out = "update it with POST /proxies/NAME, delete it first, or choose another name";
    match control.show(proxy) {
        Ok(view) => format!(
            "proxy {} listens on {} for {}; {way_out}",
            name(proxy),
            short(&view.listen),
            short(&view.upstream)
        ),
        Err(_) => format!("proxy {}: {way_out}", name(proxy)),
    }
}

fn of_kind(kind: &str, catalogue: &Catalogue) -> String {
    let all = catalogue.names().collect::<Vec<_>>().join(", ");
    match kind {
        "" => format!("\"type\" is missing; it is one of {all}"),
        kind => match suggestion(&short(kind), catalogue.names()) {
            near if near.starts_with("did") => {
                format!("{} is no type of toxic; {near} Types are {all}", name(kind))
            }
            _ => format!("{} is no type of toxic; types are {all}", name(kind)),
        },
    }
}

fn of_profile(profile: &str, control: &Control) -> String {
    const SHOWN_PROFILES: usize = 20;
    let names = control.profile_names();
    let some: Vec<String> = names
        .iter()
        .take(SHOWN_PROFILES)
        .map(|one| short(one))
        .collect();
    let more = match names.len().saturating_sub(SHOWN_PROFILES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let near = match control.suggest_profiles(profile).nearest {
        Some(near) => format!("did you mean {}? ", name(&near)),
        None => String::new(),
    };
    format!("{near}Profiles are {}{more}", some.join(", "))
}

/// How to write a rejected attribute value so that it is accepted; `None` if the message is complete.
fn of_attribute(kind: &str, error: &AttributeError) -> Option<String> {
    match error {
        AttributeError::NotAnInteger {
            name, value, unit, ..
        } => {
            let name = &name.path;
            let bare = value.trim_matches('"');
            let whole = match duration::parse(bare) {
                _ if bare.parse::<i64>().is_ok() => bare.to_owned(),
                Ok(time) if *unit == "ms" => time.as_millis().to_string(),
                _ if bare.contains(['e', 'E']) => return None,
                _ => {
                    let whole: i64 = bare.split_once('.')?.0.parse().ok()?;
                    // 0 often means something else than a little, such as a stop.
                    (whole != 0).then(|| whole.to_string())?
                }
            };
            Some(format!(
                "{name} of {kind} is a whole number of {unit}: write {whole}"
            ))
        }
        AttributeError::Missing { name, example, .. } if !name.path.contains('.') => {
            let (name, beside) = (&name.path, name.beside);
            let given = format!("\"{name}\": {example}");
            Some(match beside {
                true => format!("{kind} needs {name}: {given}"),
                false => format!("{kind} needs {name}: \"attributes\": {{{given}}}"),
            })
        }
        _ => None,
    }
}

/// What to do when a proxy cannot listen, and the state it is in. As in Toxiproxy, an update that cannot
/// listen leaves the proxy disabled under its new address.
fn cannot_listen(error: &ListenError, api: &Api) -> String {
    let hint = of_listen(error, api);
    match api.control.disabled_with(&error.address) {
        Some(proxy) => {
            let proxy = name(&proxy);
            format!("{hint}. Proxy {proxy} is disabled now, with that address")
        }
        None => hint,
    }
}

fn of_listen(error: &ListenError, api: &Api) -> String {
    let address = name(&error.address);
    match error.fault {
        ListenFault::Malformed => format!(
            "{address} is no address to listen on; give HOST:PORT, :PORT for all interfaces, or 127.0.0.1:0 for a free port"
        ),
        ListenFault::UnknownHost => format!(
            "the host of {address} has no address here; listen on 127.0.0.1, on 0.0.0.0, or on an address of this machine"
        ),
        ListenFault::NotAvailable => format!(
            "no interface of this machine has the address of {address}; listen on 127.0.0.1, on 0.0.0.0, or on an address of this machine"
        ),
        ListenFault::NotPermitted => format!(
            "the server may not listen on {address}; choose a port from 1024 on, or give the server the right to (CAP_NET_BIND_SERVICE)"
        ),
        ListenFault::NoDescriptors => {
            "the server has too many files open; raise its limit (ulimit -n) or delete proxies"
                .to_owned()
        }
        ListenFault::InUse => holder(error, api),
        ListenFault::Other => {
            format!("the system refuses to listen on {address}; try another address")
        }
    }
}

/// Who listens on the address already.
fn holder(error: &ListenError, api: &Api) -> String {
    let Some(at) = error.at else {
        return "somebody listens there; choose another port, or 0 for a free one".to_owned();
    };
    if overlap(at, api.settings.listen) {
        let own = api.settings.listen;
        return format!("the API of this server itself listens on {own}; choose another port");
    }
    match api.control.listener_on(at) {
        Some(proxy) => format!(
            "proxy {} listens on port {} already; choose another port, or disable or delete that proxy",
            name(&proxy),
            at.port()
        ),
        None => format!(
            "no proxy of this server listens there: another process does, or another entry of the same list is to; `ss -ltnp sport = :{}` shows which. Stop it or choose another port, 0 for a free one",
            at.port()
        ),
    }
}

/// What to do about a body that was refused; `None` if the error's message is complete.
fn of_body(error: &DecodeError) -> Option<String> {
    match error {
        DecodeError::Empty { expected } => Some(format!("send {expected} as the body")),
        DecodeError::Syntax(problem) => Some(format!("the body must be JSON; {problem}")),
        DecodeError::TooMuch(_) | DecodeError::Unknown { .. } => None,
        DecodeError::Type {
            value, expected, ..
        } => {
            let inner = value.strip_prefix('"')?.strip_suffix('"')?;
            let bare = match &**expected {
                "true or false" => matches!(inner, "true" | "false"),
                _ if expected.contains("number") => inner.parse::<f64>().is_ok(),
                _ => false,
            };
            bare.then(|| format!("write {inner} without quotes"))
        }
    }
}

/// A name, shortened for a hint.
fn name(text: &str) -> String {
    format!("{:?}", short(text))
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|one| name(one)).collect();
    quoted.join(", ")
}
