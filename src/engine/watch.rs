//! What a stage remembers of the bytes that pass it, for a toxic that waits for something or asks
//! for messages.
//!
//! It divides chunks, so that each part is either before or behind a trigger, and never crosses the
//! border of two messages. It must not know what happens to the parts.

use super::item::{Chunk, Direction};
use super::messages::{Message, Messages};
use super::plan::PlannedToxic;
use super::trigger::Trigger;

#[derive(Debug)]
pub(super) struct Watch {
    /// What the toxic waits for, with what is left of its number of bytes; `None` if it acts.
    trigger: Option<Trigger>,
    messages: Option<Messages>,
    /// The stream offset up to which chunks were divided; `None` before the first.
    divided_to: Option<u64>,
    /// The stream offset up to which bytes were counted when they arrived, before there was a
    /// watch.
    counted_to: Option<u64>,
    /// The number of bytes that had entered the pipeline when the last item came.
    pub(super) entered: u64,
}

/// The front part of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Its size in bytes, at least one.
    pub(super) size: usize,
    /// How many of its bytes have to be counted. The toxic may have kept the others and be shown
    /// them again.
    pub(super) fresh: usize,
    pub(super) role: Role,
}

/// What a part is to the toxic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The toxic is shown it.
    Shown,
    /// The toxic still waits.
    Early,
    /// It is the first part of the message that the toxic waited for.
    First,
    /// The toxic kept it to join it with later bytes, but a new message begins with these.
    Alone,
    /// Its bytes cannot be framed.
    Unframed,
}

impl Watch {
    /// For a toxic that begins to wait, or to apply, on one direction of a connection. Returns
    /// `None` if there is nothing to remember.
    pub(super) fn of(
        planned: &PlannedToxic,
        direction: Direction,
        waits: bool,
    ) -> Option<Box<Self>> {
        let trigger = planned.after.filter(|_| waits);
        let messages = messages_of(planned, direction, trigger);
        (trigger.is_some() || messages.is_some()).then(|| {
            Box::new(Watch {
                trigger,
                messages,
                divided_to: None,
                counted_to: None,
                entered: 0,
            })
        })
    }

    /// The toxic acted without a watch before. Bytes up to this offset were counted.
    pub(super) fn set_counted(&mut self, to: Option<u64>) {
        self.counted_to = to;
    }

    /// The toxic has changed. What was counted stays, if it waits for a number of the same thing.
    pub(super) fn adopt(
        &mut self,
        planned: &PlannedToxic,
        before: &PlannedToxic,
        direction: Direction,
    ) {
        self.trigger = match (self.trigger, before.after, planned.after) {
            (None, _, _) => None,
            (Some(Trigger::Bytes(left)), Some(Trigger::Bytes(old)), Some(Trigger::Bytes(new))) => {
                Some(Trigger::Bytes(new.saturating_sub(old.saturating_sub(left))))
            }
            (Some(_), _, after) => after,
        };
        let wanted = wants_messages(planned, self.trigger);
        if !wanted || self.messages.is_none() || planned.framing != before.framing {
            self.messages = messages_of(planned, direction, self.trigger);
        }
    }

    /// What the toxic waits for.
    pub(super) fn trigger(&self) -> Option<Trigger> {
        self.trigger
    }

    /// The toxic begins to act.
    pub(super) fn begin(&mut self, wants_messages: bool) {
        self.trigger = None;
        self.messages = self.messages.take().filter(|_| wants_messages);
    }

    /// Whether bytes must pass the stage while the toxic waits.
    pub(super) fn needs_bytes(&self) -> bool {
        self.messages.is_some() || self.trigger.is_some_and(Trigger::counts)
    }

    /// Whether it must be told of bytes in the other direction.
    pub(super) fn needs_conversation(&self) -> bool {
        let by_turns = self.messages.as_ref().is_some_and(Messages::are_turns);
        by_turns || matches!(self.trigger, Some(Trigger::Idle(_)))
    }

    /// The message that the toxic was shown last.
    pub(super) fn message(&self) -> Option<Message> {
        self.messages.as_ref().and_then(|messages| messages.current)
    }

    /// Whether as many bytes have passed as the toxic waited for.
    pub(super) fn is_reached(&self) -> bool {
        self.trigger == Some(Trigger::Bytes(0))
    }

    /// Divides a chunk. The trigger has not been reached before it.
    pub(super) fn divide(&mut self, chunk: &Chunk) -> Part {
        let known = self.known(chunk);
        let fresh = chunk.bytes.get(known..).unwrap_or_default();
        if fresh.is_empty() {
            return part(known, 0, Role::Shown);
        }
        if known > 0 && self.messages.as_ref().is_some_and(Messages::at_border) {
            return part(known, 0, Role::Alone);
        }
        let most = match self.trigger {
            Some(Trigger::Bytes(left)) => usize::try_from(left).unwrap_or(usize::MAX),
            _ => usize::MAX,
        };
        let fresh = fresh.get(..most).unwrap_or(fresh);
        let offset = chunk.offset.wrapping_add(known as u64);
        let count = match &mut self.messages {
            Some(messages) => messages.read(fresh, offset, chunk.turn),
            None => fresh.len(),
        };
        self.divided_to = Some(offset.wrapping_add(count as u64));
        let fresh = count - before(self.counted_to, offset, count);
        part(known + count, fresh, self.role(offset, count))
    }

    /// How many of the chunk's first bytes were divided before.
    fn known(&self, chunk: &Chunk) -> usize {
        before(self.divided_to, chunk.offset, chunk.bytes.len())
    }

    /// What the next `count` bytes are to the toxic.
    fn role(&mut self, offset: u64, count: usize) -> Role {
        let message = self.message();
        let begins = |one: Message, after| one.index >= after && one.offset == offset;
        match &mut self.trigger {
            Some(Trigger::Messages(_)) if message.is_none() => return Role::Unframed,
            Some(Trigger::Messages(after)) if message.is_some_and(|one| begins(one, *after)) => {
                return Role::First;
            }
            Some(Trigger::Bytes(left)) => *left = left.saturating_sub(count as u64),
            Some(Trigger::Messages(_) | Trigger::Time(_) | Trigger::Idle(_)) => {}
            None if self.messages.is_some() && message.is_none() => return Role::Unframed,
            None => return Role::Shown,
        }
        Role::Early
    }
}

/// How many of `count` bytes from `offset` on are before the offset `to`.
fn before(to: Option<u64>, offset: u64, count: usize) -> usize {
    // Offsets wrap around if more bytes were removed than came in. Bytes that bypassed the stage
    // make the difference negative.
    let known = to.map_or(0, |to| to.wrapping_sub(offset).cast_signed());
    usize::try_from(known).unwrap_or(0).min(count)
}

fn wants_messages(planned: &PlannedToxic, trigger: Option<Trigger>) -> bool {
    matches!(trigger, Some(Trigger::Messages(_))) || planned.toxic.wants_messages()
}

fn messages_of(
    planned: &PlannedToxic,
    direction: Direction,
    trigger: Option<Trigger>,
) -> Option<Messages> {
    let wanted = wants_messages(planned, trigger);
    wanted.then(|| Messages::of(planned.framing.as_deref(), direction))
}

fn part(size: usize, fresh: usize, role: Role) -> Part {
    Part { size, fresh, role }
}
