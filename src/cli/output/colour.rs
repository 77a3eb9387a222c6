//! Colours, or none.

/// A colour of a terminal (ECMA-48, SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Purple = 35,
}

/// Paints text, or leaves it plain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    on: bool,
}

impl Palette {
    pub(crate) fn new(on: bool) -> Self {
        Palette { on }
    }

    /// What begins a colour.
    pub(crate) fn start(self, colour: Colour) -> String {
        if self.on {
            format!("\x1b[{}m", colour as u8)
        } else {
            String::new()
        }
    }

    /// What ends all colours.
    pub(crate) fn end(self) -> &'static str {
        if self.on { "\x1b[0m" } else { "" }
    }

    /// Text in a colour.
    pub(crate) fn text(self, colour: Colour, text: &str) -> String {
        format!("{}{text}{}", self.start(colour), self.end())
    }
}

/// Text without what could move a terminal's cursor or change its state.
pub(crate) fn harmless(text: &str) -> String {
    let letter = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(harmless("a\x1b[2J\r\n"), "a\u{fffd}[2J\u{fffd}\u{fffd}");
    }
}
