//! Half-close: one side sends, half-closes and reads the whole answer, through every kind that lets
//! data pass, in both directions.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use aconite::control::NewToxic;

use super::pattern;
use super::rig::*;

/// The delay of the answer after the end of the request.
const THINKING: Duration = Duration::from_millis(300);
const LARGE: usize = 4 * 1024 * 1024;

/// Every kind with attributes that let data pass, and no toxic at all.
fn passing(stream: &str) -> Vec<Option<NewToxic>> {
    let never = |toxic| NewToxic {
        toxicity: Some(0.0),
        ..toxic
    };
    let sizes = [("average_size", 1500), ("size_variation", 700)];
    let mut toxics: Vec<Option<NewToxic>> = [
        toxic("noop", stream, &[]),
        toxic("latency", stream, &[("latency", 40), ("jitter", 10)]),
        toxic("bandwidth", stream, &[("rate", 20_000)]),
        toxic("slow_close", stream, &[("delay", 100)]),
        toxic("slicer", stream, &sizes),
        toxic("limit_data", stream, &[("bytes", 100_000_000)]),
        never(toxic("timeout", stream, &[("timeout", 1)])),
        never(toxic("reset_peer", stream, &[("timeout", 0)])),
    ]
    .map(Some)
    .into();
    toxics.push(None);
    toxics
}

/// `asker` sends, half-closes, and receives the whole answer.
fn ask(asker: &mut std::net::TcpStream, answerer: &mut std::net::TcpStream, sizes: (usize, usize)) {
    let (question, answer) = (pattern::bytes(7, sizes.0), pattern::bytes(99, sizes.1));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (seen, end) = read_to_end(answerer);
            assert_eq!(end, End::Eof, "the question's end");
            assert!(seen == question, "{} bytes of the question", seen.len());
            std::thread::sleep(THINKING);
            answerer.write_all(&answer).expect("the asker reads");
            answerer.shutdown(Shutdown::Write).unwrap();
        });
        asker.write_all(&question).unwrap();
        asker.shutdown(Shutdown::Write).unwrap();
        let (seen, end) = read_to_end(asker);
        assert_eq!(end, End::Eof, "the answer's end");
        assert!(seen == answer, "{} bytes of the answer", seen.len());
    });
}

async fn through_every_kind(sizes: (usize, usize)) {
    let (mut rigs, mut running) = (Vec::new(), Vec::new());
    for stream in STREAMS {
        for toxic in passing(stream) {
            let what = format!("{:?} {stream}", toxic.as_ref().map(|toxic| &toxic.kind));
            let rig = Rig::with(Default::default(), toxic.into_iter().collect()).await;
            for asker in STREAMS {
                let mut pair = rig.pair();
                let what = format!("{what}, asked {asker}");
                let thread = std::thread::spawn(move || {
                    let (from, to) = pair.ends(asker);
                    ask(from, to, sizes);
                });
                running.push((what, thread));
            }
            // The proxies must outlive the exchanges.
            rigs.push(rig);
        }
    }
    let failed: Vec<String> = running
        .into_iter()
        .filter_map(|(what, thread)| thread.join().is_err().then_some(what))
        .collect();
    assert!(failed.is_empty(), "half-close is lost through {failed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_answer_comes_after_the_end_of_the_question() {
    through_every_kind((100, 100)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_answer_comes_after_the_end_of_the_question() {
    through_every_kind((100, LARGE)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_comes_after_the_end_of_a_large_question() {
    through_every_kind((LARGE, 100)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_without_a_byte_is_passed_on_alone() {
    let rig = Rig::new().await;
    for stream in STREAMS {
        let other = if stream == "upstream" {
            "downstream"
        } else {
            "upstream"
        };
        let mut pair = rig.pair();
        let (from, to) = pair.ends(stream);
        from.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_to_end(to), (Vec::new(), End::Eof));
        for _ in 0..20 {
            let (from, to) = pair.ends(other);
            from.write_all(b"still").unwrap();
            assert_eq!(read_exactly(to, 5), b"still");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn toxics_that_come_after_the_half_close_act_on_the_other_direction() {
    let rig = Rig::new().await;
    let mut pair = rig.pair();
    pair.client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_to_end(&mut pair.upstream), (Vec::new(), End::Eof));
    rig.add(toxic("limit_data", "downstream", &[("bytes", 3)]));
    pair.upstream.write_all(b"answer").unwrap();
    assert_eq!(read_to_end(&mut pair.client), (b"ans".to_vec(), End::Eof));
    assert_eq!(read_to_end(&mut pair.upstream), (Vec::new(), End::Eof));
}
