//! See `tests/engine/fuzz_corpus/bodies/http1.rs`.
#![no_main]

#[path = "../../tests/engine/fuzz_corpus/bodies/mod.rs"]
mod bodies;
#[allow(dead_code)]
#[path = "../../tests/engine/harness/mod.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| (bodies::HTTP1.1)(data));
