//! The interface of a toxic: a state machine over bytes and time that never waits.

use std::any::Any;
use std::fmt::Debug;

use super::connect_fault::ConnectFault;
use super::draw::DrawKey;
use super::item::{Chunk, Ending};
use super::note::Note;
use super::outlet::Outlet;
use super::time::Moment;

/// The default limit of the bytes queued in a stage: room for one read ahead.
pub const BACKLOG: usize = 64 * 1024;

/// A kind of toxic with its attributes. `Self` holds the attributes set through the API; `Memory`
/// is the state kept for one link.
///
/// A stage shows its toxic one chunk at a time. It shows the next chunk when everything that the
/// toxic sent for the previous one has left. Until then, chunks wait in the stage with their
/// arrival times.
pub trait Toxic: Debug + Send + Sync + 'static {
    /// The state for one link. It is kept when attributes change and dropped when the toxic is
    /// removed.
    type Memory: Default + Send + 'static;

    /// How many bytes may queue for this toxic before the link stops reading.
    fn backlog(&self) -> usize {
        BACKLOG
    }

    /// Whether the toxic must be shown chunks. If it acts only on endings, return false, so that
    /// bytes can take the fast path.
    fn inspects_data(&self) -> bool {
        true
    }

    /// Whether the toxic asks for [`Outlet::message`]. Then a chunk that it is shown never belongs
    /// to two messages, and bytes that cannot be framed pass without being shown.
    fn wants_messages(&self) -> bool {
        false
    }

    /// Whether this is a half of an interceptor, which is not listed among a proxy's toxics.
    #[doc(hidden)]
    fn is_interceptor(&self) -> bool {
        false
    }

    /// What the toxic does to a connection before the upstream is dialled, if its phase is `connect`;
    /// such a toxic sees no bytes. `draw` is the only source of random choices, and `now` is when the
    /// toxic's turn begins. `None`: toxics of this kind cannot have that phase.
    fn on_connect(&self, _draw: DrawKey, _now: Moment) -> Option<ConnectFault> {
        None
    }

    /// Called when bytes arrive. Bytes that are not handed to `out` are destroyed. After that no
    /// later byte may pass, and if the toxic ceases to apply, the connection is cut.
    fn on_data(&self, memory: &mut Self::Memory, chunk: Chunk, out: &mut Outlet<'_>);

    /// Called when the direction ends.
    fn on_end(&self, _memory: &mut Self::Memory, ending: Ending, out: &mut Outlet<'_>) {
        out.end(ending);
    }

    /// Called at the time set with [`Outlet::set_timer`].
    fn on_timer(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// Called when something has arrived behind what the toxic holds, if it asked with
    /// [`Outlet::report_arrival`].
    fn on_arrival(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// Called when everything that was sent before [`Outlet::report_sent`] has left.
    fn on_sent(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// Called with a note from the other half, which acts on the connection's other direction.
    fn on_note(&self, _memory: &mut Self::Memory, _note: Note, _out: &mut Outlet<'_>) {}

    /// Called when the toxic begins to act on this link: the link or the toxic is new, or the
    /// toxicity was raised above the link's draw, or what the toxic waited for has happened.
    fn on_attach(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// Called when the attributes change while the toxic applies. Items that it held are shown
    /// again through `on_data` and `on_end`; chunks that had begun to leave have left.
    fn on_revise(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}

    /// Whether the toxic has swallowed bytes and not yet sent what the receiver is to see instead.
    /// If it is removed in this state, the connection is cut and bytes that it was not shown are
    /// dropped. Otherwise the receiver would take later bytes for the missing answer.
    fn owes(&self, _memory: &Self::Memory) -> bool {
        false
    }

    /// Called when the toxic is removed from the proxy. Items that it still holds leave after this
    /// call, before anything sent here. It is also called where the toxic did not apply because of
    /// its toxicity, but not where it still waited for its trigger.
    fn on_detach(&self, _memory: &mut Self::Memory, _out: &mut Outlet<'_>) {}
}

/// The memory of a toxic whose kind is erased.
pub(super) type AnyMemory = Box<dyn Any + Send>;

/// [`Toxic`] with the type of its memory erased, so that one list can hold several kinds.
pub trait AnyToxic: Debug + Send + Sync {
    /// Creates the memory of a new link.
    fn new_memory(&self) -> Box<dyn Any + Send>;
    /// See [`Toxic::backlog`].
    fn backlog(&self) -> usize;
    /// See [`Toxic::inspects_data`].
    fn inspects_data(&self) -> bool;
    /// See [`Toxic::wants_messages`].
    fn wants_messages(&self) -> bool;
    /// See [`Toxic::is_interceptor`].
    fn is_interceptor(&self) -> bool;
    /// See [`Toxic::on_connect`].
    fn on_connect(&self, draw: DrawKey, now: Moment) -> Option<ConnectFault>;
    /// See [`Toxic::owes`].
    fn owes(&self, memory: &(dyn Any + Send)) -> bool;
    /// Calls the method of [`Toxic`] that matches the event. Memory of another kind is ignored.
    fn tell(&self, memory: &mut (dyn Any + Send), event: Event, out: &mut Outlet<'_>);
}

/// An event that is passed to a toxic.
#[derive(Debug)]
pub enum Event {
    /// [`Toxic::on_data`]
    Data(Chunk),
    /// [`Toxic::on_end`]
    End(Ending),
    /// [`Toxic::on_timer`]
    Timer,
    /// [`Toxic::on_arrival`]
    Arrival,
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

    fn wants_messages(&self) -> bool {
        Toxic::wants_messages(self)
    }

    fn is_interceptor(&self) -> bool {
        Toxic::is_interceptor(self)
    }

    fn on_connect(&self, draw: DrawKey, now: Moment) -> Option<ConnectFault> {
        Toxic::on_connect(self, draw, now)
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
            Event::Arrival => self.on_arrival(memory, out),
            Event::Sent => self.on_sent(memory, out),
            Event::Note(note) => self.on_note(memory, note, out),
            Event::Attach => self.on_attach(memory, out),
            Event::Revise => self.on_revise(memory, out),
            Event::Detach => self.on_detach(memory, out),
        }
    }
}
