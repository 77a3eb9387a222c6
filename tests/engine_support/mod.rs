//! What the tests in virtual time share. Knows the pure core of the crate (`engine`, `toxics`) and
//! no socket, clock or server.

// Every test binary compiles all of this and uses a part of it.
#![allow(dead_code)]

pub mod book;
pub mod dice;
pub mod driver;
pub mod model;
pub mod rounds;
pub mod transcript;
