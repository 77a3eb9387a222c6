//! Adoption of a new plan by a pipeline that may hold bytes.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use super::conversation::StreamPosition;
use super::item::Item;
use super::pipeline::{Intake, Pipeline};
use super::plan::{Plan, PlannedToxic};
use super::stage::{Host, Stage};
use super::time::Moment;

/// The new list of stages while it is being built.
struct Row {
    stages: Vec<Stage>,
    /// Items that left earlier stages and must pass all later ones. They are carried along in
    /// order.
    carried: VecDeque<Item>,
    /// An item that ends the connection is being carried, or was before.
    sealed: bool,
    /// Bytes that have entered the pipeline.
    entered: u64,
    is_first: bool,
    position: StreamPosition,
}

impl Pipeline {
    /// Adopts a new plan. Unchanged stages are not touched. Stages that stay keep their order, and
    /// new ones go where the plan has them. Items held by a removed toxic move into the next stage.
    /// The cost is linear in the number of toxics and the items that they hold. Returns whether the
    /// list of toxics changed.
    pub fn adopt(&mut self, plan: &Plan, now: Moment) -> bool {
        self.take(plan, false, now)
    }

    /// `is_first` says that the connection is starting.
    pub(super) fn take(&mut self, plan: &Plan, is_first: bool, now: Moment) -> bool {
        let planned = plan.stages(self.direction);
        let pairs = self.stages.iter().zip(planned.clone());
        let unchanged = pairs
            .take_while(|(stage, toxic)| stage.is_of(toxic))
            .count();
        let planned: Vec<&Arc<PlannedToxic>> = planned.skip(unchanged).collect();
        if unchanged == self.stages.len() && planned.is_empty() {
            return false;
        }
        // Bytes that came in under the old plan are subject to the old plan.
        self.settle(now);
        let position = self.position();
        // Stages before the first change are not affected by it.
        let old = self.stages.split_off(unchanged);
        let known = old.iter().map(Stage::id);
        let same = known.clone().eq(planned.iter().map(|toxic| toxic.id));
        // With a thousand toxics, a linear search for each would be a million comparisons.
        let known: HashSet<u64> = known.filter(|_| !same).collect();
        let places = planned.iter().enumerate().filter(|_| !same);
        let places: HashMap<u64, usize> = places.map(|(place, toxic)| (toxic.id, place)).collect();
        let mut row = Row {
            stages: std::mem::take(&mut self.stages),
            carried: VecDeque::new(),
            sealed: self.intake == Intake::Sealed,
            entered: self.offset,
            is_first,
            position,
        };
        row.stages.reserve_exact(planned.len());
        // The length of the plan's prefix whose stages are in the row.
        let mut seated = 0;
        for (index, stage) in old.into_iter().enumerate() {
            let place = if same {
                Some(index)
            } else {
                places.get(&stage.id()).copied()
            };
            let Some((place, toxic)) = place.and_then(|place| Some((place, planned.get(place)?)))
            else {
                self.remove(stage, &mut row, now);
                continue;
            };
            let before = planned.get(seated..place).unwrap_or_default();
            self.seat_new(before, &known, &mut row, now);
            seated = place + 1;
            self.keep(stage, toxic, &mut row, now);
        }
        let last = planned.get(seated..).unwrap_or_default();
        self.seat_new(last, &known, &mut row, now);
        self.put_in_place(row);
        !same
    }

