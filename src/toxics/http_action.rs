//! What a toxic of any kind does to requests and answers, and which options contradict that.

use super::error::AttributeError;
use super::http::{HttpShape, not_for_connections};
use super::kind::Kind;
use super::phase::acts_at_connect;
use super::values::Values;
use crate::engine::Direction;
use crate::protocol::http::{Action, HttpMatch, Truncation};

impl Kind {
    /// Whether toxics of this kind act on requests and answers only, with or without `match.http`.
    #[allow(dead_code, reason = "for tests")]
    pub fn is_http(&self) -> bool {
        self.http.is_some()
    }

    /// What a toxic with these values does to requests and answers. `None`: it is an ordinary toxic,
    /// which acts on all bytes. With [`Action::Mark`] it has a stage that acts on the bytes of answers.
    ///
    /// # Errors
    /// The values, the stream and `match.http` contradict each other.
    pub fn http(
        &self,
        values: &Values,
        direction: Direction,
        matching: Option<&HttpMatch>,
    ) -> Result<Option<Action>, AttributeError> {
        match (self.http, matching) {
            (Some((shape, action)), _) => {
                not_for_connections(values).map_err(|error| error.placed(true))?;
                let nothing = HttpMatch::default();
                self.check_shape(shape, direction, matching.unwrap_or(&nothing))?;
                let action = action(values, Some(direction));
                action.map(Some).map_err(|error| self.placed(error))
            }
            (None, Some(_)) => self.marking(values, direction).map(Some),
            (None, None) if ends_message(values) => {
                let problem = "is \"message\", but match.http is missing, which says of which answers; \
                               give it, or end \"fin\", \"rst\" or \"half\"";
                Err(beside("end", problem))
            }
            (None, None) => Ok(None),
        }
    }

    fn check_shape(
        &self,
        shape: HttpShape,
        direction: Direction,
        matching: &HttpMatch,
    ) -> Result<(), AttributeError> {
        let name = self.name;
        if direction == Direction::Upstream && shape != HttpShape::ChangesEither {
            let problem = format!(
                "is \"upstream\", but {name} acts on answers; leave stream out, or give \"downstream\""
            );
            return Err(beside("stream", problem));
        }
        let sees_no_answer = match shape {
            HttpShape::Answers => Some(format!("{name} answers before the upstream does")),
            HttpShape::ChangesEither if direction == Direction::Upstream => Some(format!(
                "{name} with stream \"upstream\" changes the request"
            )),
            _ => None,
        };
        let condition = answer_condition(matching);
        if let Some((why, condition)) = sees_no_answer.zip(condition) {
            let problem = format!("is a condition on the answer, but {why}; leave it out");
            return Err(beside(condition, problem));
        }
        Ok(())
    }

    /// The action of an ordinary kind, of which `match.http` chooses answers.
    fn marking(&self, values: &Values, direction: Direction) -> Result<Action, AttributeError> {
        let name = self.name;
        let refused = |option: &str, problem: String| Err(beside(option, problem));
        if name == "slow_close" {
            let problem = "does not go with slow_close, which delays the end of a connection, not of an \
                           answer; give latency, or timeout";
            return refused("match.http", problem.to_owned());
        }
        if direction == Direction::Upstream {
            let problem = format!(
                "is \"upstream\", but with match.http {name} acts on answers; give \"downstream\""
            );
            return refused("stream", problem);
        }
        if acts_at_connect(values) {
            let problem = "is \"connect\", but match.http waits for a request; give one of the two";
            return refused("phase", problem.to_owned());
        }
        not_for_connections(values).map_err(|error| error.placed(true))?;
        if self.build(values)?.wants_messages() {
            let problem = "does not go with per or cut, which count messages of a connection; give \
                           match.http.split or after";
            return refused("match.http", problem.to_owned());
        }
        if !ends_message(values) {
            return Ok(Action::Mark);
        }
        Ok(Action::Truncate(Truncation {
            bytes: values.count("bytes"),
        }))
    }
}

fn ends_message(values: &Values) -> bool {
    values.text("end") == "message"
}

/// The name of the first condition that only an answer can fulfil.
fn answer_condition(matching: &HttpMatch) -> Option<&'static str> {
    let conditions = [
        (!matching.status.is_empty(), "match.http.status"),
        (matching.content_type.is_some(), "match.http.content_type"),
        (matching.after.is_some(), "match.http.after"),
        (matching.split_events, "match.http.split"),
    ];
    let given = conditions.into_iter().find(|(is_given, _)| *is_given);
    given.map(|(_, name)| name)
}

fn beside(option: &str, problem: impl Into<String>) -> AttributeError {
    AttributeError::conflict(option, problem).placed(true)
}

#[cfg(test)]
mod tests;
