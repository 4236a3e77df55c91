//! Which types and which resource do the unit tests walk?
//!
//! A handful of FHIR's, since the definitions are read by a crate above this one.

use model::{Instant, Value, json};

use crate::values::print;
use crate::{Budget, Context, Expression, Item, Kind, Member, Nothing, TypeId, Types, resource_node};

/// A type: name, base, kind, members. A member is `name: type`, with `*` where it repeats and `element=` before
/// it where that is another.
struct Row(&'static str, Option<&'static str>, Kind, &'static str);

static TABLE: &[Row] = &[
    Row("Element", None, Kind::Complex, "id: string, extension: Extension*"),
    Row("BackboneElement", Some("Element"), Kind::Complex, "id: string, extension: Extension*"),
    Row("Resource", None, Kind::Resource, "id: id"),
    Row(
        "Extension",
        Some("Element"),
        Kind::Complex,
        "url: uri, value=valueString: string, value=valueAge: Age, extension: Extension*",
    ),
    Row("HumanName", Some("Element"), Kind::Complex, "use: code, family: string, given: string*"),
    Row(
        "Quantity",
        Some("Element"),
        Kind::Complex,
        "value: decimal, comparator: code, unit: string, system: uri, code: code",
    ),
    Row(
        "Age",
        Some("Quantity"),
        Kind::Complex,
        "value: decimal, comparator: code, unit: string, system: uri, code: code",
    ),
    Row("Reference", Some("Element"), Kind::Complex, "reference: string"),
    Row("Period", Some("Element"), Kind::Complex, "start: dateTime, end: dateTime"),
    Row(
        "Patient",
        Some("Resource"),
        Kind::Resource,
        "id: id, active: boolean, name: HumanName*, birthDate: date, contact: Patient.contact*, contained: *, link: Reference*, value=valueString: string, value=valueQuantity: Quantity, extension: Extension*, period: Period*",
    ),
    Row("Patient.contact", Some("BackboneElement"), Kind::Backbone, "name: HumanName, rank: integer"),
    Row("Bundle", Some("Resource"), Kind::Resource, "id: id, entry: Bundle.entry*"),
    Row("Bundle.entry", Some("BackboneElement"), Kind::Backbone, "fullUrl: uri, resource: "),
    Row("string", Some("Element"), Kind::Primitive, ""),
    Row("code", Some("string"), Kind::Primitive, ""),
    Row("id", Some("string"), Kind::Primitive, ""),
    Row("uri", Some("Element"), Kind::Primitive, ""),
    Row("boolean", Some("Element"), Kind::Primitive, ""),
    Row("integer", Some("Element"), Kind::Primitive, ""),
    Row("decimal", Some("Element"), Kind::Primitive, ""),
    Row("date", Some("Element"), Kind::Primitive, ""),
    Row("dateTime", Some("Element"), Kind::Primitive, ""),
];

/// The types of the table.
pub(crate) struct Sample;

fn row(type_id: TypeId) -> &'static Row {
    &TABLE[usize::try_from(type_id.0).expect("a place in the table")]
}

fn read(written: &'static str) -> Member {
    let (names, type_name) = written.split_once(": ").expect("a name and a type");
    let (element, name) = names.split_once('=').unwrap_or((names, names));
    let type_id = Sample.find(type_name.trim_end_matches('*'));
    Member { name, element, type_id, repeats: type_name.ends_with('*') }
}

impl Types for Sample {
    fn find(&self, name: &str) -> Option<TypeId> {
        let place = TABLE.iter().position(|row| row.0 == name)?;
        u32::try_from(place).ok().map(TypeId)
    }

    fn name(&self, type_id: TypeId) -> &'static str {
        row(type_id).0
    }

    fn base(&self, type_id: TypeId) -> Option<TypeId> {
        self.find(row(type_id).1?)
    }

    fn kind(&self, type_id: TypeId) -> Kind {
        row(type_id).2
    }

    fn member(&self, parent: TypeId, name: &str) -> Option<Member> {
        row(parent)
            .3
            .split(", ")
            .filter(|written| !written.is_empty())
            .map(read)
            .find(|member| member.name == name)
    }

    fn element(&self, parent: TypeId, element: &str, found: &mut dyn FnMut(Member)) {
        self.members(parent, &mut |member| {
            if member.element == element {
                found(member);
            }
        });
    }

    fn members(&self, parent: TypeId, found: &mut dyn FnMut(Member)) {
        row(parent).3.split(", ").filter(|written| !written.is_empty()).map(read).for_each(found);
    }
}

/// The resource that most tests walk.
pub(crate) static PATIENT: &str = r##"{"resourceType":"Patient","id":"p1","active":true,
    "name":[{"use":"official","family":"Chalmers","given":["Peter","James"]},{"use":"usual","given":["Jim"]}],
    "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"http://e/time","valueString":"noon"}]},
    "contact":[{"name":{"family":"Marché","_family":{"id":"f"},"given":[null,"Bénédicte"],
        "_given":[{"id":"g"},null]},"rank":1}],
    "valueQuantity":{"value":1.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"},
    "contained":[{"resourceType":"Patient","id":"c","active":false}],
    "link":[{"reference":"#c"},{"reference":"Patient/elsewhere"}],
    "extension":[{"url":"http://e/age","valueAge":{"value":40,"system":"http://unitsofmeasure.org","code":"a"}}],
    "period":[{"start":"2020-01-01","end":"2020-02"},{"start":"2020-01-01","end":"2020-02"}]}"##;

/// What an expression yields on a resource: items parted by commas, or why there are none.
pub(crate) fn yielded(expression: &str, resource: &str) -> String {
    yielded_within(expression, resource, Budget::default())
}

/// The same within a budget.
pub(crate) fn yielded_within(expression: &str, resource: &str, budget: Budget) -> String {
    let resource = json::parse(resource.as_bytes()).expect("the sample is JSON");
    let expression = match Expression::parse(expression) {
        Ok(expression) => expression,
        Err(error) => return format!("syntax: {error}"),
    };
    let node = resource_node(&resource, &Sample).expect("a type of the table");
    let now = Instant(1_577_836_800_000_000);
    let context =
        Context { types: &Sample, host: &Nothing, resource: node, root: node, now, variables: &[], budget };
    match expression.evaluate(Item::Node(node), &context) {
        Ok(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Err(failure) => format!("failure: {failure}"),
    }
}

fn shown(item: &Item<'_>) -> String {
    match item {
        Item::Node(node) => match node.value {
            Some(Value::String(text)) => text.to_string(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                String::from_utf8_lossy(&json::to_compact(value)).into()
            }
            Some(_) => format!("<{}>", Sample.name(node.type_id)),
            None => format!("<{} without value>", Sample.name(node.type_id)),
        },
        Item::Type(namespace, name) => format!("{namespace}.{name}"),
        other => print::text(other).unwrap_or_default(),
    }
}
