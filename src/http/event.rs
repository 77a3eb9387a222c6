//! An event as JSON.
//!
//! May know: `control`'s events.

use std::sync::Arc;

use serde::Serialize;

use super::event_values::Changes;
use super::stats::HitsShape;
use super::write::Attributes;
use crate::control::{
    ChangeTarget, EndKind, Ended, Event, EventCursor, EventKind, Hits, Opened, Origin, Reason,
};

/// What frames are called that tell of no event.
pub(super) const READY: &str = "ready";
pub(super) const MISSED: &str = "missed";

/// The id of an event: the run of the server, and the event's number in it.
pub(super) fn id(place: EventCursor) -> String {
    format!("{:08x}-{}", place.run, place.number)
}

/// Reads an [`id`].
pub(super) fn place(id: &str) -> Option<EventCursor> {
    let (run, number) = id.split_once('-')?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (plain(run) && plain(number)).then_some(())?;
    Some(EventCursor {
        run: u32::from_str_radix(run, 16).ok()?,
        number: number.parse().ok()?,
    })
}

/// An id in an answer.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct Id(String);

impl From<EventCursor> for Id {
    fn from(place: EventCursor) -> Self {
        Id(id(place))
    }
}

/// The first frame of a stream.
#[derive(Serialize)]
pub(super) struct Ready {
    event: &'static str,
    id: Id,
}

impl From<EventCursor> for Ready {
    fn from(place: EventCursor) -> Self {
        Ready {
            event: READY,
            id: place.into(),
        }
    }
}

/// What a follower is told that was too slow, or comes from another run of the server.
#[derive(Serialize)]
pub(super) struct Lagged {
    event: &'static str,
    /// `null` if nobody knows.
    missed: Option<u64>,
}

impl From<Option<u64>> for Lagged {
    fn from(missed: Option<u64>) -> Self {
        Lagged {
            event: MISSED,
            missed,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Shape<'a> {
    id: Id,
    event: &'static str,
    at: String,
    #[serde(flatten)]
    what: EventKindShape<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<ActorShape<'a>>,
}

#[derive(Serialize)]
struct ActorShape<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum EventKindShape<'a> {
    Proxy {
        proxy: &'a str,
        listen: &'a str,
        upstream: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        changes: Option<Changes<'a>>,
    },
    Toxic {
        proxy: &'a str,
        toxic: &'a str,
        r#type: &'a str,
        stream: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        toxicity: Option<f32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        attributes: Option<Attributes<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        changes: Option<Changes<'a>>,
    },
    Session {},
    Opened {
        proxy: &'a str,
        connection: u64,
        client: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        upstream: Option<String>,
        toxics: Vec<&'a str>,
    },
    Ended {
        proxy: &'a str,
        connection: u64,
        client: String,
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        toxic: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
        age_ms: u64,
        sent: SentShape,
        touched: Vec<TouchedShape<'a>>,
    },
}

/// Bytes that the receiving sockets have taken.
#[derive(Serialize)]
struct SentShape {
    upstream: u64,
    downstream: u64,
}

#[derive(Serialize)]
struct TouchedShape<'a> {
    name: &'a str,
    hits: HitsShape,
}

impl<'a> Shape<'a> {
    pub(super) fn of(event: &'a Event, place: EventCursor) -> Self {
        let change = match &event.what {
            EventKind::Change(change) => Some(change),
            EventKind::Opened(_) | EventKind::Ended(_) => None,
        };
        Shape {
            id: place.into(),
            event: event.what.name(),
            at: humantime::format_rfc3339_millis(event.at).to_string(),
            what: match &event.what {
                EventKind::Change(change) => changed(&change.of),
                EventKind::Opened(opened) => of_opened(opened),
                EventKind::Ended(ended) => of_ended(ended),
            },
            session: change.and_then(|change| change.session.as_deref()),
            by: change.and_then(|change| change.origin.as_deref().map(by)),
        }
    }
}

fn by(origin: &Origin) -> ActorShape<'_> {
    ActorShape {
        client: origin.client.map(|client| client.to_string()),
        user_agent: origin.agent.as_deref(),
    }
}

fn changed(of: &ChangeTarget) -> EventKindShape<'_> {
    match of {
        ChangeTarget::Proxy {
            proxy,
            listen,
            upstream,
            changes,
            ..
        } => EventKindShape::Proxy {
            proxy,
            listen,
            upstream,
            changes: changes.as_deref().map(Changes),
        },
        ChangeTarget::Toxic {
            proxy,
            toxic,
            kind,
            stream,
            values,
            ..
        } => EventKindShape::Toxic {
            proxy,
            toxic,
            r#type: kind,
            stream,
            toxicity: values.as_ref().map(|values| values.toxicity),
            attributes: values.as_ref().map(|values| Attributes(&values.attributes)),
            changes: values
                .as_ref()
                .and_then(|values| values.changes.as_deref().map(Changes)),
        },
        ChangeTarget::Session(_) => EventKindShape::Session {},
    }
}

fn of_opened(opened: &Opened) -> EventKindShape<'_> {
    EventKindShape::Opened {
        proxy: &opened.proxy,
        connection: opened.connection(),
        client: opened.client().to_string(),
        upstream: opened.upstream().map(|upstream| upstream.to_string()),
        toxics: opened.toxics().iter().map(AsRef::as_ref).collect(),
    }
}

fn of_ended(ended: &Ended) -> EventKindShape<'_> {
    EventKindShape::Ended {
        proxy: &ended.proxy,
        connection: ended.connection,
        client: ended.client.to_string(),
        reason: word(ended.reason.kind()),
        toxic: culprit(&ended.reason),
        error: match &ended.reason {
            Reason::Unreachable(error) => Some(error),
            _ => None,
        },
        age_ms: u64::try_from(ended.age.as_millis()).unwrap_or(u64::MAX),
        sent: SentShape {
            upstream: ended.sent_up,
            downstream: ended.sent_down,
        },
        touched: ended.touched.iter().map(touched_shape).collect(),
    }
}

fn touched_shape((name, hits): &(Arc<str>, Hits)) -> TouchedShape<'_> {
    TouchedShape {
        name,
        hits: HitsShape::of(hits),
    }
}

fn culprit(reason: &Reason) -> Option<&str> {
    match reason {
        Reason::Toxic(name) => Some(name),
        _ => None,
    }
}

/// The word for a kind of end, which metrics have as well.
pub(super) fn word(kind: EndKind) -> &'static str {
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
