//! "See what it did": what the server says of connections and toxics is what others have counted.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod engine_support;
#[allow(dead_code)]
#[path = "mended/hole.rs"]
mod hole;
#[allow(dead_code)]
#[path = "limits/metrics.rs"]
mod metrics;
#[allow(dead_code)]
#[path = "mended/rig.rs"]
mod rig;
mod support;

#[path = "visible/accuracy.rs"]
mod accuracy;
#[path = "visible/connections.rs"]
mod connections;
#[path = "visible/crowd.rs"]
mod crowd;
#[path = "visible/peers.rs"]
mod peers;
#[path = "visible/series.rs"]
mod series;
