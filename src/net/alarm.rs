//! A one-shot timer: timerfd on Linux, tokio's timer on other systems and in virtual time.

use std::io;
use std::time::Duration;

#[derive(Debug)]
pub(super) enum Alarm {
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    Timerfd(timerfd::Alarm),
    #[cfg(any(test, not(target_os = "linux"), feature = "portable"))]
    Tokio(portable::Alarm),
}

impl Alarm {
    /// The most precise timer of this platform.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    pub(super) fn of_system() -> io::Result<Self> {
        Ok(Alarm::Timerfd(timerfd::Alarm::new()?))
    }

    /// The most precise timer of this platform.
    #[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
    pub(super) fn of_system() -> io::Result<Self> {
        Ok(Alarm::of_tokio())
    }

    /// A timer that follows tokio's clock, including when a test pauses it.
    #[cfg(any(test, not(target_os = "linux"), feature = "portable"))]
    pub(super) fn of_tokio() -> Self {
        Alarm::Tokio(portable::Alarm::default())
    }

    /// Sets the timer to fire after `span`, and replaces the deadline set before.
    pub(super) fn set(&self, span: Duration) {
        match self {
            #[cfg(all(target_os = "linux", not(feature = "portable")))]
            Alarm::Timerfd(alarm) => alarm.set(span),
            #[cfg(any(test, not(target_os = "linux"), feature = "portable"))]
            Alarm::Tokio(alarm) => alarm.set(span),
        }
    }

    /// Waits until the timer fires.
    pub(super) async fn ring(&self) {
        match self {
            #[cfg(all(target_os = "linux", not(feature = "portable")))]
            Alarm::Timerfd(alarm) => alarm.ring().await,
            #[cfg(any(test, not(target_os = "linux"), feature = "portable"))]
            Alarm::Tokio(alarm) => alarm.ring().await,
        }
    }
}

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod timerfd {
    use std::io;
    use std::os::fd::OwnedFd;
    use std::time::Duration;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    #[derive(Debug)]
    pub(crate) struct Alarm(AsyncFd<OwnedFd>);

    impl Alarm {
        pub(crate) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(Alarm(crate::net::async_fd::register(
                fd,
                Interest::READABLE,
            )?))
        }

        pub(crate) fn set(&self, span: Duration) {
            // A value of zero would disarm the timer.
            let span = span.max(Duration::from_nanos(1));
            let spec = Itimerspec {
                it_interval: Timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                },
                it_value: Timespec {
                    tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
                    tv_nsec: span.subsec_nanos().into(),
                },
            };
            if let Err(error) = timerfd_settime(self.0.get_ref(), TimerfdTimerFlags::empty(), &spec)
            {
                tracing::error!(%error, ?span, "the timer cannot be set");
            }
        }

        pub(crate) async fn ring(&self) {
            let mut times = [0_u8; 8];
            loop {
                let Ok(mut ready) = self.0.readable().await else {
                    return std::future::pending().await;
                };
                let read = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut times)?));
                if matches!(read, Ok(Ok(_))) {
                    return;
                }
            }
        }
    }
}

#[cfg(any(test, not(target_os = "linux"), feature = "portable"))]
mod portable {
    use parking_lot::Mutex;
    use std::time::Duration;

    use tokio::sync::Notify;
    use tokio::time::Instant;

    #[derive(Debug, Default)]
    pub(crate) struct Alarm {
        at: Mutex<Option<Instant>>,
        changed: Notify,
    }

    impl Alarm {
        pub(crate) fn set(&self, span: Duration) {
            *self.at.lock() = Instant::now().checked_add(span);
            self.changed.notify_one();
        }

        pub(crate) async fn ring(&self) {
            loop {
                let at = *self.at.lock();
                let wait = async {
                    match at {
                        Some(at) => tokio::time::sleep_until(at).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    biased;
                    () = self.changed.notified() => {}
                    () = wait => {
                        *self.at.lock() = None;
                        return;
                    }
                }
            }
        }
    }
}
