//! What does a refinement say?
//!
//! Attributes, groups of them and brackets around them: `eclRefinement` of <http://snomed.org/ecl>. The grammar
//! lets `AND` and `OR` stand side by side there in one place, its text forbids it everywhere; so do we.

use super::operand;
use super::scanner::{Parsed, Scanner};
use super::values::{Kinds, comparison};
use crate::ecl::tree::{AttributeConstraint, Cardinality, Direction, Refinement};

/// What may stand in a refinement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Attributes and groups.
    Whole,
    /// Attributes alone, because a group is around them.
    Group,
}

/// A refinement, up to what cannot belong to it.
pub(super) fn refinement(scanner: &mut Scanner<'_>) -> Parsed<Refinement> {
    joined(scanner, Level::Whole)
}

fn joined(scanner: &mut Scanner<'_>, level: Level) -> Parsed<Refinement> {
    let first = part(scanner, level)?;
    let Some(word) = joint(scanner)? else { return Ok(first) };
    let mut parts = vec![first, part(scanner, level)?];
    loop {
        scanner.skip();
        let here = scanner.at();
        match joint(scanner)? {
            None => break,
            Some(next) if next == word => parts.push(part(scanner, level)?),
            Some(next) => {
                let message = format!("`{next}` after `{word}` needs brackets that tell what is meant,");
                return scanner.fault_at(here, message);
            }
        }
    }
    Ok(if word == "AND" { Refinement::And(parts) } else { Refinement::Or(parts) })
}

fn joint(scanner: &mut Scanner<'_>) -> Parsed<Option<&'static str>> {
    scanner.skip();
    if scanner.eat(",") {
        return Ok(Some("AND"));
    }
    match ["AND", "OR"].into_iter().find(|word| scanner.eat_word(word)) {
        Some(_) if !scanner.is_at_space() => scanner.fault("a space"),
        found => Ok(found),
    }
}

fn part(scanner: &mut Scanner<'_>, level: Level) -> Parsed<Refinement> {
    scanner.skip();
    if scanner.peek() == Some('(') && !is_name(scanner.after_brackets()) {
        scanner.eat("(");
        let inner = scanner.deeper(|scanner| joined(scanner, level))?;
        scanner.skip();
        scanner.expect(")")?;
        return Ok(inner);
    }
    let cardinality = cardinality(scanner)?;
    scanner.skip();
    if level == Level::Whole && scanner.eat("{") {
        let inner = joined(scanner, Level::Group)?;
        scanner.skip();
        scanner.expect("}")?;
        return Ok(Refinement::Group(cardinality, Box::new(inner)));
    }
    let direction = if is_reversed(scanner) { Direction::Reverse } else { Direction::Forward };
    let name = operand(scanner)?;
    let comparison = comparison(scanner, Kinds::OfAttribute)?;
    let attribute = AttributeConstraint { cardinality, direction, name, comparison };
    Ok(Refinement::Attribute(Box::new(attribute)))
}

/// Whether brackets that such a text follows hold the name of an attribute: something compares it or filters it.
fn is_name(after: &str) -> bool {
    let starts_with_not = after.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("not"));
    after.starts_with(['=', '!', '<', '>', '{']) || starts_with_not
}

fn is_reversed(scanner: &mut Scanner<'_>) -> bool {
    if scanner.is_alternate() {
        return false;
    }
    let word = scanner.word();
    let is_short = word.starts_with('R') && word[1..].bytes().all(|byte| byte.is_ascii_digit());
    (is_short && scanner.eat("R")) || scanner.eat_word_before_digits("reverseOf")
}

fn cardinality(scanner: &mut Scanner<'_>) -> Parsed<Option<Cardinality>> {
    if !scanner.eat("[") {
        return Ok(None);
    }
    scanner.skip();
    let min = count(scanner)?;
    if !scanner.eat("..") {
        let is_apart = scanner.is_at_space();
        scanner.skip();
        if !is_apart || !scanner.eat_word("to") || !scanner.is_at_space() {
            return scanner.fault("`..` and the most that there may be");
        }
        scanner.skip();
    }
    let max = if scanner.eat("*") || scanner.eat_word("many") { None } else { Some(count(scanner)?) };
    scanner.skip();
    scanner.expect("]")?;
    Ok(Some(Cardinality { min, max }))
}

fn count(scanner: &mut Scanner<'_>) -> Parsed<u32> {
    let here = scanner.at();
    let digits = scanner.digits();
    let is_plain = digits == "0" || !digits.starts_with('0');
    match digits.parse() {
        Ok(count) if is_plain => Ok(count),
        _ => {
            scanner.back_to(here);
            scanner.fault("a whole number")
        }
    }
}
