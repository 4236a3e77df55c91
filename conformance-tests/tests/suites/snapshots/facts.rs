//! Do two snapshots say the same?
//!
//! Those of the reference were made with R4B. Hence types, bindings and constraints that an element has from
//! R4's own definitions, and that no profile of the case speaks of, are compared only as far as R4B kept them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Object, Value, json};

use super::cases::Case;

/// What is structure, and compared as it stands.
const PLAIN: &[&str] = &["path", "sliceName", "max", "min", "maxLength", "label", "representation"];

/// What is false unless it is said.
const FLAGS: &[&str] = &["mustSupport", "isModifier", "sliceIsConstraining"];

/// What is for people, and compared where the case says it.
const PROSE: &[&str] = &["short", "definition", "comment", "requirements", "meaningWhenMissing"];

/// Types that R4B took out of open choices.
const NOT_IN_R4B: &[&str] = &["Meta"];

/// Constraints that every element and every extension has, in each release.
const OF_ALL: &[&str] = &["ele-1", "ext-1"];

/// The elements of R4's own types, by their paths.
pub(super) struct Known(BTreeMap<String, Object>);

impl Known {
    pub(super) fn of(definitions: &[Value]) -> Known {
        let types = definitions.iter().filter(|known| known.text("derivation") != Some("constraint"));
        let elements = types.flat_map(|known| elements(known, "snapshot")).filter_map(Value::as_object);
        let by_path =
            elements.filter_map(|element| Some((element.get("path")?.as_str()?.to_owned(), element.clone())));
        Known(by_path.collect())
    }

    /// The element of R4 that `element` is based on.
    fn base(&self, element: &Value) -> Option<&Object> {
        self.0.get(element.get("base")?.text("path")?)
    }
}

/// Says how the snapshot of `made` differs from `expected`, if it does.
pub(super) fn compare(made: &Value, expected: &Value, case: &Case, known: &Known) -> Result<(), String> {
    let (ours, theirs) = (elements(made, "snapshot"), elements(expected, "snapshot"));
    let ids = |elements: &[Value]| -> Vec<String> {
        elements.iter().map(|element| element.text("id").unwrap_or_default().to_owned()).collect()
    };
    let (our_ids, their_ids) = (ids(ours), ids(theirs));
    if our_ids != their_ids {
        let place = our_ids.iter().zip(&their_ids).take_while(|(ours, theirs)| ours == theirs).count();
        let shown = |ids: &[String]| ids.get(place).cloned().unwrap_or_else(|| "nothing".to_owned());
        return Err(format!("element {place} is {} and should be {}", shown(&our_ids), shown(&their_ids)));
    }
    let stated: Vec<&Object> = [&case.input]
        .into_iter()
        .chain(&case.supporting)
        .flat_map(|definition| elements(definition, "differential"))
        .filter_map(Value::as_object)
        .collect();
    let mut wrong = Vec::new();
    for (ours, theirs) in ours.iter().zip(theirs) {
        let id = ours.text("id").unwrap_or_default();
        let pair = Pair { ours, theirs, stated: &stated, base: known.base(ours) };
        wrong.extend(pair.differences().into_iter().map(|difference| format!("{id} {difference}")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("{}: {}", wrong.len(), wrong.join("\n    "))) }
}

/// An element as we have it and as it should be.
struct Pair<'e> {
    ours: &'e Value,
    theirs: &'e Value,
    /// What the profiles of the case say.
    stated: &'e [&'e Object],
    /// The element of R4 behind it.
    base: Option<&'e Object>,
}

impl Pair<'_> {
    fn differences(&self) -> Vec<String> {
        let (ours, theirs) = (facts(self.ours, self.base), facts(self.theirs, self.base));
        let mut found = Vec::new();
        for name in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
            let of = |facts: &BTreeMap<String, String>| facts.get(name).cloned().unwrap_or_default();
            let (ours, theirs) = (of(&ours), of(&theirs));
            if ours != theirs && !self.is_of_release(name) {
                found.push(format!("{name}: `{ours}` and should be `{theirs}`"));
            }
        }
        for name in PROSE {
            let (ours, theirs) = (self.ours.text(name), self.theirs.text(name));
            let linked = |text: &str| text.replace("/fhir/R4B/", "/fhir/").replace('\r', "");
            if ours.map(linked) != theirs.map(linked)
                && (self.is_prose_of_case(name, ours) || self.is_prose_of_case(name, theirs))
            {
                found.push(format!("{name}: {ours:?} and should be {theirs:?}"));
            }
        }
        found
    }

    /// Whether the two differ because the releases do.
    fn is_of_release(&self, name: &str) -> bool {
        let (ours, theirs) = (self.ours.get(name), self.theirs.get(name));
        let untouched = self.base.is_some_and(|base| base.get(name) == ours);
        match name {
            // R4B added types, and targets of references.
            "type" if untouched => {
                let codes = |types: Option<&Value>| -> BTreeSet<String> {
                    let types = types.map_or(&[][..], Value::items).iter();
                    types.filter_map(|known| known.text("code").map(str::to_owned)).collect()
                };
                let lost = codes(ours).difference(&codes(theirs)).cloned().collect::<Vec<_>>();
                lost.iter().all(|code| NOT_IN_R4B.contains(&code.as_str()))
            }
            "binding" => untouched && !self.is_stated(name),
            // R4B lets many of its extensions repeat.
            "max" => {
                let is_extension = self.ours.text("path").is_some_and(|path| path.ends_with("xtension"));
                is_extension && theirs.and_then(Value::as_str) == Some("*") && !self.is_stated(name)
            }
            // The reference leaves out how a slice is sliced again.
            "slicing" => self.ours.get("sliceName").is_some() && theirs.is_none(),
            _ => false,
        }
    }

    /// Whether a profile of the case says this of such an element.
    fn is_stated(&self, name: &str) -> bool {
        let path = self.ours.text("path").unwrap_or_default();
        let ends = |path: &str| {
            let names: Vec<&str> = path.split('.').collect();
            (names[0].to_owned(), names[names.len() - 1].to_owned())
        };
        let slice = self.ours.get("sliceName");
        self.stated.iter().any(|stated| {
            let stated_path = stated.get("path").and_then(Value::as_str).unwrap_or_default();
            let ((type_name, tail), (stated_type, stated_tail)) = (ends(path), ends(stated_path));
            let is_same = stated_path == path
                || stated_type == "Extension" && type_name != stated_type && stated_tail == tail;
            is_same && stated.get("sliceName") == slice && stated.get(name).is_some()
        })
    }

    fn is_prose_of_case(&self, name: &str, text: Option<&str>) -> bool {
        let Some(text) = text else { return false };
        let said = self.stated.iter().filter_map(|stated| stated.get(name)?.as_str());
        said.into_iter().any(|said| match said.strip_prefix("...") {
            Some(more) => text.ends_with(more),
            None => text == said,
        })
    }
}

