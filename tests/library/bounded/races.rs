//! A session ends while other threads make things in it: nothing of it is left behind.

use std::time::{Duration, Instant};

use aconite::control::{Control, ControlError, Delivery, NewProxy, NewToxic, StartAt};

use crate::bounded::room::*;
use crate::sockets::rig::{PATIENCE, new_proxy};

const ROUNDS: u64 = 40;

/// A proxy that is never disabled and may listen on any port, since there are many of them.
fn anywhere(name: &str, session: Option<&str>, toxics: Vec<NewToxic>) -> NewProxy {
    NewProxy {
        session: session.map(str::to_owned),
        toxics,
        ..new_proxy(name, "127.0.0.1:9")
    }
}

/// Adds toxics until the session no longer exists.
async fn add(control: Control) -> Result<(), ControlError> {
    for number in 0.. {
        control.add_toxic("p", named(&format!("t{number}"), within("s")))?;
        control.remove_toxic("p", &format!("t{number}"))?;
        control.add_toxic("p", named(&format!("t{number}"), within("s")))?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn create(control: Control) -> Result<(), ControlError> {
    for number in 0.. {
        let inside = || vec![named("inside", within("s"))];
        let own = anywhere(&format!("own {number}"), Some("s"), inside());
        control.create(own).await?;
        let kept = anywhere(&format!("kept {number}"), None, inside());
        control.create(kept).await?;
    }
    Ok(())
}

async fn populate(control: Control) -> Result<(), ControlError> {
    for number in 0.. {
        let own = anywhere(&format!("listed {number}"), Some("s"), Vec::new());
        let same = NewProxy {
            listen: Some(control.show("q")?.listen),
            toxics: vec![named(&format!("t{number}"), within("s"))],
            ..new_proxy("q", "127.0.0.1:9")
        };
        let populated = control.populate(vec![own, same]).await;
        populated.map_err(|error| error.error)?;
    }
    Ok(())
}

async fn disable(control: Control) -> Result<(), ControlError> {
    loop {
        control
            .update("switched", enabled(false, Some("s")))
            .await?;
        control.update("switched", enabled(true, None)).await?;
    }
}

/// What is left of the session.
fn traces(control: &Control) -> Vec<String> {
    let mut traces = Vec::new();
    for proxy in control.list() {
        if proxy.session.is_some() || !proxy.enabled {
            traces.push(format!("proxy {}", proxy.name));
        }
        let toxics = proxy
            .toxics
            .iter()
            .filter(|toxic| toxic.options.session.is_some());
        traces.extend(toxics.map(|toxic| format!("{} of {}", toxic.name, proxy.name)));
    }
    traces
}

async fn round(control: &Control, number: u64) {
    let expires = number.is_multiple_of(2);
    let ttl = Duration::from_millis(if expires { 3 + number % 7 } else { 60_000 });
    control
        .start_session(Some("s".to_owned()), Some(ttl))
        .unwrap();
    let makers = [
        tokio::spawn(add(control.clone())),
        tokio::spawn(create(control.clone())),
        tokio::spawn(populate(control.clone())),
        tokio::spawn(disable(control.clone())),
    ];
    if !expires {
        tokio::time::sleep(Duration::from_millis(number % 7)).await;
        control.end_session("s").await.unwrap();
    }
    for maker in makers {
        let met = maker.await.unwrap();
        // Not even "toxic not found": a toxic that was removed with its session can be deleted for
        // a minute.
        assert!(
            matches!(&met, Err(error) if error.to_string().contains("session is")),
            "{met:?}"
        );
    }
    let start = Instant::now();
    while !traces(control).is_empty() {
        assert!(
            start.elapsed() < PATIENCE,
            "{number}: {:?}",
            traces(control)
        );
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ends_amid_operations_leaves_nothing_behind() {
    let control = room().await;
    for name in ["q", "switched"] {
        control.create(proxy(name, Vec::new())).await.unwrap();
    }
    for number in 0..ROUNDS {
        round(&control, number).await;
        for proxy in control.list() {
            if proxy.name.starts_with("kept") {
                control.delete(&proxy.name).await.unwrap();
            }
        }
    }
    assert_eq!(control.list().len(), 3);
}

/// Session names are reused: all events of one session precede those of the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_is_told_of_as_ended_before_its_name_comes_again() {
    let control = room().await;
    let mut follower = control.follow(StartAt::Now).unwrap();
    let churn = |control: Control| async move {
        for _ in 0..500 {
            let _ = control.start_session(Some("s".to_owned()), None);
            let _ = control.end_session("s").await;
        }
    };
    let churning = [(); 8].map(|()| tokio::spawn(churn(control.clone())));
    for one in churning {
        one.await.unwrap();
    }
    let mut told = Vec::new();
    while let Some(Delivery::Events(batch)) = follower.try_next() {
        told.extend(batch.iter().map(|event| event.kind.name()));
    }
    let mut pairs = told.chunks(2);
    assert!(pairs.all(|pair| pair == ["session.started", "session.ended"]));
    control.shutdown().await;
}
