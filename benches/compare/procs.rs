//! The kernel's data about a contestant's processes: CPU time, memory, threads; and their CPU
//! affinity.
//!
//! May know: `/proc` and rustix. Must not know: what the processes are.

use std::fs;
use std::str::FromStr;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::fault::{About, Result, fault};

/// Clock ticks a second in `/proc/PID/stat`; the same on every Linux.
const TICKS: f64 = 100.0;

/// A process and its descendants at the time of the lookup.
#[derive(Clone, Debug)]
pub struct Procs(Vec<i32>);

/// Sums over the processes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// What is resident, in KiB.
    pub resident: u64,
    /// The most that was resident since the last [`Procs::reset_peak`], in KiB.
    pub peak: u64,
    /// Threads.
    pub threads: u64,
}

impl Procs {
    /// `root` and its descendants: nginx works in child processes.
    pub fn tree(root: u32) -> Result<Self> {
        let root = i32::try_from(root).about("process id")?;
        let pairs: Vec<(i32, i32)> = numbered("/proc")
            .filter_map(|pid| Some((pid, parent(pid)?)))
            .collect();
        let mut found = vec![root];
        let mut looked_at = 0;
        while let Some(&pid) = found.get(looked_at) {
            found.extend(
                pairs
                    .iter()
                    .filter(|(_, parent)| *parent == pid)
                    .map(|(pid, _)| *pid),
            );
            looked_at += 1;
        }
        Ok(Self(found))
    }

    /// This process.
    pub fn own() -> Result<Self> {
        Ok(Self(vec![
            i32::try_from(std::process::id()).about("process id")?,
        ]))
    }

    /// CPU seconds since the processes started. `schedstat` counts nanoseconds, but forgets threads
    /// that ended and lags by up to a scheduler tick. `stat` forgets nothing but counts in steps of
    /// 10 ms, rounded down. Neither is too high, so the larger value is the better.
    pub fn cpu(&self) -> Result<f64> {
        self.0
            .iter()
            .map(|&pid| Ok(fine_cpu(pid).max(coarse_cpu(pid)?)))
            .sum()
    }

    /// What they hold now.
    pub fn memory(&self) -> Result<Memory> {
        let mut sum = Memory::default();
        for pid in &self.0 {
            let path = format!("/proc/{pid}/status");
            let text = fs::read_to_string(&path).about(&path)?;
            let value = |key: &str| -> u64 {
                let line = text.lines().find_map(|line| line.strip_prefix(key));
                line.and_then(|rest| word(rest, 0)).unwrap_or(0)
            };
            sum.resident += value("VmRSS:");
            sum.peak += value("VmHWM:");
            sum.threads += value("Threads:");
        }
        Ok(sum)
    }

    /// From now on the peak is that of the time after this call.
    pub fn reset_peak(&self) -> Result<()> {
        self.0.iter().try_for_each(|pid| {
            let path = format!("/proc/{pid}/clear_refs");
            fs::write(&path, "5").about(&path)
        })
    }

    /// Kills them; those that have already exited do not matter.
    pub fn kill(&self) {
        for pid in self.0.iter().filter_map(|&pid| Pid::from_raw(pid)) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    fn threads(&self) -> impl Iterator<Item = Pid> {
        let all = self
            .0
            .iter()
            .flat_map(|pid| numbered(&format!("/proc/{pid}/task")));
        all.filter_map(Pid::from_raw)
    }
}

/// Keeps every thread of some processes on one CPU until it is dropped.
pub struct Pinned {
    procs: Procs,
    before: CpuSet,
}

impl Pinned {
    /// On the `nth` of the CPUs that they may use now, counted from 0.
    pub fn new(procs: Procs, nth: usize) -> Result<Self> {
        let first = procs
            .threads()
            .next()
            .ok_or_else(|| fault("a process to pin is gone"))?;
        let before = sched_getaffinity(Some(first)).about("reading the CPU affinity")?;
        let cpu = (0..CpuSet::MAX_CPU)
            .filter(|&cpu| before.is_set(cpu))
            .nth(nth);
        let mut one = CpuSet::new();
        one.set(cpu.ok_or_else(|| fault("pinning needs two CPUs"))?);
        for thread in procs.threads() {
            // A thread that ended in the meantime needs no CPU.
            let _ = sched_setaffinity(Some(thread), &one);
        }
        Ok(Self { procs, before })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        for thread in self.procs.threads() {
            let _ = sched_setaffinity(Some(thread), &self.before);
        }
    }
}

/// Allows this process, and those that it starts, as many open files as the hard limit does.
pub fn raise_file_limit() -> Result<u64> {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(1 << 20);
    let raised = Rlimit {
        current: Some(most),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).about("raising the limit of open files")?;
    Ok(most)
}

fn numbered(folder: &str) -> impl Iterator<Item = i32> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn word<T: FromStr>(text: &str, nth: usize) -> Option<T> {
    text.split_whitespace().nth(nth)?.parse().ok()
}

/// Field `nth` of `/proc/PID/stat`, counted from 0 after the name, which may hold anything.
fn stat<T: FromStr>(pid: i32, nth: usize) -> Option<T> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    word(text.rsplit_once(')')?.1, nth)
}

fn parent(pid: i32) -> Option<i32> {
    stat(pid, 1)
}

fn coarse_cpu(pid: i32) -> Result<f64> {
    let ticks = stat::<f64>(pid, 11).zip(stat::<f64>(pid, 12));
    let (user, system) = ticks.ok_or_else(|| fault(format!("process {pid} is gone")))?;
    Ok((user + system) / TICKS)
}

fn fine_cpu(pid: i32) -> f64 {
    let nanos = numbered(&format!("/proc/{pid}/task")).filter_map(|thread| {
        let text = fs::read_to_string(format!("/proc/{pid}/task/{thread}/schedstat")).ok()?;
        word::<f64>(&text, 0)
    });
    nanos.sum::<f64>() / 1e9
}
