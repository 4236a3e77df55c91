//! Of which type is it?
//!
//! <https://hl7.org/fhirpath/N1/#types>. `is`, `as` and `ofType` take the name of a type
//! and not an expression, and so are syntax.

use super::{Answer, Function, Run};
use crate::evaluate::{Evaluation, system_name};
use crate::item::{Collection, Item};

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] =
    &[Function { name: "type", arguments: (0, 0), run: Run::Items(type_of) }];

fn type_of<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    let one = |item: &Item<'a>| match item {
        Item::Node(node) => Item::Type("FHIR", evaluation.context.types.name(node.type_id)),
        other => Item::Type("System", system_name(other).unwrap_or_default()),
    };
    Ok(input.iter().map(one).collect())
}
