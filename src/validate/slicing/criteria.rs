//! What tells that a repeat belongs to a slice?
//!
//! Worked out once for each slice from what its definition fixes at the paths of the discriminators:
//! <https://hl7.org/fhir/R4/profiling.html#discriminator>.

use std::sync::Arc;

use fhirpath::Expression;
use model::Value;

use super::path::{Fixing, Goal, follow};
use crate::profile::{Discriminator, DiscriminatorKind, Element, Profile, Strength};
use crate::rules::Rules;

/// What is looked at, and what must be found there: one of the tests is enough.
pub(crate) struct Criteria {
    pub(super) look: Look,
    pub(super) tests: Vec<Test>,
}

/// Where to look.
pub(super) enum Look {
    /// By the names of elements, one within the other; none for the repeat itself.
    Names(Vec<Box<str>>),
    /// By an expression that is more than names.
    Expression(Expression),
}

/// What must be found.
pub(super) enum Test {
    /// Exactly this value.
    Fixed(Value),
    /// A value that contains this one.
    Pattern(Value),
    /// A code from this value set.
    Bound(Box<str>),
    /// What keeps the rules of an element: of the same profile, or of another.
    Nested(Option<Arc<Profile>>, usize),
    /// A value of this type.
    Type(Box<str>),
    /// What conforms to this profile.
    Conforms(Box<str>),
    /// Anything at all, or nothing.
    Exists(bool),
    /// The repeat at this place.
    Position(usize),
}

/// The criteria of a slice; empty when nothing tells it apart.
pub(super) fn of(
    profile: &Profile,
    slice: usize,
    discriminators: &[Discriminator],
    order: usize,
    rules: &Rules,
) -> Vec<Criteria> {
    let mut criteria = Vec::new();
    for discriminator in discriminators {
        let goals = follow(profile, slice, &discriminator.path, rules);
        let tests = match discriminator.kind {
            DiscriminatorKind::Value | DiscriminatorKind::Pattern => values(profile, slice, &goals),
            DiscriminatorKind::Type => types(profile, &goals, rules),
            DiscriminatorKind::Profile => profiles(profile, &goals),
            DiscriminatorKind::Exists => presence(profile, &goals),
            DiscriminatorKind::Position => vec![Test::Position(order)],
        };
        if let Some(look) = look(&discriminator.path).filter(|_| !tests.is_empty()) {
            criteria.push(Criteria { look, tests });
        }
    }
    criteria
}

fn look(path: &str) -> Option<Look> {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let names = path.split('.').filter(|name| !matches!(*name, "$this" | ""));
    if names.clone().all(is_name) {
        return Some(Look::Names(names.map(Into::into).collect()));
    }
    Expression::parse(path).ok().map(Look::Expression)
}

fn values(own: &Profile, slice: usize, goals: &[Goal]) -> Vec<Test> {
    let mut firm = Vec::new();
    let mut loose = Vec::new();
    for goal in goals {
        match goal {
            Goal::Inside(value, Fixing::Fixed) => firm.push(Test::Fixed(value.clone())),
            Goal::Inside(value, Fixing::Pattern) => firm.push(Test::Pattern(value.clone())),
            Goal::Target(canonical) => firm.push(Test::Conforms(canonical.clone())),
            Goal::Own(_) | Goal::Other(..) => {
                let Some((_, element)) = goal.element(own) else { continue };
                match firm_test(element) {
                    Some(test) => firm.push(test),
                    None => loose.extend(loose_test(own, slice, goal, element)),
                }
            }
        }
    }
    if firm.is_empty() { loose } else { firm }
}

fn firm_test(element: &Element) -> Option<Test> {
    // What must not be there has no value, whatever the type of the element allows.
    if element.max == Some(0) {
        return Some(Test::Exists(false));
    }
    let fixed = || element.fixed.clone().map(Test::Fixed);
    let pattern = || element.pattern.clone().map(Test::Pattern);
    let bound = || {
        let binding = element.binding.as_ref().filter(|binding| binding.strength == Strength::Required)?;
        Some(Test::Bound(binding.value_set.clone()))
    };
    fixed().or_else(pattern).or_else(bound)
}

/// What its own elements, its types' profiles or its mere presence say.
fn loose_test(own: &Profile, slice: usize, goal: &Goal, element: &Element) -> Option<Test> {
    let (profile, place) = match goal {
        Goal::Own(place) => (None, *place),
        Goal::Other(profile, place) => (Some(Arc::clone(profile)), *place),
        Goal::Inside(..) | Goal::Target(_) => return None,
    };
    if fixes_something(profile.as_deref().unwrap_or(own), element) {
        return Some(Test::Nested(profile, place));
    }
    if let Some(canonical) = element.types.iter().flat_map(|rule| &rule.profiles).next() {
        return Some(Test::Conforms(canonical.clone()));
    }
    // The slice itself is there whenever a repeat is, so only what lies in it can be told by presence.
    if place == slice && profile.is_none() {
        return None;
    }
    match (element.min, element.max) {
        (_, Some(0)) => Some(Test::Exists(false)),
        (1.., _) => Some(Test::Exists(true)),
        _ => None,
    }
}

fn fixes_something(profile: &Profile, element: &Element) -> bool {
    element.children.iter().any(|child| {
        let child = &profile.elements[*child];
        let in_slices = || {
            child.slicing.iter().flat_map(|slicing| &slicing.slices).any(|slice| {
                let slice = &profile.elements[*slice];
                slice.min > 0 && (firm_test(slice).is_some() || fixes_something(profile, slice))
            })
        };
        child.fixed.is_some() || child.pattern.is_some() || fixes_something(profile, child) || in_slices()
    })
}

fn types(own: &Profile, goals: &[Goal], rules: &Rules) -> Vec<Test> {
    let mut tests = Vec::new();
    for goal in goals {
        if let Goal::Target(canonical) = goal {
            let name = rules.profile(canonical).map(|profile| profile.type_name.clone());
            tests.extend(name.map(Test::Type));
        } else if let Some((profile, element)) = goal.element(own) {
            if element.types.is_empty() && std::ptr::eq(profile.root(), element) {
                tests.push(Test::Type(profile.type_name.clone()));
            }
            tests.extend(element.types.iter().map(|rule| Test::Type(rule.code.clone())));
        }
    }
    tests
}

fn profiles(own: &Profile, goals: &[Goal]) -> Vec<Test> {
    let mut tests = Vec::new();
    for goal in goals {
        if let Goal::Target(canonical) = goal {
            tests.push(Test::Conforms(canonical.clone()));
        } else if let Some((_, element)) = goal.element(own) {
            let canonicals = element.types.iter().flat_map(|rule| &rule.profiles);
            tests.extend(canonicals.cloned().map(Test::Conforms));
        }
    }
    tests
}

fn presence(own: &Profile, goals: &[Goal]) -> Vec<Test> {
    let elements = goals.iter().filter_map(|goal| goal.element(own));
    let test = |(_, element): (&Profile, &Element)| match (element.min, element.max) {
        (_, Some(0)) => Some(Test::Exists(false)),
        (1.., _) => Some(Test::Exists(true)),
        _ => None,
    };
    elements.filter_map(test).collect()
}
