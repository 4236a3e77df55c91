//! Does another terminology server know what is unknown here?
//!
//! Where the settings name one, it is asked what could not be told for want of a code system, a value set or a map; its
//! answer is passed on: <https://hl7.org/fhir/R4/terminology-service.html>. Where it has none, what is unknown here is
//! said to be unknown, as without it.

use std::sync::Arc;

use interactions::operation::{Call, Target};
use interactions::{Answer, Context, Failure, Result, aside};
use model::parameters;
use model::{Code, Issue, Value};
use terminology::Unanswered;

/// Arguments by which a question names what it is about.
const NAMES: &[&str] = &["url", "system", "coding", "codingA", "codingB", "codeableConcept", "sourceSystem"];

/// Parameters of an answer that name what could not be told.
const UNKNOWN: &[&str] = &["x-unknown-system", "x-caused-by-unknown-system"];

/// Arguments of a URL that are no texts, by their types.
const TYPES: &[(&str, &[&str])] = &[
    ("valueUri", &["url", "system", "source", "target", "targetsystem", "sourceSystem", "targetSystem"]),
    ("valueCode", &["code", "codeA", "codeB", "displayLanguage", "property", "sourceCode", "targetCode"]),
    ("valueInteger", &["count", "offset"]),
    (
        "valueBoolean",
        &["activeOnly", "includeDesignations", "excludeNested", "excludeNotForUI", "abstract", "reverse"],
    ),
];

/// What is known here, or else what the other server answers to the same question.
pub(crate) async fn or_ask(
    context: &Context,
    call: &Call,
    operation: &'static str,
    known: Result<Answer>,
) -> Result<Answer> {
    if !is_unknown(&known) || matches!(call.target, Target::Instance(_)) {
        return known;
    }
    let terminology = Arc::clone(&context.library.rules().terminology);
    let Some(remote) = terminology.loaded.remote().cloned() else { return known };
    let mut question = question(call);
    let is_served = names(&question).any(|name| remote.serves(name));
    if operation.starts_with("ValueSet/") {
        bring_definition(&mut question, |url| terminology.definition(url));
    }
    if !is_served && !names(&question).any(|name| remote.serves(name)) {
        return known;
    }
    let question = parameters::parameters(question);
    let answer = aside::run(context, move || remote.ask(operation, &question)).await?;
    match answer {
        Ok(answer) if is_answer(operation, &answer) => Ok(Answer::Resource(answer)),
        // Neither has it: ours says of what, and that it is not there.
        Err(Unanswered::Refused(_)) if is_absent(&known) => known,
        Err(Unanswered::Refused(why)) => {
            let message =
                format!("the terminology server that is asked for what is not loaded here says: {why}");
            Err(Issue::error(Code::UnknownCode, message).into())
        }
        Ok(_) | Err(Unanswered::Silent) => known,
    }
}

/// Whether something is missing here that would be needed to tell.
fn is_unknown(known: &Result<Answer>) -> bool {
    match known {
        Err(failure) => lacks(failure),
        Ok(Answer::Resource(answer)) => {
            let told = answer.get("parameter").map_or(&[][..], Value::items).iter();
            told.filter_map(|parameter| parameter.text("name")).any(|name| UNKNOWN.contains(&name))
        }
        Ok(_) => false,
    }
}

fn is_absent(known: &Result<Answer>) -> bool {
    known.as_ref().is_err_and(|failure| failure.code() == Code::NotFound)
}

fn lacks(failure: &Failure) -> bool {
    matches!(failure.code(), Code::CodeNotChecked | Code::NotFound)
}

/// The canonicals that a question is about: of what it names, and of the systems of a value set that it brings.
fn names(question: &[Value]) -> impl Iterator<Item = &str> {
    question.iter().flat_map(|parameter| {
        let name = parameter.text("name").unwrap_or_default();
        let members = parameter.as_object().into_iter().flat_map(|parameter| parameter.iter());
        let values = members.filter(move |(member, _)| NAMES.contains(&name) && member.starts_with("value"));
        let own = values.flat_map(|(_, value)| {
            let codings = value.get("coding").map_or(&[][..], Value::items).iter();
            codings.chain([value]).filter_map(|coding| coding.text("system")).chain(value.as_str())
        });
        let brought = parameter.get("resource").filter(|_| name == "valueSet");
        let compose = brought.and_then(|value_set| value_set.get("compose"));
        let includes = compose.and_then(|compose| compose.get("include")).map_or(&[][..], Value::items);
        own.chain(includes.iter().filter_map(|include| include.text("system")))
    })
}

