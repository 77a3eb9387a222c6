//! Connections.

use crate::control::{self, ConnectionView, ConnectionsView, FlowView};
use crate::wire::{Connection, Connections, PerStream, ToxicOnConnection, Transferred};

impl<'a> From<&'a ConnectionsView> for Connections<'a> {
    fn from(view: &'a ConnectionsView) -> Self {
        Connections {
            proxy: view.proxy.clone(),
            seed: view.seed,
            accepted: view.accepted,
            open: view.open,
            connections: view.connections.iter().map(Into::into).collect(),
        }
    }
}

impl<'a> From<&'a ConnectionView> for Connection<'a> {
    fn from(view: &'a ConnectionView) -> Self {
        let live = view.live.as_ref();
        let flows = live.map(|live| (&live.up, &live.down));
        let upstream = live.and_then(|live| live.upstream);
        let state = match (live, upstream) {
            (None, _) => "closed",
            (Some(_), None) => "dialing",
            (Some(_), Some(_)) => "open",
        };
        let age = live.map(|live| live.age.as_millis());
        Connection {
            id: view.id,
            client: live.map(|live| live.client.to_string()),
            upstream: upstream.map(|address| address.to_string()),
            state: state.to_owned(),
            age_ms: age.map(|millis| u64::try_from(millis).unwrap_or(u64::MAX)),
            bytes: flows.map_or_else(Default::default, |(up, down)| PerStream {
                upstream: transferred(up),
                downstream: transferred(down),
            }),
            queued: flows.map_or_else(Default::default, |(up, down)| PerStream {
                upstream: up.queued,
                downstream: down.queued,
            }),
            protocol: live
                .and_then(|live| live.protocol)
                .map(|one| one.to_string()),
            requests: live.and_then(|live| live.requests),
            toxics: view.toxics.iter().map(Into::into).collect(),
        }
    }
}

fn transferred(flow: &FlowView) -> Transferred {
    Transferred {
        received: flow.received,
        sent: flow.sent,
    }
}

impl<'a> From<&'a control::ToxicOnConnection> for ToxicOnConnection<'a> {
    fn from(view: &'a control::ToxicOnConnection) -> Self {
        ToxicOnConnection {
            name: view.toxic.name.as_str().into(),
            kind: view.toxic.kind.into(),
            stream: view.toxic.stream.as_str().into(),
            toxicity: view.toxic.toxicity,
            draw: view.draw,
            matches: view.matches,
            applies: view.applies,
            waiting: view.waiting,
            as_connection: view.as_connection,
            hits: view.hits.into(),
        }
    }
}
