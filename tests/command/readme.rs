//! Runs every shell command of the README and of the pages in `docs/` unchanged.
//!
//! The blocks of a page that are marked `sh` run one after the other in one shell, in the order of the page,
//! because later sections build on what earlier ones set up. Each page has a network namespace of its own, so
//! that the documented ports are free, with a Redis on 6379. The pages in `docs/` also have the server and
//! the proxy that the README sets up, as they say. Blocks that install software, or need a container engine,
//! are named in [`NOT_RUN`] with the reason. The test needs Linux, `unshare`, `ip`, `curl`, `python3` and
//! `redis-server`. Without them it says so and passes, unless `CI` is set and the machine allows namespaces.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary folder, removed with its contents when this is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Text that occurs in only one block, and why that block is not run.
const NOT_RUN: &[(&str, &str)] = &[
    ("cargo test\n", "this test is part of it"),
    ("docker build", "needs a container engine"),
    ("docker compose", "needs a container engine"),
    ("cargo deb", "installs a package"),
];

/// A line of a block that is replaced, because it would install something or never return.
const REPLACED: &[(&str, &str)] = &[
    ("cargo install --path . --locked\n", ""),
    (
        "./examples/quick-start\n",
        concat!(
            "ACONITE=$(command -v aconite) '",
            env!("CARGO_MANIFEST_DIR"),
            "/examples/quick-start' </dev/null\n"
        ),
    ),
];

/// What the pages in `docs/` assume: the server and the proxy of the README.
const RUNNING_SERVER: &str = "aconite server &\n\
    aconite wait\n\
    aconite create redis --listen localhost:26379 --upstream localhost:6379\n";

/// A document and its text.
struct Page {
    name: String,
    text: String,
}

/// The README and the pages in `docs/` that have shell commands.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("README.md")];
    for folder in ["docs", "docs/recipes"] {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    let page = |path: PathBuf| Page {
        name: path.strip_prefix(root).unwrap().display().to_string(),
        text: fs::read_to_string(&path).unwrap(),
    };
    let mut pages: Vec<Page> = files.into_iter().map(page).collect();
    pages.retain(|page| !blocks(&page.text).is_empty());
    assert!(pages.len() > 5, "too few pages with commands were found");
    pages
}

/// The blocks marked `sh`, each with the number of its first line.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line) {
            (None, "```sh") => open = Some((number + 2, String::new())),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some((_, block)), line) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

/// One script of all blocks of a page that can run. A failing command ends it; `curl` fails on error answers.
fn script(page: &Page) -> String {
    let mut script = String::from(
        "set -euo pipefail\n\
         ip link set lo up\n\
         started=$(mktemp -d)\n\
         trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf \"$started\"' EXIT\n\
         curl() { command curl --fail-with-body --max-time 20 --retry 20 --retry-connrefused --retry-delay 1 -sS \"$@\" && echo; }\n\
         redis-server --port 6379 --save '' --dir \"$started\" >/dev/null &\n\
         until redis-cli ping >/dev/null 2>&1; do sleep 0.1; done\n",
    );
    if page.name != "README.md" {
        script.push_str(RUNNING_SERVER);
    }
    for (line, mut block) in blocks(&page.text) {
        if NOT_RUN.iter().any(|(part, _)| block.contains(part)) {
            continue;
        }
        for (from, to) in REPLACED {
            block = block.replace(from, to);
        }
        script.push_str(&format!("echo '== {}:{line}' >&2\n{block}", page.name));
    }
    script
}

fn lacking() -> Option<&'static str> {
    let works = |words: &[&str]| {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdout(Stdio::null());
        command
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    let programs: &[(&str, &[&str])] = &[
        ("redis-server", &["redis-server", "--version"]),
        ("curl", &["curl", "--version"]),
        ("ip", &["ip", "-V"]),
        ("python3", &["python3", "--version"]),
    ];
    let missing = programs.iter().find(|(_, words)| !works(words));
    missing.map(|(name, _)| *name)
}

fn namespaces_work() -> bool {
    let mut command = Command::new("unshare");
    let command = command.args(["--map-root-user", "--net", "ip", "link", "set", "lo", "up"]);
    command.status().is_ok_and(|status| status.success())
}

/// A folder with `aconite` in it, as `cargo install` would have put it on the PATH.
fn path_with_aconite() -> (Folder, String) {
    let name = format!("aconite-readme-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    fs::create_dir(&folder.0).unwrap();
    let target = env!("CARGO_BIN_EXE_aconite");
    std::os::unix::fs::symlink(target, folder.0.join("aconite")).unwrap();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", folder.0.display());
    (folder, path)
}

/// Runs the commands of a page. Panics with the output if one of them fails.
fn run(page: &Page, folder: &Path, path: &str) {
    let folder = folder.join(page.name.replace('/', "-"));
    fs::create_dir(&folder).unwrap();
    let script = folder.join("commands.sh");
    fs::write(&script, self::script(page)).unwrap();
    let output = Command::new("timeout")
        .args(["--kill-after=5s", "180s"])
        .args(["unshare", "--map-root-user", "--net", "bash"])
        .arg(&script)
        .env("PATH", path)
        .env("LOG_LEVEL", "warn")
        .env_remove("TOXIPROXY_URL")
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}: {}; standard output:\n{}\nstandard error, which names the block:\n{}",
        page.name,
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
}

#[test]
fn each_block_that_is_not_run_exists_once() {
    let pages = pages();
    for (part, reason) in NOT_RUN {
        let blocks = pages.iter().flat_map(|page| blocks(&page.text));
        let count = blocks.filter(|(_, block)| block.contains(part)).count();
        assert_eq!(count, 1, "blocks with {part:?} ({reason})");
    }
}

#[test]
fn every_documented_command_works() {
    if !namespaces_work() {
        eprintln!("skipped: this machine does not allow network namespaces");
        return;
    }
    if let Some(program) = lacking() {
        assert!(std::env::var("CI").is_err(), "{program} is missing");
        eprintln!("skipped: {program} is missing");
        return;
    }
    let (folder, path) = path_with_aconite();
    let pages = pages();
    std::thread::scope(|threads| {
        for page in &pages {
            let (folder, path) = (&folder.0, &path);
            threads.spawn(move || run(page, folder, path));
        }
    });
}
