//! What does FHIR add to the language?
//!
//! <https://hl7.org/fhir/R4/fhirpath.html#functions>

mod definitions;
mod references;

use model::Value;

use super::{Answer, Function, Run};
use crate::evaluate::{Evaluation, fail, is_a, settled};
use crate::failure::Failure;
use crate::item::{Collection, Item, Node};
use crate::narrative;

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "extension", arguments: (1, 1), run: Run::Items(extension) },
    Function { name: "hasValue", arguments: (0, 0), run: Run::Items(has_value) },
    Function { name: "getValue", arguments: (0, 0), run: Run::Items(get_value) },
    Function { name: "resolve", arguments: (0, 0), run: Run::Items(references::resolve) },
    Function { name: "memberOf", arguments: (1, 1), run: Run::Items(member_of) },
    Function {
        name: "subsumes",
        arguments: (1, 1),
        run: Run::Items(|evaluation, input, arguments| subsumption(evaluation, &input, arguments, false)),
    },
    Function {
        name: "subsumedBy",
        arguments: (1, 1),
        run: Run::Items(|evaluation, input, arguments| subsumption(evaluation, &input, arguments, true)),
    },
    Function { name: "conformsTo", arguments: (1, 1), run: Run::Items(conforms_to) },
    Function { name: "htmlChecks", arguments: (0, 0), run: Run::Items(html_checks) },
    Function {
        name: "elementDefinition",
        arguments: (0, 0),
        run: Run::Items(definitions::element_definition),
    },
    Function { name: "slice", arguments: (2, 2), run: Run::Items(definitions::slice) },
    Function { name: "checkModifiers", arguments: (0, 64), run: Run::Items(check_modifiers) },
];

fn extension<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let Some(url) = evaluation.text(argument(arguments), "the URL of an extension")? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for item in &input {
        settled(evaluation.member(item, "extension", &mut |_, extension| {
            let named = matches!(&extension, Item::Node(node) if node.value.and_then(|value| value.text("url")) == Some(&*url));
            if named {
                found.push(extension);
            }
            Ok(())
        }))?;
    }
    Ok(found)
}

fn argument<'b, 'a>(arguments: &'b [Collection<'a>]) -> &'b Collection<'a> {
    static NONE: Collection<'static> = Vec::new();
    arguments.first().unwrap_or(&NONE)
}

/// Whether there is one primitive, and it has a value and not extensions alone.
fn has_value<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    let has = match input.as_slice() {
        [Item::Node(node)] => is_primitive(evaluation, *node) && node.value.is_some(),
        [_] => true,
        _ => false,
    };
    Ok(vec![Item::Boolean(has)])
}

fn is_primitive(evaluation: &Evaluation<'_, '_>, node: Node<'_>) -> bool {
    evaluation.context.types.kind(node.type_id) == crate::types::Kind::Primitive
}

fn get_value<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    match input.as_slice() {
        [Item::Node(node)] if is_primitive(evaluation, *node) && node.value.is_some() => {
            Ok(evaluation.values(input))
        }
        _ => Ok(Vec::new()),
    }
}

