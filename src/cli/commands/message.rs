//! `--header` and `--body`: the fields and the body that a type of toxic writes, as members of the toxic.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::args::client::BodySource;
use crate::cli::error::CommandError;

/// `headers` and `body`, as far as they were given. A field that is removed is `null`.
pub(crate) fn members(
    headers: &[(String, Option<String>)],
    body: Option<&BodySource>,
) -> Result<Vec<(Cow<'static, str>, Value)>, CommandError> {
    let mut members = Vec::new();
    if !headers.is_empty() {
        let fields = headers.iter().cloned();
        let fields: Map<String, Value> = fields.map(|(name, value)| (name, value.into())).collect();
        members.push((Cow::Borrowed("headers"), fields.into()));
    }
    match body {
        None => {}
        Some(BodySource::Text(text)) => members.push((Cow::Borrowed("body"), text.clone().into())),
        Some(BodySource::File(path)) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                let text = format!("cannot read {} as text: {error}", path.display());
                let hint = "Give a file of UTF-8 text, or the text itself without @.";
                CommandError::local(text).with_hint(Some(hint.to_owned()))
            })?;
            members.push((Cow::Borrowed("body"), text.into()));
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_given_becomes_a_member() {
        let headers = [
            ("Retry-After".to_owned(), Some("2".to_owned())),
            ("Server".to_owned(), None),
        ];
        let body = BodySource::Text("{}".to_owned());
        let given: Map<String, Value> = members(&headers, Some(&body))
            .unwrap()
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value))
            .collect();
        let expected = json!({"headers": {"Retry-After": "2", "Server": null}, "body": "{}"});
        assert_eq!(Value::from(given), expected);
        assert_eq!(members(&[], None).unwrap(), []);
        let missing = BodySource::File("/nowhere/at/all".into());
        let error = members(&[], Some(&missing)).unwrap_err().to_string();
        assert!(error.contains("/nowhere/at/all"), "{error}");
    }
}
