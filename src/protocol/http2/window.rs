//! The client's flow-control windows (RFC 9113, section 5.2), seen from between both peers.
//!
//! DATA of ours uses the connection's window, of which the upstream does not know. So two numbers are
//! kept: what the client can really take, and what the upstream believes that it can. Both include
//! what is on its way. The client's later WINDOW_UPDATEs are withheld from the upstream until the
//! two are the same again.

use std::collections::VecDeque;

/// The window of a new connection and of its streams.
const INITIAL: u32 = 65_535;
/// The most SETTINGS frames of the client that may wait for the upstream's acknowledgement.
const MOST_PENDING: usize = 100;
/// The client's windows.
#[derive(Debug)]
pub struct Windows {
    /// What the client can take on the connection.
    can_take: i64,
    /// What the upstream believes that it can take.
    believed: i64,
    /// Bytes of the upstream's DATA that wait here. It has counted them, the client has not.
    held: i64,
    /// The window of new streams: what the upstream has acknowledged, and what the client has sent
    /// since. The client may use either until it sees the acknowledgement (section 6.5.3).
    initial: u32,
    pending: VecDeque<Option<u32>>,
}

impl Default for Windows {
    fn default() -> Self {
        Windows {
            can_take: i64::from(INITIAL),
            believed: i64::from(INITIAL),
            held: 0,
            initial: INITIAL,
            pending: VecDeque::new(),
        }
    }
}

impl Windows {
    /// The client has sent SETTINGS, which may set the window of streams. Returns false if too many
    /// of them wait for an acknowledgement.
    pub fn settings(&mut self, window: Option<u32>) -> bool {
        self.pending.push_back(window);
        self.pending.len() <= MOST_PENDING
    }

    /// The upstream has acknowledged the oldest SETTINGS that it has not.
    pub fn acknowledged(&mut self) {
        if let Some(Some(window)) = self.pending.pop_front() {
            self.initial = window;
        }
    }

    /// The window with which streams begin: the least that may be in force.
    pub fn of_new_stream(&self) -> i64 {
        let pending = self.pending.iter().flatten();
        i64::from(pending.fold(self.initial, |least, window| least.min(*window)))
    }

    /// The client has sent a WINDOW_UPDATE for the connection.
    pub fn increased(&mut self, by: u32) {
        self.can_take += i64::from(by);
    }

    /// The upstream has been sent one.
    pub fn told_upstream(&mut self, by: u32) {
        self.believed += i64::from(by);
    }

    /// Whether DATA from the upstream can pass at once. Where the upstream sends more than it may, the
    /// client is to find out.
    pub fn can_pass(&self, size: usize) -> bool {
        signed(size) <= self.can_take || self.believed < signed(size)
    }

    /// DATA from the upstream passes.
    pub fn pass(&mut self, size: usize) {
        self.believed -= signed(size);
        self.can_take -= signed(size);
    }

    /// Bytes of the upstream's DATA that wait here.
    pub fn held(&self) -> i64 {
        self.held
    }

    /// Whether the upstream does not know what the client can take.
    pub fn are_unequal(&self) -> bool {
        self.believed + self.held != self.can_take
    }

    /// DATA comes from the upstream and is held back, or does not go to the client at all.
    pub fn hold(&mut self, size: usize) {
        self.believed -= signed(size);
        self.held += signed(size);
    }

    /// How much of `size` bytes that wait here may leave now. They count as having left.
    pub fn release(&mut self, size: usize) -> usize {
        let part = match self.believed < 0 {
            true => size,
            false => size.min(unsigned(self.can_take)),
        };
        self.can_take -= signed(part);
        self.held -= signed(part);
        part
    }

    /// Held bytes will not go to the client: the upstream must be given them back.
    pub fn discard(&mut self, size: usize) {
        self.held -= signed(size);
    }

    /// How much of `size` bytes of ours may leave now, on a stream with this window. They count as
    /// having left.
    pub fn send(&mut self, size: usize, stream: i64) -> usize {
        let part = size.min(unsigned(self.can_take.min(stream)));
        self.can_take -= signed(part);
        part
    }
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

fn unsigned(size: i64) -> usize {
    usize::try_from(size).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_ours_keeps_as_much_of_the_upstreams_back() {
        let mut windows = Windows::default();
        assert_eq!(windows.send(60_000, 50_000), 50_000);
        assert!(windows.can_pass(10_000));
        windows.pass(10_000);
        assert!(!windows.can_pass(16_384), "the client has 5,535 left");
        windows.hold(16_384);
        assert_eq!(windows.release(16_384), 5_535);
        windows.increased(70_000);
        // 50,000 of them are for ours.
        windows.told_upstream(20_000);
        assert_eq!(windows.release(10_849), 10_849);
        assert_eq!(windows.can_take, windows.believed);
        assert_eq!(windows.held, 0);
    }

    #[test]
    fn an_upstream_that_sends_too_much_is_not_held_back() {
        let mut windows = Windows::default();
        windows.pass(65_535);
        assert!(windows.can_pass(1));
    }

    #[test]
    fn a_stream_has_the_least_window_until_a_larger_one_is_acknowledged() {
        let mut windows = Windows::default();
        assert!(windows.settings(Some(100_000)));
        assert!(windows.settings(None));
        assert!(windows.settings(Some(10)));
        assert_eq!(windows.of_new_stream(), 10);
        windows.acknowledged();
        windows.acknowledged();
        assert_eq!(windows.of_new_stream(), 10);
        windows.acknowledged();
        windows.settings(Some(50));
        assert_eq!(windows.of_new_stream(), 10);
        windows.acknowledged();
        assert_eq!(windows.of_new_stream(), 50);
        assert!((0..100).all(|_| windows.settings(None)));
        assert!(!windows.settings(None));
    }
}
