//! The signals that stop the server.

use std::io;

/// Listens for SIGINT and SIGTERM from this call on; the returned future ends at the first.
#[cfg(unix)]
pub(super) fn stop() -> io::Result<impl Future<Output = &'static str>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => "SIGINT",
            _ = terminate.recv() => "SIGTERM",
        }
    })
}

/// Listens for Ctrl-C from this call on; the returned future ends at the first.
#[cfg(windows)]
pub(super) fn stop() -> io::Result<impl Future<Output = &'static str>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
        "Ctrl-C"
    })
}
