//! What a command comes to: the two streams and the exit code.

use super::failure::{Failure, Problem};
use super::hints;
use super::runner::NotRun;
use super::session::Surroundings;
use crate::args::client::{Action, Client, Manner};

/// What to say, and how to end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
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
    around: &Surroundings,
    notes: Vec<String>,
    done: Result<String, Problem>,
) -> Said {
    let explains = client.manner == Manner::Own || around.errors_to_terminal;
    let notes = notes.iter().filter(|_| explains);
    let notes: String = notes.map(|note| format!("{note}\n")).collect();
    match done {
        Ok(output) => Said {
            output,
            errors: notes,
            code: 0,
        },
        Err(problem) => {
            let way_out = hints::of(&client.action, &problem.failure);
            let hint = problem.hint.clone().or(way_out).filter(|_| explains);
            let hint = hint.map(|hint| format!("{hint}\n")).unwrap_or_default();
            let told = told(client, &problem);
            Said {
                output: String::new(),
                errors: format!("{notes}{told}{hint}"),
                code: 1,
            }
        }
    }
}

/// The same for `run`, which has exit codes of its own.
pub(super) fn of_run(
    client: &Client,
    around: &Surroundings,
    notes: Vec<String>,
    done: Result<Said, NotRun>,
) -> Said {
    match done {
        Ok(said) => said,
        Err(NotRun { problem, code }) => Said {
            code,
            ..of(client, around, notes, Err(problem))
        },
    }
}

fn told(client: &Client, problem: &Problem) -> String {
    match (client.manner, &client.action) {
        (Manner::Reference, Action::List) => format!("{}\n", decoders_words(problem)),
        (Manner::Reference, _) => format!("{}\n\n", decoders_words(problem)),
        (Manner::Own, _) => {
            let doing = capitalised(&problem.doing);
            format!("{doing}{}\n", plainly(&problem.failure))
        }
    }
}

/// A problem with a bad body marked as the reference's decoder marks it, for who looks for that.
fn decoders_words(problem: &Problem) -> String {
    const BAD_BODY: &str = "bad request body: ";
    let text = problem.to_string();
    match text.split_once(BAD_BODY) {
        Some((before, wrong)) if !wrong.starts_with("json: ") => {
            format!("{before}{BAD_BODY}json: {wrong}")
        }
        _ => text,
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
        Failure::BadUrl { url, reason } => format!("{url:?} is no URL of an API: {reason}"),
        Failure::NoAnswer { url, reason, .. } => {
            let reason = reason.strip_prefix("dial tcp: ").unwrap_or(reason);
            format!("no answer from {url}: {reason}")
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

    fn said(manner: Manner, errors_to_terminal: bool, done: Result<String, Problem>) -> Said {
        let client = Client {
            manner,
            host: None,
            json: false,
            action: Action::Toggle {
                proxy: "a".into(),
                session: None,
            },
        };
        let around = Surroundings {
            errors_to_terminal,
            ..Surroundings::default()
        };
        of(&client, &around, vec!["A note.".into()], done)
    }

    fn problem() -> Problem {
        let error = "bad request body: not JSON".to_owned();
        let failure = Failure::Refused { status: 400, error };
        let problem = failure.in_doing("failed to do it: ");
        problem
            .between("Failed: ", "Do: ")
            .with_hint(Some("Try this.".into()))
    }

    #[test]
    fn scripts_get_the_references_words_and_people_are_told_more() {
        let theirs = "Failed: failed to do it: Do: HTTP 400: bad request body: json: not JSON\n\n";
        let ours = "Failed to do it: HTTP 400: bad request body: not JSON\n";
        for (manner, terminal, errors) in [
            (Manner::Reference, false, theirs.to_owned()),
            (
                Manner::Reference,
                true,
                format!("A note.\n{theirs}Try this.\n"),
            ),
            (Manner::Own, false, format!("A note.\n{ours}Try this.\n")),
        ] {
            let said = said(manner, terminal, Err(problem()));
            assert_eq!((said.errors, said.code), (errors, 1), "{manner:?}");
        }
        let said = said(Manner::Reference, true, Ok("done".into()));
        assert_eq!((said.output.as_str(), said.code), ("done", 0));
        assert_eq!(said.errors, "A note.\n");
    }
}
