//! Sessions themselves: their time to live, their names, and how many there may be.

use aconite::control::{ControlError, Limited, MAX_SESSIONS, NAME_LIMIT, SESSION_TTL};

use crate::bounded::room::*;

#[tokio::test(start_paused = true)]
async fn it_lives_as_long_as_it_is_renewed() {
    let (control, watch) = (room().await, Watch::start());
    control
        .start_session(Some("s".to_owned()), seconds(10))
        .unwrap();
    control.add_toxic("p", named("slow", within("s"))).unwrap();
    for round in 1..=20 {
        watch.before(9 * round).await;
        let view = control.renew_session("s", None).unwrap();
        assert_eq!(
            (view.ttl, Some(view.expires_in)),
            (seconds(10).unwrap(), seconds(10))
        );
    }
    assert_eq!(names(&control), ["slow"]);
    watch.after(189).await;
    assert_eq!(control.session("s").unwrap().expires_in.as_secs(), 0);
    watch.after(190).await;
    assert_eq!(names(&control), Vec::<String>::new());
    assert!(matches!(
        control.renew_session("s", None),
        Err(ControlError::SessionNotFound { .. })
    ));
    assert!(matches!(
        control.end_session("s").await,
        Err(ControlError::SessionNotFound { .. })
    ));
    assert!(matches!(
        control.reset_session("s").await,
        Err(ControlError::SessionNotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_renewal_may_change_how_long_it_lives() {
    let (control, watch) = (room().await, Watch::start());
    let view = control.start_session(None, None).unwrap();
    assert_eq!(view.ttl, SESSION_TTL);
    control.renew_session(&view.name, seconds(100)).unwrap();
    watch.before(100).await;
    control.renew_session(&view.name, seconds(2)).unwrap();
    watch.after(101).await;
    assert!(control.session(&view.name).is_ok());
    watch.after(102).await;
    assert!(matches!(
        control.session(&view.name),
        Err(ControlError::SessionNotFound { .. })
    ));
    is_bad_value(control.start_session(None, seconds(0)), "ttl is 0s");
    let view = control.start_session(None, None).unwrap();
    is_bad_value(control.renew_session(&view.name, seconds(0)), "ttl is 0s");
    assert_eq!(control.sessions().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_comes_again_is_another_session() {
    let (control, watch) = (room().await, Watch::start());
    control
        .start_session(Some("s".to_owned()), seconds(10))
        .unwrap();
    assert!(matches!(
        control.start_session(Some("s".to_owned()), None),
        Err(ControlError::SessionExists { .. })
    ));
    watch.after(5).await;
    control.end_session("s").await.unwrap();
    control
        .start_session(Some("s".to_owned()), seconds(10))
        .unwrap();
    control.add_toxic("p", named("slow", within("s"))).unwrap();
    watch.before(15).await;
    assert_eq!(names(&control), ["slow"]);
    watch.after(16).await;
    assert_eq!(names(&control), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn in_a_session_that_is_not_there_nothing_is_made() {
    let control = room().await;
    let words = "session is \"s\", but there is none";
    is_bad_value(control.add_toxic("p", named("slow", within("s"))), words);
    let mut own = proxy("own", Vec::new());
    own.session = Some("s".to_owned());
    is_bad_value(control.create(own.clone()).await, words);
    is_bad_value(
        control
            .create(proxy("own", vec![named("slow", within("s"))]))
            .await,
        words,
    );
    is_bad_value(control.update("p", enabled(false, Some("s"))).await, words);
    let populated = control
        .populate(vec![proxy("first", Vec::new()), own])
        .await;
    is_bad_value(populated.map_err(|error| error.error), words);
    // Also for an existing proxy, although it would not become the session's.
    let mut same = proxy("p", Vec::new());
    same.listen = Some(control.show("p").unwrap().listen);
    same.session = Some("s".to_owned());
    let populated = control.populate(vec![same]).await;
    is_bad_value(populated.map_err(|error| error.error), words);
    assert_eq!(control.list().len(), 1);
    let view = control.show("p").unwrap();
    assert!(view.enabled && view.toxics.is_empty());
}

#[tokio::test(start_paused = true)]
async fn names_may_be_odd_and_are_bounded() {
    let control = room().await;
    let long = "n".repeat(NAME_LIMIT);
    for name in ["...", " ", "%2F", "ünï", "\u{0}\n", "session=x&y", &long] {
        let view = control.start_session(Some(name.to_owned()), None).unwrap();
        assert_eq!(view.name, name);
        control.add_toxic("p", named("slow", within(name))).unwrap();
        control.renew_session(name, None).unwrap();
        control.end_session(name).await.unwrap();
        assert_eq!(names(&control), Vec::<String>::new());
    }
    assert!(
        control
            .start_session(Some(format!("{long}n")), None)
            .is_err()
    );
    // Without a name, the server chooses one that is not in use.
    control
        .start_session(Some("session-20".to_owned()), None)
        .unwrap();
    let chosen = |name: Option<&str>| {
        control
            .start_session(name.map(str::to_owned), None)
            .unwrap()
            .name
    };
    let (first, second) = (chosen(None), chosen(Some("")));
    assert_ne!(first, second);
    assert_eq!(control.sessions().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn there_may_be_so_many() {
    let (control, watch) = (room().await, Watch::start());
    for number in 0..MAX_SESSIONS {
        let name = format!("s{number:04}");
        control
            .start_session(Some(name.clone()), seconds(1 + number as u64))
            .unwrap();
        control.add_toxic("p", named(&name, within(&name))).unwrap();
    }
    let refused = control.start_session(Some("more".to_owned()), None);
    let too_many = ControlError::TooMany {
        what: Limited::Sessions,
        limit: MAX_SESSIONS,
    };
    assert_eq!(refused, Err(too_many));
    let listed = control.sessions();
    assert!(listed.is_sorted_by(|one, next| one.name < next.name));
    control.end_session("s0999").await.unwrap();
    control
        .start_session(Some("more".to_owned()), seconds(10_000))
        .unwrap();
    watch.after(500).await;
    assert_eq!(
        (control.sessions().len(), names(&control).len()),
        (500, 499)
    );
    watch.after(1000).await;
    assert_eq!((control.sessions().len(), names(&control).len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_chosen_name_avoids_those_that_are_taken() {
    let control = room().await;
    for number in 1..=9 {
        let name = format!("session-{number}");
        control.start_session(Some(name), None).unwrap();
    }
    for count in 10..=14 {
        let view = control.start_session(None, None).unwrap();
        assert!(view.name.starts_with("session-"));
        assert_eq!(control.sessions().len(), count);
    }
    // The next name that the server would choose.
    control
        .start_session(Some("session-16".to_owned()), None)
        .unwrap();
    control.start_session(None, None).unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_comes_back_when_all_has_been_stopped() {
    let (control, watch) = (room().await, Watch::start());
    control.start_session(None, seconds(10)).unwrap();
    let name = control.sessions().remove(0).name;
    control
        .update("p", enabled(false, Some(&name)))
        .await
        .unwrap();
    control.shutdown().await;
    watch.after(11).await;
    assert!(!control.show("p").unwrap().enabled);
}
