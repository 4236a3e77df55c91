//! What do the filters after an operand say?
//!
//! `{{ … }}` for descriptions, concepts and members, and the supplement of history, as the sections 6.8 to 6.11
//! of <http://snomed.org/ecl> have them.

use super::constraint;
use super::operand;
use super::scanner::{Parsed, Scanner};
use super::values::{self, Kinds, comparison, concepts, days, equality, one_or_more, order, search_terms};
use crate::ecl::tree::{
    Acceptability, AcceptabilityWord, ConceptFilter, DefinitionStatus, DescriptionFilter, DescriptionType,
    Dialects, Filter, History, MemberFilter, Operand, RowFilter,
};

/// Takes every filter after a focus, and the supplement that may end them.
pub(super) fn after_focus(scanner: &mut Scanner<'_>, found: &mut Operand) -> Parsed<()> {
    loop {
        let here = scanner.at();
        scanner.skip();
        let start = scanner.at();
        if !scanner.eat("{{") {
            scanner.back_to(here);
            return Ok(());
        }
        scanner.skip();
        if scanner.eat("+") {
            found.history = Some(history(scanner)?);
            scanner.skip();
            return scanner.expect("}}");
        }
        if scanner.eat_word("m") {
            if !found.filters.is_empty() {
                return scanner.fault_at(start, "member filters must stand before all others,".to_owned());
            }
            found.members.push(listed(scanner, member_filter)?);
        } else if scanner.eat_word("c") {
            found.filters.push(Filter::Concept(listed(scanner, concept_filter)?));
        } else {
            scanner.eat_word("d");
            found.filters.push(Filter::Description(listed(scanner, description_filter)?));
        }
    }
}

/// Filters with commas between them, up to the braces that end them.
fn listed<'t, T>(scanner: &mut Scanner<'t>, one: impl Fn(&mut Scanner<'t>) -> Parsed<T>) -> Parsed<Vec<T>> {
    let mut found = Vec::new();
    loop {
        scanner.skip();
        found.push(one(scanner)?);
        scanner.skip();
        if !scanner.eat(",") {
            scanner.expect("}}")?;
            return Ok(found);
        }
    }
}

fn description_filter(scanner: &mut Scanner<'_>) -> Parsed<DescriptionFilter> {
    if let Some(row) = row_filter(scanner)? {
        return Ok(DescriptionFilter::Row(row));
    }
    if scanner.eat_word("term") {
        return Ok(DescriptionFilter::Term(equality(scanner)?, search_terms(scanner)?));
    }
    if scanner.eat_word("language") {
        return Ok(DescriptionFilter::Language(equality(scanner)?, one_or_more(scanner, language)?));
    }
    if scanner.eat_word("typeId") {
        return Ok(DescriptionFilter::TypeId(equality(scanner)?, concepts(scanner)?));
    }
    if scanner.eat_word("type") {
        let one = |scanner: &mut Scanner<'_>| token(scanner, TYPES);
        return Ok(DescriptionFilter::Type(equality(scanner)?, one_or_more(scanner, one)?));
    }
    if scanner.eat_word("dialectId") {
        return Ok(DescriptionFilter::Dialect(equality(scanner)?, dialect_ids(scanner)?));
    }
    if scanner.eat_word("dialect") {
        let equality = equality(scanner)?;
        let aliases = in_dialects(scanner, dialect_alias)?;
        return Ok(DescriptionFilter::Dialect(equality, Dialects::Aliases(aliases, acceptability(scanner)?)));
    }
    if scanner.eat_word("id") {
        return Ok(DescriptionFilter::Id(equality(scanner)?, one_or_more(scanner, values::sctid)?));
    }
    scanner.fault(
        "`term`, `language`, `type`, `typeId`, `dialect`, `dialectId`, `id`, `moduleId`, `effectiveTime` or \
         `active`",
    )
}

fn concept_filter(scanner: &mut Scanner<'_>) -> Parsed<ConceptFilter> {
    if let Some(row) = row_filter(scanner)? {
        return Ok(ConceptFilter::Row(row));
    }
    if scanner.eat_word("definitionStatusId") {
        return Ok(ConceptFilter::DefinitionStatusId(equality(scanner)?, concepts(scanner)?));
    }
    if scanner.eat_word("definitionStatus") {
        let one = |scanner: &mut Scanner<'_>| token(scanner, STATUSES);
        return Ok(ConceptFilter::DefinitionStatus(equality(scanner)?, one_or_more(scanner, one)?));
    }
    scanner.fault("`definitionStatus`, `definitionStatusId`, `moduleId`, `effectiveTime` or `active`")
}

fn member_filter(scanner: &mut Scanner<'_>) -> Parsed<MemberFilter> {
    if let Some(row) = row_filter(scanner)? {
        return Ok(MemberFilter::Row(row));
    }
    let name = values::field_name(scanner)?;
    Ok(MemberFilter::Field(name, comparison(scanner, Kinds::OfColumn)?))
}

/// A filter on what every row of a release has, if that is what comes next.
fn row_filter(scanner: &mut Scanner<'_>) -> Parsed<Option<RowFilter>> {
    if scanner.eat_word("moduleId") {
        return Ok(Some(RowFilter::Module(equality(scanner)?, concepts(scanner)?)));
    }
    if scanner.eat_word("effectiveTime") {
        return Ok(Some(RowFilter::EffectiveTime(order(scanner)?, days(scanner)?)));
    }
    if !scanner.eat_word("active") {
        return Ok(None);
    }
    let equality = equality(scanner)?;
    scanner.skip();
    let known = [("1", Some(true)), ("0", Some(false)), ("\"*\"", None)];
    if let Some((_, value)) = known.into_iter().find(|(symbol, _)| scanner.eat(symbol)) {
        return Ok(Some(RowFilter::Active(equality, value)));
    }
    let known = [("true", Some(true)), ("false", Some(false))];
    match known.into_iter().find(|(word, _)| scanner.eat_word(word)) {
        Some((_, value)) => Ok(Some(RowFilter::Active(equality, value))),
        None => scanner.fault("`1`, `0`, `true` or `false`"),
    }
}

