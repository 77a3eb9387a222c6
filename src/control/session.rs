//! Sessions: what is made in one is undone when it ends, or is not renewed in time.
//!
//! A session leaves the registry first, and then its things are undone: toxics at once, under each
//! proxy's lock, and proxies in a turn. Whoever makes something for it looks into the registry under
//! that same lock, or in a turn before. So nothing is left behind.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::Control;
use super::error::{ControlError, Limited};
use super::event::{ChangeTarget, SessionEvent};
use super::lifecycle::{self, Outcome};
use super::limits;
use super::listen::LookedUp;
use super::operations::{OperationQueue, WeakOperationQueue};
use super::pace::Pace;
use super::shared::Shared;
use super::tell::Actor;
use super::timer::{self, Timer};

/// How long a session lives without being renewed, if nobody says.
pub const SESSION_TTL: Duration = Duration::from_secs(30);
/// Characters of a name that a message repeats: it may have come from anywhere.
const SHOWN: usize = 100;
/// How many sessions there may be.
pub const MOST_SESSIONS: usize = 1000;

/// A session as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// The name.
    pub name: String,
    /// How long it lives without being renewed.
    pub ttl: Duration,
    /// When it ends if it is not renewed, from now.
    pub expires_in: Duration,
}

/// Whose a thing is. Names can come again, ids do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    id: u64,
    pub(super) name: Arc<str>,
}

#[derive(Debug)]
struct Session {
    owner: Owner,
    ttl: Duration,
    deadline: Instant,
    /// Ends it when its time has come.
    _timer: Timer,
}

/// The sessions that there are.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<BTreeMap<String, Session>>,
    ids: AtomicU64,
}

impl Sessions {
    fn open(&self) -> MutexGuard<'_, BTreeMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An id and a name that nobody has taken.
    fn unused(&self, open: &BTreeMap<String, Session>) -> (u64, String) {
        loop {
            let id = self.next_id();
            let name = format!("session-{id}");
            if !open.contains_key(&name) {
                return (id, name);
            }
        }
    }

    /// The owner of what is made in this session. Errors: there is none of that name.
    pub(super) fn owner(&self, name: Option<&str>) -> Result<Option<Owner>, ControlError> {
        let Some(name) = name else {
            return Ok(None);
        };
        match self.open().get(name) {
            Some(session) => Ok(Some(session.owner.clone())),
            None => {
                let session = name.chars().take(SHOWN).collect();
                Err(ControlError::UnknownSession { session })
            }
        }
    }

    /// Forgets all, without undoing anything: it ends with the server.
    pub(super) fn forget(&self) {
        let forgotten = std::mem::take(&mut *self.open());
        drop(forgotten);
    }

    /// Takes a session out whose time is over. `tell` is called before its name is free again.
    fn take_expired(&self, owner: &Owner, tell: impl FnOnce()) -> bool {
        let mut open = self.open();
        let due = open.get(&*owner.name).is_some_and(|session| {
            session.owner.id == owner.id && session.deadline <= Instant::now()
        });
        if due {
            tell();
            open.remove(&*owner.name);
        }
        due
    }
}

impl Session {
    fn view(&self) -> SessionView {
        SessionView {
            name: self.owner.name.to_string(),
            ttl: self.ttl,
            expires_in: self.deadline.saturating_duration_since(Instant::now()),
        }
    }
}

impl Control {
    /// Starts a session. Without a name it gets one; without a time to live, [`SESSION_TTL`].
    ///
    /// # Errors
    /// The name is taken, too long, or one that no path can carry; the time is none; there are
    /// [`MOST_SESSIONS`].
    pub fn start_session(
        &self,
        name: Option<String>,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        self.shared.admit_start()?;
        let ttl = readable(ttl)?.unwrap_or(SESSION_TTL);
        let sessions = &self.shared.sessions;
        let mut open = sessions.open();
        let (id, name) = match name.filter(|name| !name.is_empty()) {
            Some(name) => (sessions.next_id(), name),
            None => sessions.unused(&open),
        };
        addressable(&name)?;
        if open.contains_key(&name) {
            return Err(ControlError::SessionExists { session: name });
        }
        limits::admit(open.len() + 1, MOST_SESSIONS, Limited::Sessions)?;
        let owner = Owner {
            id,
            name: name.as_str().into(),
        };
        let session = self.alive(owner, ttl);
        let view = session.view();
        self.tell_of_session(SessionEvent::Started, &session.owner);
        open.insert(name, session);
        Ok(view)
    }

