//! With whose record is the app opened?
//!
//! Somebody who sees several records looks for one by name or birth date and chooses it. What was typed travels in the
//! body of a form, never in a URL, where it would stay in histories and logs.

use axum::http::StatusCode;
use model::Id;

use super::consent::{self, Ready, Step};
use super::frame::{self, Content, Trouble};
use super::html::Html;
use super::records::{self, FOUND_MAX, Patient};
use super::visit::Visit;
use super::words::with;
use super::{Answer, guard};

/// Where that is.
pub(super) const PATH: &str = "/auth/patient";

/// Characters of what is typed at most.
const TYPED_MAX: usize = 100;

/// What the page tells besides its form.
#[derive(Default)]
struct Told {
    wrong: Option<&'static str>,
    found: Option<(Vec<Patient>, bool)>,
}

/// `GET /auth/patient`
pub(super) async fn show(visit: &Visit) -> Answer {
    match ready(visit).await? {
        Ready::Elsewhere(url) => Ok(frame::go(&url)),
        Ready::Yes(step) => Ok(page(visit, &step, Told::default())),
    }
}

/// `POST /auth/patient`
pub(super) async fn take(visit: &Visit) -> Answer {
    let Ready::Yes(mut step) = ready(visit).await? else { return Err(Trouble::Gone) };
    if !guard::is_token(visit.field("key"), &step.signed_in.session.form_key) {
        return Err(Trouble::Form);
    }
    if let Some(chosen) = visit.field("patient") {
        let id = Id::parse(chosen).ok_or(Trouble::Request)?;
        if records::patient(visit, &step.signed_in.account, &id).await?.is_none() {
            let wrong = Some(visit.words.not_chosen);
            return Ok(page(visit, &step, Told { wrong, ..Told::default() }));
        }
        step.request.patient = Some(id.as_str().to_owned());
        visit.keeper().keep_request(&step.handle, &step.request).await?;
        return Ok(frame::go(&format!("{}?request={}", consent::PATH, step.handle)));
    }
    let (name, birth_date) = (typed(visit, "name"), date(&typed(visit, "birthdate")));
    if (name.is_empty() && birth_date.is_empty()) || !is_date(&birth_date) {
        let wrong = Some(visit.words.search_needs);
        return Ok(page(visit, &step, Told { wrong, ..Told::default() }));
    }
    let found = records::search(visit, &step.signed_in.account, (&name, &birth_date)).await?;
    Ok(page(visit, &step, Told { found: Some(found), ..Told::default() }))
}

/// The step, for somebody who has a choice: patients do not choose another's record.
async fn ready(visit: &Visit) -> Result<Ready, Trouble> {
    let ready = consent::step(visit).await?;
    match &ready {
        Ready::Yes(step) if !step.signed_in.account.is_staff() || !step.asked.needs_patient() => {
            Ok(Ready::Elsewhere(format!("{}?request={}", consent::PATH, step.handle)))
        }
        _ => Ok(ready),
    }
}

fn typed(visit: &Visit, field: &str) -> String {
    visit.field(field).unwrap_or_default().trim().chars().take(TYPED_MAX).collect()
}

/// A date as FHIR writes it, out of how people type one: with other signs between, without any, with other digits.
fn date(typed: &str) -> String {
    let plain = |letter: char| match letter {
        '/' | '.' | ' ' => '-',
        // The digits of Arabic and of Persian stand in the order of ours.
        '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}' => {
            char::from_digit(u32::from(letter) & 0xf, 10).unwrap_or(letter)
        }
        other => other,
    };
    let plain: String = typed.chars().map(plain).collect();
    match plain.len() == 8 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("{}-{}-{}", &plain[..4], &plain[4..6], &plain[6..]),
        false => plain,
    }
}

/// Nothing, or a year, a month, or a day as FHIR writes it.
fn is_date(text: &str) -> bool {
    let shape: String =
        text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    matches!(shape.as_str(), "" | "0000" | "0000-00" | "0000-00-00")
}