/// The words for types of descriptions, short and long.
const TYPES: &[(&str, DescriptionType)] = &[
    ("syn", DescriptionType::Synonym),
    ("synonym", DescriptionType::Synonym),
    ("fsn", DescriptionType::FullySpecifiedName),
    ("fullySpecifiedName", DescriptionType::FullySpecifiedName),
    ("def", DescriptionType::Definition),
    ("definition", DescriptionType::Definition),
];

/// The words for definition statuses.
const STATUSES: &[(&str, DefinitionStatus)] =
    &[("primitive", DefinitionStatus::Primitive), ("defined", DefinitionStatus::Defined)];

/// The words for acceptabilities, short and long.
const ACCEPTABILITIES: &[(&str, AcceptabilityWord)] = &[
    ("accept", AcceptabilityWord::Acceptable),
    ("acceptable", AcceptabilityWord::Acceptable),
    ("prefer", AcceptabilityWord::Preferred),
    ("preferred", AcceptabilityWord::Preferred),
];

/// One of the words of a table.
fn token<T: Copy>(scanner: &mut Scanner<'_>, known: &[(&str, T)]) -> Parsed<T> {
    match known.iter().find(|(word, _)| scanner.eat_word(word)) {
        Some((_, value)) => Ok(*value),
        None => {
            let words: Vec<_> = known.iter().map(|(word, _)| format!("`{word}`")).collect();
            scanner.fault(&words.join(" or "))
        }
    }
}

fn language(scanner: &mut Scanner<'_>) -> Parsed<String> {
    let word = scanner.word();
    if word.len() != 2 || !word.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return scanner.fault("a language of two letters");
    }
    scanner.eat(word);
    Ok(word.to_ascii_lowercase())
}

/// A dialect and what a description must be in it.
type InDialect<T> = (T, Option<Acceptability>);

/// One dialect, or several in brackets, each with what a description must be in it; what stands after a
/// single one belongs to the filter.
fn in_dialects<'t, T>(
    scanner: &mut Scanner<'t>,
    one: impl Fn(&mut Scanner<'t>) -> Parsed<T>,
) -> Parsed<Vec<InDialect<T>>> {
    scanner.skip();
    if scanner.peek() != Some('(') {
        return Ok(vec![(one(scanner)?, None)]);
    }
    one_or_more(scanner, |scanner| Ok((one(scanner)?, acceptability(scanner)?)))
}

fn dialect_alias(scanner: &mut Scanner<'_>) -> Parsed<String> {
    let word = scanner.word();
    if word.is_empty() {
        return scanner.fault("the alias of a dialect such as `en-us`");
    }
    scanner.eat(word);
    Ok(word.to_ascii_lowercase())
}

/// Dialects by their reference sets: several in brackets, or what an operand means.
fn dialect_ids(scanner: &mut Scanner<'_>) -> Parsed<Dialects> {
    scanner.skip();
    let here = scanner.at();
    if scanner.peek() == Some('(') {
        if let Ok(ids) = in_dialects(scanner, values::reference) {
            return Ok(Dialects::Ids(ids, acceptability(scanner)?));
        }
        scanner.back_to(here);
    }
    let of = Box::new(operand(scanner)?);
    Ok(Dialects::Of(of, acceptability(scanner)?))
}

/// What a description must be in a dialect, if brackets tell it.
fn acceptability(scanner: &mut Scanner<'_>) -> Parsed<Option<Acceptability>> {
    let here = scanner.at();
    scanner.skip();
    if scanner.peek() != Some('(') {
        scanner.back_to(here);
        return Ok(None);
    }
    let start = scanner.at();
    scanner.eat("(");
    scanner.skip();
    let is_digit = scanner.peek().is_some_and(|next| next.is_ascii_digit());
    scanner.back_to(start);
    Ok(Some(if is_digit {
        Acceptability::Ids(one_or_more(scanner, values::reference)?)
    } else {
        let one = |scanner: &mut Scanner<'_>| token(scanner, ACCEPTABILITIES);
        Acceptability::Words(one_or_more(scanner, one)?)
    }))
}

fn history(scanner: &mut Scanner<'_>) -> Parsed<History> {
    scanner.skip();
    let word = scanner.word();
    let known = [("history-min", History::Min), ("history-mod", History::Mod), ("history-max", History::Max)];
    if let Some((known, history)) = known.into_iter().find(|(known, _)| word.eq_ignore_ascii_case(known)) {
        scanner.eat(&word[..known.len()]);
        return Ok(history);
    }
    if !scanner.eat_word("history") {
        return scanner.fault("`HISTORY`, `HISTORY-MIN`, `HISTORY-MOD` or `HISTORY-MAX`");
    }
    let known = [("_min", History::Min), ("_mod", History::Mod), ("_max", History::Max)];
    let rest = scanner.rest();
    for (suffix, history) in known {
        if let Some(written) = rest.get(..4).filter(|next| next.eq_ignore_ascii_case(suffix)) {
            scanner.eat(written);
            return Ok(history);
        }
    }
    scanner.skip();
    if !scanner.eat("(") {
        return Ok(History::Max);
    }
    let inner = scanner.deeper(constraint)?;
    scanner.skip();
    scanner.expect(")")?;
    Ok(History::In(Box::new(inner)))
}
