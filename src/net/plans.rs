//! The channel on which a proxy's connections receive its plans.

use std::sync::Arc;

use tokio::sync::watch;

use crate::engine::Plan;

/// The current plan and its changes. A closed channel means that the proxy stops.
pub(super) type Plans = watch::Receiver<Arc<Plan>>;

/// Waits until the proxy stops.
pub(super) async fn stopped(plans: &Plans) {
    let mut plans = plans.clone();
    while plans.changed().await.is_ok() {}
}
