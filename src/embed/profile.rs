//! A network profile that is on.

use std::sync::Arc;

use super::error::Error;
use super::instance::Instance;

/// A network profile that is on a proxy, and is taken off when this is dropped. If another profile has replaced it, the
/// other one stays.
#[derive(Debug)]
#[must_use = "dropping this takes the profile off"]
pub struct Profile {
    instance: Arc<Instance>,
    proxy: String,
    name: String,
    /// Identifies it: the proxy may have another profile by now.
    id: u64,
    remove_on_drop: bool,
}

impl Profile {
    pub(super) fn new(instance: Arc<Instance>, proxy: String, (name, id): (String, u64)) -> Self {
        Profile {
            instance,
            proxy,
            name,
            id,
            remove_on_drop: true,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes it off.
    ///
    /// # Errors
    ///
    /// It is gone, or another profile has replaced it.
    pub fn remove(mut self) -> Result<(), Error> {
        self.remove_on_drop = false;
        self.clear()
    }

    /// Leaves it on until the proxy or the instance ends.
    pub fn keep(mut self) {
        self.remove_on_drop = false;
    }

    fn clear(&self) -> Result<(), Error> {
        let control = &self.instance.control;
        Ok(control.clear_tracked_profile(&self.proxy, self.id)?)
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if self.remove_on_drop {
            // The only error is that it is gone.
            let _ = self.clear();
        }
    }
}
