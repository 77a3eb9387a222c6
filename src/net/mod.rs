//! The sockets of proxies: listeners, connections, links, and the clock of the data path.
//!
//! The listener accepts a client (`listener`) and its upstream is dialled (`dial`). Both directions
//! then run (`connection`, `link`) over a transport (`transport`), until the connection's state
//! machine says how it ends (`lifecycle`).
//!
//! May know: `engine`, `util`. Must not know: any type of toxic, proxies as the API has them, HTTP.
//! The API's own listening socket is served in `http`, which uses the same accept policy
//! (`util::accept_backoff`).

mod accept;
mod address;
mod alarm;
#[cfg(unix)]
mod async_fd;
mod budget;
mod buffers;
mod built_in;
mod clock;
mod connection;
mod connection_log;
mod connections;
mod context;
mod counters;
mod dial;
mod dialling;
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
mod memory_trim;
mod peer;
mod plans;
mod proxy_context;
mod read_size;
mod reason;
mod reserve;
mod server;
mod services;
mod transport;
mod waiters;
mod workers;
mod zone;

pub use address::{AddressError, HostPort, Resolved, is_lack_of_descriptors, system_error};
pub use budget::{Budget, LINK_LIMIT, TOTAL_LIMIT};
pub use built_in::{BuiltIn, UpstreamAddress};
pub use clock::{Clock, Wait};
pub use connections::{CloseMode, ConnectionHandle, ConnectionTable, Meter, Watcher};
pub use dial::DIAL_LIMIT;
pub use flow::{Flow, Traffic};
pub use lifecycle::ORPHAN_LIMIT;
pub use listener::{BindError, Bound};
pub use lookup::Lookups;
pub use memory_trim::TrimTask;
pub use reason::{EndKind, Reason};
pub use reserve::Reserved;
pub use server::{Running, Setup};
pub use workers::{Threads, Workers};
