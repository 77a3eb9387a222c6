//! Colours, or none.

/// A colour of a terminal (ECMA-48, SGR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Purple = 35,
}

/// Paints text, or leaves it plain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    pub(super) fn new(on: bool) -> Self {
        Paint { on }
    }

    /// What begins a colour.
    pub(super) fn start(self, colour: Colour) -> String {
        if self.on {
            format!("\x1b[{}m", colour as u8)
        } else {
            String::new()
        }
    }

    /// What ends all colours.
    pub(super) fn end(self) -> &'static str {
        if self.on { "\x1b[0m" } else { "" }
    }

    /// Text in a colour.
    pub(super) fn text(self, colour: Colour, text: &str) -> String {
        format!("{}{text}{}", self.start(colour), self.end())
    }
}

/// Text without what could move a terminal's cursor or change its state.
pub(super) fn harmless(text: &str) -> String {
    let letter = |letter: char| {
        if letter.is_control() {
            '\u{fffd}'
        } else {
            letter
        }
    };
    text.chars().map(letter).collect()
}

/// Cells in columns, two spaces apart; `colours` are those of the columns.
pub(super) fn table(paint: Paint, rows: &[Vec<(String, Option<Colour>)>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (column, (cell, _)) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(column) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, colour), width) in row.iter().zip(&widths) {
            let gap = " ".repeat(width.saturating_sub(cell.chars().count()) + 2);
            let cell = harmless(cell);
            match colour {
                Some(colour) => line.push_str(&paint.text(*colour, &cell)),
                None => line.push_str(&cell),
            }
            line.push_str(&gap);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_and_without_colour() {
        let rows = |state: &str| {
            vec![
                ("wéb".to_owned(), None),
                (state.to_owned(), Some(Colour::Red)),
                ("1".into(), None),
            ]
        };
        let rows = [rows("off"), rows("enabled")];
        assert_eq!(
            table(Paint::new(false), &rows),
            "wéb  off      1\nwéb  enabled  1\n"
        );
        let painted = table(Paint::new(true), &rows);
        assert!(
            painted.starts_with("wéb  \x1b[31moff\x1b[0m      1\n"),
            "{painted:?}"
        );
    }

    #[test]
    fn escapes_in_names_stay_off_the_terminal() {
        assert_eq!(harmless("a\x1b[2J\r\n"), "a\u{fffd}[2J\u{fffd}\u{fffd}");
    }
}
