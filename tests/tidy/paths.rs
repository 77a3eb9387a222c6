//! The paths in Rust code, found by looking at its text.
//!
//! Must not know what the paths are wanted for. A path in a text literal counts as one in code.

/// Every path in the code: what is imported by `use`, branch by branch, and what is written out with
/// at least one `::`. A path behind `::` or a dot is part of another and not counted.
pub fn used(code: &str) -> Vec<String> {
    let (imported, rest) = cut_imports(code);
    let mut paths = written_out(&rest);
    paths.extend(imported.iter().flat_map(|tree| expand(tree)));
    paths
}

/// Code without comments and without the places in visibilities such as `pub(in crate::engine)`.
pub fn without_remarks(code: &str) -> String {
    let lines = code
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut parts = code.split("pub(in ");
    let mut rest = parts.next().unwrap().to_owned();
    for part in parts {
        rest += part.split_once(')').map_or(part, |(_, after)| after);
    }
    rest
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What stands between each `use` and its semicolon, without spaces, and the code without them.
fn cut_imports(code: &str) -> (Vec<String>, String) {
    let (mut trees, mut left, mut rest) = (Vec::new(), String::new(), code);
    while let Some((before, after)) = rest.split_once("use ") {
        left += before;
        rest = after;
        if !before.ends_with(is_word) {
            let (tree, after) = after.split_once(';').unwrap();
            trees.push(tree.replace(" as ", "::").split_whitespace().collect());
            rest = after;
        }
    }
    (trees, left + rest)
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(tree: &str) -> Vec<String> {
    let Some((before, inside)) = (tree.strip_suffix('}')).and_then(|tree| tree.split_once('{'))
    else {
        return vec![tree.to_owned()];
    };
    let (mut depth, mut start, mut paths) = (0, 0, Vec::new());
    for (place, letter) in inside.char_indices().chain([(inside.len(), ',')]) {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let branches = expand(&inside[start..place]);
                paths.extend(branches.iter().map(|branch| format!("{before}{branch}")));
                start = place + 1;
            }
            _ => {}
        }
    }
    paths
}

fn written_out(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(is_word) {
        let is_part = rest[..start].ends_with("::") || rest[..start].ends_with('.');
        rest = &rest[start..];
        let end = rest.find(|letter| !is_word(letter) && letter != ':');
        let path = rest[..end.unwrap_or(rest.len())].trim_end_matches(':');
        if path.contains("::") && !is_part {
            paths.push(path.to_owned());
        }
        rest = &rest[path.len()..];
    }
    paths
}

#[test]
fn paths_are_found_in_imports_and_in_code() {
    let code = "use a::{b as c, d::{self, E}};\npub use f;\nlet x: g::H = i::j(k.l::<m::N>());";
    let mut found = used(&without_remarks(code));
    found.sort();
    let expected = [
        "a::b::c",
        "a::d::E",
        "a::d::self",
        "f",
        "g::H",
        "i::j",
        "m::N",
    ];
    for path in expected {
        assert!(
            found.contains(&path.to_owned()),
            "{path} is not in {found:?}"
        );
    }
}
