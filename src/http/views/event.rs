//! Events.

use std::borrow::Cow;

use super::attribute;
use crate::control::{
    self, ChangeTarget, Difference, EndKind, Ended, EventCursor, EventKind, Field, Opened, Origin,
    Reason,
};
use crate::wire::{
    Actor, Change, Changes, Event, EventBody, FieldValue, Hit, Match, Missed, PerStream, Ready,
};

/// The id of an event: the run of the server, and the event's number in it.
pub(crate) fn id(cursor: EventCursor) -> String {
    format!("{:08x}-{}", cursor.run, cursor.number)
}

/// Reads an [`id`].
pub(crate) fn cursor(id: &str) -> Option<EventCursor> {
    let (run, number) = id.split_once('-')?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (plain(run) && plain(number)).then_some(())?;
    Some(EventCursor {
        run: u32::from_str_radix(run, 16).ok()?,
        number: number.parse().ok()?,
    })
}

pub(crate) fn ready(cursor: EventCursor) -> Ready {
    Ready {
        event: Ready::NAME.into(),
        id: id(cursor),
    }
}

pub(crate) fn missed(missed: Option<u64>) -> Missed {
    Missed {
        event: Missed::NAME.into(),
        missed,
    }
}

pub(crate) fn event(event: &control::Event, cursor: EventCursor) -> Event {
    let change = match &event.kind {
        EventKind::Change(change) => Some(change),
        EventKind::Opened(_) | EventKind::Ended(_) => None,
    };
    let session = change.and_then(|change| change.session.as_deref());
    Event {
        id: id(cursor),
        event: event.kind.name().into(),
        at: humantime::format_rfc3339_millis(event.at).to_string(),
        body: match &event.kind {
            EventKind::Change(change) => changed(&change.target),
            EventKind::Opened(opened) => of_opened(opened),
            EventKind::Ended(ended) => of_ended(ended),
        },
        session: session.map(str::to_owned),
        by: change.and_then(|change| change.origin.as_deref().map(actor)),
    }
}

fn actor(origin: &Origin) -> Actor {
    Actor {
        client: origin.client.map(|client| client.to_string()),
        user_agent: origin.agent.as_deref().map(str::to_owned),
    }
}

fn changed(target: &ChangeTarget) -> EventBody {
    match target {
        ChangeTarget::Proxy {
            proxy,
            listen,
            upstream,
            changes: differences,
            ..
        } => EventBody::Proxy {
            proxy: proxy.as_ref().into(),
            listen: listen.as_ref().into(),
            upstream: upstream.as_ref().into(),
            changes: differences.as_deref().map(changes),
        },
        ChangeTarget::Toxic {
            proxy,
            toxic,
            kind,
            stream,
            values,
            ..
        } => EventBody::Toxic {
            proxy: proxy.as_ref().into(),
            toxic: toxic.as_ref().into(),
            kind: (*kind).into(),
            stream: stream.as_ref().into(),
            toxicity: values.as_ref().map(|values| values.toxicity),
            attributes: values.as_ref().map(|values| {
                let attributes = values.attributes.iter();
                attributes
                    .map(|(name, value)| (Cow::Borrowed(*name), attribute::json(value)))
                    .collect()
            }),
            changes: values
                .as_ref()
                .and_then(|values| values.changes.as_deref().map(changes)),
        },
        ChangeTarget::Session(_) => EventBody::Session {},
    }
}

fn of_opened(opened: &Opened) -> EventBody {
    EventBody::Opened {
        proxy: opened.proxy.as_ref().into(),
        connection: opened.connection(),
        client: opened.client().to_string(),
        upstream: opened.upstream().map(|upstream| upstream.to_string()),
        toxics: opened.toxics().iter().map(|name| (**name).into()).collect(),
    }
}

fn of_ended(ended: &Ended) -> EventBody {
    let toxic = match &ended.reason {
        Reason::Toxic(name) => Some(name),
        _ => None,
    };
    let touched = ended.touched.iter();
    EventBody::Ended {
        proxy: ended.proxy.as_ref().into(),
        connection: ended.connection,
        client: ended.client.to_string(),
        reason: reason(ended.reason.kind()).into(),
        toxic: toxic.map(|name| (**name).into()),
        error: ended.reason.error().map(Into::into),
        age_ms: u64::try_from(ended.age.as_millis()).unwrap_or(u64::MAX),
        sent: PerStream {
            upstream: ended.sent_up,
            downstream: ended.sent_down,
        },
        touched: touched
            .map(|(name, hits)| Hit {
                name: name.as_ref().into(),
                hits: (*hits).into(),
            })
            .collect(),
    }
}

/// The name of an end reason, as events and metrics show it.
pub(crate) fn reason(kind: EndKind) -> &'static str {
    match kind {
        EndKind::ClientClosed => "client_closed",
        EndKind::UpstreamClosed => "upstream_closed",
        EndKind::ClientReset => "client_reset",
        EndKind::UpstreamReset => "upstream_reset",
        EndKind::Toxic => "toxic",
        EndKind::Stopped => "proxy_stopped",
        EndKind::Killed => "killed",
        EndKind::Unreachable => "upstream_unreachable",
        EndKind::Refused => "refused",
        EndKind::Defect => "defect",
    }
}

fn changes(differences: &[Difference]) -> Changes {
    let member = |difference: &Difference| {
        let name = match difference.field {
            Field::Own(name) => Cow::Borrowed(name),
            Field::Attribute(name) => Cow::Owned(format!("attributes.{name}")),
        };
        let change = Change {
            old: value(&difference.old),
            new: value(&difference.new),
        };
        (name, change)
    };
    differences.iter().map(member).collect()
}

fn value(value: &control::FieldValue) -> FieldValue {
    use control::FieldValue as Given;
    FieldValue::Any(match value {
        Given::Unset => serde_json::Value::Null,
        Given::Attribute(value) => {
            return FieldValue::Any(
                value
                    .as_ref()
                    .map_or(serde_json::Value::Null, attribute::json),
            );
        }
        Given::Number(value) => (*value).into(),
        Given::Share(value) => return FieldValue::Share(*value),
        Given::Text(text) => text.as_ref().into(),
        Given::Match(matching) => {
            // Serializing strings cannot fail.
            serde_json::to_value(Match::from(&**matching)).unwrap_or_default()
        }
    })
}
