//! What does this expression yield on this resource?
//!
//! Parameters in and out as the FHIRPath Lab defines them, so that it and its like can use this server as an
//! engine: <https://github.com/brianpos/fhirpath-lab/blob/master/server-api.md>. A reference that the
//! expression follows is looked up here and the expression evaluated again with what was found.

mod arguments;
mod lookups;
mod result;

use ::fhirpath::{Budget, Context as Evaluation, Expression, Failure, Item, Node};
use access::{Permit, Verb};
use interactions::operation::{Call, Level};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::{parameters, with_parts, with_value};
use model::{Code, Issue, Value};

use self::arguments::Arguments;
use self::lookups::Lookups;

pub(crate) const OPERATION: Operation = Operation {
    name: "fhirpath",
    definition: "urn:brigid:operation:fhirpath",
    verb: Verb::Read,
    levels: &[Level::System, Level::Type, Level::Instance],
    types: &[],
    run: |context, permit, call| Box::pin(run(context, permit, call)),
};

async fn run(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    let arguments = Arguments::read(context, permit, call).await?;
    let mut lookups = Lookups::default();
    loop {
        let results = evaluate(context, &arguments, &lookups)?;
        if !lookups.look_up(context, permit).await? {
            let told = told(context, &arguments);
            return Ok(Answer::Resource(parameters([vec![told], results].concat())));
        }
    }
}

/// One parameter `result` for each item of the context expression, or one for the resource.
fn evaluate(context: &Context, arguments: &Arguments, lookups: &Lookups) -> Result<Vec<Value>> {
    let types = context.definitions;
    let expression = parse(&arguments.expression, "expression")?;
    let root = ::fhirpath::resource_node(&arguments.resource, types)
        .ok_or_else(|| Issue::error(Code::InvalidParameter, "`resource` is of no type that R4 knows"))?;
    let variables = arguments.variables(types);
    let rules = context.library.rules();
    let host = lookups.host(types, &rules, root);
    let evaluation = Evaluation {
        types,
        host: &host,
        resource: root,
        root,
        now: (context.clock)(),
        variables: &variables,
        budget: Budget::default(),
    };
    let Some(outer) = &arguments.context else {
        let items = expression.evaluate(Item::Node(root), &evaluation).map_err(|failure| failed(&failure))?;
        return Ok(vec![result::result(None, &items, host.traces(), (root, types))]);
    };
    let outer_expression = parse(outer, "context")?;
    let focuses =
        outer_expression.evaluate(Item::Node(root), &evaluation).map_err(|failure| failed(&failure))?;
    host.traces();
    let mut results = Vec::with_capacity(focuses.len());
    for (index, focus) in focuses.into_iter().enumerate() {
        let place = result::path(&focus, root, types).unwrap_or_else(|| format!("{outer}[{index}]"));
        let items = expression.evaluate(focus, &evaluation).map_err(|failure| failed(&failure))?;
        results.push(result::result(Some(&place), &items, host.traces(), (root, types)));
    }
    Ok(results)
}

/// What was asked, and of whom.
fn told(context: &Context, arguments: &Arguments) -> Value {
    let evaluator = format!("Brigid {} (R4)", context.policy.software_version);
    let mut parts = vec![
        with_value("evaluator", "valueString", evaluator.as_str()),
        with_value("expression", "valueString", arguments.expression.as_str()),
    ];
    if let Some(outer) = &arguments.context {
        parts.push(with_value("context", "valueString", outer.as_str()));
    }
    parts.push(model::parameters::with_resource("resource", arguments.resource.clone()));
    if !arguments.given.is_empty() {
        parts.push(with_parts("variables", arguments.given.clone()));
    }
    with_parts("parameters", parts)
}

fn parse(text: &str, parameter: &str) -> std::result::Result<Expression, Issue> {
    Expression::parse(text).map_err(|wrong| {
        let message =
            format!("`{parameter}` is no FHIRPath at character {}: {}", wrong.offset, wrong.message);
        Issue::error(Code::InvalidExpression, message)
    })
}

fn failed(failure: &Failure) -> Issue {
    let code = match failure {
        Failure::TooCostly(_) => Code::ExpressionTooCostly,
        _ => Code::ExpressionFailed,
    };
    Issue::error(code, format!("evaluating the expression failed: {failure}"))
}

/// The root of what is evaluated, and its types.
type Ground<'a> = (Node<'a>, &'a dyn ::fhirpath::Types);
