//! The two halves that follow the HTTP conversation of a connection, in virtual time.

mod answers;
mod edits;
mod endings;
mod joining;
mod marks;
mod messages;
mod settling;
mod soak;
mod untouched;
mod upstream;
mod wholeness;
