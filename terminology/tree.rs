//! What stands under this name?
//!
//! Reading members of a definition, which may be absent: <https://hl7.org/fhir/R4/json.html>.

use model::Value;

/// The items of the member called `name`; none when there is no such array.
pub(crate) fn items<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).map_or(&[], Value::items)
}

/// Whether the member called `name` is true.
pub(crate) fn is_true(value: &Value, name: &str) -> bool {
    value.get(name) == Some(&Value::Bool(true))
}
