//! What a user can do about an error: the server's hint, and a remedy as a command of the client.
//!
//! The server's hints are written for users of its API. Where a hint names a route that has a
//! command, the command replaces the hint. Errors are identified by their code.

use crate::args::client::{Action, NewToxic, OnProfile, OnSession};
use crate::cli::error::{CommandError, RequestError};
use crate::wire::ErrorCode;

/// The hints for an error, in the order in which they are printed.
pub(crate) fn of(action: &Action, error: &CommandError) -> Vec<String> {
    let RequestError::Refused { hint, .. } = &*error.source else {
        return error.hint.iter().cloned().collect();
    };
    let way_out = way_out(action, &error.source);
    let of_server = match (&error.hint, &way_out) {
        // The remedy says the same in the command line's words.
        (Some(_), _) | (None, Some(WayOut::Whole(_))) => None,
        (None, Some(WayOut::More(_))) => hint.clone().filter(|hint| !names_route(hint)),
        (None, None) => hint.clone(),
    };
    let ours = error.hint.clone().or(way_out.map(WayOut::into_text));
    of_server.into_iter().chain(ours).collect()
}

/// A remedy as a command of the client.
#[derive(Debug)]
enum WayOut {
    /// Printed after the server's hint, which may list the names that exist.
    More(String),
    /// Printed instead of the server's hint.
    Whole(String),
}

impl WayOut {
    fn into_text(self) -> String {
        match self {
            WayOut::More(text) | WayOut::Whole(text) => text,
        }
    }
}

fn names_route(hint: &str) -> bool {
    ["GET /", "POST /", "DELETE /"]
        .into_iter()
        .any(|method| hint.contains(method))
}

/// The remedy for an error of the API. `None`: the server's hint says everything.
fn way_out(action: &Action, error: &RequestError) -> Option<WayOut> {
    let proxy = word(proxy(action), "PROXY");
    Some(match error.error_code()? {
        ErrorCode::ProxyNotFound => WayOut::More("`aconite list` shows the proxies.".to_owned()),
        ErrorCode::ToxicNotFound => {
            WayOut::More(format!("`aconite inspect {proxy}` shows the toxics."))
        }
        ErrorCode::ConnectionNotFound => WayOut::Whole(format!(
            "`aconite connections {proxy}` shows those that are open."
        )),
        ErrorCode::SessionNotFound => {
            let name = word(session(action), "NAME");
            WayOut::More(format!("`aconite session start {name}` starts one."))
        }
        ErrorCode::ProfileNotFound => match action {
            Action::Profile(OnProfile::Show { .. } | OnProfile::Clear { .. }) => WayOut::Whole(
                format!("It has no profile: `aconite profile set {proxy} NAME` puts one on."),
            ),
            _ => WayOut::More("`aconite profile list` explains every profile.".to_owned()),
        },
        ErrorCode::SessionExists => {
            let name = word(session(action), "NAME");
            WayOut::Whole(format!(
                "There is a session {name} already: `aconite session renew {name}` renews it, `aconite session end {name}` ends it, or choose another name."
            ))
        }
        ErrorCode::ProxyExists => WayOut::Whole(format!(
            "There is a proxy {proxy} already: `aconite update {proxy}` changes it, `aconite delete {proxy}` deletes it, or choose another name."
        )),
        ErrorCode::ToxicExists => WayOut::Whole(toxic_exists(action, &proxy)),
        ErrorCode::TokenMissing => WayOut::Whole(
            "The server requires a token: give it with --auth-token or TOXIPROXY_AUTH_TOKEN."
                .to_owned(),
        ),
        ErrorCode::TokenWrong => WayOut::Whole(
            "The token that was sent is not the server's: check --auth-token or TOXIPROXY_AUTH_TOKEN."
                .to_owned(),
        ),
        _ => return None,
    })
}

fn toxic_exists(action: &Action, proxy: &str) -> String {
    if let Action::Profile(_) = action {
        return format!(
            "`aconite inspect {proxy}` shows it, `aconite toxic remove {proxy} TOXIC` removes it."
        );
    }
    let Action::AddToxic { toxic, .. } = action else {
        // `create` and `run` can give two toxics the same name.
        return "Give one of the toxics another name, with the setting name=NAME.".to_owned();
    };
    let name = word(Some(&default_name(toxic)), "TOXIC");
    format!(
        "There is a toxic {name} already: `aconite toxic update {proxy} --name {name}` changes it, or give the new one another name with --name."
    )
}

