//! Are these codes right, each by its own question?
//!
//! Many `$validate-code` in one call, as the HL7 terminology ecosystem has it:
//! <https://build.fhir.org/ig/HL7/fhir-tx-ecosystem-ig/>. What the call says besides holds for every question that does
//! not say otherwise. A question that cannot be answered does not hold up the others.

use access::{Permit, Verb};
use interactions::operation::{Call, Level};
use interactions::{Answer, Context, Failure, Operation, Result};
use model::parameters::{self, Content, Parameter};
use model::value::object;
use model::{Code, Issue, Object, Value};

use crate::arguments::wrong;
use crate::validate_code;

pub(crate) const IN_VALUE_SET: Operation = Operation {
    name: "batch-validate-code",
    definition: "http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/ValueSet-batch-validate-code",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["ValueSet"],
    run: |context, permit, call| Box::pin(run(context, permit, (call, &validate_code::IN_VALUE_SET))),
};

pub(crate) const IN_CODE_SYSTEM: Operation = Operation {
    name: "batch-validate-code",
    definition: "http://hl7.org/fhir/uv/tx-ecosystem/OperationDefinition/CodeSystem-batch-validate-code",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["CodeSystem"],
    run: |context, permit, call| Box::pin(run(context, permit, (call, &validate_code::IN_CODE_SYSTEM))),
};

/// Questions of one call; the validator of the HL7 ecosystem asks 50 at a time.
const QUESTIONS_MAX: usize = 1_000;

/// The argument that holds a question, and the parameter that holds its answer.
const QUESTION: &str = "validation";

/// The arguments of which a question must have one.
const ASKED_ABOUT: &[&str] = &["code", "coding", "codeableConcept"];

async fn run(context: &Context, permit: &Permit, (call, operation): (&Call, &Operation)) -> Result<Answer> {
    let given = call.parameters()?;
    let questions = questions(&given)?;
    let all = call.arguments.get("parameter").map_or(&[][..], Value::items);
    let shared: Vec<&Value> = all.iter().filter(|it| it.text("name") != Some(QUESTION)).collect();
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        let answer = match asked(question, &shared, call) {
            Ok(call) => (operation.run)(context, permit, &call).await,
            Err(issue) => Err(issue.into()),
        };
        let answer = match answer {
            Ok(Answer::Resource(answer)) => answer,
            Ok(_) => return Err(Issue::error(Code::Internal, "a validation gave no Parameters").into()),
            Err(failure) => outcome(&failure),
        };
        answers.push(parameters::with_resource(QUESTION, answer));
    }
    Ok(Answer::Resource(parameters::parameters(answers)))
}

fn questions<'a>(given: &[Parameter<'a>]) -> std::result::Result<Vec<&'a Object>, Issue> {
    let named = given.iter().filter(|parameter| parameter.name == QUESTION);
    let resources = named.map(|parameter| match parameter.content {
        Content::Resource(question) => Ok(question),
        _ => Err(wrong(format!("`{QUESTION}`: a Parameters resource is expected"))),
    });
    let questions = resources.collect::<std::result::Result<Vec<_>, _>>()?;
    match questions.len() {
        0 => Err(wrong(format!("at least one `{QUESTION}` is expected"))),
        1..=QUESTIONS_MAX => Ok(questions),
        count => {
            let message =
                format!("there are {count} questions, which is more than the limit of {QUESTIONS_MAX}");
            Err(wrong(message))
        }
    }
}

/// The call of one question: its own arguments, and of the shared ones those that it does not give itself.
fn asked(question: &Object, shared: &[&Value], call: &Call) -> std::result::Result<Call, Issue> {
    let own = question.get("parameter").map_or(&[][..], Value::items);
    let gives = |name: &str| own.iter().any(|parameter| parameter.text("name") == Some(name));
    if !ASKED_ABOUT.iter().any(|name| gives(name)) {
        // The words of the ecosystem, by which its clients know what went wrong.
        let message = "Unable to find code to validate (looked for coding | codeableConcept | code+system | \
                       code+inferSystem in parameters";
        return Err(wrong(message));
    }
    // What a call brings adds up; anything else is said once.
    let holds =
        |parameter: &Value| parameter.text("name").is_none_or(|name| name == "tx-resource" || !gives(name));
    let shared = shared.iter().filter(|parameter| holds(parameter)).map(|parameter| (*parameter).clone());
    let all: Vec<Value> = shared.chain(own.iter().cloned()).collect();
    let mut arguments = Object::new();
    arguments.set("resourceType", "Parameters");
    arguments.set("parameter", all);
    let (target, language) = (call.target.clone(), call.language.clone());
    Ok(Call { target, arguments, is_bare: false, sent: None, language })
}

/// Why a question was not answered, in the form of the ecosystem: the message as the text of the details.
fn outcome(failure: &Failure) -> Value {
    let issues = failure.issues.iter().map(|issue| {
        let kind = match issue.code {
            Code::InvalidParameter | Code::UnknownParameter => "invalid",
            code => code.issue_type(),
        };
        object([
            ("severity", issue.severity.as_str().into()),
            ("code", kind.into()),
            ("details", object([("text", issue.message.as_str().into())])),
        ])
    });
    let issues: Vec<Value> = issues.collect();
    object([("resourceType", "OperationOutcome".into()), ("issue", issues.into())])
}
