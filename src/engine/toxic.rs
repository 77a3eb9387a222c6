//! What a toxic is: a small state machine over bytes and time that never waits.

use std::any::Any;
use std::fmt::Debug;

use super::item::{Chunk, Ending};
use super::note::Note;
use super::outlet::Outlet;

/// Bytes that may wait in a stage whose toxic asks for nothing else: room for one read ahead.
pub const BACKLOG: usize = 64 * 1024;

/// A kind of toxic with its attributes. `Self` is what the API sets; `Memory` is what one link
/// remembers.
///
/// A stage gives its toxic one chunk at a time: the next comes when all that the toxic sent of the
/// one before has left. Until then chunks wait with the stage, stamped with their arrival.
pub trait Toxic: Debug + Send + Sync + 'static {
    /// What one link remembers of it; kept while attributes change, lost when it is removed.
    type Memory: Default + Send + 'static;

    /// Bytes that may wait for this toxic before the link stops reading.
    fn backlog(&self) -> usize {
        BACKLOG
    }

    /// Whether chunks have to be shown to it. One that acts on endings alone leaves bytes free to
    /// take the fast path.
    fn inspects_data(&self) -> bool {
        true
    }

    /// Bytes came. Those that are not given to `out` are destroyed: nothing that comes later may pass
    /// then, and if the toxic ceases to apply the connection is cut.
    fn on_data(&self, memory: &mut Self::Memory, chunk: Chunk, out: &mut Outlet<'_>);

    /// The direction ended.
    fn on_end(&self, _memory: &mut Self::Memory, ending: Ending, out: &mut Outlet<'_>) {
        out.end(ending);
    }

    /// The moment asked for with [`Outlet::set_timer`] has come.
    fn on_timer(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// All has left that had been sent when [`Outlet::report_sent`] was called.
    fn on_sent(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// The other half, which acts on the other direction of the connection, says something.
    fn on_note(&self, _memory: &mut Self::Memory, _note: Note, _out: &mut Outlet<'_>) {}

    /// The toxic begins to apply to this link: the link is new, or the toxic is, or its toxicity
    /// was raised past the link's draw.
    fn on_attach(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// The attributes changed while it applies. What it held comes again through `on_data` and
    /// `on_end`; what had begun to leave has left.
    fn on_revise(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// Whether it has swallowed bytes and has yet to let go what the receiver is to see in their
    /// place. If it is removed then, what it was not shown is given up and the connection is cut:
    /// the receiver must not see what comes later in the place of what is owed.
    fn owes(&self, _memory: &Self::Memory) -> bool {
        false
    }

    /// The toxic was removed from the proxy. What it has in hand leaves after this call, before
    /// anything that is sent here. Also called where it did not apply because of its toxicity.
    fn on_detach(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}
}

/// Memory of a toxic whose kind is not known here.
pub(super) type AnyMemory = Box<dyn Any + Send>;

/// [`Toxic`] with its memory's type erased, so that kinds can stand in one row.
pub trait AnyToxic: Debug + Send + Sync {
    /// A link's first memory.
    fn new_memory(&self) -> Box<dyn Any + Send>;
    /// See [`Toxic::backlog`].
    fn backlog(&self) -> usize;
    /// See [`Toxic::inspects_data`].
    fn inspects_data(&self) -> bool;
    /// See [`Toxic::owes`].
    fn owes(&self, memory: &(dyn Any + Send)) -> bool;
    /// Calls the matching method of [`Toxic`]. Memory of another kind is ignored.
    fn tell(&self, memory: &mut (dyn Any + Send), event: Event, out: &mut Outlet<'_>);
}

/// What a toxic is told.
#[derive(Debug)]
pub enum Event {
    /// [`Toxic::on_data`]
    Data(Chunk),
    /// [`Toxic::on_end`]
    End(Ending),
    /// [`Toxic::on_timer`]
    Timer,
    /// [`Toxic::on_sent`]
    Sent,
    /// [`Toxic::on_note`]
    Note(Note),
    /// [`Toxic::on_attach`]
    Attach,
    /// [`Toxic::on_revise`]
    Revise,
    /// [`Toxic::on_detach`]
    Detach,
}

impl<T: Toxic> AnyToxic for T {
    fn new_memory(&self) -> Box<dyn Any + Send> {
        Box::<T::Memory>::default()
    }

    fn backlog(&self) -> usize {
        Toxic::backlog(self)
    }

    fn inspects_data(&self) -> bool {
        Toxic::inspects_data(self)
    }

    fn owes(&self, memory: &(dyn Any + Send)) -> bool {
        let memory = memory.downcast_ref::<T::Memory>();
        memory.is_some_and(|memory| Toxic::owes(self, memory))
    }

    fn tell(&self, memory: &mut (dyn Any + Send), event: Event, out: &mut Outlet<'_>) {
        let Some(memory) = memory.downcast_mut::<T::Memory>() else {
            debug_assert!(false, "a toxic met another kind's memory");
            return;
        };
        match event {
            Event::Data(chunk) => self.on_data(memory, chunk, out),
            Event::End(ending) => self.on_end(memory, ending, out),
            Event::Timer => self.on_timer(memory, out),
            Event::Sent => self.on_sent(memory, out),
            Event::Note(note) => self.on_note(memory, note, out),
            Event::Attach => self.on_attach(memory, out),
            Event::Revise => self.on_revise(memory, out),
            Event::Detach => self.on_detach(memory, out),
        }
    }
}
