//! What is undone when a session ends, in whatever way it ends.

use aconite::control::{Control, ControlError, NewToxic, ProxyChange, ProxyView};

use crate::bounded::room::*;
use crate::sockets::rig::toxic;

const TTL: u64 = 10;

/// The ways to end a session.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Delete,
    Expiry,
    Reset,
}

const WAYS: [Way; 3] = [Way::Delete, Way::Expiry, Way::Reset];

async fn take(way: Way, control: &Control, session: &str, watch: &Watch) {
    match way {
        Way::Delete => control.end_session(session).await.unwrap(),
        Way::Reset => control.reset_session(session).await.unwrap(),
        Way::Expiry => watch.after(TTL).await,
    }
    let found = control.session(session);
    assert_eq!(found.is_ok(), way == Way::Reset, "{way:?}: {found:?}");
}

/// All proxies, without the remaining times.
fn picture(control: &Control) -> Vec<ProxyView> {
    let mut proxies = control.list();
    for toxic in proxies.iter_mut().flat_map(|proxy| &mut proxy.toxics) {
        toxic.expires_in = None;
    }
    proxies
}

/// A control plane with an enabled and a disabled proxy, and toxics that belong to no session.
async fn furnished() -> Control {
    let control = room().await;
    control
        .add_toxic("p", named("of nobody", lasting(500)))
        .unwrap();
    let mut idle = proxy("idle", Vec::new());
    idle.enabled = Some(false);
    control.create(idle).await.unwrap();
    control
}

/// Makes one of everything that a session can make.
async fn make(control: &Control, session: &str) {
    control
        .add_toxic("p", named("added", within(session)))
        .unwrap();
    let mut timed = within(session);
    timed.duration = seconds(300);
    control.add_toxic("p", named("timed", timed)).unwrap();
    let mut own = proxy(
        "own",
        vec![
            named("inside", within(session)),
            named("along", lasting(300)),
        ],
    );
    own.session = Some(session.to_owned());
    control.create(own).await.unwrap();
    let mut listed = proxy("listed", vec![named("inside", within(session))]);
    listed.session = Some(session.to_owned());
    listed.enabled = Some(false);
    let mut same = proxy("p", vec![named("populated", within(session))]);
    same.listen = Some(control.show("p").unwrap().listen);
    control.populate(vec![listed, same]).await.unwrap();
    let view = control
        .update("p", enabled(false, Some(session)))
        .await
        .unwrap();
    assert_eq!(view.session.as_deref(), Some(session));
    let made = names(control);
    assert!(
        ["added", "timed", "populated"]
            .iter()
            .all(|name| made.iter().any(|made| made == name))
    );
}