/// The arguments, those of a URL with the types that they are meant to be of, and the language that is wished for.
fn question(call: &Call) -> Vec<Value> {
    let given = call.arguments.get("parameter").map_or(&[][..], Value::items);
    let mut question: Vec<Value> = given.iter().map(typed).collect();
    let is_said = given.iter().any(|parameter| parameter.text("name") == Some("displayLanguage"));
    if let Some(wish) = crate::arguments::language_of(call).filter(|_| !is_said) {
        question.push(parameters::with_value("displayLanguage", "valueCode", wish));
    }
    question
}

fn typed(parameter: &Value) -> Value {
    let (Some(name), Some(text)) = (parameter.text("name"), parameter.text("valueString")) else {
        return parameter.clone();
    };
    let Some((member, _)) = TYPES.iter().find(|(_, names)| names.contains(&name)) else {
        return parameter.clone();
    };
    let value = match (*member, text) {
        ("valueBoolean", _) => Value::Bool(text == "true"),
        ("valueInteger", _) => match text.parse::<u64>() {
            Ok(number) => number.into(),
            Err(_) => return parameter.clone(),
        },
        _ => text.into(),
    };
    parameters::with_value(name, member, value)
}

/// Puts a value set that is known here in the place of its canonical: the other server need not have it.
fn bring_definition(question: &mut Vec<Value>, definition: impl Fn(&str) -> Option<Arc<Value>>) {
    let named = question.iter().find(|parameter| parameter.text("name") == Some("url"));
    let url = named.and_then(|parameter| parameter.text("valueUri").or(parameter.text("valueCanonical")));
    if let Some(definition) = url.and_then(definition) {
        question.retain(|it| !matches!(it.text("name"), Some("url" | "valueSetVersion")));
        question.push(parameters::with_resource("valueSet", (*definition).clone()));
    }
}

/// Whether an answer is of the type that the operation gives.
fn is_answer(operation: &str, answer: &Value) -> bool {
    let expected = if operation.ends_with("$expand") { "ValueSet" } else { "Parameters" };
    answer.text("resourceType") == Some(expected)
}

#[cfg(test)]
mod tests {
    use model::json;

    use super::*;

    fn call(pairs: &[(&str, &str)]) -> Call {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Call::new(Target::System, None, &pairs)
    }

    #[test]
    fn arguments_of_a_url_get_the_types_that_they_have() {
        let call = call(&[("url", "http://v"), ("count", "5"), ("activeOnly", "true"), ("filter", "5")]);
        let told = json::to_compact(&question(&call).into());
        assert_eq!(
            String::from_utf8_lossy(&told),
            r#"[{"name":"url","valueUri":"http://v"},{"name":"count","valueInteger":5},"#.to_owned()
                + r#"{"name":"activeOnly","valueBoolean":true},{"name":"filter","valueString":"5"}]"#
        );
    }

    #[test]
    fn a_question_names_what_it_is_about() {
        let asked = r#"{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"system":"http://a"}},
            {"name":"codeableConcept","valueCodeableConcept":{"coding":[{"system":"http://b"}]}},
            {"name":"url","valueUri":"http://c"},{"name":"display","valueString":"http://d"},
            {"name":"valueSet","resource":{"compose":{"include":[{"system":"http://e"}]}}}]}"#;
        let asked = json::parse(asked.as_bytes()).expect("valid JSON");
        let call = Call::new(Target::System, asked.as_object().cloned(), &Vec::new());
        let question = question(&call);
        assert_eq!(names(&question).collect::<Vec<_>>(), ["http://a", "http://b", "http://c", "http://e"]);
    }

    #[test]
    fn a_value_set_that_is_known_here_travels_along() {
        let own = json::parse(br#"{"resourceType":"ValueSet"}"#).map(Arc::new).expect("valid JSON");
        let check = |definition: Option<Arc<Value>>, expected: &str| {
            let mut question = question(&call(&[("url", "http://v"), ("code", "a")]));
            bring_definition(&mut question, |_| definition.clone());
            let names: Vec<_> = question.iter().filter_map(|it| it.text("name")).collect();
            assert_eq!(names.join(" "), expected);
        };
        check(Some(own), "code valueSet");
        check(None, "url code");
    }

    #[test]
    fn only_what_is_missing_is_asked_for() {
        let failed = |code| Err(Issue::error(code, "why").into());
        assert!(is_unknown(&failed(Code::CodeNotChecked)) && is_unknown(&failed(Code::NotFound)));
        assert!(!is_unknown(&failed(Code::UnknownCode)));
        let answer = |name: &str| {
            let told = parameters::with_value(name, "valueCanonical", "http://s");
            Ok(Answer::Resource(parameters::parameters(vec![told])))
        };
        assert!(is_unknown(&answer("x-unknown-system")) && !is_unknown(&answer("result")));
    }
}
