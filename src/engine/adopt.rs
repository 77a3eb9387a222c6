//! How a pipeline takes a new plan while bytes are on their way.

use super::item::Item;
use super::pipeline::Pipeline;
use super::plan::{Plan, PlannedToxic};
use super::stage::Stage;
use super::time::Moment;

impl Pipeline {
    /// Takes a new plan at once. Stages that did not change are not touched; those that stay keep
    /// their order, new ones stand where the plan has them; what a removed one held moves on into
    /// the next.
    pub fn adopt(&mut self, plan: &Plan, now: Moment) {
        // What came under the old plan is the old plan's to decide about.
        while self.advance(now, true) {}
        let planned = plan.towards(self.direction);
        let old = std::mem::take(&mut self.stages);
        let known: Vec<u64> = old.iter().map(|stage| stage.id).collect();
        let mut kept: Vec<Stage> = Vec::with_capacity(planned.len());
        // How much of the plan has its stages.
        let mut seated = 0;
        // What leaves a stage passes all stages after it, so it is carried along in order.
        let mut carried: Vec<Item> = Vec::new();
        for mut stage in old {
            let place = planned.iter().position(|toxic| toxic.id == stage.id);
            let moved = match place.and_then(|place| Some((place, planned.get(place)?))) {
                Some((place, toxic)) => {
                    let before = planned.get(seated..place).unwrap_or_default();
                    carried = self.seat_new(before, &known, (&mut kept, carried), now);
                    seated = place + 1;
                    let lot = toxic.lot(self.identity, self.direction);
                    let moved = stage.revise(toxic, lot, now);
                    carried = carry_into(&mut stage, carried, now);
                    kept.push(stage);
                    moved
                }
                None => {
                    let moved = stage.detach(now);
                    if stage.ledger.ended {
                        self.culprit.get_or_insert(Box::new(stage.ledger.name));
                    }
                    moved
                }
            };
            // What the stage let go of is older than what came past it just now.
            carried.splice(0..0, moved);
            if let Some(last) = carried.iter().position(Item::is_final) {
                carried.truncate(last + 1);
                kept.iter_mut().for_each(Stage::silence);
                self.sealed = true;
            }
        }
        let last = planned.get(seated..).unwrap_or_default();
        carried = self.seat_new(last, &known, (&mut kept, carried), now);
        self.stages = kept;
        self.outbox.extend(carried);
    }

    /// Seats those of `toxics` that are not known, behind those that are kept. Returns what passes
    /// them of what is carried along.
    fn seat_new(
        &self,
        toxics: &[PlannedToxic],
        known: &[u64],
        (kept, mut carried): (&mut Vec<Stage>, Vec<Item>),
        now: Moment,
    ) -> Vec<Item> {
        for toxic in toxics.iter().filter(|toxic| !known.contains(&toxic.id)) {
            let lot = toxic.lot(self.identity, self.direction);
            let mut stage = Stage::seat(toxic, lot, now);
            carried = carry_into(&mut stage, carried, now);
            kept.push(stage);
        }
        carried
    }
}

/// Gives a stage what it looks at; the rest goes on.
fn carry_into(stage: &mut Stage, items: Vec<Item>, now: Moment) -> Vec<Item> {
    let mut past = Vec::new();
    for item in items {
        if stage.looks_at(&item) {
            stage.receive(item, now);
        } else {
            past.push(item);
        }
    }
    past
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Chunk, Direction, Outlet, Subject, Toxic};

    #[derive(Debug)]
    struct Passing;

    impl Toxic for Passing {
        type Memory = ();

        fn on_data(&self, (): &mut (), chunk: Chunk, out: &mut Outlet<'_>) {
            out.send(chunk);
        }
    }

    fn plan(ids: &[u64]) -> Plan {
        let choices = Subject::of_seed(1);
        let toxic = |id: &u64| PlannedToxic::new(*id, "a", choices, Arc::new(Passing));
        Plan {
            upstream: Vec::new(),
            downstream: ids.iter().map(toxic).collect(),
        }
    }

    /// A toxic that comes and goes is another each time, and stands where it stood.
    #[test]
    fn newcomers_stand_where_the_plan_has_them() {
        let now = Moment::ORIGIN;
        let mut pipeline = Pipeline::new(&plan(&[1, 2, 3]), Direction::Downstream, 1, now);
        for ids in [&[2, 3][..], &[4, 2, 5, 3, 6], &[], &[7, 8], &[9, 8, 10]] {
            pipeline.adopt(&plan(ids), now);
            let seated = pipeline.tallies().map(|(id, _, _)| id);
            assert_eq!(seated.collect::<Vec<_>>(), ids);
        }
    }
}
