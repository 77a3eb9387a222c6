//! Plays the API's user for one proxy: makes random changes to it continuously.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::api::Api;
use super::toxics::{self, Spec};
use super::world::{Proxy, World};
use crate::dice::Dice;

/// The maximum age of a toxic, in steps of about 20 ms. Measured by the clock, the schedule would
/// differ from run to run.
const AGE: u64 = 40;
const MOST_TOXICS: usize = 4;
/// Longer than the judge waits for bytes while no fault is active.
const CALM: Duration = Duration::from_millis(4500);

struct Mine {
    name: String,
    spec: Spec,
    /// The step in which it was added.
    since: u64,
    /// The number of resets that had finished before it was added. If more have started since, one
    /// may have removed it.
    resets: u64,
}

pub struct Controller<'a> {
    pub world: &'a World,
    pub api: &'a Api<'a>,
    pub proxy: &'a Proxy,
    pub dice: Dice,
    toxics: Vec<Mine>,
    steps: u64,
    named: u64,
    /// The index of the proxy's current upstream.
    pub upstream: usize,
    pub bad_upstreams: &'a [String],
}

impl<'a> Controller<'a> {
    pub fn new(
        world: &'a World,
        api: &'a Api<'a>,
        (index, phase): (usize, u64),
        bad_upstreams: &'a [String],
    ) -> Self {
        Self {
            world,
            api,
            proxy: &world.proxies[index],
            dice: world.dice("controller", &[phase, index as u64]),
            toxics: Vec::new(),
            steps: 0,
            named: phase * 1_000_000,
            upstream: 0,
            bad_upstreams,
        }
    }

    /// Runs until the soak stops, and leaves the proxy enabled without toxics.
    pub fn run(mut self) {
        self.begin();
        while !self.world.stops() && !self.api.is_dead() {
            while self
                .toxics
                .first()
                .is_some_and(|toxic| self.steps > toxic.since + AGE)
            {
                self.remove(0);
            }
            self.step();
            self.pause(30);
        }
        while !self.toxics.is_empty() && !self.api.is_dead() {
            self.remove(0);
        }
    }

    fn step(&mut self) {
        self.steps += 1;
        let wild = !self.proxy.gentle;
        match self.dice.below(200) {
            0 => self.calm(),
            1..=6 => self.reset(),
            7..=12 => self.populate_as_it_is(),
            13..=18 => self.set_as_it_is(),
            19..=24 => self.nonsense(),
            25..=28 if wild => self.toggle(),
            29..=31 if wild => self.move_away(),
            32..=33 if wild => self.replace(),
            34..=35 if wild => self.recreate(),
            36..=40 if wild && self.world.own => self.kill(),
            36..=60 => self.look(),
            61..=100 if !self.toxics.is_empty() => self.update(),
            101..=150 if !self.toxics.is_empty() => {
                let index = self.dice.below(self.toxics.len() as u64);
                self.remove(index as usize);
            }
            _ if self.toxics.len() < MOST_TOXICS => self.add(),
            _ => self.look(),
        }
    }

    pub fn path(&self, below: &str) -> String {
        format!("/proxies/{}{below}", self.proxy.name)
    }

    fn sleep(&self, span: Duration) {
        let start = Instant::now();
        while start.elapsed() < span && !self.world.stops() {
            thread::sleep(
                span.saturating_sub(start.elapsed())
                    .min(Duration::from_millis(20)),
            );
        }
    }

    pub fn pause(&mut self, below: u64) {
        let span = Duration::from_millis(self.dice.below(below));
        self.sleep(span);
    }

    fn add(&mut self) {
        let spec = toxics::throw(&mut self.dice, !self.proxy.gentle);
        let (resets, name) = (
            self.world.resets_over.load(Ordering::SeqCst),
            format!("t{}", self.named),
        );
        self.named += 1;
        let mut body = json!({
            "name": name, "type": spec.kind, "attributes": spec.attributes,
            "stream": self.dice.pick(&["upstream", "downstream"]),
            "toxicity": self.dice.pick(&[1.0, 1.0, 0.5, 0.0]),
        });
        if self.world.own && self.dice.one_in(4) {
            // It acts intermittently, and stays until it is removed.
            body["start_after"] = json!(self.dice.below(50));
            body["duration"] = json!(self.dice.between(1, 60));
            body["every"] = json!(self.dice.between(61, 200));
        }
        self.proxy.weather.begin(spec.destroys);
        let since = self.steps;
        self.api
            .ask("add toxic", ("POST", &self.path("/toxics")), &body, &[200]);
        self.toxics.push(Mine {
            name,
            spec,
            since,
            resets,
        });
    }

