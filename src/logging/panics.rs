//! Panics in the log and on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::sync::Arc;

use super::lines::Lines;

/// Logs panics, because standard error may go nowhere. This replaces the standard hook, which writes
/// to standard error itself and would wait for a reader on a thread that serves connections.
pub(super) fn log_panics(errors: Arc<Lines>) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(ToString::to_string);
        let text = panic.payload().downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.payload().downcast_ref().map(String::as_str));
        let why = text.unwrap_or("no message");
        tracing::error!(place, why, "a defect of aconite; please report this");
        errors.push(report(panic).as_bytes());
    }));
}

/// The text that the standard hook writes.
fn report(panic: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("<unnamed>");
    let trace = Backtrace::capture();
    match trace.status() {
        BacktraceStatus::Captured => format!("thread '{name}' {panic}\n{trace}\n"),
        _ => format!("thread '{name}' {panic}\n"),
    }
}