/// The name of a toxic. The server chooses one if the command gives none.
fn default_name(toxic: &NewToxic) -> String {
    let made = || format!("{}_{}", toxic.kind, toxic.stream.name());
    toxic.name.clone().unwrap_or_else(made)
}

/// The proxy that a command names.
fn proxy(action: &Action) -> Option<&str> {
    match action {
        Action::Create(new) => Some(&new.name),
        Action::Inspect { proxy }
        | Action::Toggle { proxy, .. }
        | Action::UpdateProxy { proxy, .. }
        | Action::Delete { proxy }
        | Action::AddToxic { proxy, .. }
        | Action::UpdateToxic { proxy, .. }
        | Action::RemoveToxic { proxy, .. }
        | Action::Connections { proxy, .. }
        | Action::Kill { proxy, .. }
        | Action::Stats { proxy, .. }
        | Action::Profile(
            OnProfile::Show { proxy } | OnProfile::Set { proxy, .. } | OnProfile::Clear { proxy },
        ) => Some(proxy),
        _ => None,
    }
}

/// The session that a command names.
fn session(action: &Action) -> Option<&str> {
    match action {
        Action::Create(new) => new.session.as_deref(),
        Action::Profile(OnProfile::Set { options, .. }) => options.session.as_deref(),
        Action::Toggle { session, .. } | Action::Switch { session, .. } => session.as_deref(),
        Action::Session(OnSession::Start { name, .. }) => name.as_deref(),
        Action::AddToxic { toxic, .. } => toxic.options.session.as_deref(),
        Action::Session(
            OnSession::Renew { name, .. } | OnSession::End { name } | OnSession::Reset { name },
        ) => Some(name),
        _ => None,
    }
}

/// A name as it is written in a command, or a placeholder if a shell would need quotes around it.
fn word(name: Option<&str>, otherwise: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@+".contains(c);
    let plain = name
        .filter(|name| !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain));
    plain.unwrap_or(otherwise).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, text: &str, code: Option<&str>, hint: Option<&str>) -> CommandError {
        let error = RequestError::Refused {
            status,
            error: text.into(),
            code: code.map(str::to_owned),
            hint: hint.map(str::to_owned),
        };
        error.in_doing("failed: ")
    }

    fn inspect(proxy: &str) -> Action {
        Action::Inspect {
            proxy: proxy.into(),
        }
    }

    #[test]
    fn hint_names_what_the_command_named() {
        let end = Action::Session(OnSession::End { name: "s".into() });
        let none = r#"bad request body: session is "s", but there is none, or it has ended"#;
        for (action, status, error, hint) in [
            (
                inspect("web"),
                404,
                "toxic not found",
                "`aconite inspect web` ",
            ),
            (
                inspect("w b"),
                404,
                "toxic not found",
                "`aconite inspect PROXY` ",
            ),
            (
                inspect("-x"),
                404,
                "toxic not found",
                "`aconite inspect PROXY` ",
            ),
            (inspect("$x"), 404, "proxy not found", "`aconite list` "),
        ] {
            let hints = of(&action, &refused(status, error, None, None));
            assert!(hints[0].starts_with(hint), "{hints:?}");
        }
        for (action, hint) in [
            (end, "`aconite session start s` "),
            (Action::List, "`aconite session start NAME` "),
        ] {
            let hints = of(
                &action,
                &refused(400, none, Some("session_not_found"), None),
            );
            assert!(hints[0].starts_with(hint), "{hints:?}");
        }
        let other = refused(500, "proxy not found", None, None);
        assert_eq!(of(&Action::List, &other), Vec::<String>::new());
    }

    #[test]
    fn hint_of_the_server_is_kept_unless_a_command_replaces_it() {
        let mean = Some("did you mean \"web\"?");
        let route = Some("start one with POST /sessions");
        let end = Action::Session(OnSession::End { name: "s".into() });
        for (action, code, hint, expected) in [
            (
                inspect("wob"),
                "proxy_not_found",
                mean,
                vec!["did you mean \"web\"?", "`aconite list` shows the proxies."],
            ),
            (
                end,
                "session_not_found",
                route,
                vec!["`aconite session start s` starts one."],
            ),
            (
                Action::List,
                "toxic_exists",
                Some("the proxy has it already"),
                vec!["Give one of the toxics another name, with the setting name=NAME."],
            ),
            (
                Action::List,
                "address_in_use",
                Some("choose another port"),
                vec!["choose another port"],
            ),
        ] {
            let error = refused(404, "x", Some(code), hint);
            assert_eq!(of(&action, &error), expected, "{code}");
        }
    }
}
