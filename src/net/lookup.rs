//! Looks up host names without letting one name delay another.
//!
//! This uses the system's `getaddrinfo` rather than a resolver of our own, because users expect the
//! hosts file, `nsswitch.conf` and search domains to work. `getaddrinfo` blocks a thread for as
//! long as a name server is silent. tokio's `lookup_host` runs it in a pool that everything shares,
//! where a few hundred dials to one dead name delayed all other names. Here
//!
//! * all concurrent requests for one name share one look-up, so a proxy occupies one thread
//!   whatever its clients do. Answers are not cached, so each dial sees the current addresses;
//! * the number of threads is limited, and `lookup_queue.rs` divides them by what is known of the
//!   names;
//! * a caller can stop waiting at any moment. A running look-up continues, but one that has no
//!   callers left is not started;
//! * the threads are detached, so the process does not wait for them when it ends.
//!
//! Must not know proxies, or what a name is looked up for.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::watch;

use super::lookup_queue::{LookupQueue, has_host};

/// The limits on the number of threads. Between them it is a share of all file descriptors, as each
/// look-up may hold a socket.
const LEAST_THREADS: usize = 16;
const MOST_THREADS: usize = 512;
const DESCRIPTORS_A_THREAD: usize = 16;

/// The result of a look-up: addresses with port 0 in the system's order, or the system's error.
type Answer = Arc<Result<Vec<SocketAddr>, String>>;

/// A function that asks the system for the addresses of a name.
type Resolve = fn(&str) -> io::Result<Vec<SocketAddr>>;

/// The look-ups of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Lookups(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    resolve: Resolve,
}

#[derive(Debug)]
struct State {
    queue: LookupQueue,
    /// The channel on which the waiting callers of each queued name receive its answer.
    asked: HashMap<Arc<str>, watch::Sender<Option<Answer>>>,
}

impl Lookups {
    /// Chooses the number of concurrent look-ups for a process that may have `fd_limit` files open.
    pub(super) fn new(fd_limit: usize) -> Self {
        let threads = fd_limit / DESCRIPTORS_A_THREAD;
        Lookups::with(threads.clamp(LEAST_THREADS, MOST_THREADS), of_system)
    }

    fn with(threads: usize, resolve: Resolve) -> Self {
        Lookups(Arc::new(Inner {
            state: Mutex::new(State {
                queue: LookupQueue::new(threads),
                asked: HashMap::new(),
            }),
            resolve,
        }))
    }

    /// All addresses of a name, with port 0, in the system's order. Errors: the system's error
    /// text.
    pub(super) async fn look_up(&self, name: &str) -> Answer {
        let (mut answer, begins) = self.0.state().ask(name);
        if let Some(name) = begins {
            self.0.begin(name);
        }
        match answer.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(answer)) => Arc::clone(answer),
            // The look-up thread has panicked.
            _ => Arc::new(Err("the look-up was not finished".to_owned())),
        }
    }
}

impl State {
    /// Joins a look-up in progress, or requests one. Also returns the name if its look-up must
    /// start now.
    fn ask(&mut self, name: &str) -> (watch::Receiver<Option<Answer>>, Option<Arc<str>>) {
        if let Some(answer) = self.asked.get(name) {
            return (answer.subscribe(), None);
        }
        let name: Arc<str> = name.into();
        let (sender, answer) = watch::channel(None);
        self.asked.insert(Arc::clone(&name), sender);
        let begins = self.queue.ask(&name, || is_in_hosts_file(&name));
        (answer, begins.then_some(name))
    }

    /// The next look-up that may start and that a caller still waits for.
    fn next(&mut self) -> Option<Arc<str>> {
        let asked = &mut self.asked;
        self.queue.next(|name| {
            let wanted = asked.get(name).is_some_and(|answer| !answer.is_closed());
            if !wanted {
                asked.remove(name);
            }
            wanted
        })
    }
}