    fn update(&mut self) {
        let index = self.dice.below(self.toxics.len() as u64) as usize;
        let kind = self.toxics[index].spec.kind;
        let spec = toxics::of_kind(&mut self.dice, kind, !self.proxy.gentle);
        let mut body = json!({"attributes": spec.attributes});
        let toxicity = *self.dice.pick(&[1.0, 0.3]);
        // A `timeout` that no longer applies lets bytes through after those that it has dropped.
        if kind != "timeout" {
            body["toxicity"] = json!(toxicity);
        }
        if spec.destroys && !self.toxics[index].spec.destroys {
            self.proxy.weather.begin(true);
            self.proxy.weather.end(false);
            self.toxics[index].spec.destroys = true;
        }
        let path = self.path(&format!("/toxics/{}", self.toxics[index].name));
        self.ask_of(&self.toxics[index], "update toxic", ("POST", &path), &body);
    }

    /// A request about a toxic, which only a concurrent reset may have removed.
    fn ask_of(&self, toxic: &Mine, kind: &'static str, place: (&str, &str), body: &Value) -> bool {
        let answered = self.api.ask(kind, place, body, &[200, 204, 404]);
        if answered == Some(404) && self.world.resets.load(Ordering::SeqCst) == toxic.resets {
            let text = format!("{place:?} {:?}", toxic.spec);
            self.world.violate("toxic not found", &text);
        }
        answered.is_some()
    }

    fn remove(&mut self, index: usize) {
        let toxic = self.toxics.remove(index);
        let path = self.path(&format!("/toxics/{}", toxic.name));
        let answered = self.ask_of(&toxic, "remove toxic", ("DELETE", &path), &Value::Null);
        if answered {
            self.proxy.weather.end(toxic.spec.destroys);
        } else {
            self.toxics.push(toxic);
        }
    }

    /// All toxics of the proxy have been removed.
    pub fn forget_toxics(&mut self) {
        for toxic in self.toxics.drain(..) {
            self.proxy.weather.end(toxic.spec.destroys);
        }
    }

    fn reset(&mut self) {
        self.world.resets.fetch_add(1, Ordering::SeqCst);
        let answered = self
            .api
            .ask("reset", ("POST", "/reset"), &Value::Null, &[204]);
        self.world.resets_over.fetch_add(1, Ordering::SeqCst);
        if answered.is_some() {
            self.forget_toxics();
        }
    }

    fn calm(&mut self) {
        while !self.toxics.is_empty() && !self.api.is_dead() {
            self.remove(0);
        }
        self.sleep(CALM);
    }

    pub fn entry(&self) -> Value {
        let upstream = &self.proxy.upstreams[self.upstream];
        json!({"name": self.proxy.name, "listen": self.proxy.listen, "upstream": upstream,
            "enabled": true})
    }

    fn populate_as_it_is(&self) {
        let list = json!([self.entry()]);
        self.api.ask(
            "populate, nothing new",
            ("POST", "/populate"),
            &list,
            &[201],
        );
    }

    fn set_as_it_is(&self) {
        self.api.ask(
            "set what is set",
            ("POST", &self.path("")),
            &self.entry(),
            &[200],
        );
    }

    fn nonsense(&mut self) {
        let (path, body) = match self.dice.below(3) {
            0 => ("/toxics", json!({"type": "nosuch"})),
            1 => (
                "/toxics",
                json!({"type": "latency", "attributes": {"latency": "soon"}}),
            ),
            _ => ("/toxics", json!([1, 2])),
        };
        self.api
            .ask("nonsense", ("POST", &self.path(path)), &body, &[400]);
    }

    fn look(&mut self) {
        let (own, toxics) = (self.path(""), self.path("/toxics"));
        let connections = self.path("/connections?limit=50");
        let mut paths = vec!["/proxies", "/version", &own, &toxics];
        if self.world.own {
            paths.extend([connections.as_str(), "/events?follow=false", "/config"]);
        }
        let path = *self.dice.pick(&paths);
        self.api.ask("look", ("GET", path), &Value::Null, &[200]);
    }
}
