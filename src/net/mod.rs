//! Every socket, and the only reader of the clock.
//!
//! May know: `engine`. Must not know: any kind of toxic, proxies as the API has them, HTTP.

mod accept;
mod address;
mod alarm;
#[cfg(unix)]
mod async_fd;
mod budget;
mod buffers;
mod clock;
mod connection;
mod connection_log;
mod connections;
mod context;
mod counters;
mod dial;
mod event;
mod fd_limit;
mod flow;
mod host_port;
mod lifecycle;
mod link;
mod listener;
mod log_throttle;
mod lookup;
mod lookup_queue;
mod loop_detection;
mod peer;
mod plans;
mod proxy_context;
mod read_size;
mod reason;
mod reserve;
mod server;
mod services;
mod transport;
mod trim;
mod waiters;
mod workers;
mod zone;

pub use address::{AddressError, HostPort, Resolved, is_lack_of_descriptors, system_error};
pub use budget::{Budget, LINK_LIMIT, TOTAL_LIMIT};
pub use clock::{Clock, Wait};
pub use connections::{CloseMode, ConnectionHandle, ConnectionTable, Meter, Watcher};
pub use dial::DIAL_LIMIT;
pub use flow::{Flow, Traffic};
pub use lifecycle::ORPHAN_LIMIT;
pub use listener::{BindError, Bound};
pub use lookup::Lookups;
pub use reason::{EndKind, Reason};
pub use reserve::Reserved;
pub use server::{Running, Setup};
pub use trim::TrimTask;
pub use workers::Workers;
