//! The file of `-config`: proxies to create before the API takes connections, as a JSON array or an
//! object with that array as `proxies`.

use std::io;
use std::path::Path;

use thiserror::Error;

use crate::control::{Control, ControlError, NO_SESSION, NewProxy, PopulateError};
use crate::http::{self, Place, WireError};

/// Why the proxies of a config file cannot be had. None of them listens then.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "config file {path}: {source}; name one that exists and can be read, or leave out -config"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The text is no list of proxies.
    #[error("config file {path}: {problem}; {remedy}")]
    Malformed {
        /// The file.
        path: String,
        /// Which entry and field, what it holds, and what is taken.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// A proxy of the list cannot be created.
    #[error("config file {path}: entry {number} ({entry}): {}; correct it and start again", problem(.source))]
    Refused {
        /// The file.
        path: String,
        /// The position of the proxy in the list, from 1.
        number: usize,
        /// What the entry says of its name and addresses.
        entry: String,
        /// What is wrong with it.
        source: PopulateError,
    },
}

/// Creates the proxies of a file, all or none, and says how many they are.
pub(super) async fn load(path: &Path, control: &Control) -> Result<usize, ConfigError> {
    let name = || format!("{path:?}");
    let text = read(path).await.map_err(|source| ConfigError::Unreadable {
        path: name(),
        source,
    })?;
    let list = http::read_config(&text).map_err(|problem| ConfigError::Malformed {
        path: name(),
        problem: problem.to_string(),
        remedy: remedy(&problem, path),
    })?;
    let entries: Vec<String> = list.iter().map(describe).collect();
    let made = match without_sessions(&list) {
        Ok(()) => control.populate(list).await,
        Err(refusal) => Err(refusal),
    };
    match made {
        Ok(_) => Ok(entries.len()),
        Err(source) => Err(ConfigError::Refused {
            path: name(),
            number: source.entry + 1,
            entry: entries.get(source.entry).cloned().unwrap_or_default(),
            source,
        }),
    }
}

/// Errors: an entry names a session, and nobody can have started one yet.
fn without_sessions(list: &[NewProxy]) -> Result<(), PopulateError> {
    for (entry, proxy) in list.iter().enumerate() {
        let toxics = proxy.toxics.iter().enumerate();
        let of_toxics = toxics.filter_map(|(index, toxic)| {
            let session = toxic.extras.session.as_ref()?;
            Some((format!("toxics[{index}]: "), session))
        });
        let of_proxy = proxy.session.iter().map(|session| (String::new(), session));
        if let Some((place, session)) = of_proxy.chain(of_toxics).next() {
            let problem = format!("{place}session is {session:?}, but {NO_SESSION}");
            let error = ControlError::BadValue(problem);
            return Err(PopulateError { error, entry });
        }
    }
    Ok(())
}

/// Reads on a thread of its own, since a pipe or a network disk may take its time, and a signal is
/// to be heard meanwhile.
async fn read(path: &Path) -> io::Result<Vec<u8>> {
    let path = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || std::fs::read(path));
    reading.await.map_err(io::Error::other)?
}

/// The way out of a file that cannot be read as proxies.
fn remedy(problem: &WireError, path: &Path) -> String {
    match problem {
        WireError::Type { place, .. } if *place != Place::default() => {
            format!("`aconite config check {path:?}` tells every fault")
        }
        _ => {
            "it must be a JSON array of proxies, or an object that has it as \"proxies\"".to_owned()
        }
    }
}

/// What is wrong, without the words that are for the sender of a request.
fn problem(refusal: &PopulateError) -> String {
    refusal.error.without_preamble()
}

/// What finds an entry in the file, also when its name is what is missing.
fn describe(proxy: &NewProxy) -> String {
    let fields = [
        ("name", &proxy.name),
        ("listen", &proxy.listen),
        ("upstream", &proxy.upstream),
    ];
    let given = fields.iter().filter_map(|(field, value)| {
        let value = value.as_ref()?;
        Some(format!("{field} {value:?}"))
    });
    let given: Vec<String> = given.collect();
    if given.is_empty() {
        return "no name, listen or upstream".to_owned();
    }
    given.join(", ")
}
