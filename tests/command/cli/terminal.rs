//! A pseudo-terminal.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A terminal of 80 columns for a command to write on.
pub struct Terminal {
    ours: OwnedFd,
    theirs: File,
}

impl Terminal {
    pub fn open() -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&ours, size).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let theirs = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OpenptFlags::NOCTTY.bits().cast_signed())
            .open(name.to_str().unwrap())
            .unwrap();
        Self { ours, theirs }
    }

    /// The end that a command writes to.
    pub fn end(&self) -> Stdio {
        Stdio::from(self.theirs.try_clone().unwrap())
    }

    /// Everything that was written until the other end was closed by all its holders, with the
    /// terminal's line ending conversion undone.
    pub fn read(self) -> String {
        drop(self.theirs);
        let mut text = Vec::new();
        let mut file = File::from(self.ours);
        let mut piece = [0; 4096];
        // Linux reports the end as an error (EIO).
        while let Ok(count @ 1..) = file.read(&mut piece) {
            text.extend_from_slice(&piece[..count]);
        }
        String::from_utf8(text).unwrap().replace("\r\n", "\n")
    }
}
