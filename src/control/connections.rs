//! Connections as they are seen from outside: live ones, and the lot of any.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::error::ControlError;
use super::handle::Control;
use super::proxy::state::Proxy;
use super::view::ToxicView;
use crate::engine::{Direction, Hits, Identity, Plan};
use crate::net::{CloseMode, ConnectionHandle};

/// The connections of a proxy, or some of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionsView {
    /// The proxy's name.
    pub proxy: String,
    /// The seed of its random choices.
    pub seed: u64,
    /// How many connections it has accepted.
    pub accepted: u64,
    /// How many are there now.
    pub open: usize,
    /// Those that were asked for, in the order of their acceptance.
    pub connections: Vec<ConnectionView>,
}

/// One connection, and how the toxics of now stand to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionView {
    /// It was, or will be, accepted as this one of its proxy, counted from 1.
    pub id: u64,
    /// What is there; `None` if it is over or yet to come.
    pub live: Option<LiveView>,
    /// The toxics of now that act, upstream ones first.
    pub toxics: Vec<ToxicOnConnection>,
}

/// A connection that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveView {
    /// Who opened it.
    pub client: SocketAddr,
    /// Where the upstream was reached; `None` while it is dialled.
    pub upstream: Option<SocketAddr>,
    /// How long ago it was accepted.
    pub age: Duration,
    /// To the upstream.
    pub up: FlowView,
    /// To the client.
    pub down: FlowView,
}

/// Bytes of one direction of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowView {
    /// Read from the sending side.
    pub received: u64,
    /// Taken by the receiving side's socket.
    pub sent: u64,
    /// Waiting inside, a charge for bookkeeping included.
    pub queued: usize,
}

/// How a toxic stands to a connection: a pure function of seeds, names and ordinals; and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct ToxicOnConnection {
    /// The toxic. Shared by all connections of one answer, because what it matches may be long.
    pub toxic: Arc<ToxicView>,
    /// What is compared with its toxicity, in [0, 1).
    pub draw: f64,
    /// Whether the connection is one of those that it may touch. A connection that is not there
    /// has no client, so it is in no network.
    pub matches: bool,
    /// Whether it applies: it may touch it, and the draw is below its toxicity.
    pub applies: bool,
    /// The connection that the draw was made for: this one, or the one that is replayed.
    pub as_connection: u64,
    /// What it did here; zero on a connection that is not there.
    pub hits: Hits,
}

/// What a toxic is to connections: its place in the plan, and what the API shows of it.
struct PlanView {
    plan: Plan,
    views: BTreeMap<u64, Arc<ToxicView>>,
}

impl PlanView {
    fn of(proxy: &Proxy) -> Self {
        let (plan, views) = proxy.plan_and_views();
        PlanView { plan, views }
    }

    /// What a connection costs that is looked at: its toxics, and what their scopes have it compared
    /// with.
    fn cost(&self) -> usize {
        let planned = Direction::ALL
            .map(|side| self.plan.towards(side))
            .into_iter();
        let scopes = planned.flatten().map(|toxic| &toxic.scope);
        scopes
            .map(|scope| 1 + (scope.clients.len() + scope.connections.len()) / 8)
            .sum()
    }

    fn live(&self, record: &ConnectionHandle) -> ConnectionView {
        ConnectionView {
            id: record.connection,
            live: Some(live(record)),
            toxics: self.seats(record.identity(), &record.hits().into_iter().collect()),
        }
    }

    fn seats(&self, identity: Identity, hits: &BTreeMap<u64, Hits>) -> Vec<ToxicOnConnection> {
        let mut seats = Vec::new();
        for direction in Direction::ALL {
            for planned in self.plan.towards(direction) {
                let Some(view) = self.views.get(&planned.id) else {
                    continue;
                };
                let applicability = planned.applicability(identity, direction);
                seats.push(ToxicOnConnection {
                    toxic: Arc::clone(view),
                    draw: applicability.draw,
                    matches: applicability.matches,
                    applies: applicability.applies,
                    as_connection: applicability.as_connection,
                    hits: hits.get(&planned.id).copied().unwrap_or_default(),
                });
            }
        }
        seats
    }
}

fn live(record: &ConnectionHandle) -> LiveView {
    let flow = |direction| {
        let meter = record.meter(direction);
        FlowView {
            received: meter.received(),
            sent: meter.sent(),
            queued: meter.queued(),
        }
    };
    LiveView {
        client: record.client,
        upstream: record.upstream(),
        age: record.age(),
        up: flow(Direction::Upstream),
        down: flow(Direction::Downstream),
    }
}

/// Toxics that one answer shows on all its connections together, or it takes too long; long scopes
/// count for more.
const MOST_SEATS: usize = 100_000;

impl Control {
    /// At most `most` live connections of a proxy, in order, from behind the `after`-th accepted;
    /// fewer if it has many toxics, but not none.
    pub fn connections(
        &self,
        proxy: &str,
        after: u64,
        most: usize,
    ) -> Result<ConnectionsView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let act = PlanView::of(&proxy);
        let most = most.min((MOST_SEATS / act.cost().max(1)).max(1));
        let records = proxy.connections.list(after, most);
        Ok(ConnectionsView {
            proxy: proxy.name.to_string(),
            seed: proxy.seed(),
            accepted: proxy.connections.accepted(),
            open: proxy.connections.open(),
            connections: records.iter().map(|record| act.live(record)).collect(),
        })
    }

    /// One connection, live or not: how the toxics of now stand to it is known of any.
    pub fn connection(&self, proxy: &str, id: u64) -> Result<ConnectionView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let act = PlanView::of(&proxy);
        Ok(match proxy.connections.find(id) {
            Some(record) => act.live(&record),
            None => ConnectionView {
                id,
                live: None,
                toxics: act.seats(id.into(), &BTreeMap::new()),
            },
        })
    }

    /// Ends a live connection. It does so by itself and at once; this does not wait for it.
    pub fn end_connection(&self, proxy: &str, id: u64, how: CloseMode) -> Result<(), ControlError> {
        let proxy = self.registry.find(proxy)?;
        if proxy.connections.end(id, how) {
            Ok(())
        } else {
            Err(ControlError::ConnectionNotFound {
                proxy: proxy.name.to_string(),
                connection: id.to_string(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{NewProxy, NewToxic, Options};

    #[tokio::test]
    async fn all_connections_of_an_answer_share_what_is_shown_of_a_toxic() {
        let control = Control::new(Options::default()).unwrap();
        let toxic = NewToxic {
            kind: "noop".into(),
            ..NewToxic::default()
        };
        let proxy = NewProxy {
            name: Some("p".into()),
            listen: Some("127.0.0.1:0".into()),
            upstream: Some("127.0.0.1:9".into()),
            toxics: vec![toxic],
            ..NewProxy::default()
        };
        control.create(proxy).await.unwrap();
        let act = PlanView::of(&control.registry.find("p").unwrap());
        let [one, other] = [1, 2].map(|id: u64| act.seats(id.into(), &BTreeMap::new()));
        assert!(Arc::ptr_eq(&one[0].toxic, &other[0].toxic));
        control.shutdown().await;
    }
}
