//! How do two collections become one?
//!
//! <https://hl7.org/fhirpath/N1/#combining>

use super::{Answer, Function, Run};
use crate::evaluate::{Evaluation, Scope};
use crate::item::Collection;
use crate::syntax::Syntax;

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "union", arguments: (1, 1), run: Run::Items(union) },
    Function { name: "combine", arguments: (1, 1), run: Run::Items(combine) },
    Function { name: "coalesce", arguments: (1, 64), run: Run::Expressions(coalesce) },
];

fn union<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let both = combine(evaluation, input, arguments)?;
    evaluation.distinct(both)
}

fn combine<'a>(
    _: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    Ok(input.into_iter().chain(arguments.iter().flatten().cloned()).collect())
}

/// The first argument that yields anything.
fn coalesce<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    _: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    for argument in arguments {
        let items = evaluation.apart(argument, scope)?;
        if !items.is_empty() {
            return Ok(items);
        }
    }
    Ok(Vec::new())
}