    /// Lets a session live on, from now and for its time to live, which may be changed.
    pub fn renew_session(
        &self,
        name: &str,
        ttl: Option<Duration>,
    ) -> Result<SessionView, ControlError> {
        let ttl = readable(ttl)?;
        let mut open = self.shared.sessions.open();
        let session = open.get_mut(name).ok_or_else(|| not_found(name))?;
        *session = self.alive(session.owner.clone(), ttl.unwrap_or(session.ttl));
        Ok(session.view())
    }

    /// A session.
    pub fn session(&self, name: &str) -> Result<SessionView, ControlError> {
        let open = self.shared.sessions.open();
        let session = open.get(name).ok_or_else(|| not_found(name))?;
        Ok(session.view())
    }

    /// All sessions, by name.
    pub fn sessions(&self) -> Vec<SessionView> {
        let open = self.shared.sessions.open();
        open.values().map(Session::view).collect()
    }

    /// Ends a session; what was made in it is undone when this returns. It is not undone entirely if
    /// the future is dropped before.
    ///
    /// # Errors
    /// There is none of that name; or it has ended and all is undone, but for a proxy that cannot
    /// listen again ([`ControlError::Listen`]).
    pub async fn end_session(&self, name: &str) -> Result<(), ControlError> {
        let owner = self.take_out(name)?;
        undo((&self.shared, &self.operations), &owner, &self.by).await
    }

    /// Undoes what was made in a session, which lives on. Errors are those of
    /// [`Control::end_session`].
    pub async fn reset_session(&self, name: &str) -> Result<(), ControlError> {
        let owner = match self.shared.sessions.open().get(name) {
            Some(session) => session.owner.clone(),
            None => return Err(not_found(name)),
        };
        undo((&self.shared, &self.operations), &owner, &self.by).await
    }

    /// Takes a session out, and tells of it before its name is free again.
    fn take_out(&self, name: &str) -> Result<Owner, ControlError> {
        let mut open = self.shared.sessions.open();
        let session = open.remove(name).ok_or_else(|| not_found(name))?;
        self.tell_of_session(SessionEvent::Ended, &session.owner);
        Ok(session.owner)
    }

    fn tell_of_session(&self, change: SessionEvent, owner: &Owner) {
        let events = &self.shared.events;
        events.tell_of(ChangeTarget::Session(change), &self.by, Some(&owner.name));
    }

    fn alive(&self, owner: Owner, ttl: Duration) -> Session {
        let deadline = far(Instant::now(), ttl);
        let weak = (Arc::downgrade(&self.shared), self.operations.downgrade());
        let timer = Timer::start(&self.shared.runtime, expire(weak, owner.clone(), deadline));
        Session {
            owner,
            ttl,
            deadline,
            _timer: timer,
        }
    }
}

fn not_found(session: &str) -> ControlError {
    ControlError::SessionNotFound {
        session: session.to_owned(),
    }
}

/// Errors: a name that is too long, or that no path can carry, so that nobody could renew it.
fn addressable(name: &str) -> Result<(), ControlError> {
    limits::admit_name(name)?;
    if name.contains('/') || name == "." || name == ".." {
        return Err(ControlError::BadValue {
            field: "name",
            value: format!("{name:?}"),
            remedy: "choose a name without a slash, other than . and ..",
        });
    }
    Ok(())
}

/// Errors: no time at all.
fn readable(ttl: Option<Duration>) -> Result<Option<Duration>, ControlError> {
    match ttl {
        Some(ttl) if ttl.is_zero() => Err(ControlError::BadValue {
            field: "ttl",
            value: "0s".to_owned(),
            remedy: "give a time above 0, such as 30s; the session and everything made in it are \
                     removed when it runs out",
        }),
        ttl => Ok(ttl),
    }
}

/// A moment so much later, or as late as can be told.
fn far(now: Instant, span: Duration) -> Instant {
    const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    now.checked_add(span.min(A_CENTURY)).unwrap_or(now)
}