#[tokio::test(start_paused = true)]
async fn everything_that_was_made_in_it_is_undone() {
    for way in WAYS {
        let (control, watch) = (furnished().await, Watch::start());
        let before = picture(&control);
        control
            .start_session(Some("s".to_owned()), seconds(TTL))
            .unwrap();
        make(&control, "s").await;
        if way == Way::Expiry {
            watch.before(TTL).await;
            assert!(control.session("s").is_ok());
            assert_eq!(names(&control).len(), 4);
        }
        take(way, &control, "s", &watch).await;
        assert_eq!(picture(&control), before, "{way:?}");
        let address = control.show("p").unwrap().listen;
        std::net::TcpStream::connect(address).unwrap();
        // A client that deletes what it has made need not know; of a proxy it is told.
        assert_eq!(control.remove_toxic("p", "added"), Ok(()));
        assert!(matches!(
            control.delete("own").await,
            Err(ControlError::ProxyNotFound { .. })
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn others_keep_what_is_theirs() {
    for way in WAYS {
        let (control, watch) = (furnished().await, Watch::start());
        for (name, ttl) in [("s", TTL), ("other", 1000)] {
            control
                .start_session(Some(name.to_owned()), seconds(ttl))
                .unwrap();
            control
                .add_toxic("p", named(&format!("of {name}"), within(name)))
                .unwrap();
            let mut own = proxy(&format!("proxy of {name}"), Vec::new());
            own.session = Some(name.to_owned());
            control.create(own).await.unwrap();
        }
        // In the other's proxy, too, and in its own what is nobody's.
        control
            .add_toxic("proxy of other", named("guest", within("s")))
            .unwrap();
        control
            .add_toxic("proxy of s", named("guest", within("other")))
            .unwrap();
        take(way, &control, "s", &watch).await;
        assert_eq!(names(&control), ["of nobody", "of other"], "{way:?}");
        let proxies: Vec<String> = control.list().into_iter().map(|proxy| proxy.name).collect();
        assert_eq!(proxies, ["idle", "p", "proxy of other"]);
        assert_eq!(control.toxics("proxy of other").unwrap(), Vec::new());
        assert!(control.session("other").is_ok());
        control.end_session("other").await.unwrap();
        assert_eq!(names(&control), ["of nobody"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reset_lets_the_session_go_on() {
    let (control, watch) = (room().await, Watch::start());
    control
        .start_session(Some("s".to_owned()), seconds(TTL))
        .unwrap();
    make(&control, "s").await;
    control.reset_session("s").await.unwrap();
    make(&control, "s").await;
    watch.after(TTL).await;
    assert_eq!(names(&control), Vec::<String>::new());
    assert_eq!(control.list().len(), 1);
    assert!(control.show("p").unwrap().enabled);
}

#[tokio::test(start_paused = true)]
async fn a_plain_reset_takes_the_toxics_and_nothing_else() {
    let (control, watch) = (furnished().await, Watch::start());
    control
        .start_session(Some("s".to_owned()), seconds(TTL))
        .unwrap();
    make(&control, "s").await;
    control.reset().await.unwrap();
    assert!(control.session("s").is_ok());
    assert!(
        control
            .list()
            .iter()
            .all(|proxy| proxy.enabled && proxy.toxics.is_empty())
    );
    assert_eq!(control.list().len(), 4);
    // The reset enabled it, and another client then disabled it: the session must not undo that.
    control.update("p", enabled(false, None)).await.unwrap();
    watch.after(TTL).await;
    let left: Vec<(String, bool)> = control
        .list()
        .into_iter()
        .map(|proxy| (proxy.name, proxy.enabled))
        .collect();
    assert_eq!(left, [("idle".to_owned(), true), ("p".to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn what_others_did_by_hand_to_its_things_stands() {
    let control = room().await;
    control
        .start_session(Some("s".to_owned()), seconds(TTL))
        .unwrap();
    for name in ["changed", "deleted", "made again"] {
        control.add_toxic("p", named(name, within("s"))).unwrap();
    }
    let view = control
        .update_toxic("p", "changed", change(lasting(400)))
        .unwrap();
    assert_eq!(view.options.session.as_deref(), Some("s"));
    for name in ["deleted", "made again"] {
        control.remove_toxic("p", name).unwrap();
    }
    control
        .add_toxic(
            "p",
            NewToxic {
                name: Some("made again".to_owned()),
                ..toxic("noop", "upstream", &[])
            },
        )
        .unwrap();
    let mut own = proxy("own", Vec::new());
    own.session = Some("s".to_owned());
    control.create(own).await.unwrap();
    control.delete("own").await.unwrap();
    control.create(proxy("own", Vec::new())).await.unwrap();
    control.end_session("s").await.unwrap();
    assert_eq!(names(&control), ["made again"]);
    assert_eq!(control.list().len(), 2);
    assert!(matches!(
        control.remove_toxic("p", "deleted"),
        Err(ControlError::ToxicNotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_stays_disabled_if_somebody_else_wants_that() {
    let control = room().await;
    control
        .start_session(Some("s".to_owned()), seconds(TTL))
        .unwrap();
    control
        .start_session(Some("late".to_owned()), seconds(TTL))
        .unwrap();
    // It was already disabled, so the session did not disable it.
    control.update("p", enabled(false, None)).await.unwrap();
    control
        .update("p", enabled(false, Some("s")))
        .await
        .unwrap();
    control.end_session("s").await.unwrap();
    assert!(!control.show("p").unwrap().enabled);
    // If two sessions disable it, the first must enable it again.
    control
        .start_session(Some("s".to_owned()), seconds(TTL))
        .unwrap();
    control.update("p", enabled(true, None)).await.unwrap();
    control
        .update("p", enabled(false, Some("s")))
        .await
        .unwrap();
    control
        .update("p", enabled(false, Some("late")))
        .await
        .unwrap();
    control.end_session("late").await.unwrap();
    assert!(!control.show("p").unwrap().enabled);
    // A client took it over by hand.
    control.update("p", enabled(false, None)).await.unwrap();
    control.end_session("s").await.unwrap();
    let view = control.show("p").unwrap();
    assert_eq!((view.enabled, view.session), (false, None));
}

/// A session that moves a service: it disables a proxy and creates its own in its place.
#[tokio::test(start_paused = true)]
async fn a_proxy_comes_back_to_the_port_that_one_of_the_session_had() {
    for (way, stand_in) in [(Way::Delete, "a"), (Way::Expiry, "z"), (Way::Reset, "z")] {
        let (control, watch) = (room().await, Watch::start());
        let listen = control.show("p").unwrap().listen;
        control
            .start_session(Some("s".to_owned()), seconds(TTL))
            .unwrap();
        control
            .update("p", enabled(false, Some("s")))
            .await
            .unwrap();
        let mut own = proxy(stand_in, Vec::new());
        own.listen = Some(listen.clone());
        own.session = Some("s".to_owned());
        control.create(own).await.unwrap();
        take(way, &control, "s", &watch).await;
        let view = control.show("p").unwrap();
        assert_eq!((view.enabled, view.listen), (true, listen), "{way:?}");
        assert_eq!(control.list().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_taken_meanwhile_holds_up_nothing_else() {
    let control = room().await;
    control
        .start_session(Some("s".to_owned()), seconds(TTL))
        .unwrap();
    control.create(proxy("q", Vec::new())).await.unwrap();
    for name in ["p", "q"] {
        control
            .update(name, enabled(false, Some("s")))
            .await
            .unwrap();
    }
    control.add_toxic("q", named("added", within("s"))).unwrap();
    // The disabled proxy's port is reserved, so the new one moves to a port that is not.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let moved = ProxyChange {
        listen: Some(taken.local_addr().unwrap().to_string()),
        ..ProxyChange::default()
    };
    control.update("p", moved).await.unwrap();
    let ended = control.end_session("s").await;
    assert!(matches!(ended, Err(ControlError::Listen(_))), "{ended:?}");
    assert!(control.show("q").unwrap().enabled && !control.show("p").unwrap().enabled);
    assert_eq!(control.toxics("q").unwrap(), Vec::new());
    assert!(matches!(
        control.session("s"),
        Err(ControlError::SessionNotFound { .. })
    ));
    drop(taken);
    control.update("p", enabled(true, None)).await.unwrap();
}
