//! Which invariants need no evaluation?
//!
//! Some are proved by the structural pass, some can be broken only where a certain member stands. Both are told
//! by key and text, so that a profile which uses a key for something else is not taken for them.

use std::collections::HashSet;

use model::{Object, Value};

/// Whether an invariant may be broken by an object, told from its members and from which ids are contained.
pub(crate) type Guard = fn(&Object, &dyn Fn(&str) -> bool) -> bool;

/// An invariant that always holds after the structural pass, or that another part of this crate states.
struct Implied {
    key: &'static str,
    /// How its expression begins.
    expression: &'static str,
}

/// - `ele-1`: the structural pass refuses what is empty.
/// - `dom-6`: advice, given by the checks of best practice when it is wanted.
/// - `txt-1`, `txt-2`: the check of narratives says the same, and says what is wrong.
static IMPLIED: &[Implied] = &[
    Implied { key: "ele-1", expression: "hasValue() or (children().count() > id.count())" },
    Implied { key: "dom-6", expression: "text.`div`.exists()" },
    Implied { key: "dom-6", expression: "text.div.exists()" },
    Implied { key: "txt-1", expression: "htmlChecks()" },
    Implied { key: "txt-2", expression: "htmlChecks()" },
];

/// An invariant that only some objects can break.
struct Guarded {
    key: &'static str,
    /// How its expression begins.
    expression: &'static str,
    guard: Guard,
}

static GUARDED: &[Guarded] = &[
    Guarded { key: "dom-3", expression: "contained.", guard: has_unused },
    Guarded { key: "ext-1", expression: "extension.exists() != value.exists()", guard: both_or_neither },
    Guarded { key: "ref-1", expression: "reference.startsWith('#').not() or", guard: points_inside },
];

/// An expression that says something else than was meant, as published.
struct Corrected {
    key: &'static str,
    published: &'static str,
    meant: &'static str,
}

/// - `bdl-8`, `ras-2`: where there is no fullUrl and no probability, nothing is asked of it.
/// - `vs-1`: times of other types than dateTime are not asked for a precision, as its text says.
/// - `que-7`: an answer is FHIR's boolean, never FHIRPath's own.
static CORRECTED: &[Corrected] = &[
    Corrected {
        key: "bdl-8",
        published: "fullUrl.contains('/_history/').not()",
        meant: "fullUrl.empty() or fullUrl.contains('/_history/').not()",
    },
    Corrected {
        key: "ras-2",
        published: "probability is decimal implies (probability as decimal) <= 100",
        meant: "probability.empty() or (probability is decimal implies (probability as decimal) <= 100)",
    },
    Corrected {
        key: "vs-1",
        published: "($this as dateTime).toString().length() >= 8",
        meant: "$this is dateTime implies ($this as dateTime).toString().length() >= 8",
    },
    Corrected {
        key: "que-7",
        published: "operator = 'exists' implies (answer is Boolean)",
        meant: "operator = 'exists' implies (answer is boolean)",
    },
];

/// The same expressions in words that a proof reads, for the proof alone.
static RESTATED: &[(&str, &str)] =
    &[("(identifier.count() + name.count()) > 0", "identifier.exists() or name.exists()")];

/// The expression as a proof reads it best.
pub(super) fn restated(expression: &str) -> &str {
    let known = RESTATED.iter().find(|(published, _)| *published == expression);
    known.map_or(expression, |(_, restated)| restated)
}

/// The expression that was meant.
pub(super) fn corrected<'t>(key: &str, expression: &'t str) -> &'t str {
    let known = CORRECTED.iter().find(|known| known.key == key && known.published == expression);
    known.map_or(expression, |known| known.meant)
}

/// Whether the invariant holds in any case.
pub(super) fn is_implied(key: &str, expression: &str) -> bool {
    IMPLIED.iter().any(|known| known.key == key && expression.starts_with(known.expression))
}

/// What tells that an invariant may be broken; none when only evaluating can.
pub(super) fn guard(key: &str, expression: &str) -> Option<Guard> {
    let known = GUARDED.iter().find(|known| known.key == key && expression.starts_with(known.expression));
    known.map(|known| known.guard)
}

/// Whether something contained is named nowhere in the resource, its narrative included, and does not point to
/// the resource itself.
fn has_unused(resource: &Object, _: &dyn Fn(&str) -> bool) -> bool {
    let contained = resource.get("contained").map_or(&[][..], Value::items);
    if contained.is_empty() {
        return false;
    }
    let mut named = HashSet::new();
    resource.iter().for_each(|(_, value)| fragments(value, &mut named));
    contained.iter().any(|inner| {
        let mut own = HashSet::new();
        fragments(inner, &mut own);
        !own.contains("") && inner.text("id").is_none_or(|id| !named.contains(id))
    })
}

/// Collects what stands behind `#` in references and in the links of narratives.
fn fragments<'v>(value: &'v Value, found: &mut HashSet<&'v str>) {
    match value {
        Value::String(text) if text.starts_with('<') => {
            let links = text.match_indices('#').filter(|(place, _)| text[..*place].ends_with('"'));
            found.extend(links.filter_map(|(place, _)| text[place + 1..].split('"').next()));
        }
        Value::String(text) => found.extend(text.strip_prefix('#')),
        Value::Array(items) => items.iter().for_each(|item| fragments(item, found)),
        Value::Object(object) => object.iter().for_each(|(_, value)| fragments(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether an extension has both a value and extensions, or none of them.
fn both_or_neither(extension: &Object, _: &dyn Fn(&str) -> bool) -> bool {
    let has_value = extension.iter().any(|(name, _)| name.trim_start_matches('_').starts_with("value"));
    extension.get("extension").is_some() == has_value
}

/// Whether a reference names something contained that is not there; `#` alone is the container, which always is.
fn points_inside(reference: &Object, is_contained: &dyn Fn(&str) -> bool) -> bool {
    let text = reference.get("reference").and_then(Value::as_str).unwrap_or_default();
    text.strip_prefix('#').is_some_and(|id| !id.is_empty() && !is_contained(id))
}
