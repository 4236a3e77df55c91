//! Which of several values are in a slice?
//!
//! `:must_supports` of Inferno's metadata lists the slices of a profile, each with what its values are told by.

use model::Value;

use super::paths::{members, values};

/// The slices of a profile.
#[derive(Clone, Copy, Default)]
pub(crate) struct Slices<'m>(pub(crate) &'m [Value]);

impl Slices<'_> {
    /// Whether a value under a member is in the slice of this name; one that the metadata does not list holds all.
    pub(crate) fn holds(&self, slice: &str, (member, value): (&str, &Value)) -> bool {
        let named = self.0.iter().find(|known| known.text("slice_name") == Some(slice));
        let discriminator = named.and_then(|slice| slice.get("discriminator"));
        discriminator.is_none_or(|discriminator| is_in(discriminator, member, value))
    }
}

/// Whether a value of `resource` is in this slice.
pub(crate) fn is_found(slice: &Value, resource: &Value) -> bool {
    let (Some(path), Some(discriminator)) = (slice.text("path"), slice.get("discriminator")) else {
        return false;
    };
    let (before, last) = path.rsplit_once('.').unwrap_or(("", path));
    let parents = values(resource, before, &Slices::default());
    let mut found = parents.into_iter().flat_map(|parent| members(parent, last));
    found.any(|(member, value)| is_in(discriminator, member, value))
}

fn is_in(discriminator: &Value, member: &str, value: &Value) -> bool {
    let path = discriminator.text("path").unwrap_or_default();
    let at = |path: &str| values(value, path, &Slices::default());
    let coding_path = if path.is_empty() { "coding".to_owned() } else { format!("{path}.coding") };
    let same = |name: &str, found: &Value, wanted: &Value| {
        wanted.text(name).is_none_or(|text| found.text(name) == Some(text))
    };
    match discriminator.text("type").unwrap_or_default() {
        "patternCodeableConcept" => {
            let mut codings = at(&coding_path).into_iter();
            codings.any(|coding| same("code", coding, discriminator) && same("system", coding, discriminator))
        }
        "patternCoding" => {
            let mut codings = at(path).into_iter();
            codings.any(|coding| same("code", coding, discriminator) && same("system", coding, discriminator))
        }
        "patternIdentifier" => at(path).into_iter().any(|found| same("system", found, discriminator)),
        "requiredBinding" => at(&coding_path).into_iter().any(|coding| {
            let mut codes = discriminator.get("values").map_or(&[][..], Value::items).iter();
            codes.any(|known| same("code", coding, known) && same("system", coding, known))
        }),
        "value" => {
            let wanted = discriminator.get("values").map_or(&[][..], Value::items).iter();
            let wanted = wanted.filter_map(|it| Some((it.text("path")?, it.text("value")?)));
            has_together(value, &wanted.collect::<Vec<_>>())
        }
        "type" => discriminator.text("code").is_some_and(|code| member.ends_with(code)),
        _ => false,
    }
}

/// Whether one branch of `value` has all these texts: `coding.system` and `coding.code` are those of one coding.
fn has_together(value: &Value, wanted: &[(&str, &str)]) -> bool {
    let Some((first, _)) = wanted.first() else { return true };
    let head = first.split('.').next().unwrap_or_default();
    let (mut within, mut others) = (Vec::new(), Vec::new());
    for (path, text) in wanted {
        match path.split_once('.').unwrap_or((path, "")) {
            (name, rest) if name == head => within.push((rest, *text)),
            _ => others.push((*path, *text)),
        }
    }
    let has_all = |child: &Value| {
        let (own, deeper): (Vec<_>, Vec<_>) = within.iter().copied().partition(|(rest, _)| rest.is_empty());
        own.iter().all(|(_, text)| child.as_str() == Some(text)) && has_together(child, &deeper)
    };
    members(value, head).into_iter().any(|(_, child)| has_all(child)) && has_together(value, &others)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::json;

    #[track_caller]
    fn check(slice: &str, resource: &str, expected: bool) {
        let [slice, resource] = [slice, resource].map(|text| json::parse(text.as_bytes()).expect("JSON"));
        assert_eq!(is_found(&slice, &resource), expected);
    }

    #[test]
    fn a_slice_is_told_by_its_discriminator() {
        let by_values = r#"{"path":"category","discriminator":{"type":"value","values":[
            {"path":"coding.code","value":"a"},{"path":"coding.system","value":"s"}]}}"#;
        check(by_values, r#"{"category":[{"coding":[{"system":"s","code":"a"}]}]}"#, true);
        check(by_values, r#"{"category":[{"coding":[{"system":"t","code":"a"},{"system":"s"}]}]}"#, false);
        let by_type = r#"{"path":"value[x]","discriminator":{"type":"type","code":"Quantity"}}"#;
        check(by_type, r#"{"valueQuantity":{}}"#, true);
        check(by_type, r#"{"valueString":"x"}"#, false);
        let by_pattern = r#"{"path":"part","discriminator":
            {"type":"patternCodeableConcept","path":"code","code":"a","system":"s"}}"#;
        check(by_pattern, r#"{"part":[{"code":{"coding":[{"system":"s","code":"a"}]}}]}"#, true);
        check(by_pattern, r#"{"part":[{"code":{"coding":[{"code":"a"}]}}]}"#, false);
    }
}
