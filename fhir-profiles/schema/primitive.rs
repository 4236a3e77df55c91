//! What does JSON hold for a primitive, and in which form?
//!
//! <https://hl7.org/fhir/R4/datatypes.html#primitive>. The expressions are the published ones, said so that every
//! engine reads them alike and none tries the same text twice: `base64Binary` without nested choices, and white
//! space by its characters, because what `\s` takes beyond ASCII differs between engines.

use model::{Number, Object, Value};

/// Returns the schema of a primitive type's value.
pub(super) fn schema(name: &str) -> Value {
    let mut schema = Object::new();
    match name {
        "boolean" => schema.set("type", "boolean"),
        "decimal" => schema.set("type", "number"),
        "integer" => integer(&mut schema, "-2147483648"),
        "unsignedInt" => integer(&mut schema, "0"),
        "positiveInt" => integer(&mut schema, "1"),
        _ => text(&mut schema, name),
    }
    schema.into()
}

fn integer(schema: &mut Object, least: &str) {
    schema.set("type", "integer");
    schema.set("minimum", number(least));
    schema.set("maximum", number("2147483647"));
}

fn text(schema: &mut Object, name: &str) {
    schema.set("type", "string");
    schema.set("minLength", 1u64);
    if let Some(pattern) = pattern(name) {
        schema.set("pattern", format!("^({pattern})$"));
    }
}

fn number(text: &str) -> Value {
    Value::Number(Number::new(text).expect("the bounds are numbers"))
}

/// What the texts of a type look like; those of `xhtml` are for validation to read.
fn pattern(name: &str) -> Option<String> {
    Some(match name {
        "base64Binary" => r"[ \t\r\n]*([0-9a-zA-Z+/=]{4}[ \t\r\n]*)+".to_owned(),
        "canonical" | "uri" | "url" => format!("{DARK}+"),
        "code" => format!(r"{DARK}+([ \t\r\n]{DARK}+)*"),
        "date" => format!("{YEAR}(-{MONTH}(-{DAY})?)?"),
        "dateTime" => format!("{YEAR}(-{MONTH}(-{DAY}(T{TIME}{ZONE})?)?)?"),
        "id" => r"[A-Za-z0-9\-.]{1,64}".to_owned(),
        "instant" => format!("{YEAR}-{MONTH}-{DAY}T{TIME}{ZONE}"),
        "markdown" | "string" => TEXT.to_owned(),
        "oid" => r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+".to_owned(),
        "time" => TIME.to_owned(),
        "uuid" => "urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}".to_owned(),
        _ => return None,
    })
}

/// No control characters but tabs and the ends of lines.
const TEXT: &str = r"[^\u0000-\u0008\u000B\u000C\u000E-\u001F]+";

/// A character that is neither white space nor a control character.
const DARK: &str = r"[^\u0000-\u0020]";

/// From 0001.
const YEAR: &str = "([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)";
const MONTH: &str = "(0[1-9]|1[0-2])";
const DAY: &str = "(0[1-9]|[12][0-9]|3[01])";

/// With the second that is added now and then.
const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?";
const ZONE: &str = "(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))";
