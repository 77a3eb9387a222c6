//! Making the toxics of a profile.

use super::definition::Profile;
use crate::control::env::Env;
use crate::control::error::ControlError;
use crate::control::toxic::options::ToxicOptions;
use crate::control::toxic::state::Toxic;

impl Profile {
    /// Makes its toxics. `taken` returns whether a name is in use. Errors: a name is taken, a session does not exist,
    /// or a value of a custom profile cannot be used.
    pub(in crate::control) fn build(
        &self,
        options: &ToxicOptions,
        taken: impl Fn(&str) -> bool,
        env: &Env,
    ) -> Result<Vec<Toxic>, ControlError> {
        let made = self.toxics(options).into_iter().map(|new| {
            let toxic = Toxic::new(&new, &taken, env).map_err(|error| match error {
                ControlError::ToxicExists { toxic } => ControlError::ProfileClash {
                    profile: self.name.clone(),
                    toxic,
                },
                other => other,
            })?;
            Ok(toxic.in_profile())
        });
        made.collect()
    }
}
