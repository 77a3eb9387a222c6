//! The process's standard output and standard error, without the locks and buffers of `std::io`.
//!
//! Only the thread that writes to an output uses it. No other thread can therefore wait for a write
//! that hangs, even at the end of the process.

use std::io::{self, IsTerminal, Write};

#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

/// Standard output.
pub(super) struct Output(io::Stdout);

/// Standard error.
pub(super) struct Errors(io::Stderr);

pub(super) fn output() -> Output {
    Output(io::stdout())
}

pub(super) fn errors() -> Errors {
    Errors(io::stderr())
}

#[cfg(unix)]
impl Write for Output {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(&self.0, text)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `std` converts the text for the Windows console.
#[cfg(not(unix))]
impl Write for Output {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut output = self.0.lock();
        output.write_all(text)?;
        output.flush()?;
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Write for Errors {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        #[cfg(unix)]
        return Ok(rustix::io::write(&self.0, text)?);
        #[cfg(not(unix))]
        self.0.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether standard output and standard error are the same terminal or file.
pub(super) fn are_same() -> bool {
    if io::stdout().is_terminal() && io::stderr().is_terminal() {
        return true;
    }
    #[cfg(unix)]
    return is_same_file(io::stdout().as_fd(), io::stderr().as_fd()).unwrap_or(false);
    #[cfg(not(unix))]
    false
}

#[cfg(unix)]
fn is_same_file(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> io::Result<bool> {
    use std::fs::File;
    use std::os::unix::fs::MetadataExt;

    let identity = |of: BorrowedFd<'_>| {
        let file = File::from(of.try_clone_to_owned()?).metadata()?;
        Ok::<_, io::Error>((file.dev(), file.ino()))
    };
    Ok(identity(one)? == identity(other)?)
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn copies_of_a_pipe_are_the_same_file_and_two_pipes_are_not() {
        use super::*;

        let (_reader, writer) = io::pipe().unwrap();
        let copy = writer.try_clone().unwrap();
        let (_other_reader, other) = io::pipe().unwrap();
        assert!(is_same_file(writer.as_fd(), copy.as_fd()).unwrap());
        assert!(!is_same_file(writer.as_fd(), other.as_fd()).unwrap());
    }
}
