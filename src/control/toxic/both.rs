//! `"stream": "both"`: one request that creates a toxic for each stream.
//!
//! The rest of `control` knows only toxics of one stream, and answers never show `both`, because clients
//! turn a stream into an enum of two.

use std::borrow::Cow;

use crate::control::error::ControlError;
use crate::control::view::NewToxic;
use crate::engine::Direction;

/// The stream that stands for both, in any case.
pub(in crate::control) const BOTH: &str = "both";

/// The stream of a toxic that gives none.
pub(in crate::control) const DOWNSTREAM: &str = "downstream";

/// Errors: the stream is `both`, so that there are `count` toxics, but each would act before there are streams.
pub(in crate::control) fn admit(count: usize, acts_at_connect: bool) -> Result<(), ControlError> {
    match count > 1 && acts_at_connect {
        false => Ok(()),
        true => Err(ControlError::BadValue {
            field: "stream",
            value: format!("{BOTH:?}"),
            remedy: "give downstream, which is the default; a toxic of the phase connect acts before \
                     the streams are there, so two of them would act twice",
        }),
    }
}

/// Whether a stream stands for both.
pub(in crate::control) fn is_both(stream: &str) -> bool {
    stream.eq_ignore_ascii_case(BOTH)
}

impl NewToxic {
    /// How many toxics are created from this: two if its stream is `both`, else one.
    pub fn count(&self) -> usize {
        match self.stream.as_deref().is_some_and(is_both) {
            true => Direction::ALL.len(),
            false => 1,
        }
    }

    /// The name of a toxic for one stream. Without one, it is `<type>_<stream>`, with the stream as given.
    pub fn name_or_default(&self) -> String {
        let stream = self.stream.as_deref().unwrap_or(DOWNSTREAM);
        match self.name.as_deref() {
            None | Some("") => format!("{}_{stream}", self.kind),
            Some(name) => name.to_owned(),
        }
    }

    /// The toxics that are created from this, each for one stream. Of two, the upstream one is first; they
    /// are named `NAME_upstream` and `NAME_downstream`.
    pub fn per_stream(&self) -> Cow<'_, [NewToxic]> {
        if self.count() == 1 {
            return std::slice::from_ref(self).into();
        }
        let base = self.name.as_ref().filter(|name| !name.is_empty());
        let one = |direction: Direction| NewToxic {
            name: base.map(|name| format!("{name}_{}", direction.name())),
            stream: Some(direction.name().to_owned()),
            ..self.clone()
        };
        [Direction::Upstream, Direction::Downstream]
            .map(one)
            .to_vec()
            .into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(name: Option<&str>, stream: Option<&str>) -> Vec<(Option<String>, Option<String>)> {
        let new = NewToxic {
            name: name.map(str::to_owned),
            stream: stream.map(str::to_owned),
            ..NewToxic::default()
        };
        let all = new.per_stream();
        assert_eq!(all.len(), new.count());
        all.iter()
            .map(|one| (one.name.clone(), one.stream.clone()))
            .collect()
    }

    #[test]
    fn both_is_two_named_toxics_and_any_other_stream_is_one() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(names(Some("a"), None), [(text("a"), None)]);
        assert_eq!(names(None, Some("UpStream")), [(None, text("UpStream"))]);
        let named = [("a_upstream", "upstream"), ("a_downstream", "downstream")];
        let named = named.map(|(name, stream)| (text(name), text(stream)));
        assert_eq!(names(Some("a"), Some("BOTH")), named);
        let unnamed = [(None, text("upstream")), (None, text("downstream"))];
        assert_eq!(names(None, Some("both")), unnamed);
        assert_eq!(names(Some(""), Some("Both")), unnamed);
    }
}
