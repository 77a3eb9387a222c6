//! Arbitrary bytes as a config file: `aconite config check` and the server agree about it.

use std::io::Write;

use aconite::config::{check_config, read_config};
use aconite::control::{Control, ControlError, Options, PopulateError};

use super::{tame, wait};

pub fn run(data: &[u8]) {
    let faults = check_config(data);
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    for fault in &faults {
        let mut told = Vec::new();
        write!(told, "{fault}").unwrap();
        assert!(!told.is_empty());
        assert!((1..=lines).contains(&fault.line), "{fault}");
        let most = data.len() + 1;
        assert!((1..=most).contains(&fault.column), "{fault}");
    }
    let fatal = faults.iter().find(|fault| fault.fatal);
    match (read_config(data), fatal) {
        (Ok(config), _) if tame::are_harmless(&config.proxies) => {
            let loaded = wait(async {
                let control = Control::new(Options::default()).unwrap();
                let defined = control.define_profiles(config.profiles);
                let loaded = match defined {
                    Ok(()) => control.populate(config.proxies).await.map(drop),
                    Err(error) => Err(PopulateError { error, entry: 0 }),
                };
                control.shutdown().await;
                loaded
            });
            match (loaded, fatal) {
                (Ok(_), None) | (Err(_), Some(_)) => {}
                (Err(refusal), None) if is_beyond_the_check(&refusal.error) => {}
                (Ok(_), Some(fatal)) => panic!("taken, but the check says {fatal}"),
                (Err(error), None) => panic!("the check finds nothing, but: {error}"),
            }
        }
        (Err(error), None) => panic!("the check finds nothing, but: {error}"),
        _ => {}
    }
}

/// The check knows neither this machine's addresses nor the server's limits.
fn is_beyond_the_check(error: &ControlError) -> bool {
    matches!(
        error,
        ControlError::Listen(_) | ControlError::TooMany { .. }
    )
}
