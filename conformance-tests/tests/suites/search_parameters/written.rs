//! How is a value written in a URL, so that it must be found, or must not be?
//!
//! Rows hold numbers where names stood. The names are found again among the texts of the resource itself and the
//! canonicals of all code systems. <https://hl7.org/fhir/R4/search.html#ptypes>

mod amounts;
mod times;

use std::collections::HashMap;

use fhir_profiles::{Definitions, Registry};
use model::Value;
use search::hash;
use search::scan::{number, ordered};
use search::types::token::BOUND_SYSTEM;
use search::{Indexed, Kind, Parameter, Row};

/// In which way a parameter is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By the value alone.
    Plain,
    /// With a prefix in front of the value.
    Prefix(&'static str),
    /// With a modifier behind the name.
    Modifier(&'static str),
    /// With the name of a type behind the name.
    Type(String),
}

/// A search for one value.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// In which way.
    pub(crate) form: Form,
    /// The value as it stands in a URL, without percent escapes.
    pub(crate) value: String,
    /// Whether the resource that the value is of must be meant.
    pub(crate) is_meant: bool,
}

/// A text that no example has.
const NOBODYS: &str = "zz-nobody-has-this";

/// What the specification says of money, whose system no code system of R4 has.
const CURRENCIES: &str = "urn:iso:std:iso:4217";

impl Written {
    /// Whether there is a value at all.
    pub(crate) fn missing(value: &str, is_meant: bool) -> Self {
        Self { form: Form::Modifier("missing"), value: value.to_owned(), is_meant }
    }

    fn found(form: Form, value: impl Into<String>) -> Self {
        Self { form, value: value.into(), is_meant: true }
    }

    fn not_found(form: Form, value: impl Into<String>) -> Self {
        Self { form, value: value.into(), is_meant: false }
    }
}

/// Texts by the numbers that stand for them.
#[derive(Clone, Default)]
pub(crate) struct Names {
    systems: HashMap<i64, String>,
    types: HashMap<u32, String>,
    /// By the number of a system, the value set of all its codes.
    value_sets: HashMap<i64, String>,
}

impl Names {
    /// The canonicals of all code systems and the names of all types.
    pub(crate) fn of(registry: &Registry) -> Self {
        let mut names = Self::default();
        let types = Definitions::r4().resource_types().iter().map(|it| it.as_str());
        names.types = types.map(|name| (hash::short(name), name.to_owned())).collect();
        names.add_system(CURRENCIES);
        for entry in registry.of_type("CodeSystem") {
            let system = entry.resource();
            let Some(url) = system.text("url") else { continue };
            names.add_system(url);
            // Only where all codes are known is their value set.
            let is_whole = system.text("content") == Some("complete");
            let value_set = system.text("valueSet").filter(|url| is_whole && registry.resolve(url).is_some());
            if let Some(value_set) = value_set {
                names.value_sets.insert(hash::number(url), value_set.to_owned());
            }
        }
        names
    }

    /// The same with all texts of a resource.
    pub(crate) fn with(&self, resource: &Value) -> Self {
        let mut names = self.clone();
        names.add_texts(resource);
        names
    }

    fn add_system(&mut self, text: &str) {
        self.systems.insert(hash::number(text), text.to_owned());
    }

    fn add_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add_system(text),
            Value::Array(items) => items.iter().for_each(|item| self.add_texts(item)),
            Value::Object(object) => object.iter().for_each(|(_, member)| self.add_texts(member)),
            _ => {}
        }
    }

    fn system(&self, number: i64) -> Option<&str> {
        self.systems.get(&number).map(String::as_str)
    }
}

/// The searches for a value.
pub(crate) fn of(value: &Indexed, names: &Names) -> Vec<Written> {
    match value {
        Indexed::Token { system, code } => token(*system, code, names),
        Indexed::String(text) => string(text),
        Indexed::Uri(uri) => link(uri),
        Indexed::Reference { target_type, target } => reference(*target_type, target, names),
        Indexed::Date { start, end } => times::of(*start, *end),
        Indexed::Number { low, high } => amounts::of(*low, *high, ""),
        Indexed::Quantity { unit: 0, low, high } => amounts::of(*low, *high, ""),
        // The unit's own system and code are told by no row.
        Indexed::Quantity { .. } => Vec::new(),
        Indexed::Position { latitude, longitude } => place(number(*latitude), number(*longitude)),
    }
}

