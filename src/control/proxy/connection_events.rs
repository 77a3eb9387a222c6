//! Reports a proxy's connections as events.

use std::sync::Arc;

use crate::control::events::event::{Ended, EventKind, Opened};
use crate::control::events::log::EventLog;
use crate::engine::Direction;
use crate::net::{ConnectionHandle, Reason, Watcher};

/// Observes the connections of a proxy.
#[derive(Debug)]
pub(in crate::control) struct ConnectionEvents {
    pub(in crate::control) proxy: Arc<str>,
    pub(in crate::control) events: Arc<EventLog>,
}

impl Watcher for ConnectionEvents {
    fn opened(&self, record: &Arc<ConnectionHandle>, toxics: Vec<Arc<str>>) {
        let opened = Opened {
            proxy: Arc::clone(&self.proxy),
            record: Arc::clone(record),
            // Avoids an allocation for connections without toxics, which are common.
            toxics: (!toxics.is_empty()).then(|| toxics.into()),
        };
        self.events.push(EventKind::Opened(opened));
    }

    fn ended(&self, record: &ConnectionHandle, reason: &Reason) {
        let sent = |direction| record.meter(direction).sent();
        let ended = Ended {
            proxy: Arc::clone(&self.proxy),
            connection: record.connection,
            client: record.client,
            reason: reason.clone(),
            age: record.age(),
            sent_up: sent(Direction::Upstream),
            sent_down: sent(Direction::Downstream),
            touched: record.touched(),
        };
        self.events.push(EventKind::Ended(Arc::new(ended)));
    }
}
