//! Which part of a collection is taken?
//!
//! <https://hl7.org/fhirpath/N1/#subsetting>

use super::{Answer, Function, Run};
use crate::evaluate::{Evaluation, Walk, fail};
use crate::failure::Failure;
use crate::item::Collection;

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "single", arguments: (0, 0), run: Run::Items(single) },
    Function { name: "first", arguments: (0, 0), run: Run::Walk(Walk::First) },
    Function {
        name: "last",
        arguments: (0, 0),
        run: Run::Items(|_, input, _| Ok(input.into_iter().last().into_iter().collect())),
    },
    Function {
        name: "tail",
        arguments: (0, 0),
        run: Run::Items(|_, input, _| Ok(input.into_iter().skip(1).collect())),
    },
    Function { name: "skip", arguments: (1, 1), run: Run::Items(skip) },
    Function { name: "take", arguments: (1, 1), run: Run::Items(take) },
    Function { name: "intersect", arguments: (1, 1), run: Run::Items(intersect) },
    Function { name: "exclude", arguments: (1, 1), run: Run::Items(exclude) },
];

fn single<'a>(_: &mut Evaluation<'_, 'a>, input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    match input.len() {
        0 | 1 => Ok(input),
        count => fail(format!("cannot take the single one of {count} items")),
    }
}

/// The number that an argument gives, 0 where it is negative.
fn number<'a>(
    evaluation: &Evaluation<'_, 'a>,
    arguments: &[Collection<'a>],
    what: &str,
) -> Result<Option<usize>, Failure> {
    let number = evaluation.integer(arguments.first().map_or(&[], Vec::as_slice), what)?;
    Ok(number.map(|number| usize::try_from(number.max(0)).unwrap_or(usize::MAX)))
}

fn skip<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let number = number(evaluation, arguments, "what `skip` leaves out")?;
    Ok(number.map_or(Vec::new(), |number| input.into_iter().skip(number).collect()))
}

fn take<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let number = number(evaluation, arguments, "what `take` keeps")?;
    Ok(number.map_or(Vec::new(), |number| input.into_iter().take(number).collect()))
}

fn intersect<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let mut both = Vec::new();
    for item in evaluation.distinct(input)? {
        if let Some(other) = arguments.first()
            && evaluation.contains(other, &item)?
        {
            both.push(item);
        }
    }
    Ok(both)
}

/// Keeps order and repeats.
fn exclude<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let mut kept = Vec::new();
    for item in input {
        if let Some(other) = arguments.first()
            && !evaluation.contains(other, &item)?
        {
            kept.push(item);
        }
    }
    Ok(kept)
}
