//! The terminal behind standard output.

/// The number of its columns. `None` if it is not a terminal, or does not report its size.
#[cfg(unix)]
pub(crate) fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Not known on other systems.
#[cfg(not(unix))]
pub(crate) fn width() -> Option<usize> {
    None
}
