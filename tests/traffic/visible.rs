//! What the server reports about connections and toxics, compared with what both ends counted.

mod accuracy;
mod connections;
mod crowd;
mod peers;
mod series;
mod shared_rate;
