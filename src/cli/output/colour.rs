//! Colours of text on a terminal.

/// A colour of a terminal (ECMA-48, SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Purple = 35,
}

/// A piece of text, and its colour.
pub(crate) type Cell = (String, Option<Colour>);

/// The colours of a text, or none if the output is not a terminal or colours are disabled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    on: bool,
}

impl Palette {
    pub(crate) const fn new(on: bool) -> Self {
        Palette { on }
    }

    /// The sequence that begins a colour.
    pub(crate) fn start(self, colour: Colour) -> String {
        if self.on {
            format!("\x1b[{}m", colour as u8)
        } else {
            String::new()
        }
    }

    /// The sequence that ends all colours.
    pub(crate) fn end(self) -> &'static str {
        if self.on { "\x1b[0m" } else { "" }
    }

    /// Text in a colour.
    pub(crate) fn text(self, colour: Colour, text: &str) -> String {
        format!("{}{text}{}", self.start(colour), self.end())
    }
}
