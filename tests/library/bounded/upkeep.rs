//! Toxics with times, while other changes are made to their proxy.

use aconite::control::{ControlError, ToxicOptions};

use crate::bounded::room::*;

#[tokio::test(start_paused = true)]
async fn time_passes_while_the_proxy_is_disabled() {
    let (control, watch) = (room().await, Watch::start());
    control.add_toxic("p", named("short", lasting(10))).unwrap();
    control.add_toxic("p", named("long", lasting(30))).unwrap();
    watch.after(5).await;
    control.update("p", enabled(false, None)).await.unwrap();
    assert_eq!(names(&control), ["short", "long"]);
    watch.after(10).await;
    assert_eq!(names(&control), ["long"]);
    control.update("p", enabled(true, None)).await.unwrap();
    assert_eq!(acting(&control), ["long"]);
    watch.before(30).await;
    assert_eq!(acting(&control), ["long"]);
    watch.after(30).await;
    assert_eq!(names(&control), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_list_starts_times_anew() {
    let (control, watch) = (room().await, Watch::start());
    let listen = control.show("p").unwrap().listen;
    let list = |toxics| {
        let mut entry = proxy("p", toxics);
        entry.listen = Some(listen.clone());
        vec![entry]
    };
    control
        .populate(list(vec![
            named("slow", lasting(10)),
            named("left", lasting(10)),
        ]))
        .await
        .unwrap();
    watch.after(8).await;
    control
        .populate(list(vec![named("slow", lasting(10))]))
        .await
        .unwrap();
    watch.after(10).await;
    assert_eq!(names(&control), ["slow"]);
    watch.before(18).await;
    assert_eq!(names(&control), ["slow"]);
    watch.after(19).await;
    assert_eq!(names(&control), Vec::<String>::new());
    // Populated without a time, it stays.
    control
        .populate(list(vec![named("slow", lasting(10))]))
        .await
        .unwrap();
    // Populated without a time, it stays.
    control
        .populate(list(vec![named("slow", ToxicOptions::default())]))
        .await
        .unwrap();
    watch.after(100).await;
    assert_eq!(names(&control), ["slow"]);
    // An expired toxic that is listed again is a new toxic.
    control
        .populate(list(vec![named("left", lasting(10))]))
        .await
        .unwrap();
    assert_eq!(names(&control), ["slow", "left"]);
    assert_eq!(control.remove_toxic("p", "left"), Ok(()));
    assert!(matches!(
        control.remove_toxic("p", "left"),
        Err(ControlError::ToxicNotFound { .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn a_time_does_not_outlive_its_proxy_or_its_toxic() {
    let (control, watch) = (room().await, Watch::start());
    control.add_toxic("p", named("slow", lasting(10))).unwrap();
    watch.after(1).await;
    control.delete("p").await.unwrap();
    control
        .create(proxy("p", vec![named("slow", ToxicOptions::default())]))
        .await
        .unwrap();
    watch.after(2).await;
    control
        .add_toxic("p", named("cleared", lasting(10)))
        .unwrap();
    control.reset().await.unwrap();
    assert!(matches!(
        control.remove_toxic("p", "cleared"),
        Err(ControlError::ToxicNotFound { .. })
    ));
    for name in ["slow", "cleared"] {
        control
            .add_toxic("p", named(name, ToxicOptions::default()))
            .unwrap();
    }
    watch.after(100).await;
    assert_eq!(acting(&control), ["slow", "cleared"]);
}

#[tokio::test(start_paused = true)]
async fn a_time_runs_from_the_creation_of_the_proxy() {
    let (control, watch) = (room().await, Watch::start());
    let toxics = vec![
        named("slow", lasting(10)),
        named("stays", ToxicOptions::default()),
    ];
    let mut idle = proxy("q", toxics);
    idle.enabled = Some(false);
    control.create(idle).await.unwrap();
    watch.before(10).await;
    assert_eq!(control.toxics("q").unwrap().len(), 2);
    watch.after(10).await;
    assert_eq!(control.toxics("q").unwrap().len(), 1);
    assert_eq!(control.remove_toxic("q", "slow"), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_toxic_that_comes_and_goes_can_be_changed_while_it_is_away() {
    let (control, watch) = (room().await, Watch::start());
    let options = ToxicOptions {
        every: seconds(10),
        ..lasting(2)
    };
    control.add_toxic("p", named("slow", options)).unwrap();
    watch.after(5).await;
    assert_eq!(acting(&control), Vec::<String>::new());
    let mut update = change(ToxicOptions::default());
    update.attributes = crate::sockets::rig::given(&[("latency", 9)]);
    update.toxicity = Some(0.5);
    control.update_toxic("p", "slow", update).unwrap();
    assert_eq!(acting(&control), Vec::<String>::new());
    watch.after(10).await;
    let seat = &control.connection("p", 1).unwrap().toxics[0];
    assert_eq!(
        (
            seat.toxic.toxicity,
            seat.toxic.attributes.integer("latency")
        ),
        (0.5, 9)
    );
    // Its draws are not changed by this either.
    let draw = seat.draw;
    watch.after(20).await;
    assert_eq!(control.connection("p", 1).unwrap().toxics[0].draw, draw);
}
