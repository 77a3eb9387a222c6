//! Views of open connections, and of which toxics apply to any connection, open or not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::error::ControlError;
use super::handle::Control;
use super::proxy::state::Proxy;
use super::view::ToxicView;
use crate::engine::{Direction, Hits, Identity, Plan, PlannedToxic};
use crate::net::{CloseMode, ConnectionHandle, UpstreamAddress};
use crate::protocol::intercept::{ConnectionHttp, Protocol};

/// The connections of a proxy, or some of them.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionsView {
    /// The proxy's name.
    pub proxy: String,
    /// The seed of its random choices.
    pub seed: u64,
    /// How many connections it has accepted.
    pub accepted: u64,
    /// How many are open.
    pub open: usize,
    /// The requested ones, in the order in which they were accepted.
    pub connections: Vec<ConnectionView>,
}

/// One connection, and the toxics that exist now.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionView {
    /// Its number among the connections that its proxy accepts, from 1.
    pub id: u64,
    /// Its state; `None` if it has ended or has not been accepted yet.
    pub live: Option<LiveView>,
    /// The active toxics, upstream toxics first.
    pub toxics: Vec<ToxicOnConnection>,
}

/// The state of an open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveView {
    /// The client's address.
    pub client: SocketAddr,
    /// Where the upstream was reached; `None` while the upstream is being dialled.
    pub upstream: Option<UpstreamAddress>,
    /// How long ago it was accepted.
    pub age: Duration,
    /// Bytes on their way to the upstream.
    pub up: FlowView,
    /// Bytes on their way to the client.
    pub down: FlowView,
    /// What it carries, if the proxy looks at requests and knows.
    pub protocol: Option<Protocol>,
    /// Requests that have come; `None` if the proxy does not look at them.
    pub requests: Option<u64>,
}

/// Bytes of one direction of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowView {
    /// Read from the sending side.
    pub received: u64,
    /// Written to the socket of the receiving side.
    pub sent: u64,
    /// Waiting in the proxy, including a charge for bookkeeping.
    pub queued: usize,
}

/// Whether a toxic applies to a connection, and what it did there. Applicability is a pure function of
/// seeds, names and numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct ToxicOnConnection {
    /// The toxic. All connections of one answer share it, because its `match` may be long.
    pub toxic: Arc<ToxicView>,
    /// The draw in [0, 1) that is compared with the toxicity.
    pub draw: f64,
    /// Whether its scope includes the connection. A connection that is not open has no client, so it is
    /// in no network.
    pub matches: bool,
    /// Whether it applies: its scope includes the connection, and the draw is below its toxicity.
    pub applies: bool,
    /// Whether it applies, but what it waits for has not happened yet; `None` for a toxic without a trigger.
    pub waiting: Option<bool>,
    /// The connection whose draw is used: this one, or the replayed one.
    pub as_connection: u64,
    /// What it did on this connection; zero if the connection is not open.
    pub hits: Hits,
}

/// The plan of a proxy, and the view of each toxic in it.
struct PlanView {
    plan: Plan,
    views: BTreeMap<u64, Arc<ToxicView>>,
}

impl PlanView {
    fn of(proxy: &Proxy) -> Self {
        let (plan, views) = proxy.plan_and_views();
        PlanView { plan, views }
    }

    /// The cost of one connection in an answer: its toxics, and the comparisons that their scopes need.
    fn cost(&self) -> usize {
        let planned = Direction::ALL
            .into_iter()
            .flat_map(|side| self.towards(side));
        let scopes = planned.map(|toxic| &toxic.scope);
        scopes
            .map(|scope| 1 + (scope.clients.len() + scope.connections.len()) / 8)
            .sum()
    }

    /// The toxics of one direction, those that act before the dial included.
    fn towards(&self, direction: Direction) -> impl Iterator<Item = &Arc<PlannedToxic>> {
        let toxics = self.plan.towards(direction).iter();
        toxics.chain(self.plan.connecting(direction))
    }

