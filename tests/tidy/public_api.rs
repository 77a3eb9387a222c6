//! Holds the public surface of the library to a list: `api/rust.txt`.
//!
//! The surface is read from rustdoc's JSON, which stable Rust gives only with `RUSTC_BOOTSTRAP`. Each line is the path of
//! an item and its declaration as the source has it. Takes a build of the documentation, so it is ignored unless asked
//! for: `cargo test --test tidy -- --ignored`. `UPDATE=1` writes the list.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const LIST: &str = "api/rust.txt";

/// The documentation of the library, as JSON. Features are the default ones, without `internals`.
fn documentation(root: &Path) -> Value {
    let target = root.join("target/public-api");
    let output = Command::new(env!("CARGO"))
        .args(["rustdoc", "--locked", "--lib", "--target-dir"])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTDOCFLAGS")
        .current_dir(root)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = fs::read_to_string(target.join("doc/aconite.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

struct Surface<'a> {
    root: &'a Path,
    index: &'a Value,
    lines: BTreeSet<String>,
}

impl Surface<'_> {
    fn item(&self, id: &Value) -> Option<&Value> {
        self.index.get(id.to_string())
    }

    /// The source of an item up to its body, in one line.
    fn declaration(&self, item: &Value) -> String {
        let span = &item["span"];
        let file = fs::read_to_string(self.root.join(span["filename"].as_str().unwrap()));
        let number = |at: &Value| usize::try_from(at.as_u64().unwrap()).unwrap();
        let (first, last) = (number(&span["begin"][0]), number(&span["end"][0]));
        let file = file.unwrap();
        let lines = file.lines().skip(first - 1).take(last + 1 - first);
        let is_code = |line: &&str| !line.starts_with("//") && !line.starts_with("#[");
        let code: Vec<&str> = lines.map(str::trim).filter(is_code).collect();
        let code = code.join(" ");
        let end = code.find(['{', ';']).unwrap_or(code.len());
        code[..end].trim().trim_end_matches(',').to_owned()
    }

    /// Lists what a module has, or one item, under `path`.
    fn add(&mut self, path: &str, id: &Value) {
        let Some(item) = self.item(id).cloned() else {
            return;
        };
        let (kind, inner) = item["inner"].as_object().unwrap().iter().next().unwrap();
        let name = item["name"].as_str().unwrap_or_default();
        match kind.as_str() {
            "use" => self.add_as(path, inner["name"].as_str().unwrap(), &inner["id"]),
            "impl" => self.add_impl(path, inner),
            _ => self.add_as(path, name, id),
        }
    }

    fn add_as(&mut self, path: &str, name: &str, id: &Value) {
        let Some(item) = self.item(id).cloned() else {
            self.lines.insert(format!("{path}::{name}"));
            return;
        };
        let path = format!("{path}::{name}");
        let (kind, inner) = item["inner"].as_object().unwrap().iter().next().unwrap();
        if kind != "module" {
            self.lines
                .insert(format!("{path}: {}", self.declaration(&item)));
        }
        let fields = [
            &inner["kind"]["plain"]["fields"],
            &inner["kind"]["struct"]["fields"],
        ];
        let members = [&inner["items"], &inner["variants"], &inner["impls"]];
        for list in fields.into_iter().chain(members) {
            for member in list.as_array().into_iter().flatten() {
                self.add(&path, member);
            }
        }
    }

    /// Methods of the type itself; of a trait, that it has it. Those that the compiler adds say nothing.
    fn add_impl(&mut self, path: &str, inner: &Value) {
        if inner["is_synthetic"] == true || !inner["blanket_impl"].is_null() {
            return;
        }
        match inner["trait"]["path"].as_str() {
            Some(name) => {
                self.lines.insert(format!("{path}: impl {name}"));
            }
            None => {
                for method in inner["items"].as_array().into_iter().flatten() {
                    self.add(path, method);
                }
            }
        }
    }
}

#[test]
#[ignore = "builds the documentation"]
fn the_public_surface_is_as_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documentation = documentation(root);
    let mut surface = Surface {
        root,
        index: &documentation["index"],
        lines: BTreeSet::new(),
    };
    let id = documentation["root"].clone();
    let items = surface.item(&id).unwrap()["inner"]["module"]["items"].clone();
    for item in items.as_array().unwrap() {
        surface.add("aconite", item);
    }
    assert!(surface.lines.len() > 50, "the documentation has too little");
    let found: String = surface
        .lines
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root.join(LIST), &found).unwrap();
    }
    let listed = fs::read_to_string(root.join(LIST)).unwrap_or_default();
    let (found, listed): (BTreeSet<&str>, BTreeSet<&str>) =
        (found.lines().collect(), listed.lines().collect());
    let added: Vec<&&str> = found.difference(&listed).collect();
    let removed: Vec<&&str> = listed.difference(&found).collect();
    assert!(
        added.is_empty() && removed.is_empty(),
        "the public surface has changed; added: {added:#?}, removed: {removed:#?}. If that is meant, write {LIST} with \
         UPDATE=1 and say it in CHANGELOG.md"
    );
}
