//! Builds the static executable as the `Dockerfile` does, without its optimisations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The executable, built once for all tests; or why it cannot be built here.
pub fn executable() -> Result<PathBuf, String> {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

fn build() -> Result<PathBuf, String> {
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    if !library_of(&target).is_some_and(|folder| folder.is_dir()) {
        return Err(format!("no musl target: rustup target add {target}"));
    }
    let context = context();
    // A directory of its own: the usual one may be locked by whoever runs the tests.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("static");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--locked", "--quiet", "--bin", "aconite"]);
    cargo
        .args(["--target", &target])
        .arg("--target-dir")
        .arg(&folder);
    cargo.current_dir(context);
    cargo.env("RUSTFLAGS", "-C linker=rust-lld");
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    let built = cargo.status().expect("cargo runs this test");
    assert!(built.success(), "the static executable does not build");
    Ok(folder.join(target).join("debug").join("aconite"))
}

/// A copy of what `.dockerignore` leaves of the project, so that a file which it should not keep
/// out is missed here and not in a container engine.
fn context() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let context = Path::new(env!("CARGO_TARGET_TMPDIR")).join("context");
    let _ = fs::remove_dir_all(&context);
    fs::create_dir_all(&context).unwrap();
    let rules = fs::read_to_string(project.join(".dockerignore")).unwrap();
    assert!(
        rules.lines().any(|line| line == "*"),
        "all is kept out at first"
    );
    for kept in rules.lines().filter_map(|line| line.strip_prefix('!')) {
        // The shell knows the pattern; times are kept for cargo to see what changed.
        let copy = format!("cp -a --parents {kept} \"$0\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &copy]).arg(&context).current_dir(project);
        assert!(
            shell.status().unwrap().success(),
            "{kept} is not in the project"
        );
    }
    context
}

/// Where the compiler has the standard library of a target.
fn library_of(target: &str) -> Option<PathBuf> {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let told = Command::new(compiler)
        .args(["--print", "sysroot"])
        .output()
        .ok()?;
    let sysroot = String::from_utf8(told.stdout).ok()?;
    Some(Path::new(sysroot.trim()).join("lib/rustlib").join(target))
}