async fn expire(
    (shared, operations): (Weak<Shared>, WeakOperationQueue),
    owner: Owner,
    deadline: Instant,
) {
    timer::sleep_past(deadline).await;
    let Some((shared, operations)) = shared.upgrade().zip(operations.upgrade()) else {
        return;
    };
    // In a task of its own: this one ends with the session.
    tokio::spawn(async move {
        let tell = || {
            let expired = ChangeTarget::Session(SessionEvent::Expired);
            shared.events.tell_of(expired, &None, Some(&owner.name));
        };
        if !shared.sessions.take_expired(&owner, tell) {
            return;
        }
        tracing::info!(session = %owner.name, "the session was not renewed in time");
        if let Err(error) = undo((&shared, &operations), &owner, &None).await {
            tracing::error!(session = %owner.name, %error, "a session cannot be undone entirely");
        }
    });
}

/// Undoes what was made in a session. Errors: a proxy cannot be enabled again; all else is undone.
async fn undo(
    (shared, operations): (&Arc<Shared>, &OperationQueue),
    owner: &Owner,
    by: &Actor,
) -> Result<(), ControlError> {
    let mut pace = Pace::start();
    for proxy in shared.all() {
        proxy.remove_toxics_of(owner, shared, by);
        pace.breathe().await;
    }
    let mut result = Ok(());
    // Names are looked up when all else is undone.
    let mut looked_up = LookedUp::default();
    loop {
        let turn = lifecycle::undo(Arc::clone(shared), owner.clone(), looked_up, by.clone());
        let (turned, undone) = operations.take(turn).await?;
        result = result.and(undone);
        if let Outcome::Done(()) = turned {
            return result;
        }
        let texts = shared.listens_if(None, |proxy| proxy.is_disabled_by(owner))?;
        looked_up = LookedUp::all(texts, shared.workers.lookups()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::{NewProxy, NewToxic, Options, ProxyChange, ToxicOptions};

    /// A server with proxies, all disabled in a session `s`.
    async fn disabled(names: &[&str]) -> Control {
        let control = Control::new(Options::default()).unwrap();
        control.start_session(Some("s".into()), None).unwrap();
        for name in names {
            let proxy = NewProxy {
                name: Some((*name).into()),
                listen: Some("127.0.0.1:0".into()),
                upstream: Some("127.0.0.1:9".into()),
                ..NewProxy::default()
            };
            control.create(proxy).await.unwrap();
            let change = ProxyChange {
                enabled: Some(false),
                session: Some("s".into()),
                ..ProxyChange::default()
            };
            let view = control.update(name, change).await.unwrap();
            assert_eq!((view.enabled, view.session.as_deref()), (false, Some("s")));
        }
        control
    }

    #[tokio::test]
    async fn a_made_up_name_is_free() {
        let control = Control::new(Options::default()).unwrap();
        for id in 1..=5 {
            let name = format!("session-{id}");
            control.start_session(Some(name), None).unwrap();
        }
        let names: std::collections::BTreeSet<String> = (0..5)
            .map(|_| control.start_session(None, None).unwrap().name)
            .collect();
        assert_eq!((names.len(), control.sessions().len()), (5, 10));
    }

    #[tokio::test]
    async fn one_that_cannot_be_enabled_again_holds_up_no_other() {
        let control = disabled(&["a", "b", "c"]).await;
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let moved = ProxyChange {
            listen: Some(taken.local_addr().unwrap().to_string()),
            ..ProxyChange::default()
        };
        control.update("a", moved).await.unwrap();
        let error = control.end_session("s").await.unwrap_err();
        assert!(matches!(error, ControlError::Listen(_)), "{error}");
        for (name, enabled) in [("a", false), ("b", true), ("c", true)] {
            let view = control.show(name).unwrap();
            assert_eq!((view.enabled, view.session), (enabled, None), "{name}");
        }
        drop(taken);
        control.shutdown().await;
    }

    #[tokio::test]
    async fn nothing_listens_again_after_a_shutdown() {
        let control = disabled(&["a"]).await;
        let instant = Duration::from_millis(1);
        control.renew_session("s", Some(instant)).unwrap();
        control.shutdown().await;
        tokio::time::sleep(50 * instant).await;
        assert!(!control.show("a").unwrap().enabled);
    }

    #[tokio::test]
    async fn whoever_enables_a_proxy_takes_it_from_the_session() {
        let control = disabled(&["a"]).await;
        control.reset().await.unwrap();
        assert_eq!(control.show("a").unwrap().session, None);
        let change = ProxyChange {
            enabled: Some(false),
            ..ProxyChange::default()
        };
        control.update("a", change).await.unwrap();
        control.end_session("s").await.unwrap();
        assert!(!control.show("a").unwrap().enabled);
        control.shutdown().await;
    }

    #[tokio::test]
    async fn the_last_session_that_holds_a_proxy_down_enables_it() {
        let control = disabled(&["a"]).await;
        control.start_session(Some("t".into()), None).unwrap();
        let also = ProxyChange {
            enabled: Some(false),
            session: Some("t".into()),
            ..ProxyChange::default()
        };
        control.update("a", also).await.unwrap();
        control.end_session("s").await.unwrap();
        let view = control.show("a").unwrap();
        assert_eq!((view.enabled, view.session.as_deref()), (false, Some("t")));
        control.end_session("t").await.unwrap();
        let view = control.show("a").unwrap();
        assert_eq!((view.enabled, view.session), (true, None));
        control.shutdown().await;
    }

    #[tokio::test]
    async fn what_a_session_did_not_make_does_not_go_with_it() {
        let control = Control::new(Options::default()).unwrap();
        let toxic = |session: Option<&str>| NewToxic {
            kind: "noop".into(),
            extras: ToxicOptions {
                session: session.map(str::to_owned),
                ..ToxicOptions::default()
            },
            ..NewToxic::default()
        };
        let entry = |listen: &str, session: Option<&str>| NewProxy {
            name: Some("p".into()),
            listen: Some(listen.to_owned()),
            upstream: Some("127.0.0.1:9".into()),
            toxics: vec![toxic(session)],
            session: session.map(str::to_owned),
            ..NewProxy::default()
        };
        let listen = control
            .create(entry("127.0.0.1:0", None))
            .await
            .unwrap()
            .listen;
        control.start_session(Some("s".into()), None).unwrap();
        control
            .populate(vec![entry(&listen, Some("s"))])
            .await
            .unwrap();
        let replaced = control
            .populate(vec![entry("127.0.0.1:0", Some("s"))])
            .await;
        let error = replaced.unwrap_err().error;
        assert!(
            matches!(error, ControlError::NotInSession { .. }),
            "{error}"
        );
        control.end_session("s").await.unwrap();
        assert_eq!(control.show("p").unwrap().toxics.len(), 1);
        control.shutdown().await;
    }

    /// Makes things of every kind in a session until it has ended.
    async fn make(control: Control, number: usize) {
        for round in 0.. {
            let name = format!("{number}-{round}");
            let toxic = NewToxic {
                name: Some(name.clone()),
                kind: "noop".into(),
                extras: ToxicOptions {
                    session: Some("s".into()),
                    ..ToxicOptions::default()
                },
                ..NewToxic::default()
            };
            let new = |name: &str, session: Option<&str>| NewProxy {
                name: Some(name.into()),
                listen: Some("127.0.0.1:0".into()),
                upstream: Some("127.0.0.1:9".into()),
                toxics: vec![toxic.clone()],
                session: session.map(str::to_owned),
                ..NewProxy::default()
            };
            let disable = ProxyChange {
                enabled: Some(false),
                session: Some("s".into()),
                ..ProxyChange::default()
            };
            let made = match number % 4 {
                0 => control.add_toxic("a", toxic).map(drop),
                1 => control.create(new(&name, Some("s"))).await.map(drop),
                2 => {
                    let listed = control.populate(vec![new("b", None)]).await;
                    listed.map(drop).map_err(|refused| refused.error)
                }
                _ => control.update("a", disable).await.map(drop),
            };
            match made {
                Ok(()) | Err(ControlError::TooMany { .. }) => tokio::task::yield_now().await,
                Err(ControlError::UnknownSession { .. } | ControlError::InToxic { .. }) => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn nothing_that_is_made_in_a_session_outlives_it() {
        for round in 0..20 {
            let control = disabled(&["a"]).await;
            let makers: Vec<_> = (0..8)
                .map(|number| tokio::spawn(make(control.clone(), number)))
                .collect();
            for _ in 0..round * 3 {
                tokio::task::yield_now().await;
            }
            control.end_session("s").await.unwrap();
            for maker in makers {
                maker.await.unwrap();
            }
            for view in control.list() {
                let of_toxics = view.toxics.iter();
                let mut of_toxics = of_toxics.filter_map(|toxic| toxic.extras.session.as_ref());
                assert_eq!((&view.session, of_toxics.next()), (&None, None), "{view:?}");
                assert!(view.enabled, "{view:?}");
            }
            control.shutdown().await;
        }
    }
}