/// The searches for a value that only a modifier looks at.
pub(crate) fn under(modifier: &'static str, value: &Indexed, names: &Names) -> Vec<Written> {
    let form = Form::Modifier(modifier);
    match (modifier, value) {
        ("text", Indexed::String(text)) if has_word(text) => {
            vec![Written::found(form.clone(), escape(text)), Written::not_found(form, NOBODYS)]
        }
        ("identifier", Indexed::Token { system, code }) => {
            let mut searches = vec![Written::found(form.clone(), escape(code))];
            let named = names.system(*system).filter(|_| *system != 0);
            searches.extend(named.map(|name| Written::found(form.clone(), pair(name, code))));
            searches.push(Written::not_found(form, NOBODYS));
            searches
        }
        ("of-type", Indexed::Token { system, code }) => {
            let (Some(name), Some((kind, value))) = (names.system(*system), code.split_once('|')) else {
                return Vec::new();
            };
            let asked = |value: &str| format!("{}|{}|{}", escape(name), escape(kind), escape(value));
            if name.is_empty() || kind.is_empty() || value.is_empty() {
                return Vec::new();
            }
            vec![Written::found(form.clone(), asked(value)), Written::not_found(form, asked(NOBODYS))]
        }
        ("version", Indexed::Reference { target_type, target }) => {
            let type_name = names.types.get(target_type).map(|name| format!("{name}/")).unwrap_or_default();
            vec![Written::found(Form::Plain, format!("{type_name}{}", escape(target)))]
        }
        _ => Vec::new(),
    }
}

/// The searches for the first occurrence of a composite: its first values, joined.
pub(crate) fn composite(rows: &[Row], parameter: &Parameter, names: &Names) -> Vec<Written> {
    let Some(group) = rows.first().map(|row| row.group) else { return Vec::new() };
    let own = |number: u8| rows.iter().filter(move |row| row.group == group && row.component == number);
    let value = |number: u8, kind: Kind| {
        let mut searches = own(number).flat_map(|row| of(&row.value, names));
        searches.find(|it| it.is_meant && it.form == Form::Plain).or_else(|| {
            // A stretch of time that is no day and no second is found by a prefix alone.
            let mut searches = own(number).flat_map(|row| of(&row.value, names));
            searches.find(|it| it.is_meant && matches!(it.form, Form::Prefix(_)) && kind != Kind::Token)
        })
    };
    let parts: Option<Vec<String>> = (0..)
        .zip(&parameter.components)
        .map(|(number, component)| value(number, component.kind).map(|it| it.value))
        .collect();
    let Some(parts) = parts else { return Vec::new() };
    let found = Written::found(Form::Plain, parts.join("$"));
    let is_token = parameter.components.first().is_some_and(|component| component.kind == Kind::Token);
    let others = parts.iter().skip(1).cloned();
    let other = [NOBODYS.to_owned()].into_iter().chain(others).collect::<Vec<_>>().join("$");
    let not_found = is_token.then(|| Written::not_found(Form::Plain, other));
    [found].into_iter().chain(not_found).collect()
}

/// The searches for amounts in the units that the resource gives them in, where only one amount is that number.
pub(crate) fn in_units(rows: &[Row], resource: &Value) -> Vec<Written> {
    let mut amounts = Vec::new();
    collect_amounts(resource, &mut amounts);
    let mut searches = Vec::new();
    for row in rows {
        let Indexed::Quantity { unit: 0, low, high } = row.value else { continue };
        let mut same = amounts.iter().filter(|(amount, _)| low == high && ordered(*amount) == low);
        if let (Some((amount, unit)), None) = (same.next(), same.next()) {
            searches.push(Written::found(Form::Plain, format!("{amount}|{unit}")));
            searches.push(Written::not_found(
                Form::Plain,
                format!("{amount}|http://example.org/units|{NOBODYS}"),
            ));
        }
    }
    searches
}

