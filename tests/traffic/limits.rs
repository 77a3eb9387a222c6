//! The server's limits, tested over its sockets: connections, proxies, toxics, names and buffered
//! bytes; the flags that set them, and how bad values are refused.

mod bodies;
mod buffers;
mod connections;
mod deleted;
mod flags;
mod flood;
mod long;
mod names;
mod proxies;
mod refusal;
mod toxics;
