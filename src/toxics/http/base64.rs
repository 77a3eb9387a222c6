//! Base64 (RFC 4648, section 4), as bodies that are no text are given.

/// The bytes, or the position of the first character that is none of base64. Padding may be missing.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let bare = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(bare.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for (index, letter) in bare.bytes().enumerate() {
        let value = value(letter).ok_or(index)?;
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    // A single letter of a group holds no byte, and more than two paddings belong to none.
    let is_whole = bare.len() % 4 != 1 && text.len() - bare.len() <= 2 && bits == 0;
    is_whole.then_some(bytes).ok_or(bare.len())
}

fn value(letter: u8) -> Option<u8> {
    Some(match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_vectors_of_rfc_4648_are_decoded() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm8", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text).as_deref(), Ok(bytes.as_bytes()), "{text}");
        }
        assert_eq!(decode("/+8="), Ok(vec![0xff, 0xef]));
    }

    #[test]
    fn what_is_no_base64_is_refused_with_its_position() {
        for (text, position) in [
            ("Zm9v!", 4),
            ("Z", 1),
            ("Zm=v", 2),
            ("Zm9v===", 4),
            ("Zh==", 2),
        ] {
            assert_eq!(decode(text), Err(position), "{text}");
        }
    }
}
