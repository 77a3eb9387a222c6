//! See `tests/fuzz_corpus/bodies/api.rs`.
#![no_main]

#[path = "../../tests/fuzz_corpus/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| (bodies::API.1)(data));
