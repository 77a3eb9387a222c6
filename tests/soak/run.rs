//! The phases of a soak: warm up, measure, soak, measure again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use super::api::Api;
use super::book::say;
use super::controller::Controller;
use super::target::Target;
use super::traffic;
use super::weather::Weather;
use super::world::{Proxy, World};
use support::free_port;
use support::hole::Hole;
use support::process::Usage;

const PROXIES: usize = 4;
/// Concurrent clients per proxy.
const CLIENTS: u64 = 12;
/// The time limit for everything to end after the last fault: the server's limits for bytes in
/// flight after a reset and for a dial, plus a margin.
const REST: Duration = Duration::from_secs(15);

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no whole number")),
    )
}

struct Soak {
    target: Target,
    world: Arc<World>,
    runtime: Runtime,
    bad_upstreams: Vec<String>,
    _hole: Hole,
}

pub fn run() {
    let seconds = number("SOAK_SECONDS").unwrap_or(20);
    let seed = number("SEED").unwrap_or_else(|| u64::from(std::process::id()));
    say(&format!("soak: {seconds} s with SEED={seed}"));
    let soak = Soak::new(seed);
    let total = Duration::from_secs(seconds);
    let warm_up = (total / 3).min(Duration::from_secs(15));
    soak.phase(0, warm_up);
    let before = soak.at_rest(None);
    soak.phase(1, total.saturating_sub(warm_up));
    let after = soak.at_rest(before);
    soak.compare(before, after);
    soak.report(seed);
}

impl Soak {
    fn new(seed: u64) -> Self {
        let target = Target::start();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let bind = || runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let mut listeners = Vec::new();
        let mut proxies = Vec::new();
        for index in 0..PROXIES {
            let pair = [bind(), bind()];
            proxies.push(Proxy {
                name: format!("p{index}"),
                listen: format!("127.0.0.1:{}", free_port()),
                upstreams: [0, 1].map(|one: usize| pair[one].local_addr().unwrap().to_string()),
                gentle: index % 2 == 0,
                weather: Weather::new(),
            });
            listeners.extend(pair.into_iter().map(|listener| (index, listener)));
        }
        let world = Arc::new(World::new(seed, target.is_own(), proxies));
        for (order, (proxy, listener)) in (0..).zip(listeners) {
            runtime.spawn(traffic::upstream(
                Arc::clone(&world),
                proxy,
                order,
                listener,
            ));
        }
        let hole = Hole::on_loopback();
        let soak = Self {
            bad_upstreams: vec![hole.addr(), format!("127.0.0.1:{}", free_port())],
            _hole: hole,
            target,
            world,
            runtime,
        };
        soak.create();
        soak
    }

    fn create(&self) {
        let api = Api::new(&self.world, self.target.api());
        for proxy in &self.world.proxies {
            let body = json!({"name": proxy.name, "listen": proxy.listen,
                "upstream": proxy.upstreams[0]});
            let status = api.ask("create proxy", ("POST", "/proxies"), &body, &[201]);
            assert_eq!(status, Some(201), "{}", self.target.log());
        }
    }

    /// Runs faults and traffic for this long, and then ends them.
    fn phase(&self, phase: u64, span: Duration) {
        if !self.world.book.wrongs().is_empty() && self.target.is_own() {
            return;
        }
        self.world.stop.store(false, Ordering::SeqCst);
        let mut clients = JoinSet::new();
        for proxy in 0..PROXIES {
            for worker in 0..CLIENTS {
                let world = Arc::clone(&self.world);
                let work = traffic::clients(world, proxy, worker, phase);
                clients.spawn_on(work, self.runtime.handle());
            }
        }
        let api = Api::new(&self.world, self.target.api());
        thread::scope(|scope| {
            for index in 0..PROXIES {
                let who = (index, phase);
                let controller = Controller::new(&self.world, &api, who, &self.bad_upstreams);
                scope.spawn(|| controller.run());
            }
            let start = Instant::now();
            while start.elapsed() < span && !self.world.stops() && !api.is_dead() {
                thread::sleep(Duration::from_millis(20));
            }
            self.world.stop.store(true, Ordering::SeqCst);
        });
        api.ask("reset", ("POST", "/reset"), &json!(null), &[204]);
        self.settle();
        clients.abort_all();
        let explained = self.world.book.take_unexplained();
        for (proxy, (clients, leavers)) in explained {
            if self.world.proxies[proxy].gentle && clients > leavers {
                let text = format!(
                    "{clients} clients of p{proxy} saw an end without a word, {leavers} upstreams left"
                );
                self.world.violate("end that nobody asked for", &text);
            }
        }
        self.world.forget();
    }

    /// Waits until no peer is running.
    fn settle(&self) {
        let start = Instant::now();
        while self.world.live.load(Ordering::SeqCst) > 0 {
            if self.world.exceeds(start.elapsed(), REST) {
                let left = self.world.at_work().join("\n  ");
                self.world.violate("connections that never end", &left);
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// The server's resource usage when idle. Returns as soon as it is no more than `before`, and
    /// at the latest after the server's time limit for ends and dials.
    fn at_rest(&self, before: Option<Usage>) -> Option<Usage> {
        let start = Instant::now();
        let mut last = self.target.usage()?;
        loop {
            thread::sleep(Duration::from_millis(400));
            let usage = self.target.usage()?;
            let steady = usage.descriptors == last.descriptors && usage.threads == last.threads;
            let back = before.is_none_or(|before| {
                usage.descriptors <= before.descriptors
                    && usage.threads <= before.threads
                    && usage.memory <= returned(&before)
            });
            // A dial to the black hole ends last.
            let patient = start.elapsed() > Duration::from_secs(2) || before.is_some();
            if steady && back && patient || start.elapsed() > REST {
                return Some(usage);
            }
            last = usage;
        }
    }

    fn compare(&self, before: Option<Usage>, after: Option<Usage>) {
        let (Some(before), Some(after)) = (before, after) else {
            return self.world.violate("the server is gone", &self.target.log());
        };
        let told = format!("before {before:?}, after {after:?}");
        say(&format!("soak: {told}"));
        if after.descriptors != before.descriptors {
            self.world.violate("descriptors not back", &told);
        }
        if after.threads > before.threads {
            self.world.violate("threads not back", &told);
        }
        if after.memory > returned(&before) {
            self.world.violate("memory not back", &told);
        }
        thread::sleep(Duration::from_millis(500));
        let idle = self.target.usage().map_or(0, |now| now.ticks - after.ticks);
        if idle > 15 {
            self.world
                .violate("not idle", &format!("{idle} of 50 ticks; {told}"));
        }
    }

    fn report(&self, seed: u64) {
        let summary = self.world.book.summary(self.world.yardstick.all());
        say(&format!("soak: SEED={seed}\n{summary}"));
        let wrongs = self.world.book.wrongs();
        if self.target.is_own() {
            let log = self.target.log();
            assert!(
                wrongs.is_empty(),
                "SEED={seed}: {}\n{log}",
                wrongs.join("\n")
            );
        }
    }
}

/// The memory, in KiB, that an idle server may use: its earlier usage, plus what its pools may
/// keep.
fn returned(before: &Usage) -> u64 {
    before.memory + before.memory / 2 + 32 * 1024
}
