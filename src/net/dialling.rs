//! A dial as a future that may be dropped before it ends.

use super::dial::{Dial, DialError, Dialled, Dialler};
use super::fd_limit::FdPermit;
use super::loop_detection::Hops;

/// A dial that closes what it has begun when it is dropped, by an orderly close.
struct Droppable<'a>(Dial<'a>);

impl Drop for Droppable<'_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

/// Dials `upstream`. The future may be dropped at any time: attempts that have begun are closed as by
/// [`Dial::give_up`]. What the dial held is free when it has failed.
pub(super) async fn dial(
    dialler: &Dialler,
    hops: &Hops,
    permit: Option<FdPermit>,
    upstream: &str,
) -> Result<Dialled, DialError> {
    let mut dial = Droppable(Dial::new(dialler, hops, permit));
    dial.0.run(upstream).await
}
