//! A toxic that exists.

use std::sync::Arc;

use super::error::Error;
use super::faults::IntoFault;
use super::instance::Instance;
use crate::control::{ControlError, ToxicChange};
use crate::engine::{Accuracy, Hits, Stats};

/// A fault that is active, and is removed when this is dropped. If it has ended before, and another toxic has its
/// name, the other one stays.
#[derive(Debug)]
#[must_use = "dropping this removes the toxic"]
pub struct Toxic {
    instance: Arc<Instance>,
    proxy: String,
    name: String,
    /// Identifies the toxic: another one may have its name by now.
    stats: Arc<Stats>,
    remove_on_drop: bool,
}

/// What a toxic has done so far.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToxicStats {
    /// What it did, on all connections.
    pub hits: Hits,
    /// Requested delays and rates compared with achieved ones.
    pub accuracy: Accuracy,
}

impl Toxic {
    pub(super) fn new(
        instance: Arc<Instance>,
        proxy: String,
        (name, stats): (String, Arc<Stats>),
    ) -> Self {
        Toxic {
            instance,
            proxy,
            name,
            stats,
            remove_on_drop: true,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives it other values, on open connections too. `fault` must be of the same type; its stream and name are
    /// not looked at.
    ///
    /// # Errors
    ///
    /// A value is out of range, or the toxic is gone.
    pub fn update(&self, fault: impl IntoFault) -> Result<(), Error> {
        let new = fault.into_fault().into_new_toxic()?;
        let _inside = self.instance.enter();
        let change = ToxicChange {
            attributes: new.attributes,
            toxicity: new.toxicity,
            options: new.options,
            ..ToxicChange::default()
        };
        let control = &self.instance.control;
        if !control.is_tracked_toxic(&self.proxy, &self.name, &self.stats) {
            return Err(Error::from(ControlError::ToxicNotFound {
                proxy: self.proxy.clone(),
                toxic: self.name.clone(),
            }));
        }
        let present = control.toxic(&self.proxy, &self.name)?;
        if present.kind != new.kind {
            return Err(Error::invalid(format!(
                "{} is a {}, which cannot become a {}: remove it and add another",
                self.name, present.kind, new.kind
            )));
        }
        control.update_toxic(&self.proxy, &self.name, change)?;
        Ok(())
    }

    /// What it has done so far, also after its end.
    pub fn stats(&self) -> ToxicStats {
        ToxicStats {
            hits: self.stats.hits(),
            accuracy: self.stats.exactness(),
        }
    }

    /// Whether it has touched a connection. A test whose fault touched nothing has tested nothing.
    pub fn touched(&self) -> bool {
        self.stats.hits().connections > 0
    }

    /// Removes it, and says whether it was still there.
    ///
    /// # Errors
    ///
    /// It has been removed already, or its proxy has been deleted.
    pub fn remove(mut self) -> Result<(), Error> {
        self.remove_on_drop = false;
        let control = &self.instance.control;
        Ok(control.remove_tracked_toxic(&self.proxy, &self.name, &self.stats)?)
    }

    /// Leaves the toxic there until its proxy is deleted.
    pub fn keep(mut self) {
        self.remove_on_drop = false;
    }
}

impl Drop for Toxic {
    fn drop(&mut self) {
        if self.remove_on_drop {
            // The only error is that it or its proxy is gone already.
            let control = &self.instance.control;
            let _ = control.remove_tracked_toxic(&self.proxy, &self.name, &self.stats);
        }
    }
}
