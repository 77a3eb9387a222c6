//! What the server lets nobody exceed, over its sockets: connections, proxies, toxics, names and
//! bytes that wait inside; the flags that set it, and how they refuse what makes no sense.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "mended/rig.rs"]
mod rig;
mod support;

#[path = "limits/bodies.rs"]
mod bodies;
#[path = "limits/buffers.rs"]
mod buffers;
#[path = "limits/connections.rs"]
mod connections;
#[path = "limits/deleted.rs"]
mod deleted;
#[path = "limits/flags.rs"]
mod flags;
#[path = "limits/flood.rs"]
mod flood;
#[path = "limits/long.rs"]
mod long;
#[path = "limits/metrics.rs"]
mod metrics;
#[path = "limits/names.rs"]
mod names;
#[path = "limits/proxies.rs"]
mod proxies;
#[path = "limits/refusal.rs"]
mod refusal;
#[path = "limits/toxics.rs"]
mod toxics;
