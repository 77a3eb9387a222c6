//! `duration`, `start_after` and `every`, from creation to expiry.

use std::time::Duration;

use aconite::control::{Control, ControlError, ToxicOptions};

use crate::bounded::room::*;

/// The remaining seconds of `slow`, rounded.
fn left(control: &Control) -> Option<u64> {
    let left = control.toxic("p", "slow").unwrap().expires_in;
    left.map(|left| (left + Duration::from_millis(500)).as_secs())
}

fn schedule(start_after: u64, duration: Option<u64>, every: Option<u64>) -> ToxicOptions {
    ToxicOptions {
        start_after: seconds(start_after),
        duration: duration.and_then(seconds),
        every: every.and_then(seconds),
        ..ToxicOptions::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_toxic_goes_when_it_has_had_its_time() {
    let (control, watch) = (room().await, Watch::start());
    let view = control.add_toxic("p", named("slow", lasting(30))).unwrap();
    assert_eq!((view.expires_in, view.active), (seconds(30), None));
    control
        .add_toxic("p", named("stays", ToxicOptions::default()))
        .unwrap();
    assert_eq!(control.toxic("p", "stays").unwrap().expires_in, None);
    watch.after(10).await;
    assert_eq!(left(&control), Some(20));
    watch.before(30).await;
    assert_eq!(left(&control), Some(0));
    assert_eq!(acting(&control), ["slow", "stays"]);
    watch.after(30).await;
    assert_eq!(
        (names(&control), acting(&control)),
        (vec!["stays".to_owned()], vec!["stays".to_owned()])
    );
    assert_eq!(control.show("p").unwrap().toxics.len(), 1);
    assert!(matches!(
        control.toxic("p", "slow"),
        Err(ControlError::ToxicNotFound { .. })
    ));
    let all = control.all_stats(9).into_iter().map(|stats| stats.name);
    assert_eq!(all.collect::<Vec<_>>(), ["stays"]);
    let update = control.update_toxic("p", "slow", change(lasting(5)));
    assert!(matches!(update, Err(ControlError::ToxicNotFound { .. })));
}

#[tokio::test(start_paused = true)]
async fn whoever_applied_it_may_delete_it_for_another_minute() {
    let (control, watch) = (room().await, Watch::start());
    control.add_toxic("p", named("slow", lasting(10))).unwrap();
    watch.after(10).await;
    watch.before(70).await;
    for _ in 0..2 {
        assert_eq!(control.remove_toxic("p", "slow"), Ok(()));
    }
    assert_eq!(control.stats("p", "slow").unwrap().kind, "latency");
    assert!(matches!(
        control.remove_toxic("p", "other"),
        Err(ControlError::ToxicNotFound { .. })
    ));
    watch.after(70).await;
    assert!(matches!(
        control.remove_toxic("p", "slow"),
        Err(ControlError::ToxicNotFound { .. })
    ));
    assert!(matches!(
        control.stats("p", "slow"),
        Err(ControlError::ToxicNotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn the_last_that_went_are_remembered_and_no_more() {
    let (control, watch) = (room().await, Watch::start());
    for number in 0..70 {
        control
            .add_toxic("p", named(&format!("t{number}"), lasting(1 + number / 10)))
            .unwrap();
    }
    watch.after(8).await;
    assert_eq!(names(&control), Vec::<String>::new());
    let remembered =
        (0..70).filter(|number| control.remove_toxic("p", &format!("t{number}")).is_ok());
    assert_eq!(remembered.count(), 64);
    assert!(control.remove_toxic("p", "t69").is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_new_one_of_its_name_is_not_taken_for_the_one_that_went() {
    let (control, watch) = (room().await, Watch::start());
    control.add_toxic("p", named("slow", lasting(10))).unwrap();
    watch.after(20).await;
    control
        .add_toxic("p", named("slow", ToxicOptions::default()))
        .unwrap();
    assert_eq!(control.stats("p", "slow").unwrap().hits.connections, 0);
    assert_eq!(control.remove_toxic("p", "slow"), Ok(()));
    assert_eq!(names(&control), Vec::<String>::new());
    assert!(matches!(
        control.remove_toxic("p", "slow"),
        Err(ControlError::ToxicNotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_new_one_of_its_name_lives_as_long_as_it_is_said() {
    let (control, watch) = (room().await, Watch::start());
    control.add_toxic("p", named("slow", lasting(10))).unwrap();
    watch.after(5).await;
    control.remove_toxic("p", "slow").unwrap();
    watch.after(6).await;
    control.add_toxic("p", named("slow", lasting(10))).unwrap();
    watch.after(10).await;
    assert_eq!(left(&control), Some(6));
    watch.before(16).await;
    assert_eq!(names(&control), ["slow"]);
    watch.after(17).await;
    assert_eq!(names(&control), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn it_may_begin_later() {
    let (control, watch) = (room().await, Watch::start());
    let view = control
        .add_toxic("p", named("slow", schedule(5, Some(10), None)))
        .unwrap();
    assert_eq!((view.active, view.expires_in), (Some(false), seconds(15)));
    assert_eq!((names(&control).len(), acting(&control).len()), (1, 0));
    watch.before(5).await;
    assert_eq!(acting(&control).len(), 0);
    watch.after(5).await;
    assert_eq!(control.toxic("p", "slow").unwrap().active, Some(true));
    assert_eq!(acting(&control), ["slow"]);
    watch.before(15).await;
    assert_eq!(acting(&control), ["slow"]);
    watch.after(15).await;
    assert_eq!(names(&control), Vec::<String>::new());
    control
        .add_toxic("p", named("late", schedule(5, None, None)))
        .unwrap();
    watch.after(10_000).await;
    assert_eq!(acting(&control), ["late"]);
}

#[tokio::test(start_paused = true)]
async fn it_may_come_again_and_again() {
    let (control, watch) = (room().await, Watch::start());
    let view = control
        .add_toxic("p", named("slow", schedule(1, Some(2), Some(5))))
        .unwrap();
    assert_eq!((view.active, view.expires_in), (Some(false), None));
    for round in 0..50 {
        let start = 1 + 5 * round;
        watch.before(start).await;
        assert_eq!(
            (names(&control).len(), acting(&control).len()),
            (1, 0),
            "{round}"
        );
        watch.after(start).await;
        assert_eq!(acting(&control).len(), 1, "{round}");
        watch.before(start + 2).await;
        assert_eq!(acting(&control).len(), 1, "{round}");
        watch.after(start + 2).await;
        assert_eq!(acting(&control).len(), 0, "{round}");
    }
    control.remove_toxic("p", "slow").unwrap();
    assert!(matches!(
        control.remove_toxic("p", "slow"),
        Err(ControlError::ToxicNotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn an_update_with_a_time_starts_it_anew_and_another_does_not() {
    let (control, watch) = (room().await, Watch::start());
    for name in ["anew", "as it was"] {
        control.add_toxic("p", named(name, lasting(10))).unwrap();
    }
    watch.after(8).await;
    control
        .update_toxic("p", "anew", change(lasting(10)))
        .unwrap();
    let seed = ToxicOptions {
        seed: Some(1),
        ..ToxicOptions::default()
    };
    let view = control
        .update_toxic("p", "as it was", change(seed))
        .unwrap();
    assert_eq!(view.options.duration, seconds(10));
    watch.after(10).await;
    assert_eq!(names(&control), ["anew"]);
    watch.before(18).await;
    assert_eq!(names(&control), ["anew"]);
    watch.after(19).await;
    assert_eq!(names(&control), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn zero_in_an_update_takes_a_time_away() {
    let (control, watch) = (room().await, Watch::start());
    control
        .add_toxic("p", named("slow", schedule(1, Some(2), Some(5))))
        .unwrap();
    let zero = ToxicOptions {
        every: Some(Duration::ZERO),
        ..ToxicOptions::default()
    };
    let view = control.update_toxic("p", "slow", change(zero)).unwrap();
    assert_eq!((view.options.every, view.expires_in), (None, seconds(3)));
    let zero = ToxicOptions {
        start_after: Some(Duration::ZERO),
        ..ToxicOptions::default()
    };
    let view = control.update_toxic("p", "slow", change(zero)).unwrap();
    assert_eq!((view.active, view.expires_in), (None, seconds(2)));
    let view = control
        .update_toxic("p", "slow", change(lasting(0)))
        .unwrap();
    assert_eq!(
        (view.options, view.expires_in),
        (ToxicOptions::default(), None)
    );
    watch.after(100_000).await;
    assert_eq!(acting(&control), ["slow"]);
}

#[tokio::test(start_paused = true)]
async fn times_that_mean_nothing_are_refused_and_change_nothing() {
    let (control, watch) = (room().await, Watch::start());
    for (options, words) in [
        (lasting(0), "duration is 0s"),
        (schedule(0, None, Some(5)), "give duration too"),
        (schedule(0, Some(5), Some(5)), "give a time above duration"),
        (schedule(0, Some(5), Some(0)), "every is 0s"),
    ] {
        is_bad_value(control.add_toxic("p", named("slow", options)), words);
    }
    assert_eq!(names(&control), Vec::<String>::new());
    control
        .add_toxic("p", named("slow", schedule(0, Some(3), Some(10))))
        .unwrap();
    for (options, words) in [
        (lasting(0), "give duration too"),
        (lasting(11), "give a time above duration"),
    ] {
        is_bad_value(control.update_toxic("p", "slow", change(options)), words);
    }
    watch.after(3).await;
    assert_eq!((names(&control).len(), acting(&control).len()), (1, 0));
    watch.after(10).await;
    assert_eq!(acting(&control).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_time_beyond_all_clocks_is_never_over() {
    let (control, watch) = (room().await, Watch::start());
    let ages = ToxicOptions {
        duration: Some(Duration::MAX),
        start_after: Some(Duration::MAX),
        ..ToxicOptions::default()
    };
    control.add_toxic("p", named("never", ages)).unwrap();
    control
        .add_toxic("p", named("for ever", lasting(u64::MAX)))
        .unwrap();
    let view = control.start_session(None, Some(Duration::MAX)).unwrap();
    watch.after(1_000_000).await;
    assert_eq!(acting(&control), ["for ever"]);
    assert_eq!(names(&control).len(), 2);
    assert!(control.session(&view.name).is_ok());
}
