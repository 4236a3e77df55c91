//! Which codes and identifiers are meant?
//!
//! Codes, identifiers, booleans and other words: <https://hl7.org/fhir/R4/search.html#token>. Case does not count,
//! except where the query names a code system that says it does. An element of type `code` has a system only by
//! its binding, which rows do not tell: a query's system is taken for it when that system has the code.

mod concepts;
mod elements;
mod system;
#[cfg(test)]
mod tests;
mod within;

use std::borrow::Cow;
use std::sync::Arc;

use model::{Code, Issue, Text, Value};
use terminology::{Meaning, Terminology, systems};

use super::{Asked, split, unescape};
use crate::condition::{Condition, StringTest, Test};
use crate::hash;
use crate::limits::{KEY_BYTES_MAX, TEXT_BYTES_MAX};
use crate::rows::{ParameterId, key_text};
use crate::scan::{Index, Part, Range};

pub use concepts::Codes;
pub(super) use elements::identifier;
pub use elements::index;
pub use system::OfSystem;
pub use within::Within;

/// The number that stands for the system of an element of type `code` or `boolean`. No text is known to have it.
pub const BOUND_SYSTEM: i64 = 1;

/// The system of units, of which no CodeSystem says that case counts, and the specification does.
const UNITS: &str = "http://unitsofmeasure.org";

/// The system of media types.
const MEDIA_TYPES: &str = "urn:ietf:bcp:13";

/// Codes that are looked up one by one; with more, the index is read from one code of it that is among them to the next.
const LISTED_MAX: usize = 64;

/// A test of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum TokenTest {
    /// It is this code.
    Code(Wanted),
    /// It is any code of a system.
    System(OfSystem),
    /// It is this media type, whatever its parameters.
    MediaType(Wanted),
    /// It is one of these codes.
    Among(Arc<Codes>),
    /// It is one of a set that nobody lists.
    Within(Arc<Within>),
}

/// A code that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The numbers of the systems that it may be of; none for any.
    pub systems: Vec<i64>,
    /// The code, in lower case where case does not count.
    pub code: Text,
    /// Whether case counts.
    pub case: Case,
}

/// Whether `a` and `A` are one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// They are.
    Ignored,
    /// They are two.
    Counts,
}

impl TokenTest {
    /// The test that it is a code, whatever its system and case.
    pub fn of_code(code: &str) -> Self {
        TokenTest::Code(Wanted::new(Vec::new(), code, Case::Ignored))
    }

    /// Whether a token passes.
    pub fn holds(&self, system: i64, code: &str) -> bool {
        match self {
            TokenTest::Code(wanted) => wanted.is_of(system) && *wanted.case.apply(code) == *wanted.code,
            TokenTest::System(wanted) => wanted.holds(system, code),
            TokenTest::MediaType(wanted) => {
                let code = wanted.case.apply(code);
                let rest = code.strip_prefix(&*wanted.code).map(str::trim_start);
                wanted.is_of(system) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(';'))
            }
            TokenTest::Among(codes) => codes.holds(system, code),
            TokenTest::Within(within) => within.holds(system, code),
        }
    }
}

impl Wanted {
    fn new(systems: Vec<i64>, code: &str, case: Case) -> Self {
        Self { systems, code: case.apply(kept(code)).into(), case }
    }

    fn is_of(&self, system: i64) -> bool {
        self.systems.is_empty() || self.systems.contains(&system)
    }

    fn ranges(&self, parameter: ParameterId) -> Vec<Range> {
        let code = || Part::Text(key_text(&folded(&self.code)));
        let range = |prefix| Range::equal(Index::Tokens, parameter, prefix);
        if self.systems.is_empty() {
            return vec![range(vec![code()])];
        }
        self.systems.iter().map(|system| range(vec![code(), Part::Int(*system)])).collect()
    }

    fn is_exact(&self) -> bool {
        // A code without letters, as LOINC's, stands alone in its place though keys are in lower case.
        let is_plain = self.code.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_alphabetic());
        (self.case == Case::Ignored || is_plain) && is_whole_in_key(&self.code)
    }
}

impl Case {
    /// The form in which codes are compared.
    fn apply(self, code: &str) -> Cow<'_, str> {
        match self {
            Case::Ignored => folded(code),
            Case::Counts => Cow::Borrowed(code),
        }
    }
}

/// What one value asks for. `:not` and `:not-in` deny that any value passes, so that of several values
/// between commas all conditions must hold.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    let clause = |test| asked.clause(Test::Token(test));
    let not = |test| Condition::Not(Box::new(clause(test)));
    match asked.modifier {
        None => plain(asked).map(clause),
        Some("not") => plain(asked).map(not),
        Some("text") => {
            let text = unescape(asked.value);
            if text.trim().is_empty() {
                return Err(refuse_value(asked, "a text"));
            }
            Ok(asked.clause_under("text", Test::String(StringTest::prefix(&text))))
        }
        Some("of-type") => of_type(asked).map(|test| asked.clause_under("of-type", Test::Token(test))),
        Some("in") => concepts::in_value_set(asked).map(clause),
        Some("not-in") => concepts::in_value_set(asked).map(not),
        Some("below") => below(asked).map(clause),
        Some("above") => concepts::related(asked, concepts::Way::Above).map(clause),
        Some(_) => {
            Err(refuse_modifier(asked, "`:not`, `:text`, `:in`, `:not-in`, `:above`, `:below` or `:of-type`"))
        }
    }
}

/// Where candidates stand, and whether all that stand there pass.
pub fn ranges(test: &TokenTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    match test {
        TokenTest::Code(wanted) => Some((wanted.ranges(parameter), wanted.is_exact())),
        TokenTest::MediaType(wanted) => {
            Some((vec![beginning(Index::Tokens, parameter, &folded(&wanted.code))], false))
        }
        TokenTest::Among(codes) => Some(codes.ranges(parameter)),
        TokenTest::System(_) | TokenTest::Within(_) => {
            Some((vec![Range::whole(Index::Tokens, parameter)], false))
        }
    }
}

