//! SETTINGS frames (RFC 9113, section 6.5).

use super::frame::HEAD;

/// The settings that matter here. Of several values of one setting, the last counts; but the windows
/// and tables that it leads to hold for any of them, because they are bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `SETTINGS_HEADER_TABLE_SIZE`
    pub table: Option<u32>,
    /// `SETTINGS_INITIAL_WINDOW_SIZE`
    pub window: Option<u32>,
}

impl Settings {
    /// Reads a whole frame. What is wrong in it is for the receiver to say.
    pub fn of(frame: &[u8]) -> Self {
        let mut settings = Settings::default();
        let payload = frame.get(HEAD..).unwrap_or_default();
        for entry in payload.chunks_exact(6) {
            let Some((id, value)) = entry.split_first_chunk::<2>() else {
                continue;
            };
            let value = value.first_chunk().map(|value| u32::from_be_bytes(*value));
            match u16::from_be_bytes(*id) {
                1 => settings.table = value,
                4 => settings.window = value,
                _ => {}
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_settings_are_read_and_others_are_not() {
        let mut frame = vec![0, 0, 20, 4, 0, 0, 0, 0, 0];
        for (id, value) in [(1_u16, 0_u32), (3, 100), (4, 70_000)] {
            frame.extend(id.to_be_bytes());
            frame.extend(value.to_be_bytes());
        }
        frame.extend([0, 1]);
        let settings = Settings::of(&frame);
        assert_eq!(settings.table, Some(0));
        assert_eq!(settings.window, Some(70_000));
    }
}
