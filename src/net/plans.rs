//! The plans of a proxy as its connections see them.

use std::sync::Arc;

use tokio::sync::watch;

use crate::engine::Plan;

/// The plan of now, and its changes. A closed channel means: stop.
pub(super) type Plans = watch::Receiver<Arc<Plan>>;

/// Waits until the proxy stops.
pub(super) async fn stopped(plans: &Plans) {
    let mut plans = plans.clone();
    while plans.changed().await.is_ok() {}
}
