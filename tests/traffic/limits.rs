//! What the server lets nobody exceed, over its sockets: connections, proxies, toxics, names and
//! bytes that wait inside; the flags that set it, and how they refuse what makes no sense.

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
