//! Breaks text for the width of a terminal, which would break a longer line inside a word.

use super::colour::{Cell, Palette};

/// How far a continuation line is indented.
pub(crate) const INDENT: usize = 4;

/// Puts parts on as few lines as possible, two spaces apart; the first line begins after `indent`
/// spaces. A part is split, between words, only if it is longer than a line. A word that is longer
/// than a line is left to the terminal, so that it can be copied whole.
pub(crate) fn wrap(palette: Palette, parts: &[Cell], width: usize, indent: usize) -> String {
    let (mut text, mut used) = (" ".repeat(indent), indent);
    let mut is_first = true;
    for (part, colour) in parts {
        let is_long = part.chars().count() > width.saturating_sub(INDENT);
        let words = match is_long {
            true => part.split_whitespace().collect(),
            false => vec![part.as_str()],
        };
        for (index, word) in words.into_iter().enumerate() {
            let gap = if index == 0 { 2 } else { 1 };
            let length = word.chars().count();
            if is_first {
                is_first = false;
            } else if used + gap + word.trim_end().chars().count() > width {
                text.truncate(text.trim_end().len());
                text.push('\n');
                text.push_str(&" ".repeat(INDENT));
                used = INDENT;
            } else {
                text.push_str(&" ".repeat(gap));
                used += gap;
            }
            match colour {
                Some(colour) => text.push_str(&palette.text(*colour, word)),
                None => text.push_str(word),
            }
            used += length;
        }
    }
    text
}

/// The lines of a text, each of at most `width` columns unless a single word is longer.
pub(crate) fn lines(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + length < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text that begins in column `indent` and stays behind it, with a line ending.
pub(crate) fn hanging(text: &str, indent: usize, width: Option<usize>) -> String {
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(indent));
    let gap = format!("\n{}", " ".repeat(indent));
    format!("{}\n", lines(text, room).join(&gap))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::colour::Colour;

    #[test]
    fn wrapped_lines_break_between_words() {
        let parts = [
            "when",
            "toxic.added      ",
            "web",
            "a long part of words",
            "end",
        ];
        let parts = parts.map(|part| (part.to_owned(), None));
        for (width, expected) in [
            (
                80,
                "when  toxic.added        web  a long part of words  end",
            ),
            (
                29,
                "when  toxic.added        web\n    a long part of words  end",
            ),
            (
                20,
                "when  toxic.added\n    web  a long part\n    of words  end",
            ),
            (
                3,
                "when\n    toxic.added\n    web\n    a\n    long\n    part\n    of\n    words\n    end",
            ),
        ] {
            let wrapped = wrap(Palette::new(false), &parts, width, 0);
            assert_eq!(wrapped, expected, "{width}");
        }
    }

    #[test]
    fn colours_take_no_columns() {
        let parts = [("ab", Some(Colour::Red)), ("cd", None)];
        let parts = parts.map(|(part, colour)| (part.to_owned(), colour));
        let wrapped = wrap(Palette::new(true), &parts, 6, 0);
        assert_eq!(wrapped, "\x1b[31mab\x1b[0m  cd");
    }

    #[test]
    fn a_text_has_as_few_lines_as_fit() {
        assert_eq!(lines("a bc def", 4), ["a bc", "def"]);
        assert_eq!(lines("é longword", 3), ["é", "longword"]);
        assert!(lines(" ", 3).is_empty());
        assert_eq!(hanging("a bc def", 2, Some(6)), "a bc\n  def\n");
        assert_eq!(hanging("a bc def", 2, None), "a bc def\n");
    }
}
