//! What a controller does to a whole proxy: stops, moves, replaces and recreates it. All of these
//! end the open connections.

use std::time::Instant;

use serde_json::{Value, json};

use super::controller::Controller;

impl Controller<'_> {
    /// The previous controller may have left the proxy with the other upstream.
    pub fn begin(&mut self) {
        self.proxy.weather.begin(true);
        self.move_to(0);
        self.proxy.weather.end(true);
    }

    /// A request after which no earlier connection survives.
    fn cut(&self, kind: &'static str, place: (&str, &str), body: &Value, status: u16) {
        let asked = Instant::now();
        self.world.book.fault(kind);
        if self.api.ask(kind, place, body, &[status]).is_some() {
            self.proxy.weather.cut(asked);
        }
    }

    pub fn toggle(&mut self) {
        self.proxy.weather.begin(true);
        let path = self.path("");
        self.cut("disable", ("POST", &path), &json!({"enabled": false}), 200);
        self.pause(300);
        self.api
            .ask("enable", ("POST", &path), &json!({"enabled": true}), &[200]);
        self.proxy.weather.end(true);
    }

    fn move_to(&mut self, upstream: usize) {
        self.upstream = upstream;
        let body = json!({"upstream": self.proxy.upstreams[upstream]});
        self.api
            .ask("move upstream", ("POST", &self.path("")), &body, &[200]);
    }

    /// Switches to the other upstream, or for a while to one that refuses or does not answer.
    pub fn move_away(&mut self) {
        self.proxy.weather.begin(true);
        if self.dice.one_in(2) {
            let bad = self.dice.pick(self.bad_upstreams);
            self.cut(
                "move upstream",
                ("POST", &self.path("")),
                &json!({"upstream": bad}),
                200,
            );
            self.pause(500);
        }
        let asked = Instant::now();
        self.move_to(1 - self.upstream);
        self.proxy.weather.cut(asked);
        self.proxy.weather.end(true);
    }

    pub fn replace(&mut self) {
        self.proxy.weather.begin(true);
        self.upstream = 1 - self.upstream;
        let list = json!([self.entry()]);
        self.cut("populate, moved", ("POST", "/populate"), &list, 201);
        self.forget_toxics();
        self.proxy.weather.end(true);
    }

    /// Ends one connection, if one is open.
    pub fn kill(&mut self) {
        let path = self.path("/connections");
        let list = self
            .api
            .answer("look", ("GET", &path), &Value::Null, &[200]);
        let list = list.map_or(Value::Null, |answer| answer.json()["connections"].clone());
        let ids: Vec<u64> = list.as_array().map_or(Vec::new(), |list| {
            list.iter().filter_map(|one| one["id"].as_u64()).collect()
        });
        if ids.is_empty() {
            return;
        }
        let (id, how) = (*self.dice.pick(&ids), *self.dice.pick(&["fin", "rst"]));
        let path = format!("{path}/{id}?how={how}");
        self.proxy.weather.begin(true);
        self.world.book.fault("end connection");
        // It may have ended on its own.
        self.api.ask(
            "end connection",
            ("DELETE", &path),
            &Value::Null,
            &[204, 404],
        );
        self.proxy.weather.end(true);
    }

    pub fn recreate(&mut self) {
        self.proxy.weather.begin(true);
        self.cut(
            "delete proxy",
            ("DELETE", &self.path("")),
            &Value::Null,
            204,
        );
        self.pause(100);
        self.api
            .ask("create proxy", ("POST", "/proxies"), &self.entry(), &[201]);
        self.forget_toxics();
        self.proxy.weather.end(true);
    }
}
