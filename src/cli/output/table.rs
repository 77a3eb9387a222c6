//! Aligned columns for a terminal.

use super::colour::{Cell, Colour, Palette};
use super::wrap::{self, INDENT, wrap};
use crate::util::text::escape;

/// The spaces between two columns.
const GAP: usize = 2;

/// The least width of a last column whose text is broken into any number of lines. In a narrower one,
/// no text may need more than two; otherwise the column is moved below the rows.
const WIDE: usize = 24;

/// Rows in columns; the first row is the heading. Control characters, which a terminal would act on,
/// are escaped.
///
/// If they do not fit into `width`, the text of the last column is broken into lines. If that is not
/// enough, the columns that do not fit follow below each row; if there are several, each with its
/// heading. No value is cut.
pub(crate) fn table(palette: Palette, rows: &[Vec<Cell>], width: Option<usize>) -> String {
    let rows: Vec<Vec<Cell>> = rows.iter().map(|row| escaped(row)).collect();
    let widths = widths(&rows);
    let width = width.unwrap_or(usize::MAX);
    let beside = side_by_side(&widths, width);
    let in_last = room_in_last(&rows, &widths, width).filter(|_| beside + 1 == widths.len());
    let heading = rows.first().cloned().unwrap_or_default();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let (fitting, others) = row.split_at(beside.min(row.len()));
        if let (Some(room), Some(last)) = (in_last, others.first()) {
            broken(&mut text, palette, (fitting, last), (&widths, room));
            continue;
        }
        let shown = match others {
            // The heading of the only column below stays in the first line if it fits there.
            [one] if index == 0 && fits_behind(&widths, one, width) => row,
            _ => fitting,
        };
        line(&mut text, palette, shown, &widths);
        let below: Vec<Cell> = match others {
            _ if shown.len() == row.len() => Vec::new(),
            [one] => vec![one.clone()],
            _ if index == 0 => Vec::new(),
            _ => named(heading.iter().skip(fitting.len()).zip(others)),
        };
        let below: Vec<Cell> = below.into_iter().filter(|cell| !is_empty(cell)).collect();
        if !below.is_empty() {
            text.push_str(&wrap(palette, &below, width, INDENT));
            text.push('\n');
        }
    }
    text
}

/// Cells two spaces apart, on as few lines as `width` allows.
pub(crate) fn in_a_row(palette: Palette, cells: &[Cell], width: Option<usize>) -> String {
    let cells = escaped(cells);
    format!(
        "{}\n",
        wrap(palette, &cells, width.unwrap_or(usize::MAX), 0)
    )
}

