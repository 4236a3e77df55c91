//! What are the arguments and results of an operation?
//!
//! Reading keeps to slices of the tree; building gives a tree: <https://hl7.org/fhir/R4/parameters.html>.

use crate::issue::{Code, Issue};
use crate::value::{Object, Value, object};

/// One parameter with its content.
#[derive(Clone)]
pub struct Parameter<'a> {
    /// The name, which may stand more than once.
    pub name: &'a str,
    /// What it holds.
    pub content: Content<'a>,
}

/// What a parameter holds: exactly one of these, by invariant inv-1.
#[derive(Clone)]
pub enum Content<'a> {
    /// A value.
    Value {
        /// The member's name, which tells the type: `valueString`.
        member: &'a str,
        /// The value itself; `None` when only extensions stand for it.
        value: Option<&'a Value>,
    },
    /// A whole resource.
    Resource(&'a Object),
    /// Parameters of its own.
    Parts(Vec<Parameter<'a>>),
}

/// Reads a Parameters resource, or tells all that is wrong with it.
pub fn read(resource: &Object) -> Result<Vec<Parameter<'_>>, Vec<Issue>> {
    if resource.get("resourceType").and_then(Value::as_str) != Some("Parameters") {
        return Err(vec![Issue::error(Code::WrongType, "a Parameters resource is expected here")]);
    }
    let mut issues = Vec::new();
    let parameters = read_all(resource.get("parameter"), "Parameters.parameter", &mut issues);
    if issues.is_empty() { Ok(parameters) } else { Err(issues) }
}

/// Returns the first parameter of a name.
pub fn find<'a, 'b>(parameters: &'b [Parameter<'a>], name: &str) -> Option<&'b Parameter<'a>> {
    parameters.iter().find(|parameter| parameter.name == name)
}

/// Makes a Parameters resource.
pub fn parameters(parameters: Vec<Value>) -> Value {
    let mut resource = Object::with_capacity(2);
    resource.set("resourceType", "Parameters");
    if !parameters.is_empty() {
        resource.set("parameter", parameters);
    }
    resource.into()
}

/// Makes a parameter with a value; `member` tells its type: `valueString`.
pub fn with_value(name: &str, member: &str, value: impl Into<Value>) -> Value {
    object([("name", name.into()), (member, value.into())])
}

/// Makes a parameter with a resource.
pub fn with_resource(name: &str, resource: Value) -> Value {
    object([("name", name.into()), ("resource", resource)])
}

/// Makes a parameter with parameters of its own; the caller has at least one.
pub fn with_parts(name: &str, parts: Vec<Value>) -> Value {
    object([("name", name.into()), ("part", parts.into())])
}

fn read_all<'a>(items: Option<&'a Value>, path: &str, issues: &mut Vec<Issue>) -> Vec<Parameter<'a>> {
    if items.is_some_and(|items| !matches!(items, Value::Array(_))) {
        issues.push(wrong("the parameters are not an array", path));
    }
    let items = items.map_or(&[][..], Value::items).iter().enumerate();
    items.filter_map(|(place, item)| read_one(item, &format!("{path}[{place}]"), issues)).collect()
}

/// Reads one parameter; its parts nest no deeper than the tree, which has its limit.
fn read_one<'a>(item: &'a Value, path: &str, issues: &mut Vec<Issue>) -> Option<Parameter<'a>> {
    let Some(parameter) = item.as_object() else {
        issues.push(wrong("the parameter is not an object", path));
        return None;
    };
    let name = parameter.get("name").and_then(Value::as_str);
    if name.is_none() {
        issues.push(wrong("the parameter has no name", &format!("{path}.name")));
    }
    let mut contents = contents(parameter);
    let (Some(member), None) = (contents.next(), contents.next()) else {
        let message = "a parameter holds exactly one of value[x], resource and part";
        issues.push(wrong(message, path));
        return None;
    };
    let content = match (member, parameter.get(member)) {
        ("resource", Some(Value::Object(resource))) => Content::Resource(resource),
        ("resource", _) => {
            issues.push(wrong("the resource is not an object", &format!("{path}.resource")));
            return None;
        }
        ("part", parts) => Content::Parts(read_all(parts, &format!("{path}.part"), issues)),
        (member, value) => Content::Value { member, value },
    };
    Some(Parameter { name: name?, content })
}

