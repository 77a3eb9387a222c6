//! What the kernel reports about a running process. Linux only: elsewhere there is nothing to read.

use std::fs;

/// What a process uses at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory in KiB.
    pub memory: u64,
    /// Threads.
    pub threads: u64,
    /// Open descriptors.
    pub descriptors: usize,
    /// Processor time so far, in ticks of a hundredth of a second.
    pub ticks: u64,
}

impl Usage {
    /// Reads the usage of the process with this id. `None` if there is no such process.
    pub fn of(pid: u32) -> Option<Self> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let number = |name: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_ascii_whitespace().nth(1)?.parse().ok()
        };
        Some(Self {
            memory: number("VmRSS:")?,
            threads: number("Threads:")?,
            descriptors: fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count(),
            ticks: ticks(pid)?,
        })
    }
}

/// User and system time, fields 14 and 15 of proc(5)'s `stat`. Field 2 is a name in brackets, which
/// may contain any character.
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields = stat.rsplit(')').next()?.split_ascii_whitespace();
    let times: Vec<u64> = fields
        .skip(11)
        .take(2)
        .filter_map(|f| f.parse().ok())
        .collect();
    Some(times.iter().sum())
}
