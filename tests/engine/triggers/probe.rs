//! A toxic that lets everything through and records what it is called with.

use std::sync::{Arc, Mutex};

use aconite::engine::sim::Sim;
use aconite::engine::{
    Chunk, DrawKey, Ending, Message, Outlet, Plan, PlannedToxic, Toxic, Trigger,
};

/// A call of the toxic. Moments are in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Attach(u64),
    Data {
        offset: u64,
        bytes: Vec<u8>,
        message: Option<Message>,
    },
    End(Ending),
    Revise,
    Detach,
}

/// The record of a probe.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<Vec<Call>>>);

impl Calls {
    /// What was recorded since the last call.
    pub fn take(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn add(&self, call: Call) {
        self.0.lock().unwrap().push(call);
    }

    /// The offset of the first byte that the probe was shown, and all bytes.
    pub fn shown(&self) -> (Option<u64>, Vec<u8>) {
        let (mut first, mut all) = (None, Vec::new());
        for call in self.0.lock().unwrap().iter() {
            if let Call::Data { offset, bytes, .. } = call {
                first.get_or_insert(*offset);
                all.extend_from_slice(bytes);
            }
        }
        (first, all)
    }

    /// When the probe began to act.
    pub fn attached(&self) -> Option<u64> {
        let calls = self.0.lock().unwrap();
        calls.iter().find_map(|call| match call {
            Call::Attach(at) => Some(*at),
            _ => None,
        })
    }

    /// The messages that the probe was shown, each with its bytes.
    pub fn messages(&self) -> Vec<(Option<Message>, Vec<u8>)> {
        let mut all: Vec<(Option<Message>, Vec<u8>)> = Vec::new();
        for call in self.0.lock().unwrap().iter() {
            let Call::Data { bytes, message, .. } = call else {
                continue;
            };
            match all.last_mut() {
                Some((last, so_far)) if last == message => so_far.extend_from_slice(bytes),
                _ => all.push((*message, bytes.clone())),
            }
        }
        all
    }
}

/// The toxic itself.
#[derive(Clone, Debug, Default)]
pub struct Probe {
    pub calls: Calls,
    pub wants_messages: bool,
    /// Whether it looks at data.
    pub blind: bool,
}

impl Toxic for Probe {
    type Memory = ();

    fn inspects_data(&self) -> bool {
        !self.blind
    }

    fn wants_messages(&self) -> bool {
        self.wants_messages
    }

    fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
        self.calls.add(Call::Data {
            offset: chunk.offset,
            bytes: chunk.bytes.to_vec(),
            message: out.message(),
        });
        out.send(chunk);
    }

    fn on_end(&self, (): &mut (), ending: Ending, out: &mut Outlet<'_>) {
        self.calls.add(Call::End(ending));
        out.end(ending);
    }

    fn on_attach(&self, (): &mut (), out: &mut Outlet<'_>) {
        let at = out.event_time().as_nanos() / 1_000_000;
        self.calls.add(Call::Attach(at));
    }

    fn on_revise(&self, (): &mut (), _: &mut Outlet<'_>) {
        self.calls.add(Call::Revise);
    }

    fn on_detach(&self, (): &mut (), _: &mut Outlet<'_>) {
        self.calls.add(Call::Detach);
    }
}

/// The probe as a toxic with the id 1.
pub fn planned(probe: Probe, after: Option<Trigger>) -> PlannedToxic {
    PlannedToxic {
        after,
        ..PlannedToxic::new(1, "probe", DrawKey::of_seed(1), Arc::new(probe))
    }
}

/// A downstream plan of these toxics.
pub fn plan(toxics: impl IntoIterator<Item = PlannedToxic>) -> Plan {
    Plan {
        downstream: toxics.into_iter().map(Arc::new).collect(),
        ..Plan::default()
    }
}

/// A downstream link with one probe.
pub fn sim(after: Trigger) -> (Sim, Calls) {
    let probe = Probe::default();
    let calls = probe.calls.clone();
    (Sim::new(&plan([planned(probe, Some(after))])), calls)
}