fn page(visit: &Visit, step: &Step, told: Told) -> axum::response::Response {
    let words = visit.words;
    let (invalid, described, hinted) =
        if told.wrong.is_some() { ("true", "why", "how why") } else { ("false", "", "how") };
    let mut body = Html::new().element("<p class=\"lead\">", words.picker_lead, "</p>");
    if let Some(wrong) = told.wrong {
        body = body.element("<p class=\"error\" id=\"why\" role=\"alert\">", wrong, "</p>");
    }
    body = body
        .add(begin(step))
        .element("<label class=\"field\" for=\"name\">", words.patient_name, "</label>")
        .raw("<input type=\"text\" id=\"name\" name=\"name\" autocomplete=\"off\" maxlength=\"100\" dir=\"auto\"")
        .attribute("aria-invalid", invalid)
        .attribute("aria-describedby", described)
        .attribute("value", &typed(visit, "name"))
        .element("><label class=\"field\" for=\"birthdate\">", words.birth_date, "</label>")
        .raw("<input type=\"text\" id=\"birthdate\" name=\"birthdate\" autocomplete=\"off\" maxlength=\"10\" dir=\"ltr\"")
        .attribute("aria-invalid", invalid)
        .attribute("aria-describedby", hinted)
        .attribute("value", &typed(visit, "birthdate"))
        .element("><p class=\"hint\" id=\"how\">", words.birth_date_hint, "</p>")
        .element("<div class=\"buttons\"><button class=\"main\">", words.search, "</button></div></form>");
    if let Some((found, is_more)) = &told.found {
        body = body.element("<section aria-live=\"polite\"><h2>", words.found, "</h2>");
        if found.is_empty() {
            body = body.element("<p>", words.found_nobody, "</p>");
        }
        body = body
            .raw("<ul class=\"plain\">")
            .add(found.iter().map(|patient| row(visit, step, patient)).collect());
        body = body.raw("</ul>");
        if *is_more {
            body =
                body.element("<p class=\"hint\">", &with(words.found_more, &FOUND_MAX.to_string()), "</p>");
        }
        body = body.raw("</section>");
    }
    let status = if told.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    frame::page(visit, status, Content { title: words.picker_title.to_owned(), body, leads_to: None })
}

fn row(visit: &Visit, step: &Step, patient: &Patient) -> Html {
    let words = visit.words;
    let label = format!("{}: {}", words.choose, patient.name);
    Html::of("<li>")
        .add(begin(step))
        .raw("<div class=\"row\"><div><strong><bdi>")
        .text(&patient.name)
        .element("</bdi></strong><small>", &with(words.born, &patient.birth_date), "</small></div>")
        .raw("<button class=\"quiet\" name=\"patient\"")
        .attribute("value", patient.id.as_str())
        .attribute("aria-label", &label)
        .element(">", words.choose, "</button></div></form></li>")
}

fn begin(step: &Step) -> Html {
    Html::of("<form method=\"post\"")
        .attribute("action", PATH)
        .raw("><input type=\"hidden\" name=\"request\"")
        .attribute("value", &step.handle)
        .raw("><input type=\"hidden\" name=\"key\"")
        .attribute("value", &step.signed_in.session.form_key)
        .raw(">")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_understood_however_it_is_typed_from_the_year_on() {
        for (typed, expected) in [
            ("1985-04-23", "1985-04-23"),
            ("1985/04/23", "1985-04-23"),
            ("1985.04", "1985-04"),
            ("19850423", "1985-04-23"),
            ("١٩٨٥-٠٤-٢٣", "1985-04-23"),
            ("۱۹۸۵۰۴۲۳", "1985-04-23"),
            ("1985", "1985"),
        ] {
            let read = date(typed);
            assert_eq!(read, expected, "{typed}");
            assert!(is_date(&read), "{typed}");
        }
        for wrong in ["23.04.1985", "April", "1985-4-2", "ge1985"] {
            assert!(!is_date(&date(wrong)), "{wrong}");
        }
    }
}
