//! "See what it did": what the server says of connections and toxics is what others have counted.

mod accuracy;
mod connections;
mod crowd;
mod peers;
mod series;
