//! Is there anything, and how much of it?
//!
//! <https://hl7.org/fhirpath/N1/#existence>

use super::{Answer, Function, Run};
use crate::evaluate::{Decision, Evaluation, Walk, fail};
use crate::failure::Failure;
use crate::item::{Collection, Item};

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "empty", arguments: (0, 0), run: Run::Walk(Walk::Decide(Decision::Empty)) },
    Function { name: "exists", arguments: (0, 1), run: Run::Walk(Walk::Decide(Decision::Exists)) },
    Function { name: "all", arguments: (1, 1), run: Run::Walk(Walk::Decide(Decision::All)) },
    Function {
        name: "allTrue",
        arguments: (0, 0),
        run: Run::Values(|input, _| every(&input, "allTrue", true)),
    },
    Function {
        name: "allFalse",
        arguments: (0, 0),
        run: Run::Values(|input, _| every(&input, "allFalse", false)),
    },
    Function {
        name: "anyTrue",
        arguments: (0, 0),
        run: Run::Values(|input, _| some(&input, "anyTrue", true)),
    },
    Function {
        name: "anyFalse",
        arguments: (0, 0),
        run: Run::Values(|input, _| some(&input, "anyFalse", false)),
    },
    Function { name: "not", arguments: (0, 0), run: Run::Walk(Walk::Decide(Decision::Not)) },
    Function { name: "subsetOf", arguments: (1, 1), run: Run::Items(subset_of) },
    Function { name: "supersetOf", arguments: (1, 1), run: Run::Items(superset_of) },
    Function { name: "count", arguments: (0, 0), run: Run::Walk(Walk::Count) },
    Function {
        name: "distinct",
        arguments: (0, 0),
        run: Run::Items(|evaluation, input, _| evaluation.distinct(input)),
    },
    Function { name: "isDistinct", arguments: (0, 0), run: Run::Items(is_distinct) },
];

fn truth<'a>(truth: bool) -> Answer<'a> {
    Ok(vec![Item::Boolean(truth)])
}

fn booleans(input: &Collection<'_>, name: &str) -> Result<Vec<bool>, Failure> {
    let one = |item: &Item<'_>| match item {
        Item::Boolean(truth) => Ok(*truth),
        _ => fail(format!("cannot take `{name}` of something that is no Boolean")),
    };
    input.iter().map(one).collect()
}

fn every<'a>(input: &Collection<'a>, name: &str, wanted: bool) -> Answer<'a> {
    truth(booleans(input, name)?.into_iter().all(|found| found == wanted))
}

fn some<'a>(input: &Collection<'a>, name: &str, wanted: bool) -> Answer<'a> {
    truth(booleans(input, name)?.into_iter().any(|found| found == wanted))
}

fn subset_of<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let others = arguments.first().cloned().unwrap_or_default();
    truth(is_subset(evaluation, &input, &others)?)
}

fn superset_of<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let others = arguments.first().cloned().unwrap_or_default();
    truth(is_subset(evaluation, &others, &input)?)
}

fn is_subset<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    some: &Collection<'a>,
    all: &Collection<'a>,
) -> Result<bool, Failure> {
    for item in some {
        if !evaluation.contains(all, item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_distinct<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    let before = input.len();
    truth(evaluation.distinct(input)?.len() == before)
}
