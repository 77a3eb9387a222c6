//! What a command comes to: the two streams and the exit code.

use serde_json::{Map, Value, json};

use super::context::Environment;
use super::failure::{Failure, Problem};
use super::hints;
use super::runner::NotRun;
use crate::args::client::{Action, Client, Dialect};

/// What to say, and how to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandOutput {
    /// For standard output.
    pub output: String,
    /// For standard error.
    pub errors: String,
    /// The exit code: 0, or 1 when the command failed; that of `run` is mostly its command's.
    pub code: u8,
}

/// Puts together what came of a command. Notes and hints are ours: as `toxiproxy-cli` they are
/// only said to a person, since scripts may compare what it says.
pub(super) fn of(
    client: &Client,
    around: &Environment,
    notes: Vec<String>,
    done: Result<String, Problem>,
) -> CommandOutput {
    let notes = told_notes(client, around, &notes);
    match done {
        Ok(output) => CommandOutput {
            output,
            errors: notes,
            code: 0,
        },
        Err(problem) => {
            let told = match client.json {
                true => as_json(client, &problem),
                false => {
                    let hints = hints_of(client, &problem).into_iter();
                    let hints = hints.filter(|_| explains(client, around));
                    let hints: String = hints.map(|hint| format!("{hint}\n")).collect();
                    format!("{}{hints}", told(client, &problem))
                }
            };
            CommandOutput {
                output: String::new(),
                errors: format!("{notes}{told}"),
                code: 1,
            }
        }
    }
}

fn explains(client: &Client, around: &Environment) -> bool {
    client.manner == Dialect::Aconite || client.json || around.errors_to_terminal
}

fn told_notes(client: &Client, around: &Environment, notes: &[String]) -> String {
    let notes = notes.iter().filter(|_| explains(client, around));
    let line = |note: &String| match client.json {
        true => format!("{}\n", json!({ "warning": note })),
        false => format!("{note}\n"),
    };
    notes.map(line).collect()
}

/// The ways out: the server's, and what to write on the command line.
fn hints_of(client: &Client, problem: &Problem) -> Vec<String> {
    let of_server = match &*problem.failure {
        // What this command found out itself says the same in the command line's words.
        Failure::Refused { hint, .. } if problem.hint.is_none() => hint.clone(),
        _ => None,
    };
    let way_out = hints::of(&client.action, &problem.failure);
    let ours = problem.hint.clone().or(way_out);
    of_server.into_iter().chain(ours).collect()
}

/// A problem as one line of JSON, for programs.
fn as_json(client: &Client, problem: &Problem) -> String {
    let mut fields = Map::new();
    let failure = &problem.failure;
    let told = told(client, problem);
    fields.insert("error".into(), told.trim_end().into());
    fields.insert("code".into(), failure.code().into());
    if let Some(status) = failure.status() {
        fields.insert("status".into(), status.into());
    }
    let hints = hints_of(client, problem);
    if !hints.is_empty() {
        fields.insert("hint".into(), one_line(&hints).into());
    }
    format!("{}\n", Value::Object(fields))
}

/// Hints behind one another, each closed before the next.
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

/// The same for `run`, which has exit codes of its own.
pub(super) fn of_run(
    client: &Client,
    around: &Environment,
    notes: Vec<String>,
    done: Result<CommandOutput, NotRun>,
) -> CommandOutput {
    match done {
        Ok(mut said) => {
            let notes = told_notes(client, around, &notes);
            said.errors.insert_str(0, &notes);
            said
        }
        Err(NotRun { problem, code }) => CommandOutput {
            code,
            ..of(client, around, notes, Err(problem))
        },
    }
}

fn told(client: &Client, problem: &Problem) -> String {
    match (client.manner, &client.action) {
        (Dialect::Toxiproxy, Action::List) => format!("{problem}\n"),
        (Dialect::Toxiproxy, _) => format!("{problem}\n\n"),
        (Dialect::Aconite, _) => {
            let doing = capitalised(&problem.doing);
            format!("{doing}{}\n", plainly(&problem.failure))
        }
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// A failure without the names of Go's packages and functions.
pub(super) fn plainly(failure: &Failure) -> String {
    match failure {
        Failure::BadUrl { url, reason } => format!("{url} is not the address of an API: {reason}"),
        Failure::NoAnswer { url, plain, .. } => {
            format!("no answer from {}: {plain}", url.trim_matches('"'))
        }
        Failure::Foreign { status, body } => {
            format!("the answer (HTTP {status}) is not that of the API: {body:?}")
        }
        Failure::Refused { .. } | Failure::Local(_) => failure.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        manner: Dialect,
        errors_to_terminal: bool,
        done: Result<String, Problem>,
    ) -> CommandOutput {
        let client = Client {
            manner,
            host: None,
            token: None,
            json: false,
            action: Action::Toggle {
                proxy: "a".into(),
                session: None,
            },
        };
        let around = Environment {
            errors_to_terminal,
            ..Environment::default()
        };
        of(&client, &around, vec!["A note.".into()], done)
    }

    fn problem() -> Problem {
        let error = "bad request body: not JSON".to_owned();
        let failure = Failure::refused(400, &error);
        let problem = failure.in_doing("failed to do it: ");
        problem
            .between("Failed: ", "Do: ")
            .with_hint(Some("Try this.".into()))
    }

    #[test]
    fn hints_on_one_line_are_separate_sentences() {
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
    fn programs_get_errors_as_json() {
        let client = Client {
            manner: Dialect::Aconite,
            host: None,
            token: None,
            json: true,
            action: Action::List,
        };
        let failure = Failure::Refused {
            status: 404,
            error: "proxy not found".into(),
            code: Some("proxy_not_found".into()),
            hint: Some("did you mean web?".into()),
        };
        let problem = failure.in_doing("failed to do it: ");
        let around = Environment::default();
        let said = of(&client, &around, vec!["A note.".into()], Err(problem));
        let lines: Vec<Value> = said
            .errors
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let hint = "did you mean web? `aconite list` shows the proxies.";
        let error = "Failed to do it: HTTP 404: proxy not found";
        let expected =
            json!({"error": error, "code": "proxy_not_found", "status": 404, "hint": hint});
        assert_eq!(lines, [json!({"warning": "A note."}), expected]);
        assert_eq!((said.output.as_str(), said.code), ("", 1));
    }

    #[test]
    fn scripts_get_the_references_words_and_people_are_told_more() {
        let theirs = "Failed: failed to do it: Do: HTTP 400: bad request body: not JSON\n\n";
        let ours = "Failed to do it: HTTP 400: bad request body: not JSON\n";
        for (manner, terminal, errors) in [
            (Dialect::Toxiproxy, false, theirs.to_owned()),
            (
                Dialect::Toxiproxy,
                true,
                format!("A note.\n{theirs}Try this.\n"),
            ),
            (
                Dialect::Aconite,
                false,
                format!("A note.\n{ours}Try this.\n"),
            ),
        ] {
            let said = said(manner, terminal, Err(problem()));
            assert_eq!((said.errors, said.code), (errors, 1), "{manner:?}");
        }
        let said = said(Dialect::Toxiproxy, true, Ok("done".into()));
        assert_eq!((said.output.as_str(), said.code), ("done", 0));
        assert_eq!(said.errors, "A note.\n");
    }
}
