//! Nanoseconds per chunk through a pipeline of 0, 1, 3 and 8 stages, without sockets.
//!
//! `pass` sends a chunk every microsecond through stages that forward it at once. `late` sends one
//! every millisecond through latencies of 100 ms, so that each holds a hundred chunks. `rate` sends a
//! chunk every microsecond through one bandwidth of 8 GB/s: a plain one, one with a burst, and one
//! that connections share. `vary` does what `late` does through one latency, whose delay is fixed, has
//! a jitter, or has a distribution. `http` reads the head of a request.

#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::time::Duration;

use aconite::engine::{Direction, DrawKey, Moment, Pipeline, Plan, PlannedToxic, Step};
use aconite::protocol::http1::{FieldSpace, HeadReader, Parsed, request_head};
use aconite::toxics::{Catalogue, Value};
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const STAGES: [usize; 4] = [0, 1, 3, 8];
const CHUNK: &[u8] = &[7; 4096];
const STEP: Duration = Duration::from_micros(1);

/// `count` latencies of this many milliseconds each.
fn latencies(count: usize, ms: i64) -> Plan {
    plan_of(count, &[("latency", ms.into())])
}

fn plan_of(count: usize, attributes: &[(&str, Value)]) -> Plan {
    let kind = Catalogue::default();
    let kind = kind.find("latency").expect("a kind");
    let mut plan = Plan::default();
    for index in 0..count {
        let toxic = kind.make(attributes).expect("values within range");
        let (name, proxy) = (format!("latency {index}"), DrawKey::of_seed(1));
        plan.downstream
            .push(PlannedToxic::new(index as u64, &name, proxy, toxic).into());
    }
    plan
}

/// Sends one chunk in and takes out everything that is due. Returns the bytes that left.
fn pass(pipeline: &mut Pipeline, now: Moment) -> usize {
    pipeline.push(Bytes::from_static(CHUNK), now);
    let mut left = 0;
    loop {
        match pipeline.poll(now, true) {
            Step::Send(bytes) => left += black_box(bytes).len(),
            Step::End(_) => {}
            Step::Notes | Step::Yield => {}
            Step::Wait(_) => return left,
        }
    }
}

fn bench(criterion: &mut Criterion, name: &str, latency_ms: i64, ahead: usize) {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(1));
    for count in STAGES {
        let plan = latencies(count, latency_ms);
        let mut now = Moment::ORIGIN;
        let mut pipeline = Pipeline::new(&plan, Direction::Downstream, 1, now);
        let step =
            STEP.max(Duration::from_millis(1) * u32::try_from(latency_ms).unwrap_or(0) / 100);
        for _ in 0..ahead {
            now = now + step;
            pass(&mut pipeline, now);
        }
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                now = now + step;
                pass(&mut pipeline, now)
            });
        });
    }
    group.finish();
}

fn rate(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pipeline/rate");
    group.throughput(Throughput::Elements(1));
    let rows: [(&str, &[(&str, Value)]); 3] = [
        ("plain", &[]),
        ("burst", &[("burst", Value::Integer(1))]),
        ("shared", &[("shared", Value::Boolean(true))]),
    ];
    let catalogue = Catalogue::default();
    let kind = catalogue.find("bandwidth").expect("a kind");
    for (name, more) in rows {
        let given = [&[("rate", Value::Integer(8_000_000))], more].concat();
        let toxic = kind.make(&given).expect("values within range");
        let mut plan = Plan::default();
        let planned = PlannedToxic::new(1, "rate", DrawKey::of_seed(1), toxic);
        plan.downstream.push(planned.into());
        let mut now = Moment::ORIGIN;
        let mut pipeline = Pipeline::new(&plan, Direction::Downstream, 1, now);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                now = now + STEP;
                pass(&mut pipeline, now)
            });
        });
    }
    group.finish();
}

/// A distribution of this type, whose other parameter is in ms.
fn distribution(shape: &str, parameter: &str, ms: i64) -> (&'static str, Value) {
    let fields = [("type", shape.into()), (parameter, Value::Integer(ms))];
    ("distribution", fields.into())
}

fn vary(criterion: &mut Criterion) {
    let latency = || ("latency", Value::Integer(100));
    let quantiles =
        [("p50", 5), ("p90", 20), ("p99", 40)].map(|(name, ms)| (name, Value::Integer(ms)));
    let quantiles = Value::from([("quantiles", Value::from(quantiles))]);
    let normal = || distribution("normal", "stddev", 20);
    let lognormal = [
        ("type", "lognormal".into()),
        ("median", 10.into()),
        ("p99", Value::Integer(40)),
    ];
    let lognormal = ("distribution", Value::from(lognormal));
    let cases = [
        ("fixed", vec![latency()]),
        ("jitter", vec![latency(), ("jitter", 20.into())]),
        ("normal", vec![latency(), normal()]),
        ("lognormal", vec![latency(), lognormal]),
        (
            "exponential",
            vec![latency(), distribution("exponential", "mean", 20)],
        ),
        (
            "pareto",
            vec![latency(), distribution("pareto", "jitter", 20)],
        ),
        ("quantiles", vec![latency(), ("distribution", quantiles)]),
        (
            "correlated",
            vec![latency(), normal(), ("correlation", 0.5.into())],
        ),
    ];
    let mut group = criterion.benchmark_group("pipeline/vary");
    group.throughput(Throughput::Elements(1));
    for (name, attributes) in cases {
        let plan = plan_of(1, &attributes);
        let mut now = Moment::ORIGIN;
        let mut pipeline = Pipeline::new(&plan, Direction::Downstream, 1, now);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                now = now + Duration::from_millis(1);
                pass(&mut pipeline, now)
            });
        });
    }
    group.finish();
}

fn pipeline(criterion: &mut Criterion) {
    bench(criterion, "pipeline/pass", 0, 0);
    bench(criterion, "pipeline/late", 100, 1000);
    rate(criterion);
}

/// The head of a request with ten fields, 500 bytes.
const HEAD: &str = "POST /v1/chat/completions?stream=true HTTP/1.1\r\n\
    Host: api.example.com\r\n\
    User-Agent: OpenAI/Python 1.99.0\r\n\
    Accept: application/json\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Connection: keep-alive\r\n\
    Authorization: Bearer sk-0123456789012345678901234567890123456789012345678901\r\n\
    Content-Type: application/json\r\n\
    Content-Length: 218\r\n\
    X-Stainless-Retry-Count: 0\r\n\
    X-Request: 0123456789012345678901234567890123456789012345678901234567890123456789\
    0123456789012345678901\r\n\r\n";

/// One head: parsed at once, and read by a reader that is shown it in two pieces.
fn http(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("http");
    group.throughput(Throughput::Bytes(HEAD.len() as u64));
    let head = HEAD.as_bytes();
    group.bench_function("head", |bencher| {
        bencher.iter(|| is_complete(&request_head(black_box(head), &mut FieldSpace::new())));
    });
    group.bench_function("head in two pieces", |bencher| {
        bencher.iter(|| {
            let mut reader = HeadReader::default();
            let begun = black_box(&head[..300]);
            let begun = is_complete(&reader.request(begun, &mut FieldSpace::new()));
            begun || is_complete(&reader.request(black_box(head), &mut FieldSpace::new()))
        });
    });
    group.finish();
}

fn is_complete<T>(parsed: &Parsed<T>) -> bool {
    matches!(parsed, Parsed::Complete(_))
}

criterion_group!(benches, pipeline, vary, http);
criterion_main!(benches);
