//! What guards do when they are dropped, wherever that is.

use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::faults::{
    Bandwidth, Corrupt, Fault, IntoFault, Latency, LimitData, PacketLoss, ResetPeer, SlowClose,
};
use super::faults::{Slicer, Timeout};
use super::{Aconite, Error, ErrorKind, Proxy};

/// An upstream that echoes.
const ECHO: &str = "echo:";

fn start() -> (Aconite, Proxy) {
    let aconite = Aconite::start().unwrap();
    let proxy = aconite.block_on(aconite.proxy("echo", ECHO)).unwrap();
    (aconite, proxy)
}

/// How long one byte takes there and back on a new connection.
fn round_trip(address: SocketAddr) -> std::io::Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.write_all(b"x")?;
    stream.read_exact(&mut [0])?;
    Ok(start.elapsed())
}

/// Waits until a condition holds, which something in the background brings about.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_dropped_toxic_is_removed() {
    let (_aconite, proxy) = start();
    let slow = proxy.add(Latency::new(Duration::from_millis(400))).unwrap();
    assert!(round_trip(proxy.address()).unwrap() >= Duration::from_millis(400));
    assert!(slow.touched());
    assert_eq!(slow.stats().hits.connections, 1);
    let (name, proxy_name) = (slow.name().to_owned(), proxy.name().to_owned());
    drop(slow);
    let control = &_aconite.instance().control;
    assert!(control.toxic(&proxy_name, &name).is_err());
    assert_eq!(round_trip(proxy.address()).map(drop).ok(), Some(()));
}

#[test]
fn a_fault_in_both_directions_is_two_guarded_toxics() {
    let (aconite, proxy) = start();
    let [up, down] = proxy
        .add_both(Latency::new(Duration::from_millis(200)).named("slow"))
        .unwrap();
    assert_eq!(
        (up.name(), down.name()),
        ("slow_upstream", "slow_downstream")
    );
    assert!(round_trip(proxy.address()).unwrap() >= Duration::from_millis(400));
    drop(up);
    let control = &aconite.instance().control;
    assert!(control.toxic(proxy.name(), "slow_upstream").is_err());
    assert!(control.toxic(proxy.name(), "slow_downstream").is_ok());
    drop(down);
    assert!(control.toxic(proxy.name(), "slow_downstream").is_err());
    let made = aconite
        .new_proxy("both", ECHO)
        .with_both(Fault::new("noop"))
        .create();
    let made = aconite.block_on(made).unwrap();
    assert!(control.toxic(made.name(), "noop_upstream").is_ok());
}

#[test]
fn a_guard_leaves_a_later_toxic_of_its_name_alone() {
    let (aconite, proxy) = start();
    let first = proxy.add(Latency::new(Duration::from_millis(1))).unwrap();
    round_trip(proxy.address()).unwrap();
    aconite.block_on(proxy.reset()).unwrap();
    let second = proxy.add(Latency::new(Duration::from_millis(2))).unwrap();
    assert!(first.touched(), "what it did is known after its end");
    assert!(
        first
            .update(Latency::new(Duration::from_millis(3)))
            .is_err()
    );
    drop(first);
    assert_eq!(aconite.instance().control.toxics("echo").unwrap().len(), 1);
    second.remove().unwrap();
}

#[test]
fn a_future_that_is_dropped_leaves_nothing_behind() {
    let aconite = Aconite::start().unwrap();
    let create = aconite.proxy("abandoned", ECHO);
    let at_once = Duration::ZERO;
    let result = aconite.block_on(async { tokio::time::timeout(at_once, create).await });
    drop(result);
    let exists = || aconite.instance().control.show("abandoned").is_ok();
    // The operation runs to its end, and then the guard that nobody took is dropped.
    eventually("the proxy is still there", || {
        thread::sleep(Duration::from_millis(20));
        !exists()
    });
}

#[test]
fn a_kept_toxic_stays() {
    let (aconite, proxy) = start();
    proxy
        .add(Latency::new(Duration::from_millis(1)))
        .unwrap()
        .keep();
    assert_eq!(aconite.instance().control.toxics("echo").unwrap().len(), 1);
}

