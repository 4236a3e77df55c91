//! Which codes are language tags?
//!
//! The grammar of <https://www.rfc-editor.org/rfc/rfc5646#section-2.1>, and which subtags are registered, from
//! the registry of IANA. A tag without an extension of its own is well-formed and valid, or no tag.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use super::{Filter, Law, Test, iso3166, rows, unknown};

pub(super) static LAW: Law =
    Law { system: "urn:ietf:bcp:47", name: "Language tags", meaning, doubt: None, filter };

/// Characters of one tag. The longest that the RFC constructs have 35; private subtags may add to that.
const TAG_LENGTH_MAX: usize = 200;

/// The registered subtags by type, and the names of the languages of two letters.
struct Subtags {
    by_type: HashMap<&'static str, HashSet<&'static str>>,
    names: HashMap<&'static str, &'static str>,
}

/// A tag in its parts.
struct Tag<'a> {
    language: &'a str,
    extlang: Option<&'a str>,
    script: Option<&'a str>,
    region: Option<&'a str>,
    variants: Vec<&'a str>,
}

fn subtags() -> &'static Subtags {
    static SUBTAGS: OnceLock<Subtags> = OnceLock::new();
    SUBTAGS.get_or_init(|| {
        let mut subtags = Subtags { by_type: HashMap::new(), names: HashMap::new() };
        let mut current = "";
        for row in rows(include_str!("subtags.txt")) {
            match row[..] {
                [line] if line.starts_with('[') => current = line.trim_matches(['[', ']']),
                [line] => subtags.by_type.entry(current).or_default().extend(line.split(' ')),
                [code, name] => _ = subtags.names.insert(code, name),
                _ => {}
            }
        }
        subtags
    })
}

fn is_registered(kind: &str, subtag: &str) -> bool {
    let known = subtags().by_type.get(kind);
    known.is_some_and(|known| known.contains(in_case_of(kind, subtag).as_str()))
}

/// A subtag in the case in which the registry writes it; case has no meaning.
fn in_case_of(kind: &str, subtag: &str) -> String {
    let lower = subtag.to_ascii_lowercase();
    match kind {
        "region" => lower.to_ascii_uppercase(),
        "script" => lower[..1].to_ascii_uppercase() + &lower[1..],
        _ => lower,
    }
}

fn meaning(code: &str) -> Option<Option<String>> {
    if code.len() > TAG_LENGTH_MAX || !code.is_ascii() {
        return None;
    }
    let grandfathered = subtags().by_type.get("grandfathered");
    if grandfathered.is_some_and(|tags| tags.iter().any(|tag| tag.eq_ignore_ascii_case(code))) {
        return Some(None);
    }
    if let Some(private) = code.strip_prefix("x-") {
        return private.split('-').all(|part| is_alphanumeric(part, 1..=8)).then_some(None);
    }
    let tag = Tag::parse(code)?;
    let language = subtags().names.get(tag.language.to_ascii_lowercase().as_str());
    let Some(language) = language else { return Some(None) };
    let region = tag.region.map(|region| iso3166::name(&region.to_ascii_uppercase()).unwrap_or(region));
    let parts: Vec<_> = tag.script.into_iter().chain(region).chain(tag.variants).collect();
    let parts = parts.join(", ");
    Some(Some(if parts.is_empty() { (*language).to_owned() } else { format!("{language} ({parts})") }))
}

impl<'a> Tag<'a> {
    fn parse(code: &'a str) -> Option<Self> {
        let mut parts = code.split('-').peekable();
        let language = parts.next().filter(|part| is_alphabetic(part, 2..=8))?;
        let is_private = matches!(language.to_ascii_lowercase().as_bytes(), [b'q', b'a'..=b't', _]);
        if !is_private && !is_registered("language", language) {
            return None;
        }
        let mut take = |kind: &str, is_shaped: &dyn Fn(&str) -> bool| {
            parts.next_if(|part| is_shaped(part) && is_registered(kind, part))
        };
        let extlang = take("extlang", &|part| is_alphabetic(part, 3..=3));
        let script = take("script", &|part| is_alphabetic(part, 4..=4));
        let region = take("region", &|part| is_alphabetic(part, 2..=2) || is_digits(part, 3));
        let mut variants = Vec::new();
        while let Some(variant) = take("variant", &|part| is_alphanumeric(part, 4..=8)) {
            variants.push(variant);
        }
        let rest: Vec<_> = parts.collect();
        is_extension(&rest).then_some(Self { language, extlang, script, region, variants })
    }
}

/// Whether the rest of a tag is extensions, each a single character with subtags, and private subtags at the end.
fn is_extension(parts: &[&str]) -> bool {
    let (mut single, mut length) = (None, 0);
    for part in parts {
        let is_single = part.len() == 1 && single != Some("x");
        if is_single {
            if single.is_some() && length == 0 {
                return false;
            }
            (single, length) = (Some(*part), 0);
        } else {
            let least = if single == Some("x") { 1 } else { 2 };
            if single.is_none() || !is_alphanumeric(part, least..=8) {
                return false;
            }
            length += 1;
        }
    }
    single.is_none() || length > 0
}

fn is_alphabetic(part: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_alphanumeric(part: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_digits(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Filters by the parts of a tag, as <https://hl7.org/fhir/R4/valueset.html#compositions> allows any system.
fn filter(filter: &Filter<'_>) -> Result<Test, String> {
    let wanted = filter.value.to_owned();
    let part: fn(&Tag<'_>) -> Option<String> = match filter.property {
        "language" => |tag| Some(tag.language.to_owned()),
        "ext-lang" => |tag| tag.extlang.map(str::to_owned),
        "script" => |tag| tag.script.map(str::to_owned),
        "region" => |tag| tag.region.map(str::to_owned),
        "variant" => |tag| tag.variants.first().map(|variant| (*variant).to_owned()),
        _ => return unknown("the system of language tags", filter),
    };
    match filter.op {
        "=" => Ok(Box::new(move |code| {
            let found = Tag::parse(code).and_then(|tag| part(&tag));
            found.is_some_and(|found| found.eq_ignore_ascii_case(&wanted))
        })),
        "exists" => Ok(Box::new(move |code| {
            Tag::parse(code).is_some_and(|tag| part(&tag).is_some() == (wanted == "true"))
        })),
        _ => unknown("the system of language tags", filter),
    }
}
