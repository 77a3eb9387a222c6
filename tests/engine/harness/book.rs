//! A plan whose toxics are added, changed and removed by name, as `control` does it: an id is never
//! reused, and revisions only grow.

use std::sync::Arc;

use aconite::engine::framing::Framing;
use aconite::engine::{
    Applicability, Direction, DrawKey, Identity, Plan, PlannedToxic, Scope, Trigger,
};
use aconite::toxics::{Catalogue, Kind, Value, Values};

/// A plan of one direction and the values of its toxics.
pub struct Book {
    plan: Plan,
    proxy: DrawKey,
    direction: Direction,
    rows: Vec<Row>,
    last_id: u64,
    last_revision: u64,
}

/// A toxic as it was requested.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: u64,
    pub name: String,
    pub kind: Arc<Kind>,
    pub values: Values,
    pub toxicity: f64,
}

impl Book {
    pub fn new(seed: u64) -> Self {
        Book::towards(seed, Direction::Downstream)
    }

    pub fn towards(seed: u64, direction: Direction) -> Self {
        Book {
            plan: Plan::default(),
            proxy: DrawKey::of_seed(seed).named("web"),
            direction,
            rows: Vec::new(),
            last_id: 0,
            last_revision: 0,
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn add(&mut self, name: &str, kind: &str, attributes: &[(&str, i64)], toxicity: f64) {
        self.add_with(name, kind, &integers(attributes), toxicity);
    }

    /// As `add`, with attributes of any type.
    pub fn add_with(
        &mut self,
        name: &str,
        kind: &str,
        attributes: &[(&str, Value)],
        toxicity: f64,
    ) {
        assert!(self.rows.iter().all(|row| row.name != name), "{name} twice");
        let catalogue = Catalogue::default();
        let kind = catalogue
            .find(kind)
            .unwrap_or_else(|| panic!("no kind {kind}"));
        self.last_id += 1;
        self.last_revision += 1;
        let row = Row {
            id: self.last_id,
            name: name.to_owned(),
            kind: Arc::clone(kind),
            values: kind.read(&given(kind, attributes)).expect("values"),
            toxicity,
        };
        let toxic = kind.build(&row.values).expect("values that go together");
        let common = kind.common(&row.values).expect("values that go together");
        let planned = PlannedToxic {
            revision: self.last_revision,
            toxicity,
            after: common.after,
            framing: common.framing,
            ..PlannedToxic::new(row.id, name, self.proxy, toxic)
        };
        self.rows.push(row);
        self.plan.towards_mut(self.direction).push(planned.into());
    }

    pub fn update(&mut self, name: &str, attributes: &[(&str, i64)]) {
        self.update_with(name, &integers(attributes));
    }

    /// As `update`, with attributes of any type.
    pub fn update_with(&mut self, name: &str, attributes: &[(&str, Value)]) {
        self.last_revision += 1;
        let index = self.index(name);
        let row = &mut self.rows[index];
        let given = given(&row.kind, attributes);
        row.values = row.kind.update(&row.values, &given).expect("values");
        let toxic = row.kind.build(&row.values).expect("values");
        let common = row.kind.common(&row.values).expect("values");
        let has_common = attributes
            .iter()
            .any(|(name, _)| ["after", "framing"].contains(name));
        let revision = self.last_revision;
        let planned = self.planned(name);
        planned.revision = revision;
        planned.toxic = toxic;
        if has_common {
            (planned.after, planned.framing) = (common.after, common.framing);
        }
    }

    pub fn set_toxicity(&mut self, name: &str, toxicity: f64) {
        let index = self.index(name);
        self.rows[index].toxicity = toxicity;
        self.planned(name).toxicity = toxicity;
    }

    /// Gives a toxic its own seed.
    pub fn set_seed(&mut self, name: &str, seed: u64) {
        self.planned(name).draw_key = DrawKey::of_seed(seed).named("web").named(name);
    }

    /// Gives the proxy another seed, which affects every toxic.
    pub fn set_proxy_seed(&mut self, seed: u64) {
        self.proxy = DrawKey::of_seed(seed).named("web");
        for index in 0..self.rows.len() {
            let name = self.rows[index].name.clone();
            self.planned(&name).draw_key = self.proxy.named(&name);
        }
    }

    pub fn set_replay(&mut self, name: &str, connection: u64) {
        self.planned(name).replay = Some(connection);
    }

    pub fn set_scope(&mut self, name: &str, scope: Scope) {
        self.planned(name).scope = Arc::new(scope);
    }

    pub fn set_after(&mut self, name: &str, after: Option<Trigger>) {
        self.planned(name).after = after;
    }

    pub fn set_framing(&mut self, name: &str, framing: Option<Framing>) {
        self.planned(name).framing = framing.map(Arc::new);
    }

    /// A toxic as it is in the plan.
    pub fn planned(&mut self, name: &str) -> &mut PlannedToxic {
        let index = self.index(name);
        Arc::make_mut(&mut self.plan.towards_mut(self.direction)[index])
    }

    /// Whether a toxic applies to a connection.
    pub fn applicability(&self, name: &str, identity: impl Into<Identity>) -> Applicability {
        let planned = &self.plan.towards(self.direction)[self.index(name)];
        planned.applicability(identity.into(), self.direction)
    }

    pub fn remove(&mut self, name: &str) {
        let index = self.index(name);
        self.rows.remove(index);
        self.plan.towards_mut(self.direction).remove(index);
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.plan.towards_mut(self.direction).clear();
    }

    fn index(&self, name: &str) -> usize {
        let found = self.rows.iter().position(|row| row.name == name);
        found.unwrap_or_else(|| panic!("no toxic {name}"))
    }
}

fn given(kind: &Kind, attributes: &[(&str, Value)]) -> Vec<(String, Value)> {
    for (name, _) in attributes {
        let known = kind.attributes.iter().any(|a| a.name == *name);
        assert!(known, "{} has no attribute {name}", kind.name);
    }
    let given = attributes.iter();
    given
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn integers<'a>(attributes: &[(&'a str, i64)]) -> Vec<(&'a str, Value)> {
    let attributes = attributes.iter();
    attributes
        .map(|(name, value)| (*name, Value::Integer(*value)))
        .collect()
}
