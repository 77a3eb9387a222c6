//! `toxic presets`: lists the presets of `respond` and `modify_body` that this program has.

use serde_json::{Map, Value};

use crate::cli::context::CommandContext;
use crate::cli::error::CommandError;
use crate::cli::output::format::{OutputFormat, json};
use crate::toxics::{Preset, presets};
use crate::util::suggest::nearest;
use crate::util::text::escape;

pub(crate) fn run(
    context: &mut CommandContext<'_>,
    name: Option<&str>,
) -> Result<String, CommandError> {
    let Some(name) = name else {
        return Ok(list(context));
    };
    let Some(preset) = presets().find(|preset| preset.name == name) else {
        let text = format!("There is no preset {name:?}.");
        let near = nearest(name, presets().map(|preset| preset.name));
        let near = near.map(|near| format!("Did you mean {near}? "));
        let hint = "`aconite toxic presets` lists all.";
        let hint = format!("{}{hint}", near.unwrap_or_default());
        return Err(CommandError::local(text).with_hint(Some(hint)));
    };
    let shown = shown(preset);
    Ok(context.json_or_text(&shown, || as_sent(preset)))
}

fn list(context: &CommandContext<'_>) -> String {
    if context.format() == OutputFormat::Json {
        return json(&presets().map(shown).collect());
    }
    let rows: Vec<_> = presets().map(row).collect();
    let heading = ["PRESET", "TYPE", "STATUS", "ABOUT"];
    context.rows(heading, &rows, "There are no presets.")
}

fn row(preset: &Preset) -> [String; 4] {
    [
        preset.name.to_owned(),
        preset.kind.to_owned(),
        status(preset).map_or_else(|| "-".to_owned(), |status| status.to_string()),
        preset.about.to_owned(),
    ]
}

/// The status that it sets. An event inside of an answer sets none.
fn status(preset: &Preset) -> Option<u16> {
    (preset.kind == "respond").then_some(preset.status)
}

fn retry_after_ms(preset: &Preset) -> Option<u64> {
    let told = preset.retry_after?.told();
    Some(u64::try_from(told.as_millis()).unwrap_or(u64::MAX))
}

/// Its members have the names of the attributes that it stands for.
fn shown(preset: &Preset) -> Value {
    let mut shown = Map::new();
    shown.insert("preset".to_owned(), preset.name.into());
    shown.insert("about".to_owned(), preset.about.into());
    shown.insert("type".to_owned(), preset.kind.into());
    let Some(status) = status(preset) else {
        shown.insert("insert".to_owned(), preset.body.into());
        return shown.into();
    };
    let fields = preset.fields.iter();
    let headers = fields.map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
    shown.insert("status".to_owned(), status.into());
    if let Some(millis) = retry_after_ms(preset) {
        shown.insert("retry_after_ms".to_owned(), millis.into());
    }
    shown.insert("headers".to_owned(), Value::Object(headers.collect()));
    shown.insert("body".to_owned(), preset.body.into());
    shown.into()
}

/// The preset as a client sees it.
fn as_sent(preset: &Preset) -> String {
    let use_it = format!("--type {} -a preset={}", preset.kind, preset.name);
    let mut text = format!("{}\nUse it with {use_it}\n\n", preset.about);
    if let Some(status) = status(preset) {
        text.push_str(&format!("status: {status}\n"));
        if let Some(millis) = retry_after_ms(preset) {
            text.push_str(&format!("retry after: {millis} ms\n"));
        }
        for (name, value) in preset.fields {
            text.push_str(&format!("{name}: {value}\n"));
        }
        text.push('\n');
    }
    for line in preset.body.trim_end().lines() {
        text.push_str(&format!("{}\n", escape(line)));
    }
    text
}