/// A look-up in progress. Dropping it delivers the answer, or its absence, to the callers and frees
/// the thread for another name.
struct UnderWay<'a> {
    inner: &'a Arc<Inner>,
    name: Arc<str>,
    since: Instant,
    answer: Option<Answer>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        state.queue.end(&self.name, self.since.elapsed());
        let asked = state.asked.remove(&self.name);
        // A thread that panicked takes no further name, so another thread must take the next one.
        let broken = thread::panicking();
        let next = broken.then(|| state.next()).flatten();
        drop(state);
        if let Some(asked) = asked {
            asked.send_replace(self.answer.take());
        }
        if let Some(next) = next {
            self.inner.begin(next);
        }
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Starts a look-up, and all others that may start now, each on its own thread.
    fn begin(self: &Arc<Self>, first: Arc<str>) {
        let mut next = Some(first);
        while let Some(name) = next {
            let (inner, of_thread) = (Arc::clone(self), Arc::clone(&name));
            let thread = thread::Builder::new().name("look-up".to_owned());
            let spawned = thread.spawn(move || inner.run(of_thread));
            if let Err(error) = spawned {
                self.under_way(name).answer = Some(Arc::new(Err(error.to_string())));
            }
            next = self.state().next();
        }
    }

    fn under_way(self: &Arc<Self>, name: Arc<str>) -> UnderWay<'_> {
        UnderWay {
            inner: self,
            name,
            since: Instant::now(),
            answer: None,
        }
    }

    /// Looks up one name after another while names are waiting.
    fn run(self: &Arc<Self>, first: Arc<str>) {
        let mut next = Some(first);
        while let Some(name) = next {
            let mut under_way = self.under_way(name);
            let found = (self.resolve)(&under_way.name);
            under_way.answer = Some(Arc::new(found.map_err(|error| error.to_string())));
            drop(under_way);
            // A finished look-up makes room for one more.
            next = self.state().next();
        }
    }
}

fn of_system(name: &str) -> io::Result<Vec<SocketAddr>> {
    Ok((name, 0).to_socket_addrs()?.collect())
}

/// This runs only while threads are scarce, and the file is small, so it needs no thread of its
/// own.
fn is_in_hosts_file(name: &str) -> bool {
    std::fs::read_to_string("/etc/hosts").is_ok_and(|hosts| has_host(&hosts, name))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// More than a very busy machine needs for what takes microseconds.
    const LIMIT: Duration = Duration::from_secs(60);

    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    /// Whether `dead` names get no answer yet.
    static HELD: AtomicBool = AtomicBool::new(true);

    /// Names that contain `dead` do not resolve while they are held; `panics` simulates a defect.
    fn resolve(name: &str) -> io::Result<Vec<SocketAddr>> {
        assert_ne!(name, "panics");
        if name.contains("dead") {
            RUNNING.fetch_add(1, Ordering::Relaxed);
            while HELD.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
            return Err(io::Error::other("no answer"));
        }
        Ok(vec![([127, 0, 0, 9], 0).into()])
    }

    #[tokio::test]
    async fn many_look_ups_of_one_dead_name_hold_one_thread_and_delay_no_other_name() {
        let lookups = Lookups::with(4, resolve);
        for _ in 0..600 {
            let lookups = lookups.clone();
            tokio::spawn(async move { lookups.look_up("one.dead").await });
        }
        tokio::task::yield_now().await;
        for name in ["localhost", "good.example"] {
            let found = tokio::time::timeout(LIMIT, lookups.look_up(name)).await;
            assert_eq!(*found.unwrap(), Ok(vec![([127, 0, 0, 9], 0).into()]));
        }
        HELD.store(false, Ordering::Relaxed);
        assert_eq!(*lookups.look_up("one.dead").await, Err("no answer".into()));
        assert_eq!(RUNNING.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_name_that_nobody_waits_for_is_not_kept() {
        const SLOW: Duration = Duration::from_millis(300);
        let lookups = Lookups::with(4, |_| {
            thread::sleep(SLOW);
            Err(io::ErrorKind::TimedOut.into())
        });
        let ask = |number: usize| {
            let lookups = lookups.clone();
            async move { lookups.look_up(&format!("{number}.example")).await }
        };
        let given_up = (0..100).map(|number| tokio::time::timeout(Duration::ZERO, ask(number)));
        for one in given_up {
            assert!(one.await.is_err());
        }
        // The last request comes after the hundred, of which no more than three have started.
        let start = Instant::now();
        assert!(ask(100).await.is_err());
        assert!(start.elapsed() < 100 * SLOW / 3, "{:?}", start.elapsed());
        assert!(lookups.0.state().asked.len() <= 3);
    }

    #[tokio::test]
    async fn a_look_up_that_breaks_down_is_an_error_and_its_name_can_be_asked_for_again() {
        let lookups = Lookups::with(4, resolve);
        for _ in 0..2 {
            assert!(lookups.look_up("panics").await.is_err());
        }
        assert!(lookups.0.state().asked.is_empty());
    }
}
