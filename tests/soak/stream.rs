//! Streams in which every byte identifies its position.
//!
//! A stream begins with a head that names its sender. After it, each byte is a function of the
//! sender and the offset. Nothing repeats, so any eight bytes occur at one position in one stream.

/// The size of the head, which is also the shortest stream.
pub const HEAD: usize = 24;

const MAGIC: u64 = 0x736f_616b_6865_6164;
const WORD: u64 = 8;

/// SplitMix64's finaliser (Steele, Lea and Flood 2014).
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn word(sender: u64, index: u64) -> u64 {
    match index {
        0 => MAGIC,
        1 => sender,
        2 => !sender,
        _ => mix(mix(sender) ^ index),
    }
}

/// The sender that a head names; `None` if the bytes are not a head.
pub fn sender(head: &[u8]) -> Option<u64> {
    let word = |index: usize| {
        let bytes = head.get(index * 8..index * 8 + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let sender = word(1)?;
    (word(0)? == MAGIC && word(2)? == !sender).then_some(sender)
}

/// Fills `out` with the bytes of a sender's stream, starting at `offset`.
pub fn fill(sender: u64, offset: u64, out: &mut [u8]) {
    let mut place = offset;
    let mut rest = out;
    while !rest.is_empty() {
        let bytes = word(sender, place / WORD).to_le_bytes();
        let from = (place % WORD) as usize;
        let count = (8 - from).min(rest.len());
        let (now, later) = rest.split_at_mut(count);
        now.copy_from_slice(&bytes[from..from + count]);
        place += count as u64;
        rest = later;
    }
}

/// Checks bytes that were received at `offset` of a stream of `total` bytes.
///
/// # Errors
/// What is wrong with them and where: lost, repeated, foreign or altered bytes.
pub fn check(sender: u64, offset: u64, bytes: &[u8], total: u64) -> Result<(), String> {
    let mut expected = vec![0; bytes.len()];
    fill(sender, offset, &mut expected);
    let Some(first) = (0..bytes.len()).find(|&index| bytes[index] != expected[index]) else {
        if offset + bytes.len() as u64 > total {
            return Err(format!("more than the {total} bytes that were sent"));
        }
        return Ok(());
    };
    let at = offset + first as u64;
    Err(format!(
        "at offset {at}: {}",
        diagnose(sender, at, &bytes[first..], total)
    ))
}

fn diagnose(sender: u64, at: u64, bytes: &[u8], total: u64) -> String {
    let window = &bytes[..bytes.len().min(16)];
    let mut all = vec![0; total as usize];
    fill(sender, 0, &mut all);
    let found = all.windows(window.len()).position(|place| place == window);
    match found.map(|place| place as u64) {
        Some(place) if window.len() >= 8 && place > at => {
            format!(
                "{} bytes are missing, the stream goes on at {place}",
                place - at
            )
        }
        Some(place) if window.len() >= 8 => {
            format!("bytes from {place} again, {} back", at - place)
        }
        _ => format!("altered or foreign: {window:02x?}"),
    }
}