    fn host(&mut self, position: StreamPosition) -> Host<'_> {
        Host {
            direction: self.direction,
            identity: &self.identity,
            rare: &mut self.rare,
            position,
        }
    }

    fn put_in_place(&mut self, row: Row) {
        self.stages = row.stages;
        if row.sealed {
            self.intake = Intake::Sealed;
        }
        self.follow_conversation(row.is_first);
        if let Some(last) = self.stages.iter().rposition(Stage::is_silent) {
            // The end of the connection has passed these stages, so a new one among them has no
            // work.
            let passed = self.stages.get_mut(..last).unwrap_or_default();
            passed.iter_mut().for_each(Stage::terminate);
        }
        for item in row.carried {
            self.let_out(item);
        }
        self.rare.forget_gone();
    }

    fn keep(&mut self, mut stage: Stage, toxic: &Arc<PlannedToxic>, row: &mut Row, now: Moment) {
        let mut moved = Vec::new();
        if !stage.is_of(toxic) {
            let applicability = toxic.applicability(self.identity, self.direction);
            moved = stage.revise(toxic, applicability, now, &mut self.host(row.position));
            self.note_culprit(&stage);
        }
        row.carry_into(&mut stage, now);
        row.stages.push(stage);
        row.carry(moved);
    }

    fn remove(&mut self, mut stage: Stage, row: &mut Row, now: Moment) {
        let moved = stage.detach(now, &mut self.host(row.position));
        self.note_culprit(&stage);
        if stage.stage_stats.has_counted() {
            stage.stage_stats.remember(self.rare.counted_mut());
        }
        row.carry(moved);
    }

    /// Appends stages for those of `toxics` that are not known.
    fn seat_new(
        &mut self,
        toxics: &[&Arc<PlannedToxic>],
        known: &HashSet<u64>,
        row: &mut Row,
        now: Moment,
    ) {
        for toxic in toxics.iter().filter(|toxic| !known.contains(&toxic.id)) {
            let applicability = toxic.applicability(self.identity, self.direction);
            let mut stage = Stage::seat(toxic, applicability, now, &mut self.host(row.position));
            if !row.is_first {
                stage.stage_stats.join(self.offset, self.rare.counted());
            }
            row.carry_into(&mut stage, now);
            row.stages.push(stage);
        }
    }
}

impl Row {
    /// Carries items that a stage released. They are older than those already being carried.
    fn carry(&mut self, mut moved: Vec<Item>) {
        if let Some(last) = moved.iter().position(Item::is_final) {
            moved.truncate(last + 1);
            self.carried.clear();
            Stage::terminate_all(&mut self.stages);
            self.sealed = true;
        }
        for item in moved.into_iter().rev() {
            self.carried.push_front(item);
        }
    }

    /// Passes the stage the items that it looks at; the others are carried on.
    fn carry_into(&mut self, stage: &mut Stage, now: Moment) {
        if stage.takes_data() {
            for item in self.carried.drain(..) {
                stage.receive(item, now, self.entered);
            }
            return;
        }
        if stage.is_selective() {
            for item in std::mem::take(&mut self.carried) {
                if stage.looks_at(&item) {
                    stage.receive(item, now, self.entered);
                } else {
                    self.carried.push_back(item);
                }
            }
            return;
        }
        // Endings are behind all data.
        let is_end = |item: &Item| matches!(item, Item::End(_));
        let ends = self.carried.iter().rev().take_while(|item| is_end(item));
        let data = self.carried.len() - ends.count();
        let looks = self
            .carried
            .get(data)
            .is_some_and(|end| stage.looks_at(end));
        if looks {
            for end in self.carried.split_off(data) {
                stage.receive(end, now, self.entered);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Chunk, Direction, DrawKey, Outlet, Toxic};

    #[derive(Debug)]
    struct Passing;

    impl Toxic for Passing {
        type Memory = ();

        fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
            out.send(chunk);
        }
    }

    fn plan(ids: &[u64]) -> Plan {
        let choices = DrawKey::of_seed(1);
        let toxic = |id: &u64| PlannedToxic::new(*id, "a", choices, Arc::new(Passing)).into();
        Plan {
            downstream: ids.iter().map(toxic).collect(),
            ..Plan::default()
        }
    }

    /// A toxic that is removed and added again gets a new stage each time, in its position in the
    /// plan.
    #[test]
    fn newcomers_stand_where_the_plan_has_them() {
        let now = Moment::ORIGIN;
        let mut pipeline = Pipeline::new(&plan(&[1, 2, 3]), Direction::Downstream, 1, now);
        for ids in [&[2, 3][..], &[4, 2, 5, 3, 6], &[], &[7, 8], &[9, 8, 10]] {
            pipeline.adopt(&plan(ids), now);
            let seated = pipeline.tallies().map(|(toxic, _)| toxic.id);
            assert_eq!(seated.collect::<Vec<_>>(), ids);
        }
    }
}