#[test]
fn a_dropped_proxy_refuses_connections() {
    let (aconite, proxy) = start();
    let address = proxy.address();
    round_trip(address).unwrap();
    assert_eq!(proxy.accepted(), 1);
    drop(proxy);
    eventually("the proxy still listens", || {
        TcpStream::connect(address).is_err()
    });
    let again = aconite.block_on(aconite.proxy("echo", ECHO));
    assert!(again.is_ok(), "the name is free again");
}

#[test]
fn a_dropped_outage_enables_the_proxy_again() {
    let (aconite, proxy) = start();
    let outage = aconite.block_on(proxy.down()).unwrap();
    let refused = TcpStream::connect(proxy.address()).unwrap_err();
    assert_eq!(refused.kind(), IoErrorKind::ConnectionRefused);
    drop(outage);
    eventually("the proxy still refuses", || {
        round_trip(proxy.address()).is_ok()
    });
}

#[test]
fn guards_that_outlive_the_instance_keep_it_running() {
    let (aconite, proxy) = start();
    drop(aconite);
    round_trip(proxy.address()).unwrap();
}

#[test]
fn connections_end_when_everything_has_been_dropped() {
    let (aconite, proxy) = start();
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    stream.write_all(b"x").unwrap();
    stream.read_exact(&mut [0]).unwrap();
    proxy.keep();
    drop(aconite);
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let ended = match stream.read(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == IoErrorKind::ConnectionReset,
    };
    assert!(ended, "the connection is still there");
}

#[tokio::test]
async fn everything_can_be_dropped_inside_a_runtime() {
    let aconite = Aconite::start().unwrap();
    let proxy = aconite.proxy("echo", ECHO).await.unwrap();
    let toxic = proxy.add(Timeout::never_closing()).unwrap();
    drop((aconite, toxic, proxy));
}

#[tokio::test]
async fn shutdown_ends_connections_and_later_operations_fail() {
    let aconite = Aconite::start().unwrap();
    let proxy = aconite.proxy("echo", ECHO).await.unwrap();
    let address = proxy.address();
    aconite.clone().shutdown().await;
    assert!(TcpStream::connect(address).is_err());
    let added = proxy.add(Latency::new(Duration::from_millis(1)));
    assert_eq!(
        added.err().map(|error| error.kind()),
        Some(ErrorKind::Stopped)
    );
    let late = aconite.proxy("late", "127.0.0.1:1").await;
    assert_eq!(
        late.err().map(|error| error.kind()),
        Some(ErrorKind::Stopped)
    );
}

#[test]
fn errors_say_what_is_wrong_without_words_of_http() {
    let (aconite, proxy) = start();
    let error = |result: Result<super::Toxic, Error>| result.map(drop).unwrap_err();
    let texts = [
        error(proxy.add(Latency::new(Duration::from_micros(1500)))),
        error(proxy.add(Slicer::new(0))),
        error(proxy.add(ResetPeer::at_once().toxicity(50.0))),
        error(proxy.add(ResetPeer::at_once().toxicity(f32::NAN))),
        error(proxy.add(ResetPeer::at_once().replaying(0))),
        error(proxy.add(Timeout::closing_after(Duration::ZERO))),
        error(proxy.add(Fault::new("lag"))),
        error(proxy.add(PacketLoss::new(1.5))),
        error(proxy.add(PacketLoss::in_bursts(0.1, f64::NAN))),
        aconite
            .block_on(aconite.proxy("echo", "127.0.0.1:1"))
            .unwrap_err(),
    ];
    let kinds: Vec<ErrorKind> = texts.iter().map(Error::kind).collect();
    let (last, others) = kinds.split_last().unwrap();
    assert_eq!(*last, ErrorKind::AlreadyExists);
    assert!(
        others.iter().all(|kind| *kind == ErrorKind::InvalidValue),
        "{kinds:?}"
    );
    for error in texts {
        let text = error.to_string();
        for word in ["HTTP", "request", "body", "POST"] {
            assert!(!text.contains(word), "{text:?} has {word:?}");
        }
    }
}

