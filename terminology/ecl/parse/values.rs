//! What values stand in a constraint?
//!
//! References, identifiers of other schemes, numbers, texts to look for, days: the leaves of
//! <http://snomed.org/ecl>.

use super::operand;
use super::scanner::{Parsed, Scanner};
use crate::ecl::tree::{
    Comparison, Concepts, Day, Equality, Focus, Order, Reference, Sctid, SearchMode, SearchTerm,
};

/// A concept and, if it is there, its term.
pub(super) fn reference(scanner: &mut Scanner<'_>) -> Parsed<Reference> {
    let id = sctid(scanner)?;
    Ok(Reference { id, term: term(scanner)? })
}

pub(super) fn sctid(scanner: &mut Scanner<'_>) -> Parsed<Sctid> {
    let here = scanner.at();
    let digits = scanner.digits();
    let is_whole = !digits.starts_with('0') && (6..=18).contains(&digits.len());
    match digits.parse() {
        Ok(id) if is_whole => Ok(Sctid(id)),
        _ => scanner
            .fault_at(here, format!("expected an identifier of 6 to 18 digits, found `{}`", cut(digits))),
    }
}

/// As much of a run of digits as a message repeats.
fn cut(digits: &str) -> &str {
    digits.get(..30).unwrap_or(digits)
}

/// A term between pipes, where a pipe comes next.
fn term(scanner: &mut Scanner<'_>) -> Parsed<Option<String>> {
    let here = scanner.at();
    scanner.skip();
    if scanner.peek() != Some('|') {
        scanner.back_to(here);
        return Ok(None);
    }
    let start = scanner.at();
    let term = scanner.between("|")?.trim();
    if term.is_empty() {
        return scanner.fault_at(start, "expected a term between two pipes, found none".to_owned());
    }
    Ok(Some(term.to_owned()))
}

/// An identifier of another scheme: `scheme#code`, plain or in quotes.
pub(super) fn alternate(scanner: &mut Scanner<'_>) -> Parsed<Focus> {
    let here = scanner.at();
    let (scheme, code) = if scanner.peek() == Some('"') {
        let inside = scanner.between("\"")?;
        inside.split_once('#').unwrap_or((inside, ""))
    } else {
        let scheme = scanner.word();
        scanner.eat(scheme);
        scanner.expect("#")?;
        let rest = scanner.rest();
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        scanner.eat(&rest[..end]);
        (scheme, &rest[..end])
    };
    if code.is_empty() || code.contains('\\') {
        return scanner.fault_at(here, "expected a code of another scheme after `#`, found none".to_owned());
    }
    Ok(Focus::Alternate { scheme: scheme.to_owned(), code: code.to_owned(), term: term(scanner)? })
}

/// The name of a column: letters alone.
pub(super) fn field_name(scanner: &mut Scanner<'_>) -> Parsed<String> {
    let name = scanner.word();
    if name.is_empty() || !name.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return scanner.fault("the name of a column of the reference set, in letters");
    }
    scanner.eat(name);
    Ok(name.to_owned())
}

/// An operator between values that have an order.
pub(super) fn order(scanner: &mut Scanner<'_>) -> Parsed<Order> {
    scanner.skip();
    let known = [
        ("=", Order::Equal),
        ("!=", Order::Unequal),
        ("<>", Order::Unequal),
        ("<=", Order::LessOrEqual),
        ("<", Order::Less),
        (">=", Order::GreaterOrEqual),
        (">", Order::Greater),
    ];
    if let Some((_, order)) = known.into_iter().find(|(symbol, _)| scanner.eat(symbol)) {
        return Ok(order);
    }
    if scanner.eat_word("not") {
        scanner.skip();
        scanner.expect("=")?;
        return Ok(Order::Unequal);
    }
    scanner.fault("a comparison such as `=` or `!=`")
}

/// `=` or `!=`, where nothing else makes sense.
pub(super) fn equality(scanner: &mut Scanner<'_>) -> Parsed<Equality> {
    let here = scanner.at();
    let order = order(scanner)?;
    as_equality(order).map_or_else(|| scanner.fault_at(here, "expected `=` or `!=`".to_owned()), Ok)
}

fn as_equality(order: Order) -> Option<Equality> {
    match order {
        Order::Equal => Some(Equality::Equal),
        Order::Unequal => Some(Equality::Unequal),
        _ => None,
    }
}

/// Which values a comparison may have on its right.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    /// Those of an attribute.
    OfAttribute,
    /// Those of a column: days too.
    OfColumn,
}

/// An operator and the value after it; the kind of value is seen from how it begins.
pub(super) fn comparison(scanner: &mut Scanner<'_>, kinds: Kinds) -> Parsed<Comparison> {
    let order = order(scanner)?;
    scanner.skip();
    if scanner.eat("#") {
        return Ok(Comparison::Number(order, number(scanner)?));
    }
    let Some(equality) = as_equality(order) else {
        return match kinds {
            Kinds::OfAttribute => scanner.fault("a number after `#`"),
            Kinds::OfColumn => Ok(Comparison::Time(order, days(scanner)?)),
        };
    };
    if is_at_search(scanner) {
        return Ok(Comparison::Text(equality, search_terms(scanner)?));
    }
    if kinds == Kinds::OfColumn && scanner.rest().starts_with("\"\"") {
        return Ok(Comparison::Time(order, days(scanner)?));
    }
    if !scanner.is_alternate() {
        for (word, value) in [("true", true), ("false", false)] {
            if scanner.eat_word(word) {
                return Ok(Comparison::Boolean(equality, value));
            }
        }
    }
    Ok(Comparison::Concepts(equality, operand(scanner)?))
}

