//! How much of a message is looked at before it is passed on untouched.

/// The longest head, in bytes, with the empty line behind it.
pub const HEAD: usize = 64 << 10;
/// The most fields of a head.
pub const FIELDS: usize = 256;
/// The longest first line of a head, in bytes, with empty lines before it.
pub const FIRST_LINE: usize = 8 << 10;
/// The longest line before a chunk, in bytes.
pub const CHUNK_LINE: u32 = 1 << 10;
/// The longest trailers, in bytes, with the empty line behind them.
pub const TRAILERS: u32 = 16 << 10;