/// Numbers with `system|code` of their units, each pair once.
fn collect_amounts(value: &Value, found: &mut Vec<(f64, String)>) {
    match value {
        Value::Object(object) => {
            let text = |name| object.get(name).and_then(Value::as_str);
            let unit = match (text("system"), text("code"), text("currency")) {
                (Some(system), Some(code), _) => Some((system, code)),
                (_, _, Some(currency)) => Some((CURRENCIES, currency)),
                _ => None,
            };
            let number = object.get("value").and_then(|it| match it {
                Value::Number(number) => number.as_str().parse().ok(),
                _ => None,
            });
            if let (Some(number), Some((system, code))) = (number, unit) {
                let amount = (number, pair(system, code));
                if !found.contains(&amount) {
                    found.push(amount);
                }
            }
            object.iter().for_each(|(_, member)| collect_amounts(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_amounts(item, found)),
        _ => {}
    }
}

fn token(system: i64, code: &str, names: &Names) -> Vec<Written> {
    let named = names.system(system).filter(|_| system != 0 && system != BOUND_SYSTEM);
    if code.is_empty() {
        return named
            .map(|name| Written::found(Form::Plain, format!("{}|", escape(name))))
            .into_iter()
            .collect();
    }
    let mut searches = vec![
        Written::found(Form::Plain, escape(code)),
        Written::not_found(Form::Modifier("not"), escape(code)),
        Written::not_found(Form::Plain, NOBODYS),
        Written::found(Form::Modifier("not"), NOBODYS),
    ];
    if system == 0 || system == BOUND_SYSTEM {
        searches.push(Written::found(Form::Plain, format!("|{}", escape(code))));
    }
    if let Some(name) = named {
        searches.push(Written::found(Form::Plain, pair(name, code)));
        searches.push(Written::found(Form::Plain, format!("{}|", escape(name))));
        searches.push(Written::not_found(Form::Plain, pair("http://example.org/no-system", code)));
        searches.push(Written::not_found(Form::Modifier("not"), pair(name, code)));
    }
    if let (Some(value_set), Some(name)) = (names.value_sets.get(&system), named) {
        searches.push(Written::found(Form::Modifier("in"), value_set.clone()));
        searches.push(Written::not_found(Form::Modifier("not-in"), value_set.clone()));
        searches.push(Written::found(Form::Modifier("below"), pair(name, code)));
        searches.push(Written::found(Form::Modifier("above"), pair(name, code)));
    }
    searches
}

fn string(text: &str) -> Vec<Written> {
    let mut searches = vec![Written::found(Form::Modifier("exact"), escape(text))];
    searches.push(Written::not_found(Form::Modifier("exact"), NOBODYS));
    if has_word(text) {
        searches.push(Written::found(Form::Plain, escape(text)));
        searches.push(Written::found(Form::Plain, escape(&text.to_uppercase())));
        let behind = text.char_indices().nth(1).map_or("", |(place, _)| &text[place..]);
        if has_word(behind) {
            searches.push(Written::found(Form::Modifier("contains"), escape(behind)));
        }
    }
    searches.push(Written::not_found(Form::Plain, NOBODYS));
    searches.push(Written::not_found(Form::Modifier("contains"), NOBODYS));
    searches
}

/// A URI is found as it is, below what stands above it, and above what stands below it.
fn link(uri: &str) -> Vec<Written> {
    let mut searches =
        vec![Written::found(Form::Plain, escape(uri)), Written::not_found(Form::Plain, NOBODYS)];
    if !uri.to_lowercase().starts_with("urn:") {
        let beneath = format!("{}/{NOBODYS}", escape(uri.trim_end_matches('/')));
        searches.push(Written::found(Form::Modifier("below"), escape(uri)));
        searches.push(Written::found(Form::Modifier("above"), escape(uri)));
        searches.push(Written::found(Form::Modifier("above"), beneath.clone()));
        searches.push(Written::not_found(Form::Modifier("below"), beneath));
    }
    searches
}

fn reference(target_type: u32, target: &str, names: &Names) -> Vec<Written> {
    let Some(type_name) = names.types.get(&target_type).filter(|_| target_type != 0) else {
        return vec![
            Written::found(Form::Plain, escape(target)),
            Written::not_found(Form::Plain, format!("http://example.org/{NOBODYS}")),
        ];
    };
    vec![
        Written::found(Form::Plain, format!("{type_name}/{target}")),
        Written::found(Form::Plain, target),
        Written::found(Form::Type(type_name.clone()), target),
        Written::not_found(Form::Plain, NOBODYS),
        Written::not_found(Form::Type(type_name.clone()), NOBODYS),
    ]
}

/// Within ten kilometres of itself, and not of the other side of the Earth.
fn place(latitude: f64, longitude: f64) -> Vec<Written> {
    let across = if longitude > 0.0 { longitude - 180.0 } else { longitude + 180.0 };
    vec![
        Written::found(Form::Plain, format!("{latitude}|{longitude}|10|km")),
        Written::not_found(Form::Plain, format!("{}|{across}|10|km", -latitude)),
    ]
}

/// Whether something is left when case, accents and punctuation are gone.
fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

fn pair(system: &str, code: &str) -> String {
    format!("{}|{}", escape(system), escape(code))
}

/// <https://hl7.org/fhir/R4/search.html#escaping>
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, ',' | '|' | '$' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