fn escaped(cells: &[Cell]) -> Vec<Cell> {
    let cells = cells.iter();
    cells
        .map(|(cell, colour)| (escape(cell), *colour))
        .collect()
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

/// How many of the columns fit side by side; at least one.
fn side_by_side(widths: &[usize], width: usize) -> usize {
    let ends = widths.iter().scan(0, |used, column| {
        let end = *used + column;
        *used = end + GAP;
        Some(end)
    });
    ends.take_while(|end| *end <= width).count().max(1)
}

/// Whether a cell of the last column fits beside all others.
fn fits_behind(widths: &[usize], (cell, _): &Cell, width: usize) -> bool {
    let others = widths.split_last().map_or(&[][..], |(_, others)| others);
    let used: usize = others.iter().map(|column| column + GAP).sum();
    used + cell.chars().count() <= width
}

/// The width that is left for the last column beside all others, if its text can be broken into
/// lines of that width.
fn room_in_last(rows: &[Vec<Cell>], widths: &[usize], width: usize) -> Option<usize> {
    let (_, others) = widths.split_last()?;
    let used: usize = others.iter().map(|column| column + GAP).sum();
    let room = width.saturating_sub(used);
    let cells = rows.iter().filter_map(|row| row.get(others.len()));
    let fits = |(cell, _): &Cell| {
        let lines = wrap::lines(cell, room);
        let is_narrow = lines.iter().all(|line| line.chars().count() <= room);
        is_narrow && (room >= WIDE || lines.len() <= 2)
    };
    cells.into_iter().all(fits).then_some(room)
}

/// A row whose last cell has several lines.
fn broken(
    text: &mut String,
    palette: Palette,
    (cells, last): (&[Cell], &Cell),
    (widths, room): (&[usize], usize),
) {
    let nothing = || (String::new(), None);
    let mut cells = cells.to_vec();
    for part in wrap::lines(&last.0, room) {
        cells.push((part, last.1));
        line(text, palette, &cells, widths);
        cells = cells.iter().skip(1).map(|_| nothing()).collect();
    }
}

fn line(text: &mut String, palette: Palette, cells: &[Cell], widths: &[usize]) {
    let mut line = String::new();
    for ((cell, colour), width) in cells.iter().zip(widths) {
        line.push_str(&painted(palette, cell, *colour));
        let gap = width.saturating_sub(cell.chars().count()) + GAP;
        line.push_str(&" ".repeat(gap));
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Cells with their headings; empty ones are left out.
fn named<'a>(cells: impl Iterator<Item = (&'a Cell, &'a Cell)>) -> Vec<Cell> {
    let given = cells.filter(|(_, cell)| !is_empty(cell));
    let named = given.map(|((heading, _), (text, colour))| {
        (format!("{}: {text}", heading.to_lowercase()), *colour)
    });
    named.collect()
}

fn is_empty((text, _): &Cell) -> bool {
    matches!(text.as_str(), "" | "-")
}

fn painted(palette: Palette, text: &str, colour: Option<Colour>) -> String {
    colour.map_or_else(|| text.to_owned(), |colour| palette.text(colour, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Palette = Palette::new(false);

    fn rows(cells: &[&[&str]]) -> Vec<Vec<Cell>> {
        let row = |row: &&[&str]| row.iter().map(|cell| ((*cell).to_owned(), None)).collect();
        cells.iter().map(row).collect()
    }

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
            table(PLAIN, &rows, None),
            "wéb  off      1\nwéb  enabled  1\n"
        );
        let painted = table(Palette::new(true), &rows, Some(15));
        assert!(
            painted.starts_with("wéb  \x1b[31moff\x1b[0m      1\n"),
            "{painted:?}"
        );
    }

    #[test]
    fn escaped_cells_line_up() {
        let rows = ["a\u{1b}", "b"].map(|name| vec![(name.to_owned(), None), ("1".into(), None)]);
        let expected = "a\\u{1b}  1\nb        1\n";
        assert_eq!(table(PLAIN, &rows, None), expected);
    }

    #[test]
    fn text_of_the_last_column_is_broken_into_lines() {
        let text = "some words that need more than one line";
        let rows = rows(&[&["NAME", "ABOUT"], &["a", text], &["b", "-"]]);
        let expected = "NAME  ABOUT\n\
                        a     some words that need more\n      than one line\n\
                        b     -\n";
        assert_eq!(table(PLAIN, &rows, Some(31)), expected);
        let whole = table(PLAIN, &rows, Some(6 + text.len()));
        assert_eq!(whole.lines().count(), 3, "{whole}");
    }

    #[test]
    fn columns_that_do_not_fit_follow_below_each_row() {
        let long = "x".repeat(20);
        let rows = rows(&[
            &["NAME", "BYTES UP", "STATE", "WHEN"],
            &["a", "5", &long, "-"],
            &["b", "6", "-", "some more words"],
            &["c", "7", "-", "-"],
        ]);
        let expected = format!(
            "NAME  BYTES UP\na     5\n    state: {long}\nb     6\n    when: some more words\nc     7\n"
        );
        assert_eq!(table(PLAIN, &rows, Some(32)), expected);
        let narrow = table(PLAIN, &rows, Some(17));
        assert!(
            narrow.contains("b     6\n    when: some\n    more words\n"),
            "{narrow}"
        );
    }

    #[test]
    fn one_column_below_has_no_heading_in_each_row() {
        let text = "many words, of which more than two lines would be needed";
        let cells = [
            &["NAME", "ABOUT"][..],
            &["a name of a thing", text],
            &["b", "-"],
        ];
        let expected = format!("NAME               ABOUT\na name of a thing\n    {text}\nb\n");
        assert_eq!(
            table(PLAIN, &rows(&cells), Some(40)),
            expected.replace("two lines", "two\n    lines")
        );
        let narrow = table(PLAIN, &rows(&cells), Some(22));
        assert!(
            narrow.starts_with("NAME\n    ABOUT\na name of a thing\n    many words, of\n"),
            "{narrow}"
        );
    }

    #[test]
    fn no_line_is_longer_than_the_width() {
        let text = "several words of text, and more of them";
        let cells = [
            &["ID", "CLIENT", "UPSTREAM", "TOXICS"][..],
            &["1", "127.0.0.1:1234", "localhost:80", text],
        ];
        for width in 20..90 {
            let shown = table(PLAIN, &rows(&cells), Some(width));
            let longest = shown.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width), "{width}\n{shown}");
            for word in text.split(' ').chain(["127.0.0.1:1234", "localhost:80"]) {
                assert!(shown.contains(word), "{width}\n{shown}");
            }
        }
    }
}