/// The names of the members that hold content; `_valueX` counts where no `valueX` stands.
fn contents(parameter: &Object) -> impl Iterator<Item = &str> {
    parameter.iter().filter_map(|(name, _)| match name.strip_prefix('_') {
        Some(value) => (value.starts_with("value") && parameter.get(value).is_none()).then_some(value),
        None => (name.starts_with("value") || matches!(name, "resource" | "part")).then_some(name),
    })
}

fn wrong(message: &str, path: &str) -> Issue {
    Issue::error(Code::InvalidStructure, message).at(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn show(parameters: &[Parameter<'_>]) -> String {
        let shown = parameters.iter().map(|parameter| match &parameter.content {
            Content::Value { member, value } => {
                let text = value.map_or_else(|| b"-".to_vec(), json::to_compact);
                format!("{}:{member}={}", parameter.name, String::from_utf8_lossy(&text))
            }
            Content::Resource(resource) => format!("{}:{resource:?}", parameter.name),
            Content::Parts(parts) => format!("{}({})", parameter.name, show(parts)),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// Shows what was read, or where it is wrong.
    fn check(parameter: &str, expected: &str) {
        let text = format!(r#"{{"resourceType":"Parameters","parameter":[{parameter}]}}"#);
        let resource = json::parse(text.as_bytes()).expect("valid JSON");
        let shown = match read(resource.as_object().expect("an object")) {
            Ok(parameters) => show(&parameters),
            Err(issues) => {
                issues.iter().filter_map(|issue| issue.expression.as_deref()).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn values_resources_and_parts_are_read() {
        check(
            r#"{"name":"a","valueString":"x"},{"name":"a","valueDecimal":1.0}"#,
            r#"a:valueString="x" a:valueDecimal=1.0"#,
        );
        check(r#"{"name":"r","resource":{"resourceType":"Basic","id":"1"}}"#, "r:Basic/1");
        check(r#"{"name":"p","part":[{"name":"q","valueCode":"c"}]}"#, r#"p(q:valueCode="c")"#);
        check(r#"{"name":"e","_valueDate":{"extension":[]}}"#, "e:valueDate=-");
        check(r#"{"name":"e","valueDate":"2026","_valueDate":{"id":"1"}}"#, r#"e:valueDate="2026""#);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        check(
            r#"{"valueString":"x"},{"name":"a"},{"name":"a","valueString":"x","resource":{}},7,{"name":"p","part":[{"name":"q"}]}"#,
            "Parameters.parameter[0].name Parameters.parameter[1] Parameters.parameter[2] \
             Parameters.parameter[3] Parameters.parameter[4].part[0]",
        );
        check(r#"{"name":"r","resource":"x"}"#, "Parameters.parameter[0].resource");
        check(r#"{"name":"p","part":{}}"#, "Parameters.parameter[0].part");
    }

    #[test]
    fn another_resource_is_refused() {
        let basic = Object::from_iter([("resourceType".into(), "Basic".into())]);
        assert_eq!(read(&basic).err().map(|issues| issues[0].code), Some(Code::WrongType));
    }

    #[test]
    fn what_is_built_is_read_again() {
        let built = parameters(vec![
            with_value("a", "valueString", "x"),
            with_resource("r", object([("resourceType", "Basic".into())])),
            with_parts("p", vec![with_value("q", "valueBoolean", true)]),
        ]);
        let read = read(built.as_object().expect("an object")).expect("valid");
        assert_eq!(show(&read), r#"a:valueString="x" r:Basic/- p(q:valueBoolean=true)"#);
        assert!(find(&read, "r").is_some() && find(&read, "z").is_none());
        assert_eq!(json::to_compact(&parameters(Vec::new())), br#"{"resourceType":"Parameters"}"#);
    }
}
