//! What time is it, what was traced, and what if?
//!
//! <https://hl7.org/fhirpath/N1/#utility-functions>, <https://hl7.org/fhirpath/N1/#conversion>.

use super::{Answer, Function, Run};
use crate::evaluate::{Evaluation, Scope, fail};
use crate::item::{Collection, Item};
use crate::syntax::Syntax;
use crate::values::{DateTime, Time};

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "iif", arguments: (2, 3), run: Run::Expressions(iif) },
    Function { name: "trace", arguments: (1, 2), run: Run::Expressions(trace) },
    Function { name: "defineVariable", arguments: (1, 2), run: Run::Expressions(define_variable) },
    Function {
        name: "now",
        arguments: (0, 0),
        run: Run::Items(|evaluation, _, _| Ok(now(evaluation).map(Item::DateTime).into_iter().collect())),
    },
    Function {
        name: "today",
        arguments: (0, 0),
        run: Run::Items(|evaluation, _, _| {
            Ok(now(evaluation).map(|now| Item::Date(now.date())).into_iter().collect())
        }),
    },
    Function {
        name: "timeOfDay",
        arguments: (0, 0),
        run: Run::Items(|evaluation, _, _| {
            Ok(now(evaluation)
                .and_then(DateTime::clock)
                .map(|clock| Item::Time(Time(clock)))
                .into_iter()
                .collect())
        }),
    },
];

/// The moment of the evaluation: the same wherever in it one asks.
fn now(evaluation: &Evaluation<'_, '_>) -> Option<DateTime> {
    DateTime::from_instant(evaluation.context.now)
}

/// Evaluates only the branch that is taken.
fn iif<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    if input.len() > 1 {
        return fail(format!("cannot decide `iif` for {} items, expected at most one", input.len()));
    }
    let inner = match input.first() {
        Some(item) => Scope { this: item, ..*scope },
        None => *scope,
    };
    let branch = match evaluation.truth(&arguments[0], &inner)? {
        Some(true) => Some(&arguments[1]),
        _ => arguments.get(2),
    };
    branch.map_or(Ok(Vec::new()), |branch| evaluation.apart(branch, &inner))
}

fn trace<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let name = evaluation.apart(&arguments[0], scope)?;
    let name = evaluation.text(&name, "the name of a trace")?.unwrap_or_default();
    let mut projected = Vec::new();
    if let Some(projection) = arguments.get(1) {
        for (index, item) in input.iter().enumerate() {
            projected.append(&mut evaluation.apart(projection, &scope.on(item, index))?);
            evaluation.bounded(projected.len())?;
        }
    }
    let shown = if arguments.len() > 1 { &projected } else { &input };
    evaluation.context.host.trace(&name, shown);
    Ok(input)
}

fn define_variable<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Syntax],
    scope: &Scope<'_, 'a>,
) -> Answer<'a> {
    let name = evaluation.apart(&arguments[0], scope)?;
    let Some(name) = evaluation.text(&name, "the name of a variable")? else {
        return fail("cannot define a variable without a name".to_owned());
    };
    let value = match (arguments.get(1), input.first()) {
        (Some(value), Some(item)) => {
            let inner = if input.len() == 1 { Scope { this: item, ..*scope } } else { *scope };
            evaluation.apart(value, &inner)?
        }
        (Some(value), None) => evaluation.apart(value, scope)?,
        (None, _) => input.clone(),
    };
    evaluation.define(&name, value)?;
    Ok(input)
}
