//! Framers: protocol transcripts written by hand from the protocols' public documents, and what is
//! found under any cuts.

mod amqp;
mod delimiters;
mod kafka;
mod lengths;
mod mongodb;
mod mysql;
mod postgres;
mod redis;
mod scan;
