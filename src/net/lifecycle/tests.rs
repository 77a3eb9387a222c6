//! Applies every input to every state.

mod document;

use std::collections::HashSet;

use super::*;

const STATES: [DirectionState; 7] = [
    DirectionState::Open,
    DirectionState::ResetSeen,
    DirectionState::Draining,
    DirectionState::Orphaned,
    DirectionState::Discarding,
    DirectionState::Finished,
    DirectionState::Severed,
];
const DIRECTIONS: [Direction; 2] = Direction::ALL;

fn link_inputs() -> Vec<LinkInput> {
    let mut inputs = vec![
        LinkInput::SourceEnded,
        LinkInput::SourceReset,
        LinkInput::SourceLost,
        LinkInput::SinkLost,
    ];
    for ending in [
        Ending::Eof,
        Ending::Close,
        Ending::Cut,
        Ending::Reset,
        Ending::ResetAfter,
    ] {
        for by in [
            EndedBy::Source,
            EndedBy::Toxic { destroyed: false },
            EndedBy::Toxic { destroyed: true },
        ] {
            inputs.push(LinkInput::PipelineEnded(ending, by));
        }
    }
    inputs
}

fn inputs() -> Vec<Input> {
    let mut inputs = vec![
        Input::Stop,
        Input::Close,
        Input::Abort,
        Input::OrphanLimit,
        Input::Delivered,
    ];
    for direction in DIRECTIONS {
        let of_link = link_inputs().into_iter();
        inputs.extend(of_link.map(|input| Input::Link(direction, input)));
    }
    inputs
}

fn at(seconds: u64) -> Moment {
    Moment::ORIGIN + Duration::from_secs(seconds)
}

/// Every state that any sequence of inputs leads to, with all inputs at the same moment.
fn reachable() -> Vec<Lifecycle> {
    let key = |life: &Lifecycle| format!("{life:?}");
    let mut found = vec![Lifecycle::new()];
    let mut seen: HashSet<String> = found.iter().map(key).collect();
    let mut next = 0;
    while let Some(life) = found.get(next).copied() {
        next += 1;
        for input in inputs() {
            let mut life = life;
            let _ = life.apply(input, at(5));
            if seen.insert(key(&life)) {
                found.push(life);
            }
        }
    }
    found
}

#[test]
fn another_ending_than_eof_ends_every_direction_that_has_a_sink() {
    for state in STATES {
        for ending in [
            Ending::Close,
            Ending::Cut,
            Ending::Reset,
            Ending::ResetAfter,
        ] {
            let by = EndedBy::Toxic { destroyed: false };
            let (next, consequence) = state.after(LinkInput::PipelineEnded(ending, by));
            assert_eq!(next, state);
            let expected = match state {
                DirectionState::Severed => Consequence::Nothing,
                _ => Consequence::End(ending, by),
            };
            assert_eq!(consequence, expected, "{state:?}");
        }
    }
}

#[test]
fn every_reachable_connection_ends_by_every_order_and_by_the_limit() {
    let all = reachable();
    assert!(all.len() > 50, "{} states were found", all.len());
    for life in all {
        for (input, how) in [
            (Input::Stop, Ending::Cut),
            (Input::Close, Ending::Cut),
            (Input::Abort, Ending::Reset),
            (Input::OrphanLimit, Ending::Reset),
        ] {
            let mut ended = life;
            let action = ended.apply(input, at(6));
            assert_eq!(action, Action::Nothing);
            let expected = match life.phase() {
                over @ Phase::Over(_) => over,
                Phase::Carrying | Phase::Delivering => Phase::Over(how),
            };
            assert_eq!(ended.phase(), expected, "{life:?} {input:?}");
        }
    }
}

#[test]
fn a_connection_that_is_over_stays_as_it_is() {
    for life in reachable() {
        for input in inputs() {
            let mut next = life;
            let action = next.apply(input, at(6));
            if matches!(life.phase(), Phase::Over(_)) {
                assert_eq!(action, Action::Nothing);
                assert_eq!(format!("{next:?}"), format!("{life:?}"), "{input:?}");
            }
        }
    }
}

#[test]
fn a_connection_whose_peer_is_gone_has_a_limit_and_both_directions_know_it() {
    for life in reachable() {
        let is_gone = DIRECTIONS.iter().any(|one| life.is_gone(*one));
        if is_gone || life.phase() == Phase::Delivering {
            assert_eq!(life.orphan_limit(), Some(at(5) + ORPHAN_LIMIT), "{life:?}");
        }
        for direction in DIRECTIONS {
            if life.state(direction) == DirectionState::Severed {
                let other = life.state(opposite(direction));
                assert!(
                    !other.watches_source() || other == DirectionState::Finished,
                    "{life:?}"
                );
                assert!(life.is_gone(opposite(direction)), "{life:?}");
            }
        }
    }
}

#[test]
fn a_source_is_not_read_again_after_its_end() {
    for life in reachable() {
        for input in inputs() {
            let mut next = life;
            let _ = next.apply(input, at(6));
            for direction in DIRECTIONS {
                let (before, after) = (life.state(direction), next.state(direction));
                assert!(before.reads() || !after.reads(), "{life:?} {input:?}");
            }
        }
    }
}

