//! Something that rings once after a span of time: timerfd on Linux, tokio's timer elsewhere.

#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(super) use timerfd::Alarm;

#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
pub(super) use portable::Alarm;

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

    use super::super::watched::watch;

    #[derive(Debug)]
    pub(in super::super) struct Alarm(AsyncFd<OwnedFd>);

    impl Alarm {
        pub(in super::super) fn new() -> io::Result<Self> {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let fd = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            Ok(Alarm(watch(fd, Interest::READABLE)?))
        }

        /// Rings after `span`, and not at the time that was set before.
        pub(in super::super) fn set(&self, span: Duration) {
            // All zeros would switch it off.
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

        /// Waits until it rings.
        pub(in super::super) async fn ring(&self) {
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

#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
mod portable {
    use std::io;
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use tokio::sync::Notify;
    use tokio::time::Instant;

    #[derive(Debug, Default)]
    pub(in super::super) struct Alarm {
        at: Mutex<Option<Instant>>,
        changed: Notify,
    }

    impl Alarm {
        pub(in super::super) fn new() -> io::Result<Self> {
            Ok(Alarm::default())
        }

        /// Rings after `span`, and not at the time that was set before.
        pub(in super::super) fn set(&self, span: Duration) {
            *self.at.lock().unwrap_or_else(PoisonError::into_inner) =
                Instant::now().checked_add(span);
            self.changed.notify_one();
        }

        /// Waits until it rings.
        pub(in super::super) async fn ring(&self) {
            loop {
                let at = *self.at.lock().unwrap_or_else(PoisonError::into_inner);
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
                        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = None;
                        return;
                    }
                }
            }
        }
    }
}
