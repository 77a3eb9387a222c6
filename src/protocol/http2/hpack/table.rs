//! The dynamic table (RFC 7541, section 2.3.2).

use std::collections::VecDeque;

use super::{Field, statics};

/// The size that a table has before anybody changes it.
pub(super) const DEFAULT_SIZE: usize = 4096;

/// The fields that the encoder at the other end has entered, newest first.
#[derive(Debug)]
pub(super) struct Table {
    entries: VecDeque<Field>,
    size: usize,
    max: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table {
            entries: VecDeque::new(),
            size: 0,
            max: DEFAULT_SIZE,
        }
    }
}

impl Table {
    /// Adds a field. One that is larger than the table empties it (section 4.4).
    pub(super) fn add(&mut self, field: &Field) {
        let size = field.size();
        self.evict(self.max.saturating_sub(size));
        if size <= self.max {
            self.size += size;
            self.entries.push_front(field.clone());
        }
    }

    pub(super) fn resize(&mut self, max: usize) {
        self.max = max;
        self.evict(max);
    }

    fn evict(&mut self, to: usize) {
        while self.size > to
            && let Some(oldest) = self.entries.pop_back()
        {
            self.size -= oldest.size();
        }
    }

    /// The field with this index, in both tables together. An index 0 is none.
    pub(super) fn field(&self, index: usize) -> Option<Field> {
        if let Some((name, value)) = statics::entry(index) {
            return Some(Field::new(name, value));
        }
        let place = index.checked_sub(statics::COUNT + 1)?;
        self.entries.get(place).cloned()
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.size
    }
}