/// The codes of a `code`, Coding or CodeableConcept: system and code.
fn codes<'a>(evaluation: &Evaluation<'_, 'a>, item: &Item<'a>) -> Vec<(Option<&'a str>, &'a str)> {
    let coding = |coding: &'a Value| Some((coding.text("system"), coding.text("code")?));
    match item {
        Item::Node(node) => match node.value {
            Some(Value::String(code)) => vec![(None, code)],
            Some(value) if is_a(node.type_id, "CodeableConcept", evaluation.context.types) => {
                value.get("coding").map_or(&[][..], Value::items).iter().filter_map(coding).collect()
            }
            Some(value) => coding(value).into_iter().collect(),
            None => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn member_of<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let Some(value_set) = evaluation.text(argument(arguments), "the URL of a value set")? else {
        return Ok(Vec::new());
    };
    // Of several items nothing is said, as of none.
    let [item] = input.as_slice() else { return Ok(Vec::new()) };
    let host = evaluation.context.host;
    let asked = match item {
        Item::String(code) => vec![host.member_of(None, code, &value_set)],
        item => codes(evaluation, item)
            .into_iter()
            .map(|(system, code)| host.member_of(system, code, &value_set))
            .collect(),
    };
    Ok(match (asked.contains(&Some(true)), asked.contains(&None)) {
        (true, _) => vec![Item::Boolean(true)],
        (false, true) => Vec::new(),
        (false, false) => vec![Item::Boolean(false)],
    })
}

/// Whether any code on one side subsumes one of the other; `reversed` asks it the other way round.
///
/// What nobody can tell, because the code systems are different or not known, is an error and never false.
fn subsumption<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: &Collection<'a>,
    arguments: &[Collection<'a>],
    reversed: bool,
) -> Answer<'a> {
    let (Some(left), Some(right)) = (input.first(), argument(arguments).first()) else {
        return Ok(Vec::new());
    };
    let (left, right) = (codes(evaluation, left), codes(evaluation, right));
    let host = evaluation.context.host;
    let mut untold = None;
    let mut is_compared = left.is_empty() || right.is_empty();
    for (system, code) in &left {
        for (other_system, other) in &right {
            let (Some(system), true) = (system, system == other_system) else { continue };
            let (above, below) = if reversed { (other, code) } else { (code, other) };
            is_compared = true;
            match host.subsumes(system, above, below) {
                Some(true) => return Ok(vec![Item::Boolean(true)]),
                Some(false) => {}
                None => untold = Some((system, above, below)),
            }
        }
    }
    match untold {
        Some((system, above, below)) => {
            fail(format!("cannot tell whether `{above}` of `{system}` subsumes `{below}`"))
        }
        None if !is_compared => fail("cannot compare codes of different code systems".to_owned()),
        None => Ok(vec![Item::Boolean(false)]),
    }
}

fn conforms_to<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let Some(profile) = evaluation.text(argument(arguments), "the URL of a profile")? else {
        return Ok(Vec::new());
    };
    match input.as_slice() {
        [] => Ok(Vec::new()),
        [Item::Node(node)] => {
            let types = evaluation.context.types;
            // Every instance conforms to the definition of its own type, and to those that it is based on.
            let base = profile.strip_prefix("http://hl7.org/fhir/StructureDefinition/");
            if let Some(base) = base.filter(|base| types.find(base).is_some()) {
                return Ok(vec![Item::Boolean(is_a(node.type_id, base, types))]);
            }
            match evaluation.context.host.conforms_to(*node, &profile) {
                Some(conforms) => Ok(vec![Item::Boolean(conforms)]),
                None => fail(format!("cannot resolve the profile `{profile}`")),
            }
        }
        [_] => fail("cannot ask `conformsTo` of a value, expected an element".to_owned()),
        many => fail(format!("cannot ask `conformsTo` of {} items, expected one", many.len())),
    }
}

fn html_checks<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    match evaluation.text(&input, "a narrative") {
        Ok(None) => Ok(Vec::new()),
        Ok(Some(text)) => {
            let is_safe = narrative::read(&text).is_ok_and(|found| found.has_content);
            Ok(vec![Item::Boolean(is_safe)])
        }
        Err(failure) => Err(failure),
    }
}

/// Fails when the input has a modifier extension that the caller does not say it understands.
fn check_modifiers<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let mut known = Vec::new();
    for argument in arguments {
        known.extend(evaluation.text(argument, "the URL of a modifier extension")?);
    }
    let mut unknown = None;
    for item in &input {
        settled(evaluation.member(item, "modifierExtension", &mut |_, extension| {
            if let Item::Node(node) = extension {
                let url = node.value.and_then(|value| value.text("url")).unwrap_or_default();
                if !known.iter().any(|known| known == url) {
                    unknown = Some(url.to_owned());
                }
            }
            Ok(())
        }))?;
    }
    match unknown {
        Some(url) => Err(Failure::Execution(format!(
            "cannot go on with the modifier extension `{url}`, which is not understood"
        ))),
        None => Ok(input),
    }
}
