//! `create`: a proxy, with toxics from its first connection on.

use serde_json::json;

use super::api::Verb;
use super::context::{CommandContext, OutputFormat};
use super::extras;
use super::failure::Problem;
use super::toxics;
use super::view::{self, Proxy};
use crate::args::client::NewProxy;

pub(super) fn run(session: &mut CommandContext<'_>, new: &NewProxy) -> Result<String, Problem> {
    for toxic in &new.toxics {
        toxics::check(session, &toxic.kind, &toxic.attributes)?;
    }
    let mut body = json!({
        "name": new.name,
        "listen": new.listen,
        "upstream": new.upstream,
        "enabled": new.enabled,
    });
    if let Some(fields) = body.as_object_mut().filter(|_| !new.toxics.is_empty()) {
        let toxics: Vec<_> = new.toxics.iter().map(toxics::body).collect();
        fields.insert("toxics".into(), toxics.into());
    }
    extras::put_of_proxy(new.session.as_deref(), new.seed, &mut body);
    let answer = session.api().send(Verb::Post, "/proxies", Some(&body));
    let answer = answer.and_then(|answer| Ok((view::read::<Proxy>(&answer)?, answer)));
    let (proxy, answer) = answer.map_err(|failure| {
        let hint = toxics::kind_hint(&failure, new.toxics.iter().map(|toxic| toxic.kind.as_str()));
        failure
            .in_doing("Failed to create proxy: ")
            .between("", "Create: ")
            .with_hint(hint)
    })?;
    if proxy.toxics.len() < new.toxics.len() {
        let told =
            "The proxy was created, but without its toxics: this server takes none with a proxy";
        let hint = "Add them with `toxic add`.".to_owned();
        return Err(Problem::local(told).with_hint(Some(hint)));
    }
    Ok(session.json_or(&answer, || {
        let with: String = proxy
            .toxics
            .iter()
            .map(|toxic| {
                format!(
                    "Added {} {} toxic '{}' on proxy '{}'\n",
                    toxic.stream, toxic.kind, toxic.name, new.name
                )
            })
            .collect();
        let place = match session.look() {
            OutputFormat::Table | OutputFormat::Columns if proxy.enabled => {
                format!(", listening on {}", proxy.listen)
            }
            _ => String::new(),
        };
        format!("Created new proxy {}{place}\n{with}", new.name)
    }))
}
