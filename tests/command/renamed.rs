//! The executable under another name, which is how it knows that it replaces Toxiproxy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use support::child;

/// Far more than a busy machine needs for something that takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// A new directory with the executable under a name. It is removed when this is dropped.
pub struct Renamed {
    directory: PathBuf,
    path: PathBuf,
}

impl Renamed {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let directory = directory.join(format!("renamed-{}-{count}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory
            .join(name)
            .with_extension(std::env::consts::EXE_EXTENSION);
        #[cfg(unix)]
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_aconite"), &path).unwrap();
        #[cfg(not(unix))]
        fs::copy(env!("CARGO_BIN_EXE_aconite"), &path)
            .map(drop)
            .unwrap();
        Self { directory, path }
    }

    /// Runs it to completion; it must exit on its own.
    pub fn run(&self, args: &[&str]) -> Output {
        child::run(Command::new(&self.path).args(args), PATIENCE)
    }

    /// The path of the executable.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Renamed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}
