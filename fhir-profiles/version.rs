//! Which of two versions is newer, and which ones does a pattern mean?
//!
//! FHIR's definitions use semantic versions and, older ones, dates; canonicals may name the first parts of a
//! version only, and packages `1.0.x`. <https://hl7.org/fhir/R4/references.html#canonical>, <https://semver.org>.

use std::cmp::Ordering;

/// Compares two versions: none is oldest, then what is no sequence of numbers, then by semantic version.
pub fn compare(left: &str, right: &str) -> Ordering {
    match (parts(left), parts(right)) {
        (Some(left), Some(right)) => left.compare(&right),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => left.cmp(right),
    }
}

/// Whether `version` is what `wanted` names: the same, or one that begins with all its parts.
pub fn matches(wanted: &str, version: &str) -> bool {
    let rest = version.strip_prefix(wanted);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && parts(wanted).is_some())
}

/// Whether a package's version is one that a dependency's pattern means.
pub fn fits(pattern: &str, version: &str) -> bool {
    match pattern {
        "latest" | "current" | "dev" | "*" | "x" => true,
        _ => match wildcard(pattern) {
            // A label such as `-ballot` is taken only by who names it.
            Some(start) => matches(start, version) && !version.contains('-'),
            None => pattern == version,
        },
    }
}

/// Whether the pattern leaves open which version is meant.
pub fn is_pattern(pattern: &str) -> bool {
    matches!(pattern, "latest" | "current" | "dev" | "*" | "x") || wildcard(pattern).is_some()
}

/// The newest version that `pattern` means; versions with a label only when there is no other.
pub fn newest<'v>(pattern: &str, versions: impl IntoIterator<Item = &'v str>) -> Option<&'v str> {
    let fitting = versions.into_iter().filter(|version| fits(pattern, version));
    fitting.max_by(|left, right| {
        let is_release = |version: &str| !version.contains('-');
        is_release(left).cmp(&is_release(right)).then_with(|| compare(left, right))
    })
}

fn wildcard(pattern: &str) -> Option<&str> {
    pattern.strip_suffix(".x").or_else(|| pattern.strip_suffix(".*"))
}

/// A version as semantic versioning reads it; FHIR's may have fewer or more than three numbers.
struct Parts<'v> {
    numbers: Vec<u64>,
    label: Option<&'v str>,
}

fn parts(version: &str) -> Option<Parts<'_>> {
    let version = version.split('+').next().unwrap_or_default();
    let (numbers, label) = match version.split_once('-') {
        Some((numbers, label)) => (numbers, Some(label)),
        None => (version, None),
    };
    // `2018-08-12` is a date, not version 2018 with a label.
    if !numbers.contains('.') && label.is_some() {
        return None;
    }
    let numbers: Option<Vec<u64>> = numbers.split('.').map(|number| number.parse().ok()).collect();
    Some(Parts { numbers: numbers?, label })
}

impl Parts<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        let length = std::cmp::max(self.numbers.len(), other.numbers.len());
        let number = |parts: &Self, place: usize| parts.numbers.get(place).copied().unwrap_or(0);
        let differing = (0..length).map(|place| number(self, place).cmp(&number(other, place)));
        let numbers = differing.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        numbers.then_with(|| match (self.label, other.label) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => labels(left, right),
        })
    }
}

/// Identifiers of numbers come before others and are compared as numbers; the shorter label is older.
fn labels(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (one, other) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(other)) => (one, other),
        };
        let order = match (one.parse::<u64>(), other.parse::<u64>()) {
            (Ok(one), Ok(other)) => one.cmp(&other),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => one.cmp(other),
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests;
