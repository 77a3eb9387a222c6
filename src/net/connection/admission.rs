//! What happens to an accepted client before its upstream is dialled.

use super::connect_phase;
use super::guard::ConnectionGuard;
use crate::engine::{Pipeline, Plan};
use crate::net::connections::CloseMode;
use crate::net::peer::Peer;
use crate::net::plans::Plans;
use crate::net::reason::Reason;

/// Returns when the upstream is to be dialled. Errors: there is no memory for the connection's toxics, or
/// a toxic, a user or the end of the proxy has ended the connection; how to close the client.
pub(super) async fn admit(
    (guard, client): (&ConnectionGuard, &Peer),
    plan: &Plan,
    plans: &Plans,
) -> Result<(), CloseMode> {
    let toxics = plan.upstream.len() + plan.downstream.len() + plan.connect.len();
    let footprint = Pipeline::footprint_of(toxics);
    if !guard.proxy().budget.admits_connection(footprint) {
        guard.set_reason(Reason::Refused);
        return Err(CloseMode::Rst);
    }
    if !plan.connect.is_empty() {
        Box::pin(connect_phase::before_dial(guard, client, plan, plans)).await?;
    }
    Ok(())
}
