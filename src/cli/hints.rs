//! The way out of what a server refuses, for people: it names what the command named.
//!
//! May know: what was to be done, and what the server said to it.

use super::failure::Failure;
use crate::args::client::{Action, NewToxic, OnSession};

/// What to do about a refusal; `None`: it says all there is to say.
pub(super) fn of(action: &Action, failure: &Failure) -> Option<String> {
    let Failure::Refused { status, error, .. } = failure else {
        return None;
    };
    let proxy = word(proxy(action), "PROXY");
    let hint = match (status, error.as_str()) {
        (404, "proxy not found") => "`aconite list` shows the proxies.".to_owned(),
        (404, "toxic not found") => format!("`aconite inspect {proxy}` shows the toxics."),
        (404, "connection not found") => {
            format!("`aconite connections {proxy}` shows those that are open.")
        }
        (404, "session not found") => no_session(action),
        (400, error) if error.contains("session is ") && error.contains("but there is none") => {
            no_session(action)
        }
        (409, "proxy already exists") => format!(
            "There is a proxy {proxy} already: `aconite delete {proxy}` deletes it, or take another name."
        ),
        (409, "toxic already exists") => toxic_exists(action, &proxy),
        _ => return None,
    };
    Some(hint)
}

fn no_session(action: &Action) -> String {
    let name = word(session(action), "NAME");
    format!("`aconite session start {name}` starts one.")
}

/// Two toxics of one command may have the same name, too.
fn toxic_exists(action: &Action, proxy: &str) -> String {
    let Action::AddToxic { toxic, .. } = action else {
        return "Give one of its toxics another name, with the setting name=NAME.".to_owned();
    };
    let name = word(Some(&name_of(toxic)), "TOXIC");
    format!(
        "There is a toxic {name} already: `aconite toxic update {proxy} --name {name}` changes it, or give the new one another name with --name."
    )
}

/// The name that the server gives a toxic without one.
fn name_of(toxic: &NewToxic) -> String {
    let usual = || format!("{}_{}", toxic.kind, toxic.stream.name());
    toxic.name.clone().unwrap_or_else(usual)
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
        | Action::Stats { proxy, .. } => Some(proxy),
        _ => None,
    }
}

/// The session that a command names.
fn session(action: &Action) -> Option<&str> {
    match action {
        Action::Create(new) => new.session.as_deref(),
        Action::Toggle { session, .. } | Action::Switch { session, .. } => session.as_deref(),
        Action::AddToxic { toxic, .. } => toxic.extras.session.as_deref(),
        Action::Session(
            OnSession::Renew { name, .. } | OnSession::End { name } | OnSession::Reset { name },
        ) => Some(name),
        _ => None,
    }
}

/// A name as it stands in a command, or what stands for one that a shell would not take so.
fn word(name: Option<&str>, otherwise: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@+".contains(c);
    let plain = name
        .filter(|name| !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain));
    plain.unwrap_or(otherwise).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_what_the_command_named() {
        let inspect = |proxy: &str| Action::Inspect {
            proxy: proxy.into(),
        };
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
            (
                end.clone(),
                404,
                "session not found",
                "`aconite session start s` ",
            ),
            (end, 400, none, "`aconite session start s` "),
            (Action::List, 400, none, "`aconite session start NAME` "),
        ] {
            let told = of(&action, &Failure::refused(status, error));
            assert!(told.as_ref().unwrap().starts_with(hint), "{told:?}");
        }
        let other = Failure::refused(500, "proxy not found");
        assert_eq!(of(&Action::List, &other), None);
    }
}
