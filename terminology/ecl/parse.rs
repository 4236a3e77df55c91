//! What does the text of an expression constraint say?
//!
//! Recursive descent over the grammar of <http://snomed.org/ecl>, which needs no going back but within one
//! reference. What is wrong is told with its place, in our words.

mod filters;
mod refinement;
mod scanner;
mod values;

use super::shown;
use super::tree::{Constraint, Fields, Focus, Operand, Operator};
use crate::limits::ECL_LENGTH_MAX;
use scanner::{Parsed, Scanner};

/// The tree of an expression constraint; what is wrong names the expression and the character.
pub fn parse(text: &str) -> Result<Constraint, String> {
    if text.len() > ECL_LENGTH_MAX {
        return Err(format!("the ECL expression is longer than the limit of {ECL_LENGTH_MAX} bytes"));
    }
    let whole = |mut scanner: Scanner<'_>| {
        let found = constraint(&mut scanner)?;
        scanner.skip();
        if scanner.rest().is_empty() { Ok(found) } else { scanner.fault("the end") }
    };
    Scanner::new(text).and_then(whole).map_err(|fault| {
        let place = text.get(..fault.at).unwrap_or(text).chars().count() + 1;
        format!("the ECL expression `{}` is not valid: {} at character {place}", shown(text), fault.message)
    })
}

/// A constraint, up to what cannot belong to it.
fn constraint(scanner: &mut Scanner<'_>) -> Parsed<Constraint> {
    let first = operand(scanner)?;
    scanner.skip();
    if scanner.eat(":") {
        return Ok(Constraint::Refined(first, refinement::refinement(scanner)?));
    }
    if scanner.peek() == Some('.') {
        return dotted(scanner, first);
    }
    let Some(joint) = joint(scanner)? else { return Ok(Constraint::Plain(first)) };
    let mut operands = vec![first, operand(scanner)?];
    loop {
        scanner.skip();
        let here = scanner.at();
        match self::joint(scanner)? {
            None => break,
            Some(next) if next == joint && joint != Joint::Minus => operands.push(operand(scanner)?),
            Some(next) => {
                let (known, next) = (joint.word(), next.word());
                let message = format!("`{next}` after `{known}` needs brackets that tell what is meant,");
                return scanner.fault_at(here, message);
            }
        }
    }
    if matches!(scanner.peek(), Some(':' | '.')) {
        return scanner.fault("brackets around what is refined");
    }
    Ok(match joint {
        Joint::And => Constraint::And(operands),
        Joint::Or => Constraint::Or(operands),
        Joint::Minus => {
            let (last, first) = (operands.pop(), operands.pop());
            let (Some(first), Some(last)) = (first, last) else { return scanner.fault("two operands") };
            Constraint::Minus(first, last)
        }
    })
}

/// What stands between two operands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
    Minus,
}

impl Joint {
    fn word(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
            Self::Minus => "MINUS",
        }
    }
}

fn joint(scanner: &mut Scanner<'_>) -> Parsed<Option<Joint>> {
    if scanner.eat(",") {
        return Ok(Some(Joint::And));
    }
    let known = [Joint::And, Joint::Or, Joint::Minus];
    match known.into_iter().find(|joint| scanner.eat_word(joint.word())) {
        Some(_) if !scanner.is_at_space() => scanner.fault("a space"),
        found => Ok(found),
    }
}

fn dotted(scanner: &mut Scanner<'_>, first: Operand) -> Parsed<Constraint> {
    let mut steps = Vec::new();
    loop {
        scanner.skip();
        if !scanner.eat(".") {
            return Ok(Constraint::Dotted(first, steps));
        }
        steps.push(operand(scanner)?);
    }
}

/// An operand with all that stands around its focus.
fn operand(scanner: &mut Scanner<'_>) -> Parsed<Operand> {
    scanner.skip();
    let operator = operator(scanner)?;
    scanner.skip();
    let member_of = member_of(scanner)?;
    scanner.skip();
    let mut found = Operand { operator, member_of, ..Operand::new(focus(scanner)?) };
    filters::after_focus(scanner, &mut found)?;
    Ok(found)
}

