//! See `tests/engine/fuzz_corpus/bodies/framing.rs`.
#![no_main]

#[path = "../../tests/engine/fuzz_corpus/bodies/mod.rs"]
mod bodies;
#[allow(dead_code)]
#[path = "../../tests/engine/harness/mod.rs"]
mod harness;

libfuzzer_sys::fuzz_target!(|data: &[u8]| (bodies::FRAMING.1)(data));
