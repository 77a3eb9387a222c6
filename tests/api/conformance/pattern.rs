//! A small regular expression matcher, for the patterns of header values.
//!
//! Characters, `.`, classes, `\d \w \s` and their complements, groups, `|`, and the quantifiers
//! `* + ? {n} {n,} {n,m}`. A pattern must always match the whole text, so `^`, `$` and lazy
//! quantifiers have no effect.

use std::iter::Peekable;
use std::str::Chars;

/// Whether `pattern` matches all of `text`.
///
/// # Errors
/// The part of the pattern that is not supported.
pub fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    let mut source = pattern.chars().peekable();
    let choices = parse_choices(&mut source)?;
    if let Some(rest) = source.next() {
        return Err(format!("unexpected {rest:?} in the pattern {pattern:?}"));
    }
    let text: Vec<char> = text.chars().collect();
    Ok(match_choices(&choices, &text, &mut |rest| rest.is_empty()))
}

type Row = Vec<Piece>;

struct Piece {
    atom: Atom,
    min: usize,
    max: usize,
}

enum Atom {
    One(Class),
    Group(Vec<Row>),
    Nothing,
}

#[derive(Default)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    nested: Vec<Class>,
}

impl Class {
    fn has(&self, char: char) -> bool {
        let inside = self
            .ranges
            .iter()
            .any(|(low, high)| (*low..=*high).contains(&char))
            || self.nested.iter().any(|class| class.has(char));
        inside != self.negated
    }

    fn of(ranges: &[(char, char)], negated: bool) -> Self {
        Self {
            negated,
            ranges: ranges.to_vec(),
            nested: Vec::new(),
        }
    }
}

fn match_choices(choices: &[Row], text: &[char], then: &mut dyn FnMut(&[char]) -> bool) -> bool {
    choices.iter().any(|row| match_row(row, text, then))
}

fn match_row(row: &[Piece], text: &[char], then: &mut dyn FnMut(&[char]) -> bool) -> bool {
    match row.split_first() {
        None => then(text),
        Some((piece, rest)) => match_times(piece, 0, text, &mut |left| match_row(rest, left, then)),
    }
}

fn match_times(
    piece: &Piece,
    done: usize,
    text: &[char],
    then: &mut dyn FnMut(&[char]) -> bool,
) -> bool {
    if done < piece.max {
        let more = match_atom(&piece.atom, text, &mut |left| {
            // A repetition that matched nothing would repeat for ever.
            let progress = left.len() < text.len() || done < piece.min;
            progress && match_times(piece, done + 1, left, then)
        });
        if more {
            return true;
        }
    }
    done >= piece.min && then(text)
}

fn match_atom(atom: &Atom, text: &[char], then: &mut dyn FnMut(&[char]) -> bool) -> bool {
    match atom {
        Atom::Nothing => then(text),
        Atom::Group(choices) => match_choices(choices, text, then),
        Atom::One(class) => match text.split_first() {
            Some((char, rest)) => class.has(*char) && then(rest),
            None => false,
        },
    }
}

type Source<'a> = Peekable<Chars<'a>>;

fn parse_choices(source: &mut Source<'_>) -> Result<Vec<Row>, String> {
    let mut choices = vec![Row::new()];
    while let Some(&next) = source.peek() {
        match next {
            ')' => break,
            '|' => {
                source.next();
                choices.push(Row::new());
            }
            _ => {
                let atom = parse_atom(source)?;
                let (min, max) = parse_quantifier(source)?;
                let row = choices.last_mut().ok_or("no choice")?;
                row.push(Piece { atom, min, max });
            }
        }
    }
    Ok(choices)
}

fn parse_atom(source: &mut Source<'_>) -> Result<Atom, String> {
    match next(source)? {
        '(' => parse_group(source),
        '[' => parse_class(source).map(Atom::One),
        '.' => Ok(Atom::One(Class::of(&[('\n', '\n')], true))),
        '\\' => parse_escape(source).map(Atom::One),
        '^' | '$' => Ok(Atom::Nothing),
        char @ ('*' | '+' | '?' | '{') => Err(format!("{char:?} has nothing to repeat")),
        char => Ok(Atom::One(Class::of(&[(char, char)], false))),
    }
}

fn parse_group(source: &mut Source<'_>) -> Result<Atom, String> {
    if source.next_if_eq(&'?').is_some() && source.next_if_eq(&':').is_none() {
        return Err("only (…) and (?:…) groups are understood".to_owned());
    }
    let choices = parse_choices(source)?;
    match source.next() {
        Some(')') => Ok(Atom::Group(choices)),
        _ => Err("a group has no end".to_owned()),
    }
}

fn parse_class(source: &mut Source<'_>) -> Result<Class, String> {
    let mut class = Class {
        negated: source.next_if_eq(&'^').is_some(),
        ..Class::default()
    };
    let mut first = true;
    loop {
        let low = match next(source)? {
            ']' if !first => return Ok(class),
            '\\' => {
                class.nested.push(parse_escape(source)?);
                first = false;
                continue;
            }
            char => char,
        };
        first = false;
        let mut ahead = source.clone();
        let range = ahead.next() == Some('-') && ahead.next().is_some_and(|end| end != ']');
        let high = if range {
            source.next();
            next(source)?
        } else {
            low
        };
        class.ranges.push((low, high));
    }
}

fn parse_escape(source: &mut Source<'_>) -> Result<Class, String> {
    let char = next(source)?;
    let ranges: &[(char, char)] = match char.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        'w' => &[('0', '9'), ('A', 'Z'), ('a', 'z'), ('_', '_')],
        's' => &[(' ', ' '), ('\t', '\r')],
        _ if char.is_ascii_alphanumeric() => return Err(format!("unknown escape \\{char}")),
        _ => &[(char, char)],
    };
    Ok(Class::of(ranges, char.is_ascii_uppercase()))
}

fn parse_quantifier(source: &mut Source<'_>) -> Result<(usize, usize), String> {
    let range = match source.peek() {
        Some('*') => (0, usize::MAX),
        Some('+') => (1, usize::MAX),
        Some('?') => (0, 1),
        Some('{') => parse_counts(source)?,
        _ => return Ok((1, 1)),
    };
    source.next();
    source.next_if_eq(&'?');
    Ok(range)
}

/// Reads `{n}`, `{n,}` or `{n,m}` up to the closing brace.
fn parse_counts(source: &mut Source<'_>) -> Result<(usize, usize), String> {
    let mut text = String::new();
    source.next();
    while let Some(char) = source.next_if(|char| *char != '}') {
        text.push(char);
    }
    let number = |text: &str| text.parse().map_err(|_| format!("not a count: {text:?}"));
    match text.split_once(',') {
        None => number(&text).map(|count| (count, count)),
        Some((min, "")) => Ok((number(min)?, usize::MAX)),
        Some((min, max)) => Ok((number(min)?, number(max)?)),
    }
}

fn next(source: &mut Source<'_>) -> Result<char, String> {
    source
        .next()
        .ok_or_else(|| "a pattern ends too early".to_owned())
}