/// The operators by their words in the long syntax.
const WORDS: &[(&str, Operator)] = &[
    ("descendantOf", Operator::DescendantOf),
    ("descendantOrSelfOf", Operator::DescendantOrSelfOf),
    ("childOf", Operator::ChildOf),
    ("childOrSelfOf", Operator::ChildOrSelfOf),
    ("ancestorOf", Operator::AncestorOf),
    ("ancestorOrSelfOf", Operator::AncestorOrSelfOf),
    ("parentOf", Operator::ParentOf),
    ("parentOrSelfOf", Operator::ParentOrSelfOf),
    ("top", Operator::Top),
    ("bottom", Operator::Bottom),
];

fn operator(scanner: &mut Scanner<'_>) -> Parsed<Option<Operator>> {
    if scanner.eat("!!>") {
        return Ok(Some(Operator::Top));
    }
    if scanner.eat("!!<") {
        return Ok(Some(Operator::Bottom));
    }
    if let Some(repeats) = arrows(scanner, "<") {
        return Ok(Some(match (repeats, scanner.eat("!")) {
            (false, false) => Operator::DescendantOf,
            (true, false) => Operator::DescendantOrSelfOf,
            (false, true) => Operator::ChildOf,
            (true, true) => Operator::ChildOrSelfOf,
        }));
    }
    if let Some(repeats) = arrows(scanner, ">") {
        return Ok(Some(match (repeats, scanner.eat("!")) {
            (false, false) => Operator::AncestorOf,
            (true, false) => Operator::AncestorOrSelfOf,
            (false, true) => Operator::ParentOf,
            (true, true) => Operator::ParentOrSelfOf,
        }));
    }
    if scanner.is_alternate() {
        return Ok(None);
    }
    let found = WORDS.iter().find(|(word, _)| scanner.eat_word(word)).map(|(_, operator)| *operator);
    if found.is_some() && !scanner.is_at_space() {
        return scanner.fault("a space");
    }
    Ok(found)
}

/// One arrow or two of a kind, with or without space between them; whether there are two.
fn arrows(scanner: &mut Scanner<'_>, arrow: &str) -> Option<bool> {
    if !scanner.eat(arrow) {
        return None;
    }
    let here = scanner.at();
    scanner.skip();
    let repeats = scanner.eat(arrow);
    if !repeats {
        scanner.back_to(here);
    }
    Some(repeats)
}

fn member_of(scanner: &mut Scanner<'_>) -> Parsed<Option<Fields>> {
    if !scanner.eat("^") && (scanner.is_alternate() || !scanner.eat_word_before_digits("memberOf")) {
        return Ok(None);
    }
    scanner.skip();
    if !scanner.eat("[") {
        return Ok(Some(Fields::Referenced));
    }
    scanner.skip();
    let fields = if scanner.eat("*") || scanner.eat_word("any") {
        Fields::All
    } else {
        let mut names = vec![values::field_name(scanner)?];
        scanner.skip();
        while scanner.eat(",") {
            scanner.skip();
            names.push(values::field_name(scanner)?);
            scanner.skip();
        }
        Fields::Named(names)
    };
    scanner.skip();
    scanner.expect("]")?;
    Ok(Some(fields))
}

fn focus(scanner: &mut Scanner<'_>) -> Parsed<Focus> {
    if scanner.eat("*") {
        return Ok(Focus::Any);
    }
    if scanner.is_alternate() {
        return values::alternate(scanner);
    }
    if scanner.eat_word("any") {
        return Ok(Focus::Any);
    }
    if scanner.eat("(") {
        let inner = scanner.deeper(constraint)?;
        scanner.skip();
        scanner.expect(")")?;
        return Ok(Focus::Nested(Box::new(inner)));
    }
    if scanner.peek().is_some_and(|next| next.is_ascii_digit()) {
        return values::reference(scanner).map(Focus::Concept);
    }
    scanner.fault("a concept, `*` or a constraint in brackets")
}