/// Whether a text to look for comes next, or brackets around some.
fn is_at_search(scanner: &Scanner<'_>) -> bool {
    let mut inner = scanner.ahead(usize::from(scanner.peek() == Some('(')));
    inner.skip();
    if inner.eat_word("match") || inner.eat_word("wild") {
        inner.skip();
        return inner.peek() == Some(':');
    }
    inner.peek() == Some('"') && !inner.is_alternate() && !inner.rest().starts_with("\"\"")
}

fn number(scanner: &mut Scanner<'_>) -> Parsed<String> {
    let mut number = String::new();
    if scanner.eat("-") {
        number.push('-');
    } else {
        scanner.eat("+");
    }
    let whole = scanner.digits();
    if whole.is_empty() || (whole.starts_with('0') && whole.len() > 1) {
        return scanner.fault("a number without needless zeros");
    }
    number.push_str(whole);
    if scanner.eat(".") {
        let fraction = scanner.digits();
        if fraction.is_empty() {
            return scanner.fault("digits after the decimal point");
        }
        number.push('.');
        number.push_str(fraction);
    }
    Ok(number)
}

/// One text to look for, or several in brackets.
pub(super) fn search_terms(scanner: &mut Scanner<'_>) -> Parsed<Vec<SearchTerm>> {
    one_or_more(scanner, search_term)
}

fn search_term(scanner: &mut Scanner<'_>) -> Parsed<SearchTerm> {
    let mode = match scanner.word() {
        word if word.eq_ignore_ascii_case("match") => SearchMode::Match,
        word if word.eq_ignore_ascii_case("wild") => SearchMode::Wild,
        _ => SearchMode::Usual,
    };
    if mode != SearchMode::Usual {
        scanner.eat(scanner.word());
        scanner.skip();
        scanner.expect(":")?;
        scanner.skip();
    }
    let here = scanner.at();
    let written = scanner.between("\"")?;
    let is_blank = if mode == SearchMode::Wild { written.is_empty() } else { written.trim().is_empty() };
    if is_blank {
        return scanner.fault_at(here, "expected a text to look for, found none".to_owned());
    }
    let mut letters = written.chars();
    while let Some(letter) = letters.next() {
        let escaped = (letter == '\\').then(|| letters.next()).flatten();
        let is_known = |next| matches!(next, '"' | '\\') || (mode == SearchMode::Wild && next == '*');
        if escaped.is_some_and(|next| !is_known(next)) {
            return scanner
                .fault_at(here, "expected `\\` only before `\"`, `\\` or, if wild, `*`".to_owned());
        }
    }
    Ok(SearchTerm { mode, written: written.to_owned() })
}

/// One thing, or several in brackets with space between them.
pub(super) fn one_or_more<'t, T>(
    scanner: &mut Scanner<'t>,
    one: impl Fn(&mut Scanner<'t>) -> Parsed<T>,
) -> Parsed<Vec<T>> {
    scanner.skip();
    if !scanner.eat("(") {
        return Ok(vec![one(scanner)?]);
    }
    let mut found = Vec::new();
    loop {
        scanner.skip();
        if !found.is_empty() && scanner.eat(")") {
            return Ok(found);
        }
        found.push(one(scanner)?);
        if !scanner.is_at_space() && scanner.peek() != Some(')') {
            return scanner.fault("a space or `)`");
        }
    }
}

/// One day, or several in brackets.
pub(super) fn days(scanner: &mut Scanner<'_>) -> Parsed<Vec<Day>> {
    one_or_more(scanner, day)
}

fn day(scanner: &mut Scanner<'_>) -> Parsed<Day> {
    let here = scanner.at();
    let written = scanner.between("\"")?;
    if written.is_empty() {
        return Ok(None);
    }
    let part = |range: std::ops::Range<usize>| written.get(range).and_then(|part| part.parse::<u32>().ok());
    let is_digits = written.len() == 8 && written.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = is_digits
        && !written.starts_with('0')
        && part(4..6).is_some_and(|month| (1..=12).contains(&month))
        && part(6..8).is_some_and(|day| (1..=31).contains(&day));
    match part(0..8) {
        Some(day) if is_day => Ok(Some(day)),
        _ => scanner.fault_at(here, "expected a day as `\"YYYYMMDD\"`".to_owned()),
    }
}

/// Concepts as the value of a filter: an operand, or two or more references in brackets.
pub(super) fn concepts(scanner: &mut Scanner<'_>) -> Parsed<Concepts> {
    scanner.skip();
    match references(scanner) {
        Some(references) => Ok(Concepts::These(references)),
        None => Ok(Concepts::Of(Box::new(operand(scanner)?))),
    }
}

/// Two or more references in brackets, if that is what comes next.
fn references(scanner: &mut Scanner<'_>) -> Option<Vec<Reference>> {
    let here = scanner.at();
    let starts_with_digit = |scanner: &Scanner<'_>| scanner.peek().is_some_and(|it| it.is_ascii_digit());
    let mut found = Vec::new();
    if scanner.eat("(") {
        scanner.skip();
        while starts_with_digit(scanner) {
            let Ok(next) = reference(scanner) else { break };
            found.push(next);
            scanner.skip();
        }
    }
    if found.len() >= 2 && scanner.eat(")") {
        return Some(found);
    }
    scanner.back_to(here);
    None
}
