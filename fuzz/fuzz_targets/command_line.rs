//! See `tests/fuzz_corpus/bodies/command_line.rs`.
#![no_main]

#[path = "../../tests/fuzz_corpus/bodies/mod.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| (bodies::COMMAND_LINE.1)(data));