pub(super) fn elements<'r>(definition: &'r Value, part: &str) -> &'r [Value] {
    definition.get(part).and_then(|part| part.get("element")).map_or(&[], Value::items)
}

/// What an element says, in one form for all ways to say it.
pub(super) fn facts(element: &Value, base: Option<&Object>) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for (name, value) in element.as_object().into_iter().flat_map(Object::iter) {
        let fact = match name {
            "type" => types(value),
            "slicing" => slicing(value),
            "binding" => binding(value),
            "base" => shown(value),
            "contentReference" => {
                value.as_str().and_then(|text| text.split('#').nth(1)).unwrap_or_default().to_owned()
            }
            "constraint" => keys(value, base),
            _ if FLAGS.contains(&name) && *value == Value::Bool(false) => continue,
            _ if FLAGS.contains(&name) || PLAIN.contains(&name) || is_value(name) => shown(value),
            _ => continue,
        };
        if !fact.is_empty() {
            facts.insert(name.to_owned(), fact);
        }
    }
    facts
}

fn is_value(name: &str) -> bool {
    ["fixed", "pattern", "minValue", "maxValue", "defaultValue"].iter().any(|choice| {
        name.strip_prefix(choice)
            .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_uppercase()))
    })
}

/// Types and their profiles, which the reference puts in an order of its own.
fn types(types: &Value) -> String {
    let shown = types.items().iter().map(|known| {
        let profiles = |name| known.get(name).map_or(&[][..], Value::items).iter().filter_map(Value::as_str);
        let set = |name| profiles(name).collect::<BTreeSet<_>>();
        format!("{} {:?} {:?}", known.text("code").unwrap_or_default(), set("profile"), set("targetProfile"))
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn slicing(slicing: &Value) -> String {
    let discriminators = slicing.get("discriminator").map_or(&[][..], Value::items).iter();
    let discriminators = discriminators.map(|known| {
        format!("{}:{}", known.text("type").unwrap_or_default(), known.text("path").unwrap_or_default())
    });
    let ordered = slicing.get("ordered") == Some(&Value::Bool(true));
    let rules = slicing.text("rules").unwrap_or_default();
    format!("{} {ordered} {rules}", discriminators.collect::<Vec<_>>().join("+"))
}

fn binding(binding: &Value) -> String {
    let value_set = binding.text("valueSet").unwrap_or_default();
    let value_set = value_set.split('|').next().unwrap_or_default();
    format!("{} {value_set}", binding.text("strength").unwrap_or_default())
}

/// The constraints' keys: all of profiles', and of the release's own those that each release has.
fn keys(constraints: &Value, base: Option<&Object>) -> String {
    let of_base = base.and_then(|base| base.get("constraint")).map_or(&[][..], Value::items);
    let is_of_base = |key: Option<&Value>| of_base.iter().any(|known| known.get("key") == key);
    let is_of_profile = |constraint: &&Value| {
        let source = constraint
            .text("source")
            .and_then(|source| source.strip_prefix("http://hl7.org/fhir/StructureDefinition/"));
        let is_core = source.is_some_and(|name| name.chars().all(|letter| letter.is_ascii_alphanumeric()));
        !is_core && !is_of_base(constraint.get("key"))
            || constraint.text("key").is_some_and(|key| OF_ALL.contains(&key))
    };
    let keys: BTreeSet<&str> = constraints
        .items()
        .iter()
        .filter(|constraint| base.is_none() || is_of_profile(constraint))
        .filter_map(|known| known.text("key"))
        .collect();
    keys.into_iter().collect::<Vec<_>>().join(" ")
}

/// JSON whose members are in one order.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<&str, String> =
                members.iter().map(|(name, value)| (name, shown(value))).collect();
            format!("{sorted:?}")
        }
        Value::Array(items) => format!("{:?}", items.iter().map(shown).collect::<Vec<_>>()),
        _ => String::from_utf8(json::to_compact(value)).expect("JSON is text"),
    }
}