/// The test that `code`, `system|code`, `|code` or `system|` asks for.
pub(super) fn plain(asked: &Asked<'_>) -> Result<TokenTest, Issue> {
    let parts: Vec<Text> = split(asked.value, '|').into_iter().map(unescape).collect();
    match parts.as_slice() {
        [code] if !code.is_empty() => Ok(TokenTest::of_code(code)),
        [system, code] if !system.is_empty() && code.is_empty() => {
            Ok(TokenTest::System(OfSystem::new(system, asked.surroundings.terminology)))
        }
        // What an element of type `code` is bound to is no property of it.
        [system, code] if system.is_empty() && !code.is_empty() => {
            Ok(TokenTest::Code(Wanted::new(vec![0, BOUND_SYSTEM], code, Case::Ignored)))
        }
        [system, code] if !code.is_empty() => {
            let terminology = asked.surroundings.terminology;
            let mut systems = vec![hash::number(system)];
            if has_code(terminology, system, code) {
                systems.push(BOUND_SYSTEM);
            }
            Ok(TokenTest::Code(Wanted::new(systems, code, case_of(terminology, system))))
        }
        _ => Err(refuse_value(asked, "`code`, `system|code`, `|code` or `system|`")),
    }
}

fn of_type(asked: &Asked<'_>) -> Result<TokenTest, Issue> {
    let parts: Vec<Text> = split(asked.value, '|').into_iter().map(unescape).collect();
    match parts.as_slice() {
        [system, code, value] if parts.iter().all(|part| !part.is_empty()) => {
            let typed = elements::typed(code, value);
            Ok(TokenTest::Code(Wanted::new(vec![hash::number(system)], &typed, Case::Ignored)))
        }
        _ => {
            Err(refuse_value(asked, "`system|code|value` with the system and code of the identifier's type"))
        }
    }
}

/// Media types have no table of what is below them, but parameters:
/// <https://hl7.org/fhir/R4/search.html#mimetype>.
fn below(asked: &Asked<'_>) -> Result<TokenTest, Issue> {
    let parts: Vec<Text> = split(asked.value, '|').into_iter().map(unescape).collect();
    let is_media_type =
        |code: &str| systems::law(MEDIA_TYPES).is_some_and(|law| (law.meaning)(code).is_some());
    let systems = match parts.as_slice() {
        [code] if is_media_type(code) => Vec::new(),
        [system, code] if *system == MEDIA_TYPES && is_media_type(code) => {
            vec![hash::number(system), BOUND_SYSTEM]
        }
        _ => return concepts::related(asked, concepts::Way::Below),
    };
    let code = parts.last().map(|code| code.trim_end()).unwrap_or_default();
    Ok(TokenTest::MediaType(Wanted::new(systems, code, Case::Ignored)))
}

/// Whether a system is known to have a code, or by its law may have it.
fn has_code(terminology: &Terminology, system: &str, code: &str) -> bool {
    match systems::law(system) {
        Some(law) => (law.meaning)(code).is_some(),
        None => matches!(terminology.meaning(system, None, code), Meaning::Known { .. }),
    }
}

/// Whether a code system says that case counts; of those that say nothing it is ignored, as the specification
/// advises.
fn case_of(terminology: &Terminology, system: &str) -> Case {
    let definition = terminology.registry.resolve_as("CodeSystem", system);
    match definition.as_ref().and_then(|definition| definition.get("caseSensitive")) {
        Some(Value::Bool(true)) => Case::Counts,
        None if system == UNITS => Case::Counts,
        _ => Case::Ignored,
    }
}

/// The code in lower case; nothing is copied when it is already.
fn folded(code: &str) -> Cow<'_, str> {
    let is_lower = code.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(code) } else { Cow::Owned(code.to_lowercase()) }
}

/// As much of a text as rows keep.
pub(super) fn kept(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// Whether no longer text has the same key: a text that was cut is less than four bytes shorter than the limit.
pub(super) fn is_whole_in_key(text: &str) -> bool {
    text.len() + 4 <= KEY_BYTES_MAX
}

/// The range of all that begin with `prefix`, and of a few others when that is longer than a key.
pub(super) fn beginning(index: Index, parameter: ParameterId, prefix: &str) -> Range {
    let prefix = key_text(prefix);
    let below = after(&prefix).map(Part::Text);
    Range { index, parameter, prefix: Vec::new(), from: Some(Part::Text(prefix)), below }
}

/// The least text that is greater than all that begin with `prefix`; none when there is none.
fn after(prefix: &str) -> Option<Text> {
    let mut text = Text::from(prefix);
    while let Some(last) = text.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// The complaint that the parameter does not have this modifier.
pub(super) fn refuse_modifier(asked: &Asked<'_>, expected: &str) -> Issue {
    let (code, modifier) = (&asked.parameter.code, asked.modifier.unwrap_or_default());
    let message = format!("the parameter `{code}` has no modifier `:{modifier}`, expected {expected}");
    Issue::error(Code::InvalidParameter, message)
}

/// The complaint that a value is of none of the forms that the parameter has.
pub(super) fn refuse_value(asked: &Asked<'_>, expected: &str) -> Issue {
    let (code, value) = (&asked.parameter.code, asked.value);
    let colon = if asked.modifier.is_some() { ":" } else { "" };
    let modifier = asked.modifier.unwrap_or_default();
    let message = format!("the parameter `{code}{colon}{modifier}` cannot be `{value}`, expected {expected}");
    Issue::error(Code::InvalidParameter, message)
}
