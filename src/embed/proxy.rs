//! A proxy, from its configuration to its end.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

use super::error::Error;
use super::faults::IntoFault;
use super::instance::Instance;
use super::profile::Profile;
use super::toxic::Toxic;
use crate::control::{self, ControlError, ProxyChange, ToxicView};
use crate::engine::Stats;

/// A proxy to configure before it is created. Made by [`Aconite::new_proxy`](super::Aconite::new_proxy).
#[derive(Debug)]
#[must_use = "a proxy exists once `create` has been awaited"]
pub struct NewProxy {
    instance: Arc<Instance>,
    new: control::NewProxy,
    invalid: Option<Error>,
}

/// A proxy that exists, and is deleted when this is dropped. Its name and port are free when the deletion has ended;
/// [`Proxy::delete`] waits for that.
#[derive(Debug)]
#[must_use = "dropping this deletes the proxy"]
pub struct Proxy {
    instance: Arc<Instance>,
    name: String,
    address: SocketAddr,
    delete_on_drop: bool,
}

/// A proxy that refuses connections, until this is dropped.
#[derive(Debug)]
#[must_use = "dropping this enables the proxy again"]
pub struct Outage<'a> {
    disabled: Disabled,
    /// The proxy must outlive this.
    proxy: PhantomData<&'a Proxy>,
}

/// That a proxy is disabled, until this is dropped.
#[derive(Debug)]
struct Disabled {
    instance: Arc<Instance>,
    proxy: String,
    ended: bool,
}

impl NewProxy {
    pub(super) fn new(instance: Arc<Instance>, name: String, upstream: String) -> Self {
        NewProxy {
            instance,
            new: control::NewProxy {
                name: Some(name),
                listen: Some("127.0.0.1:0".to_owned()),
                upstream: Some(upstream),
                ..control::NewProxy::default()
            },
            invalid: None,
        }
    }

    /// The address to listen on, as `host:port`. A port of 0 is any that is free.
    pub fn listen(mut self, address: impl ToString) -> Self {
        self.new.listen = Some(address.to_string());
        self
    }

    /// The seed of this proxy's random choices, instead of the instance's.
    pub fn seed(mut self, seed: u64) -> Self {
        self.new.seed = Some(seed);
        self
    }

    /// A fault that is there before the first connection. It ends with the proxy.
    pub fn with(mut self, fault: impl IntoFault) -> Self {
        match fault.into_fault().into_new_toxic() {
            Ok(toxic) => self.new.toxics.push(toxic),
            Err(error) => self.invalid = self.invalid.or(Some(error)),
        }
        self
    }

    /// The same for a fault in both directions, as two toxics: `NAME_upstream` and `NAME_downstream`.
    pub fn with_both(self, fault: impl IntoFault) -> Self {
        self.with(fault.into_fault().in_both_directions())
    }

    /// A network profile that is there before the first connection, such as `3g`. It ends with the proxy.
    pub fn profile(mut self, name: impl ToString) -> Self {
        self.new.profile = Some(name.to_string());
        self
    }

    /// Creates the proxy. It accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// The name is taken, nobody can listen on the address, there is no such profile, or a value cannot be used.
    pub async fn create(self) -> Result<Proxy, Error> {
        if let Some(error) = self.invalid {
            return Err(error);
        }
        let (instance, new) = (Arc::clone(&self.instance), self.new);
        // The guard is made where the proxy is: if the caller stops waiting, the proxy goes with the guard.
        let create = async move {
            let view = instance.control.create(new).await?;
            Proxy::of(instance, view)
        };
        self.instance.run::<Proxy, Error>(create).await
    }
}

