//! What marks on an answer mean for its stream, and which rules HTTP/2 knows.
//!
//! A toxic with a stage of its own would hold back every stream behind the one that it acts on. So
//! its stage is not used: what it does to one stream is what it does to a connection before the
//! upstream is dialled (`Toxic::on_connect`): it delays, it keeps silent, or it resets.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::{ConnectFault, Direction, DrawKey, Marks, Moment, PlannedToxic};
use crate::protocol::http::{Action, BodyEdit, Place, Rule, Rules};

/// What happens to the answer on a stream.
#[derive(Clone, Debug, Default)]
pub struct StreamFault {
    /// Everything leaves so much later.
    pub delay: Duration,
    /// What comes in place of the answer.
    pub end: Option<StreamEnd>,
    /// The toxics that asked for it.
    pub marks: Option<Arc<Marks>>,
}

/// What comes in place of an answer. Times count from the answer's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// Nothing, until the stream is cancelled after this time; `None`: never.
    Silence(Option<Duration>),
    /// A reset of the stream.
    Reset(Duration),
}

impl StreamFault {
    /// What the marked toxics do, one after the other.
    pub fn of(marks: Option<&Arc<Marks>>, rules: &Rules, place: &Place) -> Self {
        let mut fault = StreamFault {
            marks: marks.cloned(),
            ..StreamFault::default()
        };
        for id in marks.into_iter().flat_map(|marks| marks.toxics.iter()) {
            let toxic = planned(rules, *id);
            let found = toxic.and_then(|toxic| {
                let direction = Direction::Downstream;
                let exchange = place.exchange;
                let applies = toxic.applicability_to_exchange(place.identity, direction, exchange);
                // Not the key of the draw that decided whether it applies.
                on_stream(toxic, applies.draw_key.numbered(0), place.now)
            });
            fault.add(found);
        }
        fault
    }

    fn add(&mut self, fault: Option<ConnectFault>) {
        if self.end.is_some() {
            return;
        }
        match fault {
            None => {}
            Some(ConnectFault::Delay(delay)) => self.delay = self.delay.saturating_add(delay),
            Some(ConnectFault::Silence(silence)) => {
                self.end = Some(StreamEnd::Silence(silence.time));
            }
            Some(ConnectFault::Reset(after)) => self.end = Some(StreamEnd::Reset(after)),
        }
    }

    /// Whether a toxic that asked for it is no longer among the rules.
    pub fn is_over(&self, rules: &Rules) -> bool {
        let mut toxics = self.marks.iter().flat_map(|marks| marks.toxics.iter());
        toxics.any(|id| planned(rules, *id).is_none())
    }
}

fn planned(rules: &Rules, id: u64) -> Option<&PlannedToxic> {
    let is_it = |rule: &&Rule| rule.toxic.id == id && matches!(*rule.action, Action::Mark);
    rules.rules.iter().find(is_it).map(|rule| &*rule.toxic)
}

/// A silence that holds data back is not one of these: its data would have to wait for the toxic's
/// removal, without bound.
fn on_stream(toxic: &PlannedToxic, draw: DrawKey, now: Moment) -> Option<ConnectFault> {
    let fault = toxic.toxic.on_connect(draw, now);
    fault.filter(|fault| !matches!(fault, ConnectFault::Silence(silence) if silence.holds))
}

/// Whether HTTP/2 can do what a rule asks for.
pub fn is_known(rule: &Rule) -> bool {
    let matching = &rule.matching;
    match &*rule.action {
        Action::Mark => !matching.looks_into_body() && is_for_streams(&rule.toxic),
        Action::Respond(answer) | Action::RateLimit { answer, .. } => answer.raw.is_none(),
        Action::Status(edit) => edit.body.as_ref().is_none_or(is_whole),
        Action::Headers(_) => true,
        Action::Body(edit) => is_whole(edit),
        Action::Truncate(_) => false,
    }
}

/// Whether a body is replaced by one that needs no encoding.
fn is_whole(edit: &BodyEdit) -> bool {
    let encoding = edit.content_encoding.as_deref().unwrap_or_default();
    let is_plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    let is_part = edit.insert.is_some() || edit.repeat_event > 0 || edit.truncate.is_some();
    edit.replace.is_some() && is_plain && !is_part
}

fn is_for_streams(toxic: &PlannedToxic) -> bool {
    let draw = toxic.draw_key;
    // One that looks at no data does nothing to an answer in HTTP/1.1 either.
    !toxic.toxic.inspects_data() || on_stream(toxic, draw, Moment::ORIGIN).is_some()
}
