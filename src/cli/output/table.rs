//! Aligned columns for a terminal.

use super::colour::{Colour, Palette};
use crate::util::text::escape;

/// A cell, and its colour.
pub(crate) type Cell = (String, Option<Colour>);

/// Cells in columns, two spaces apart. Control characters, which a terminal would act on, are
/// escaped.
pub(crate) fn table(palette: Palette, rows: &[Vec<Cell>]) -> String {
    let escaped = |row: &Vec<Cell>| -> Vec<Cell> {
        let cells = row.iter();
        cells
            .map(|(cell, colour)| (escape(cell), *colour))
            .collect()
    };
    let rows: Vec<Vec<Cell>> = rows.iter().map(escaped).collect();
    let widths = widths(&rows);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, colour), width) in row.iter().zip(&widths) {
            match colour {
                Some(colour) => line.push_str(&palette.text(*colour, cell)),
                None => line.push_str(cell),
            }
            let gap = width.saturating_sub(cell.chars().count()) + 2;
            line.push_str(&" ".repeat(gap));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The widths of the columns.
fn widths(rows: &[Vec<Cell>]) -> Vec<usize> {
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
    widths
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
            table(Palette::new(false), &rows),
            "wéb  off      1\nwéb  enabled  1\n"
        );
        let painted = table(Palette::new(true), &rows);
        assert!(
            painted.starts_with("wéb  \x1b[31moff\x1b[0m      1\n"),
            "{painted:?}"
        );
    }

    #[test]
    fn escaped_cells_line_up() {
        let rows = ["a\u{1b}", "b"].map(|name| vec![(name.to_owned(), None), ("1".into(), None)]);
        let expected = "a\\u{1b}  1\nb        1\n";
        assert_eq!(table(Palette::new(false), &rows), expected);
    }
}