    fn live(&self, handle: &ConnectionHandle) -> ConnectionView {
        ConnectionView {
            id: handle.connection,
            live: Some(live(handle)),
            toxics: self.toxics(handle.identity(), &doings(handle)),
        }
    }

    fn toxics(&self, identity: Identity, doings: &Doings) -> Vec<ToxicOnConnection> {
        let mut toxics = Vec::new();
        for direction in Direction::ALL {
            for planned in self.towards(direction) {
                let Some(view) = self.views.get(&planned.id) else {
                    continue;
                };
                let applicability = planned.applicability(identity, direction);
                let doing = doings.get(&planned.id);
                let waits = doing.map_or(applicability.applies, |(_, waits)| *waits);
                toxics.push(ToxicOnConnection {
                    toxic: Arc::clone(view),
                    draw: applicability.draw,
                    matches: applicability.matches,
                    applies: applicability.applies,
                    waiting: planned.after.map(|_| waits),
                    as_connection: applicability.as_connection,
                    hits: doing.map(|(hits, _)| *hits).unwrap_or_default(),
                });
            }
        }
        toxics
    }
}

/// What each toxic did on a connection, and whether it waits, by the toxic's id.
type Doings = BTreeMap<u64, (Hits, bool)>;

fn doings(handle: &ConnectionHandle) -> Doings {
    let doings = handle.hits().into_iter();
    doings
        .map(|(id, hits, waits)| (id, (hits, waits)))
        .collect()
}

fn live(handle: &ConnectionHandle) -> LiveView {
    let flow = |direction| {
        let meter = handle.meter(direction);
        FlowView {
            received: meter.received(),
            sent: meter.sent(),
            queued: meter.queued(),
        }
    };
    let http = handle.published().map(ConnectionHttp::of_published);
    LiveView {
        client: handle.client,
        upstream: handle.upstream(),
        age: handle.age(),
        up: flow(Direction::Upstream),
        down: flow(Direction::Downstream),
        protocol: http.and_then(|http| http.protocol),
        requests: http.map(|http| http.requests),
    }
}

/// How many toxics one answer shows on all its connections together, so that it does not take too long.
/// Toxics with long scopes count for more.
const MAX_TOXICS_SHOWN: usize = 100_000;

impl Control {
    /// At most `most` open connections of a proxy, in the order of their numbers, starting after number
    /// `after`. If the proxy has many toxics, fewer connections are returned, but at least one.
    pub fn connections(
        &self,
        proxy: &str,
        after: u64,
        most: usize,
    ) -> Result<ConnectionsView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let plan = PlanView::of(&proxy);
        let most = most.min((MAX_TOXICS_SHOWN / plan.cost().max(1)).max(1));
        let handles = proxy.connections.list(after, most);
        Ok(ConnectionsView {
            proxy: proxy.name.to_string(),
            seed: proxy.seed(),
            accepted: proxy.connections.accepted(),
            open: proxy.connections.open(),
            connections: handles.iter().map(|handle| plan.live(handle)).collect(),
        })
    }

    /// One connection. It need not be open, because applicability can be computed for any connection.
    pub fn connection(&self, proxy: &str, id: u64) -> Result<ConnectionView, ControlError> {
        let proxy = self.registry.find(proxy)?;
        let plan = PlanView::of(&proxy);
        Ok(match proxy.connections.find(id) {
            Some(handle) => plan.live(&handle),
            None => ConnectionView {
                id,
                live: None,
                toxics: plan.toxics(id.into(), &BTreeMap::new()),
            },
        })
    }

    /// Tells an open connection to end at once, and returns without waiting until it has.
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
    async fn the_connections_of_an_answer_share_the_views_of_toxics() {
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
        let plan = PlanView::of(&control.registry.find("p").unwrap());
        let [one, other] = [1, 2].map(|id: u64| plan.toxics(id.into(), &BTreeMap::new()));
        assert!(Arc::ptr_eq(&one[0].toxic, &other[0].toxic));
        control.shutdown().await;
    }
}
