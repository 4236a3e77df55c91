//! Is this code in the value set, or in the code system, and is it called so?
//!
//! <https://hl7.org/fhir/R4/valueset-operation-validate-code.html> and
//! <https://hl7.org/fhir/R4/codesystem-operation-validate-code.html>. The question is answered with 200, whatever the
//! answer is; only a value set that nobody here has is a failure.

use access::{Permit, Verb};
use interactions::operation::{self, Call, Level, Truth};
use interactions::{Answer, Context, Operation, Result};
use model::parameters::Parameter;
use model::{Issue, Value};
use terminology::{Coding, Given, ValidateCode};

use crate::arguments::{self, SURROUNDINGS, canonical, coding, language, structured, subject, wrong};
use crate::elsewhere;
use crate::expand::value_set;

pub(crate) const IN_VALUE_SET: Operation = Operation {
    name: "validate-code",
    definition: "http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["ValueSet"],
    run: |context, permit, call| {
        Box::pin(async move {
            let known = in_value_set(context, permit, call).await;
            elsewhere::or_ask(context, call, "ValueSet/$validate-code", known).await
        })
    },
};

pub(crate) const IN_CODE_SYSTEM: Operation = Operation {
    name: "validate-code",
    definition: "http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code",
    verb: Verb::Read,
    levels: &[Level::Type, Level::Instance],
    types: &["CodeSystem"],
    run: |context, permit, call| {
        Box::pin(async move {
            let known = in_code_system(context, permit, call).await;
            elsewhere::or_ask(context, call, "CodeSystem/$validate-code", known).await
        })
    },
};

/// The arguments of both.
const ARGUMENTS: &[&str] = &[
    "url",
    "code",
    "display",
    "coding",
    "codeableConcept",
    "abstract",
    "displayLanguage",
    "lenient-display-validation",
];

/// What R4 defines and this server does not heed: by it another answer would be right.
const REFUSED: &[&str] = &["context", "date"];

async fn in_value_set(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    let own: &[&str] = &[
        "valueSet",
        "valueSetVersion",
        "system",
        "systemVersion",
        "inferSystem",
        "activeOnly",
        "valueset-membership-only",
    ];
    call.only(&[ARGUMENTS, own, REFUSED, SURROUNDINGS].concat())?;
    let given = call.parameters()?;
    arguments::without(&given, REFUSED)?;
    let terminology = arguments::terminology(context, &given)?;
    let brought = subject(context, permit, call, ("valueSet", "ValueSet")).await?;
    let named = canonical(&given, ("url", "valueSetVersion"))?;
    let (value_set, definition) = value_set(&terminology, brought, named.as_deref())?;
    let asked = Asked::read(&given, ("system", "systemVersion"))?;
    let asked = asked.question(call, &given)?;
    let answer = terminology::validate_code(&terminology, (&value_set, &definition), &asked);
    Ok(Answer::Resource(answer))
}

async fn in_code_system(context: &Context, permit: &Permit, call: &Call) -> Result<Answer> {
    call.only(&[ARGUMENTS, &["codeSystem", "version"], REFUSED, SURROUNDINGS].concat())?;
    let given = call.parameters()?;
    arguments::without(&given, REFUSED)?;
    let (terminology, url) = arguments::with_code_system(context, permit, call).await?;
    let mut asked = Asked::read(&given, ("url", "version"))?;
    let system = url.as_deref().or(operation::text(&given, "url")?);
    for coding in &mut asked.codings {
        match (coding.system, system) {
            (Some(own), Some(system)) if own != system => {
                return Err(wrong(format!("the coding is of `{own}`, and `{system}` is asked about")).into());
            }
            _ => coding.system = coding.system.or(system),
        }
    }
    let answer = terminology::validate_in_system(&terminology, &asked.question(call, &given)?);
    Ok(Answer::Resource(answer))
}

/// The codings that are asked about.
struct Asked<'a> {
    codings: Vec<Coding<'a>>,
    given: Given<'a>,
}

impl<'a> Asked<'a> {
    /// Reads `code` with what belongs to it, `coding` or `codeableConcept`, whichever is there.
    fn read(
        given: &[Parameter<'a>],
        (system, version): (&str, &str),
    ) -> std::result::Result<Asked<'a>, Issue> {
        let code = operation::text(given, "code")?;
        let one = structured(given, ("coding", "valueCoding"))?;
        let concept = structured(given, ("codeableConcept", "valueCodeableConcept"))?;
        match (code, one, concept) {
            (Some(code), None, None) => {
                let coding = Coding {
                    system: operation::text(given, system)?,
                    version: operation::text(given, version)?,
                    code: Some(code),
                    display: operation::text(given, "display")?,
                };
                Ok(Asked { codings: vec![coding], given: Given::Code })
            }
            (None, Some(one), None) => Ok(Asked { codings: vec![coding(one)], given: Given::Coding }),
            (None, None, Some(concept)) => {
                let codings = concept.get("coding").map_or(&[][..], Value::items).iter().map(coding);
                Ok(Asked { codings: codings.collect(), given: Given::Concept(concept) })
            }
            _ => Err(wrong("one of `code`, `coding` and `codeableConcept` is expected")),
        }
    }

    fn question<'b>(
        &'b self,
        call: &'b Call,
        given: &[Parameter<'b>],
    ) -> std::result::Result<ValidateCode<'b>, Issue> {
        Ok(ValidateCode {
            codings: &self.codings,
            given: self.given,
            display_language: language(call, given)?,
            infer_system: operation::truth(given, "inferSystem", Truth::False)?,
            active_only: operation::truth(given, "activeOnly", Truth::False)?,
            refuse_abstract: !operation::truth(given, "abstract", Truth::True)?,
            lenient_display: operation::truth(given, "lenient-display-validation", Truth::False)?,
            membership_only: operation::truth(given, "valueset-membership-only", Truth::False)?,
        })
    }
}
