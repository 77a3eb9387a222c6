//! What the `Dockerfile` says about running the image.

use std::fs;
use std::path::Path;

/// The image's settings.
pub struct Image {
    entrypoint: Vec<String>,
    /// What follows the entrypoint when the user gives no words.
    pub default_words: Vec<String>,
    /// The command of the health check.
    pub health_check: Vec<String>,
    /// Variables that are set for all of them.
    pub environment: Vec<(String, String)>,
}

impl Image {
    /// Reads the `Dockerfile`; panics when something is not there in its exec form.
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Dockerfile");
        let text = fs::read_to_string(path).unwrap();
        let after = |start: &str| -> String {
            let line = text.lines().find_map(|line| line.strip_prefix(start));
            line.unwrap_or_else(|| panic!("no line with {start:?}"))
                .to_owned()
        };
        let words = |start| -> Vec<String> { serde_json::from_str(&after(start)).unwrap() };
        let variables = text.lines().filter_map(|line| {
            let (name, value) = line.strip_prefix("ENV ")?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        Self {
            entrypoint: words("ENTRYPOINT "),
            default_words: words("CMD "),
            health_check: words("  CMD "),
            environment: variables.collect(),
        }
    }

    /// The command of a container that was started with these words.
    pub fn command(&self, words: &[String]) -> Vec<String> {
        [&self.entrypoint, words].concat()
    }
}

/// The user that the image runs as, `UID:GID`.
pub fn user() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Dockerfile");
    let text = fs::read_to_string(path).unwrap();
    let user = text.lines().find_map(|line| line.strip_prefix("USER "));
    let user = user.expect("the image has a user").to_owned();
    let (uid, _) = user.split_once(':').expect("a user and a group");
    assert!(uid.parse::<u32>().is_ok_and(|uid| uid > 0), "{user}");
    user
}
