//! See `tests/fuzz_corpus/bodies/config.rs`.
#![no_main]

#[path = "../../tests/fuzz_corpus/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| (bodies::CONFIG.1)(data));
