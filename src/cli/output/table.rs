//! Aligned columns for a terminal.

use super::colour::{Colour, Palette, harmless};

/// Cells in columns, two spaces apart; `colours` are those of the columns.
pub(crate) fn table(palette: Palette, rows: &[Vec<(String, Option<Colour>)>]) -> String {
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
                Some(colour) => line.push_str(&palette.text(*colour, &cell)),
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
            table(Palette::new(false), &rows),
            "wéb  off      1\nwéb  enabled  1\n"
        );
        let painted = table(Palette::new(true), &rows);
        assert!(
            painted.starts_with("wéb  \x1b[31moff\x1b[0m      1\n"),
            "{painted:?}"
        );
    }
}