#[test]
fn every_typed_fault_is_taken_with_its_options() {
    let (_aconite, proxy) = start();
    let ms = Duration::from_millis;
    let faults = [
        Latency::new(ms(5)).jitter(ms(2)).toxicity(0.5).named("a"),
        Bandwidth::kilobytes_per_second(10).upstream(),
        Bandwidth::kilobytes_per_second(10)
            .burst(5)
            .shared()
            .named("shared"),
        Bandwidth::kilobytes_per_second(10)
            .group("uplink")
            .named("group"),
        Bandwidth::kilobytes_per_second(0)
            .trace(&[(ms(0), 10), (ms(1500), 0)])
            .named("trace"),
        SlowClose::new(ms(1)).lasting(ms(10_000)),
        Timeout::closing_after(ms(5)).starting_after(ms(60_000)),
        ResetPeer::after(ms(5)).seed(3),
        Slicer::new(10)
            .size_variation(2)
            .delay(Duration::from_micros(7))
            .replaying(4),
        LimitData::new(100).into_fault(),
        PacketLoss::new(0.02)
            .correlation(0.25)
            .round_trip(ms(30))
            .least_timeout(ms(100))
            .into_fault(),
        PacketLoss::in_bursts(0.01, 0.3).named("bursts"),
        Corrupt::flip(100.0).upstream(),
        Fault::new("noop"),
    ];
    let toxics: Vec<super::Toxic> = faults
        .into_iter()
        .map(|fault| proxy.add(fault).unwrap())
        .collect();
    let views = _aconite.instance().control.toxics("echo").unwrap();
    assert_eq!(views.len(), toxics.len());
    let first = &toxics[0];
    first.update(Latency::new(ms(9)).toxicity(1.0)).unwrap();
    let view = _aconite.instance().control.toxic("echo", "a").unwrap();
    assert_eq!((view.name.as_str(), view.toxicity), ("a", 1.0));
    assert!(
        first.update(Timeout::never_closing()).is_err(),
        "another type is refused"
    );
}

#[test]
fn a_fault_at_connect_acts_before_the_dial() {
    let (_aconite, proxy) = start();
    let slow = proxy.add(Latency::new(Duration::from_millis(300)).at_connect());
    let slow = slow.unwrap();
    assert!(round_trip(proxy.address()).unwrap() >= Duration::from_millis(300));
    assert_eq!(slow.stats().hits.delayed, 1);
    drop(slow);
    let _reset = proxy.add(ResetPeer::at_once().at_connect()).unwrap();
    let error = round_trip(proxy.address()).unwrap_err();
    assert_eq!(error.kind(), IoErrorKind::ConnectionReset);
    let refused = proxy.add(SlowClose::new(Duration::from_millis(1)).at_connect());
    assert!(refused.unwrap_err().to_string().contains("phase"));
}

#[test]
fn a_profile_is_taken_off_with_its_guard_and_leaves_the_next_one_alone() {
    let aconite = Aconite::start().unwrap();
    let proxy = aconite
        .block_on(async {
            let new = aconite.new_proxy("p", "127.0.0.1:9");
            new.profile("dsl").create().await
        })
        .unwrap();
    let first = proxy.profile("3g").unwrap();
    assert_eq!(first.name(), "3g");
    let second = proxy.profile("4g").unwrap();
    assert_eq!(first.remove().unwrap_err().kind(), ErrorKind::NotFound);
    second.remove().unwrap();
    drop(proxy.profile("2g").unwrap());
    let unknown = proxy.profile("5gg").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert!(unknown.to_string().contains("5gg"), "{unknown}");
    // Whoever takes the name of one of its toxics keeps it.
    let taken = proxy.add(Latency::new(Duration::ZERO).named("profile_latency_upstream"));
    let taken = taken.unwrap();
    assert_eq!(
        proxy.profile("3g").unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    drop(taken);
    proxy.profile("3g").unwrap().keep();
}
