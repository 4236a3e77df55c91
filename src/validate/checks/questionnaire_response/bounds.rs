//! Does the answer keep to the bounds that the question sets?
//!
//! `maxLength`, and what extensions say of length, value, digits, size and unit:
//! <https://hl7.org/fhir/R4/questionnaire-profiles.html>.

use std::cmp::Ordering;

use fhir_profiles::Definitions;
use fhirpath::{Budget, Context, Expression, Item, Node, Nothing, TypeId};
use model::datetime::DateTime;
use model::quantity::Quantity;
use model::reference::Reference;
use model::{Code, Instant, Value};
use terminology::{Coding, Membership};

use super::Filling;
use super::answer::{Answer, extension, extensions, number_of};
use super::enabled::compare;
use crate::checks::format::base64_bytes;
use crate::checks::text;

pub(super) fn check(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    match answer.type_name {
        "string" | "uri" => length(filling, answer),
        "integer" | "date" | "dateTime" | "time" => range(filling, answer),
        "decimal" => {
            range(filling, answer);
            digits(filling, answer);
        }
        "Quantity" => {
            digits(filling, answer);
            quantity(filling, answer);
            unit(filling, answer);
        }
        "Attachment" => attachment(filling, answer),
        "Reference" => reference(filling, answer),
        _ => {}
    }
}

fn length(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let spread = answer.value.as_str().is_some_and(|text| text.contains(['\n', '\r']));
    if spread && text(answer.question, "type") == Some("string") {
        let message = "an answer of type string should have one line; type text may have more";
        filling.findings.warning(Code::AnswerMismatch, answer.value_place, message);
    }
    let found = answer.value.as_str().map_or(0, |text| text.chars().count());
    if let Some(most) = answer.question.get("maxLength").and_then(number_of).filter(|most| found > *most) {
        filling.complain(
            answer.value_place,
            format!("the answer has {found} characters, and at most {most} are allowed"),
        );
    }
    if let Some(least) =
        extension(answer.question, "minLength").and_then(number_of).filter(|least| found < *least)
    {
        filling.complain(
            answer.value_place,
            format!("the answer has {found} characters, and at least {least} are asked for"),
        );
    }
    let pattern = extension(answer.question, "regex").and_then(Value::as_str);
    let Some((pattern, value)) = pattern.zip(answer.value.as_str()) else { return };
    match fits(pattern, value) {
        Some(true) => {}
        Some(false) => {
            filling
                .complain(answer.value_place, format!("the answer does not match the pattern `{pattern}`"));
        }
        None => {
            let message = format!("the pattern `{pattern}` cannot be compared with the answer");
            filling.findings.warning(Code::InvariantNotChecked, answer.value_place, message);
        }
    }
}

/// Whether all of `value` matches the regular expression; none when that is none, or too costly. FHIRPath has
/// the regular expressions of FHIR, so it is asked.
fn fits(pattern: &str, value: &str) -> Option<bool> {
    let quoted = pattern.replace('\\', "\\\\").replace('\'', "\\'");
    let expression = Expression::parse(&format!("$this.matches('^(?:{quoted})$')")).ok()?;
    let nowhere = Node { value: None, companion: None, type_id: TypeId(0) };
    let context = Context {
        types: Definitions::r4(),
        host: &Nothing,
        resource: nowhere,
        root: nowhere,
        now: Instant(0),
        variables: &[],
        budget: Budget::default(),
    };
    expression.holds(Item::String(value.into()), &context).ok()
}

/// Compares dates by where they begin, all else by value.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    let begin = |value: &Value| value.as_str().and_then(DateTime::parse).map(|date| date.interval().start);
    match (begin(left), begin(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => compare(left, right),
    }
}

fn range(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let against = |name| order(answer.value, extension(answer.question, name)?);
    if against("minValue") == Some(Ordering::Less) {
        filling.complain(answer.value_place, "the answer is below the least value that is allowed");
    }
    if against("maxValue") == Some(Ordering::Greater) {
        filling.complain(answer.value_place, "the answer is above the greatest value that is allowed");
    }
}

fn digits(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let amount = answer.value.get("value").unwrap_or(answer.value);
    let Value::Number(number) = amount else { return };
    let fraction = number.as_str().split_once('.').map_or("", |(_, fraction)| fraction);
    let found = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if let Some(most) =
        extension(answer.question, "maxDecimalPlaces").and_then(number_of).filter(|most| found > *most)
    {
        filling.complain(
            answer.value_place,
            format!("the answer has {found} decimal places, and at most {most} are allowed"),
        );
    }
}

fn quantity(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let read = |value: &Value| value.as_object().and_then(Quantity::read);
    let Some(found) = read(answer.value) else { return };
    for (name, refused, what) in [
        ("sdc-questionnaire-minQuantity", Ordering::Less, "below the least amount"),
        ("sdc-questionnaire-maxQuantity", Ordering::Greater, "above the greatest amount"),
    ] {
        let Some(bound) = extension(answer.question, name).and_then(read) else { continue };
        let formal = found.ucum().zip(bound.ucum());
        match formal.and_then(|_| found.compare(&bound)) {
            None => {
                let message = "the amount has no unit in which it can be compared with its bound";
                filling.complain(answer.value_place, message);
            }
            Some(order) if order == refused => {
                filling.complain(answer.value_place, format!("the answer is {what} that is allowed"));
            }
            Some(_) => {}
        }
    }
}

fn unit(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let (system, code) = (answer.value.text("system"), answer.value.text("code"));
    let mut options = extensions(answer.question, "questionnaire-unitOption").peekable();
    let fits = |option: &Value| option.text("system") == system && option.text("code") == code;
    if options.peek().is_some() && !options.any(fits) {
        filling.complain(answer.value_place, "the unit is none of those that are offered");
    }
    let Some(units) = extension(answer.question, "questionnaire-unitValueSet").and_then(Value::as_str) else {
        return;
    };
    let coding = Coding { system, code, ..Coding::default() };
    if let Membership::Absent(why) = filling.subject.rules.terminology.member(units, &coding) {
        filling.complain(answer.value_place, format!("the unit is not in the value set `{units}`: {why}"));
    }
}

fn attachment(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let mut allowed = extensions(answer.question, "mimeType").filter_map(Value::as_str).peekable();
    if let Some(found) = answer.value.text("contentType")
        && allowed.peek().is_some()
        && !allowed.any(|allowed| allowed == found)
    {
        filling.complain(answer.place, format!("attachments of type `{found}` do not answer this question"));
    }
    let stated = answer.value.get("size").and_then(number_of);
    let found = answer.value.text("data").and_then(base64_bytes).or(stated);
    let most = extension(answer.question, "maxSize");
    if let (Some(found), Some(most)) = (found, most)
        && let Ok(found) = u64::try_from(found)
        && compare(&Value::from(found), most) == Some(Ordering::Greater)
    {
        filling.complain(answer.place, format!("the attachment has {found} bytes, more than are allowed"));
    }
}

fn reference(filling: &mut Filling<'_>, answer: &Answer<'_>) {
    let mut allowed =
        extensions(answer.question, "questionnaire-referenceResource").filter_map(Value::as_str).peekable();
    let target = answer.value.text("reference").and_then(Reference::parse).and_then(|parsed| parsed.target());
    if let Some(target) = target
        && allowed.peek().is_some()
        && !allowed.any(|allowed| allowed == target.resource_type)
    {
        filling.complain(
            answer.value_place,
            format!("a {} does not answer this question", target.resource_type),
        );
    }
}
