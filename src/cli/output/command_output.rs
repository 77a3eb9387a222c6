//! What a command prints on its two output streams, and its exit code.

use serde_json::{Map, Value, json};

use super::hints;
use crate::args::client::{Action, Client, Dialect};
use crate::cli::context::Environment;
use crate::cli::error::CommandError;

/// What a command prints, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOutput {
    /// For standard output.
    pub output: String,
    /// For standard error.
    pub errors: String,
    /// The exit code: 0, or 1 if the command failed. `run` usually returns the exit code of the
    /// command it ran.
    pub code: u8,
}

/// A command's output, built from its result. Notes and hints are aconite's own: called as
/// `toxiproxy-cli` it prints them only on a terminal, since scripts may compare its output.
pub(crate) fn of(
    client: &Client,
    environment: &Environment,
    notes: Vec<String>,
    result: Result<String, CommandError>,
) -> CommandOutput {
    let output = match result {
        Ok(output) => CommandOutput {
            output,
            ..CommandOutput::default()
        },
        Err(error) => CommandOutput {
            errors: error_text(client, environment, &error),
            code: 1,
            ..CommandOutput::default()
        },
    };
    with_notes(client, environment, &notes, output)
}

/// Prints notes before the errors.
pub(crate) fn with_notes(
    client: &Client,
    environment: &Environment,
    notes: &[String],
    mut output: CommandOutput,
) -> CommandOutput {
    let notes = notes.iter().filter(|_| explains(client, environment));
    let line = |note: &String| match client.json {
        true => format!("{}\n", json!({ "warning": note })),
        false => format!("{note}\n"),
    };
    let notes: String = notes.map(line).collect();
    output.errors.insert_str(0, &notes);
    output
}

fn explains(client: &Client, environment: &Environment) -> bool {
    client.dialect == Dialect::Aconite || client.json || environment.errors_to_terminal
}

fn error_text(client: &Client, environment: &Environment, error: &CommandError) -> String {
    if client.json {
        return error_json(client, error);
    }
    let hints = hints::of(&client.action, error).into_iter();
    let hints = hints.filter(|_| explains(client, environment));
    let hints: String = hints.map(|hint| format!("{hint}\n")).collect();
    format!("{}{hints}", message(client, error))
}

/// An error as one line of JSON, for programs.
fn error_json(client: &Client, error: &CommandError) -> String {
    let mut fields = Map::new();
    let message = message(client, error);
    fields.insert("error".into(), message.trim_end().into());
    fields.insert("code".into(), error.source.code().into());
    if let Some(status) = error.source.status() {
        fields.insert("status".into(), status.into());
    }
    let hints = hints::of(&client.action, error);
    if !hints.is_empty() {
        fields.insert("hint".into(), one_line(&hints).into());
    }
    format!("{}\n", Value::Object(fields))
}

/// Joins hints into one line, each as a separate sentence.
fn one_line(hints: &[String]) -> String {
    let mut line = String::new();
    for hint in hints {
        if !line.is_empty() {
            let is_closed = line.ends_with(['.', '?', '!']);
            line.push_str(if is_closed { " " } else { ". " });
        }
        line.push_str(hint);
    }
    line
}

fn message(client: &Client, error: &CommandError) -> String {
    match (client.dialect, &client.action) {
        (Dialect::Toxiproxy, Action::List) => format!("{error}\n"),
        (Dialect::Toxiproxy, _) => format!("{error}\n\n"),
        (Dialect::Aconite, _) => {
            format!("{}{}\n", capitalised(&error.doing), error.source.plain())
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::error::RequestError;

    fn output(
        dialect: Dialect,
        errors_to_terminal: bool,
        result: Result<String, CommandError>,
    ) -> CommandOutput {
        let client = Client {
            dialect,
            host: None,
            token: None,
            json: false,
            action: Action::Toggle {
                proxy: "a".into(),
                session: None,
            },
        };
        let environment = Environment {
            errors_to_terminal,
            ..Environment::default()
        };
        of(&client, &environment, vec!["A note.".into()], result)
    }

    fn error() -> CommandError {
        let source = RequestError::refused(400, "bad request body: not JSON");
        source
            .in_doing("failed to do it: ")
            .between("Failed: ", "Do: ")
            .with_hint(Some("Try this.".into()))
    }

    #[test]
    fn hints_joined_to_one_line_stay_separate_sentences() {
        let line = |hints: [&str; 2]| one_line(&hints.map(str::to_owned));
        assert_eq!(
            line(["there is: web", "See list."]),
            "there is: web. See list."
        );
        assert_eq!(
            line(["did you mean web?", "See list."]),
            "did you mean web? See list."
        );
        assert_eq!(one_line(&["there is: web".into()]), "there is: web");
    }

    #[test]
    fn json_flag_prints_errors_as_json() {
        let client = Client {
            dialect: Dialect::Aconite,
            host: None,
            token: None,
            json: true,
            action: Action::List,
        };
        let source = RequestError::Refused {
            status: 404,
            error: "proxy not found".into(),
            code: Some("proxy_not_found".into()),
            hint: Some("did you mean web?".into()),
        };
        let error = source.in_doing("failed to do it: ");
        let environment = Environment::default();
        let output = of(&client, &environment, vec!["A note.".into()], Err(error));
        let lines: Vec<Value> = output
            .errors
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let hint = "did you mean web? `aconite list` shows the proxies.";
        let error = "Failed to do it: HTTP 404: proxy not found";
        let expected =
            json!({"error": error, "code": "proxy_not_found", "status": 404, "hint": hint});
        assert_eq!(lines, [json!({"warning": "A note."}), expected]);
        assert_eq!((output.output.as_str(), output.code), ("", 1));
    }

    #[test]
    fn toxiproxy_cli_prints_hints_only_on_a_terminal() {
        let toxiproxy = "Failed: failed to do it: Do: HTTP 400: bad request body: not JSON\n\n";
        let aconite = "Failed to do it: HTTP 400: bad request body: not JSON\n";
        for (dialect, terminal, errors) in [
            (Dialect::Toxiproxy, false, toxiproxy.to_owned()),
            (
                Dialect::Toxiproxy,
                true,
                format!("A note.\n{toxiproxy}Try this.\n"),
            ),
            (
                Dialect::Aconite,
                false,
                format!("A note.\n{aconite}Try this.\n"),
            ),
        ] {
            let output = output(dialect, terminal, Err(error()));
            assert_eq!((output.errors, output.code), (errors, 1), "{dialect:?}");
        }
        let output = output(Dialect::Toxiproxy, true, Ok("done".into()));
        assert_eq!((output.output.as_str(), output.code), ("done", 0));
        assert_eq!(output.errors, "A note.\n");
    }
}