#[test]
fn both_ends_close_a_connection_in_order_and_one_alone_does_not() {
    let eof = LinkInput::PipelineEnded(Ending::Eof, EndedBy::Source);
    for [first, second] in [DIRECTIONS, [Direction::Downstream, Direction::Upstream]] {
        let mut life = Lifecycle::new();
        let ended = life.apply(Input::Link(first, LinkInput::SourceEnded), at(0));
        assert_eq!(ended, Action::FinishPipeline(Ending::Eof));
        assert_eq!(
            life.apply(Input::Link(first, eof), at(0)),
            Action::HalfClose
        );
        assert_eq!(life.phase(), Phase::Carrying);
        let _ = life.apply(Input::Link(second, LinkInput::SourceEnded), at(1));
        assert_eq!(
            life.apply(Input::Link(second, eof), at(1)),
            Action::HalfClose
        );
        assert_eq!(life.phase(), Phase::Over(Ending::Eof));
        assert_eq!(life.orphan_limit(), None);
        for direction in DIRECTIONS {
            let farewell = life.farewell(direction);
            assert!(farewell.fin_sent && farewell.source_done, "{farewell:?}");
        }
    }
}

#[test]
fn a_peers_reset_waits_for_delivery_and_a_toxics_does_not() {
    let mut life = Lifecycle::new();
    let up = |input| Input::Link(Direction::Upstream, input);
    let action = life.apply(up(LinkInput::SourceReset), at(0));
    assert_eq!(action, Action::FinishPipeline(Ending::Reset));
    let own = LinkInput::PipelineEnded(Ending::Reset, EndedBy::Source);
    let _ = life.apply(up(own), at(3));
    assert_eq!(life.phase(), Phase::Delivering);
    assert_eq!(life.orphan_limit(), Some(at(0) + ORPHAN_LIMIT));
    let _ = life.apply(Input::Delivered, at(4));
    assert_eq!(life.phase(), Phase::Over(Ending::Reset));
    assert_eq!(life.cause(), Some(EndKind::ClientReset));
    let mut life = Lifecycle::new();
    let by = EndedBy::Toxic { destroyed: true };
    let _ = life.apply(up(LinkInput::PipelineEnded(Ending::Reset, by)), at(0));
    assert_eq!(life.phase(), Phase::Over(Ending::Reset));
    assert!(life.farewell(Direction::Upstream).destroyed);
    assert!(!life.farewell(Direction::Downstream).destroyed);
    let mut life = Lifecycle::new();
    let after = LinkInput::PipelineEnded(Ending::ResetAfter, by);
    let _ = life.apply(up(after), at(0));
    assert_eq!(life.phase(), Phase::Delivering);
    assert_eq!(life.orphan_limit(), Some(at(0) + ORPHAN_LIMIT));
}

#[test]
fn a_direction_that_a_toxic_ended_is_read_to_the_end_of_its_source() {
    let down = |input| Input::Link(Direction::Downstream, input);
    let up = |input| Input::Link(Direction::Upstream, input);
    let by = EndedBy::Toxic { destroyed: false };
    let ended = LinkInput::PipelineEnded(Ending::Eof, by);
    let mut life = Lifecycle::new();
    assert_eq!(life.apply(down(ended), at(0)), Action::HalfClose);
    let state = life.state(Direction::Downstream);
    assert!(state.reads() && !state.writes(), "{state:?}");
    assert_eq!(life.phase(), Phase::Carrying);
    // The client has its FIN; the upstream may still send.
    assert!(life.farewell(Direction::Upstream).fin_sent);
    assert!(!life.farewell(Direction::Downstream).source_done);
    for input in [LinkInput::SourceReset, LinkInput::SourceLost] {
        let mut life = life;
        let _ = life.apply(down(input), at(1));
        assert_eq!(life.phase(), Phase::Delivering, "{input:?}");
    }
    let _ = life.apply(up(LinkInput::SourceEnded), at(1));
    let eof = LinkInput::PipelineEnded(Ending::Eof, EndedBy::Source);
    assert_eq!(life.apply(up(eof), at(1)), Action::HalfClose);
    assert_eq!(life.phase(), Phase::Carrying);
    let _ = life.apply(down(LinkInput::SourceEnded), at(2));
    assert_eq!(life.phase(), Phase::Over(Ending::Eof));
}

#[test]
fn the_first_cause_stays_unless_the_connection_is_ended_on_purpose() {
    let lost = |direction| Input::Link(direction, LinkInput::SourceLost);
    let mut life = Lifecycle::new();
    let _ = life.apply(lost(Direction::Downstream), at(0));
    let _ = life.apply(lost(Direction::Upstream), at(0));
    assert_eq!(life.cause(), Some(EndKind::UpstreamReset));
    for (input, cause) in [
        (Input::Stop, EndKind::Stopped),
        (Input::Abort, EndKind::Killed),
        (Input::OrphanLimit, EndKind::UpstreamReset),
    ] {
        let mut life = life;
        let _ = life.apply(input, at(1));
        assert_eq!(life.cause(), Some(cause));
    }
}
