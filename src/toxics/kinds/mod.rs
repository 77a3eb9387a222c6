//! The built-in kinds of toxic, one file each, and the list of them: the only place that names them all.

mod bandwidth;
mod corrupt;
mod header;
mod latency;
mod limit_data;
mod modify_body;
mod noop;
mod packet_loss;
mod rate_limit;
mod reset_peer;
mod respond;
mod slicer;
mod slow_close;
mod status_code;
mod timeout;

pub use bandwidth::Bandwidth;
pub use corrupt::Corrupt;
pub use latency::Latency;
pub use limit_data::LimitData;
pub use noop::Noop;
pub use packet_loss::PacketLoss;
pub use reset_peer::ResetPeer;
pub use slicer::Slicer;
pub use slow_close::SlowClose;
pub use timeout::Timeout;

use self::header::Header;
use self::modify_body::ModifyBody;
use self::rate_limit::RateLimit;
use self::respond::Respond;
use self::status_code::StatusCode;
use super::kind::Kind;

/// The built-in kinds, in the order of the documentation.
pub(super) fn all() -> Vec<Kind> {
    vec![
        Kind::of::<Latency>(),
        Kind::of::<Bandwidth>().sharing(bandwidth::SHARED_RATE),
        Kind::of::<SlowClose>(),
        Kind::of::<Timeout>(),
        Kind::of::<ResetPeer>(),
        Kind::of::<Slicer>(),
        Kind::of::<LimitData>(),
        Kind::of::<Noop>(),
        Kind::of::<PacketLoss>(),
        Kind::of::<Corrupt>(),
        Kind::of_http::<Respond>(),
        Kind::of_http::<RateLimit>(),
        Kind::of_http::<StatusCode>(),
        Kind::of_http::<Header>(),
        Kind::of_http::<ModifyBody>(),
    ]
}
