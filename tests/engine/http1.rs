//! HTTP/1.1 on the wire: heads, framing, given answers, edits; any bytes under any cuts; hyper as the
//! oracle.

mod any_bytes;
mod any_edits;
mod bodies;
mod body_edits;
mod events;
mod given;
mod head_edits;
mod heads;
mod hyper;
