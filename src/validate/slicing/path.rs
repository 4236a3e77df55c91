//! Which element of a slice does a discriminator's path lead to?
//!
//! Paths are a small part of FHIRPath: names, `$this`, `extension(url)`, `resolve()` and `ofType(type)`:
//! <https://hl7.org/fhir/R4/profiling.html#discriminator>.

use std::sync::Arc;

use model::Value;

use crate::profile::{Element, Profile, element_of};
use crate::rules::Rules;

/// Where a path has led.
#[derive(Clone)]
pub(super) enum Goal {
    /// To an element of the profile itself.
    Own(usize),
    /// To an element of another profile.
    Other(Arc<Profile>, usize),
    /// Into a value that a profile fixes, whole or in part.
    Inside(Value, Fixing),
    /// To whatever has a type or profile, by its canonical.
    Target(Box<str>),
}

/// How a profile fixes a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fixing {
    Fixed,
    Pattern,
}

/// A step of a path.
enum Step<'t> {
    Name(&'t str),
    Extension(&'t str),
    Resolve,
    OfType(&'t str),
}

/// All that `path` leads to from the element at `place`.
pub(super) fn follow(profile: &Profile, place: usize, path: &str, rules: &Rules) -> Vec<Goal> {
    let mut goals = vec![Goal::Own(place)];
    for step in steps(path) {
        goals = goals.iter().flat_map(|goal| goal.step(&step, profile, rules)).collect();
    }
    goals
}

fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let mut take = |text| steps.extend(step(text));
    for (place, letter) in path.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                take(&path[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    take(&path[start..]);
    steps
}

fn step(text: &str) -> Option<Step<'_>> {
    let text = text.trim();
    let argument = |name: &str| {
        let inside = text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')')?;
        Some(inside.trim().trim_matches(['\'', '"']))
    };
    if let Some(url) = argument("extension") {
        return Some(Step::Extension(url));
    }
    if let Some(name) = argument("ofType").or_else(|| argument("as")) {
        return Some(Step::OfType(name.strip_prefix("FHIR.").unwrap_or(name)));
    }
    match text {
        "" | "$this" => None,
        "resolve()" => Some(Step::Resolve),
        name => Some(Step::Name(name.trim_matches('`'))),
    }
}

impl Goal {
    /// The element, when it is one, and the profile that has it.
    pub(super) fn element<'p>(&'p self, own: &'p Profile) -> Option<(&'p Profile, &'p Element)> {
        match self {
            Goal::Own(place) => Some((own, &own.elements[*place])),
            Goal::Other(profile, place) => Some((profile, &profile.elements[*place])),
            Goal::Inside(..) | Goal::Target(_) => None,
        }
    }

    fn beside(&self, place: usize) -> Goal {
        match self {
            Goal::Other(profile, _) => Goal::Other(Arc::clone(profile), place),
            _ => Goal::Own(place),
        }
    }

    fn step(&self, step: &Step<'_>, own: &Profile, rules: &Rules) -> Vec<Goal> {
        match (self, step) {
            (Goal::Inside(value, fixing), Step::Name(name)) => inside(value, name, *fixing),
            (Goal::Inside(..), Step::OfType(_)) => vec![self.clone()],
            (Goal::Inside(..), _) => Vec::new(),
            (Goal::Target(canonical), _) => {
                let root = rules.profile(canonical).map(|profile| Goal::Other(profile, 0));
                root.map_or_else(Vec::new, |root| root.step(step, own, rules))
            }
            (_, Step::Name(name)) => self.children(name, own, rules),
            (_, Step::Extension(url)) => self.extensions(url, own, rules),
            (_, Step::Resolve) => self.targets(own),
            (_, Step::OfType(name)) => self.of_type(name, own),
        }
    }

    fn children(&self, name: &str, own: &Profile, rules: &Rules) -> Vec<Goal> {
        let Some((profile, element)) = self.element(own) else { return Vec::new() };
        let mut goals = Vec::new();
        let element = element.content.map_or(element, |content| &profile.elements[content]);
        for child in &element.children {
            let known = &profile.elements[*child];
            let is_case =
                || known.name.strip_prefix(name).is_some_and(|rest| rest.starts_with(char::is_uppercase));
            if known.plain_name() == name
                || is_case()
                    && element.members.iter().any(|member| member.is_choice && member.name == &*known.name)
            {
                goals.push(self.beside(*child));
                goals.extend(
                    known.slicing.iter().flat_map(|slicing| &slicing.slices).map(|slice| self.beside(*slice)),
                );
            }
        }
        if let Some(pattern) = &element.pattern {
            goals.extend(inside(pattern, name, Fixing::Pattern));
        }
        if let Some(fixed) = &element.fixed {
            goals.extend(inside(fixed, name, Fixing::Fixed));
        }
        for canonical in element.types.iter().flat_map(|rule| &rule.profiles) {
            let is_extension = element.types.iter().any(|rule| &*rule.code == "Extension");
            if name == "url" && is_extension {
                let url = canonical.split('|').next().unwrap_or_default();
                goals.push(Goal::Inside(Value::from(url), Fixing::Fixed));
                continue;
            }
            let (canonical, id) = element_of(canonical);
            let described = rules.profile(canonical).and_then(|profile| {
                let place = profile.place(id)?;
                Some(Goal::Other(profile, place))
            });
            goals.extend(described.into_iter().flat_map(|goal| goal.children(name, own, rules)));
        }
        goals
    }

    /// The slices of extensions with this url.
    fn extensions(&self, url: &str, own: &Profile, rules: &Rules) -> Vec<Goal> {
        let extensions = self.children("extension", own, rules);
        let has_url = |goal: &Goal| {
            let by_profile = goal.element(own).is_some_and(|(_, element)| {
                element
                    .types
                    .iter()
                    .flat_map(|rule| &rule.profiles)
                    .any(|known| known.split('|').next() == Some(url))
            });
            by_profile
                || goal.children("url", own, rules).iter().any(|goal| match goal {
                    Goal::Inside(Value::String(known), _) => known == url,
                    other => other.element(own).is_some_and(|(_, element)| {
                        element.fixed.as_ref().and_then(Value::as_str) == Some(url)
                    }),
                })
        };
        extensions.into_iter().filter(has_url).collect()
    }

    fn targets(&self, own: &Profile) -> Vec<Goal> {
        let Some((_, element)) = self.element(own) else { return Vec::new() };
        element.types.iter().flat_map(|rule| &rule.targets).cloned().map(Goal::Target).collect()
    }

    fn of_type(&self, name: &str, own: &Profile) -> Vec<Goal> {
        let fits = self.element(own).is_none_or(|(_, element)| {
            element.types.is_empty() || element.types.iter().any(|rule| &*rule.code == name)
        });
        if fits { vec![self.clone()] } else { Vec::new() }
    }
}

fn inside(value: &Value, name: &str, fixing: Fixing) -> Vec<Goal> {
    let values = match value {
        Value::Array(items) => items.iter().filter_map(|item| item.get(name)).collect(),
        value => value.get(name).into_iter().collect::<Vec<_>>(),
    };
    let single = |value: &Value| match value {
        Value::Array(items) => items.iter().map(|item| Goal::Inside(item.clone(), fixing)).collect(),
        value => vec![Goal::Inside(value.clone(), fixing)],
    };
    values.into_iter().flat_map(single).collect()
}
