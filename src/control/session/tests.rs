//! Tests of sessions and of everything that is made in one.

use std::time::Duration;

use crate::control::{
    Control, ControlError, NewProxy, NewToxic, Options, ProxyChange, ToxicOptions,
};

/// A control with proxies that session `s` has disabled.
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
async fn a_generated_name_is_unused() {
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
async fn a_proxy_that_cannot_be_enabled_does_not_stop_others() {
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
async fn enabling_a_proxy_releases_it_from_the_session() {
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
async fn the_end_of_the_last_session_that_disabled_a_proxy_enables_it() {
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
async fn the_end_of_a_session_keeps_what_it_did_not_make() {
    let control = Control::new(Options::default()).unwrap();
    let toxic = |session: Option<&str>| NewToxic {
        kind: "noop".into(),
        options: ToxicOptions {
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

/// Creates proxies and toxics and disables proxies in a session until it has ended.
async fn make(control: Control, number: usize) {
    for round in 0.. {
        let name = format!("{number}-{round}");
        let toxic = NewToxic {
            name: Some(name.clone()),
            kind: "noop".into(),
            options: ToxicOptions {
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
            let mut of_toxics = of_toxics.filter_map(|toxic| toxic.options.session.as_ref());
            assert_eq!((&view.session, of_toxics.next()), (&None, None), "{view:?}");
            assert!(view.enabled, "{view:?}");
        }
        control.shutdown().await;
    }
}
