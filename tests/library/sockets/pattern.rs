//! Bytes that identify their position in the stream, so that loss, repetition and reordering show.

/// The byte at a position of a stream.
fn at(offset: usize) -> u8 {
    // Knuth's multiplicative hash: it has no period that a chunk or a buffer could share.
    ((offset as u64).wrapping_mul(2_654_435_761) >> 15) as u8
}

/// The bytes of a stream from `offset` on.
pub fn bytes(offset: usize, count: usize) -> Vec<u8> {
    (offset..offset + count).map(at).collect()
}

/// Fails at the first byte that differs from the stream.
pub fn check(offset: usize, bytes: &[u8], what: &str) {
    let wrong = bytes
        .iter()
        .enumerate()
        .position(|(index, byte)| *byte != at(offset + index));
    if let Some(index) = wrong {
        panic!("{what}: the byte at {} is not the stream's", offset + index);
    }
}