impl Proxy {
    fn of(instance: Arc<Instance>, view: control::ProxyView) -> Result<Self, Error> {
        let mut proxy = Proxy {
            instance,
            name: view.name,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            delete_on_drop: true,
        };
        let address = view.listen.parse();
        proxy.address = address.map_err(|_| {
            Error::invalid(format!("{} is not an address to connect to", view.listen))
        })?;
        Ok(proxy)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address that it listens on. Point the client under test at it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Adds a fault, to open connections too. Every byte that arrives after this call is subject to it.
    ///
    /// # Errors
    ///
    /// A value is out of range, the fault's name is taken, or the proxy has been deleted.
    pub fn add(&self, fault: impl IntoFault) -> Result<Toxic, Error> {
        let new = fault.into_fault().into_new_toxic()?;
        let _inside = self.instance.enter();
        let mut added = self.instance.control.add_tracked_toxic(&self.name, new)?;
        let added = added.pop().ok_or(ControlError::Broken)?;
        Ok(self.guard(added))
    }

    /// Adds a fault to both directions at once: both toxics or none. `NAME_upstream` is the first of the two,
    /// `NAME_downstream` the second.
    ///
    /// # Errors
    ///
    /// As for [`Proxy::add`].
    pub fn add_both(&self, fault: impl IntoFault) -> Result<[Toxic; 2], Error> {
        let new = fault.into_fault().in_both_directions().into_new_toxic()?;
        let _inside = self.instance.enter();
        let added = self.instance.control.add_tracked_toxic(&self.name, new)?;
        let added = added.into_iter().map(|added| self.guard(added));
        let added: Result<[Toxic; 2], _> = added.collect::<Vec<_>>().try_into();
        added.map_err(|_| ControlError::Broken.into())
    }

    fn guard(&self, (view, stats): (ToxicView, Arc<Stats>)) -> Toxic {
        let (instance, proxy) = (Arc::clone(&self.instance), self.name.clone());
        Toxic::new(instance, proxy, (view.name, stats))
    }

    /// Puts a network profile on, such as `3g`, in place of the one that the proxy has, on open connections too. `aconite
    /// profile list` shows all profiles.
    ///
    /// # Errors
    ///
    /// There is no such profile, a toxic of the proxy has the name of one of the profile's, or the proxy has been deleted.
    pub fn profile(&self, name: &str) -> Result<Profile, Error> {
        let new = control::NewProfile {
            name: Some(name.to_owned()),
            ..control::NewProfile::default()
        };
        let _inside = self.instance.enter();
        let view = self
            .instance
            .control
            .set_tracked_profile(&self.name, &new)?;
        let (instance, proxy) = (Arc::clone(&self.instance), self.name.clone());
        Ok(Profile::new(instance, proxy, (view.name, view.id)))
    }

    /// Ends all connections and refuses new ones, until the guard is dropped.
    ///
    /// # Errors
    ///
    /// The proxy has been deleted.
    pub async fn down(&self) -> Result<Outage<'_>, Error> {
        let (instance, proxy) = (Arc::clone(&self.instance), self.name.clone());
        let disable = async move {
            set_enabled(&instance, &proxy, false).await?;
            Ok(Disabled {
                instance,
                proxy,
                ended: false,
            })
        };
        Ok(Outage {
            disabled: self.instance.run::<Disabled, Error>(disable).await?,
            proxy: PhantomData,
        })
    }

    /// Removes all toxics of this proxy and enables it.
    ///
    /// # Errors
    ///
    /// The proxy has been deleted, or cannot listen any more.
    pub async fn reset(&self) -> Result<(), Error> {
        let (control, name) = (self.instance.control.clone(), self.name.clone());
        let reset = async move { control.reset_proxy(&name).await };
        self.instance.run(reset).await
    }

    /// How many connections have been accepted since the proxy was created.
    pub fn accepted(&self) -> u64 {
        let counts = self.instance.control.connection_counts();
        let own = counts.iter().filter(|count| count.proxy == self.name);
        own.map(|count| count.accepted).sum()
    }

    /// Deletes the proxy. Its connections have ended when this returns.
    ///
    /// # Errors
    ///
    /// It has been deleted already.
    pub async fn delete(mut self) -> Result<(), Error> {
        self.delete_on_drop = false;
        let (control, name) = (self.instance.control.clone(), self.name.clone());
        let delete = async move { control.delete(&name).await };
        self.instance.run(delete).await
    }

    /// Leaves the proxy there until the instance ends.
    pub fn keep(mut self) {
        self.delete_on_drop = false;
    }
}

async fn set_enabled(
    instance: &Instance,
    proxy: &str,
    enabled: bool,
) -> Result<(), control::ControlError> {
    let change = ProxyChange {
        enabled: Some(enabled),
        ..ProxyChange::default()
    };
    instance.control.update(proxy, change).await.map(drop)
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if !self.delete_on_drop {
            return;
        }
        let (control, name) = (
            self.instance.control.clone(),
            std::mem::take(&mut self.name),
        );
        self.instance.run_in_background(async move {
            // The only error is that somebody has deleted it.
            let _ = control.delete(&name).await;
        });
    }
}

impl Outage<'_> {
    /// Accepts connections again; returns when that is so.
    ///
    /// # Errors
    ///
    /// The proxy cannot listen any more.
    pub async fn end(mut self) -> Result<(), Error> {
        self.disabled.ended = true;
        let (instance, proxy) = (
            Arc::clone(&self.disabled.instance),
            self.disabled.proxy.clone(),
        );
        let enable = async move { set_enabled(&instance, &proxy, true).await };
        self.disabled.instance.run(enable).await
    }
}

impl Drop for Disabled {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let (instance, proxy) = (Arc::clone(&self.instance), std::mem::take(&mut self.proxy));
        self.instance.run_in_background(async move {
            match set_enabled(&instance, &proxy, true).await {
                // It has been deleted, or the instance shut down.
                Ok(()) | Err(ControlError::ProxyNotFound { .. } | ControlError::Stopping) => {}
                Err(error) => {
                    tracing::warn!(%error, proxy, "a proxy cannot be enabled after an outage");
                }
            }
        });
    }
}
