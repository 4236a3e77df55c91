//! May this app have that?
//!
//! The person sees which app asks, for whose record, and for what, in plain words; takes away what it shall not have;
//! and allows the rest or nothing. Only then a code is made, once.

use access::client::Client;
use access::oauth::authorize::{self as protocol, Agreed, Asked, CODE_SECONDS};
use access::oauth::{ErrorCode, Refused, USER_TOKEN_SECONDS, later};
use access::scope::{Scope, Scopes};
use access::token;
use axum::http::StatusCode;
use model::Id;

use super::frame::{self, Content, Trouble};
use super::html::Html;
use super::kept::{Agreement, Aim, REQUEST, Request};
use super::scopes::{Offline, choices, chosen};
use super::visit::{SignedIn, Visit};
use super::words::with;
use super::{Answer, authorize, guard, patient, records, sign_in};

/// Where somebody agrees.
pub(super) const PATH: &str = "/auth/consent";

/// Everything that a step on the way to consent is about.
pub(super) struct Step {
    pub(super) handle: String,
    pub(super) request: Request,
    pub(super) signed_in: SignedIn,
    pub(super) asked: Asked,
    pub(super) client: Client,
}

/// Whether the step can be taken, or where the browser goes instead.
pub(super) enum Ready {
    Yes(Box<Step>),
    Elsewhere(String),
}

/// `GET /auth/consent`
pub(super) async fn show(visit: &Visit) -> Answer {
    match step(visit).await? {
        Ready::Elsewhere(url) => Ok(frame::go(&url)),
        Ready::Yes(step) => match context(visit, &step).await? {
            Context::ToChoose => Ok(frame::go(&format!("{}?request={}", patient::PATH, step.handle))),
            Context::Settled(patient) => page(visit, &step, (patient.as_ref(), None)).await,
        },
    }
}

/// `POST /auth/consent`
pub(super) async fn take(visit: &Visit) -> Answer {
    let Ready::Yes(step) = step(visit).await? else { return Err(Trouble::Gone) };
    if !guard::is_token(visit.field("key"), &step.signed_in.session.form_key) {
        return Err(Trouble::Form);
    }
    match visit.field("decision") {
        Some("deny") => {
            once(visit, &step).await?;
            let refused = Refused::new(ErrorCode::AccessDenied, "the person said no");
            Ok(frame::go(&step.asked.refused(&refused, visit.origin())))
        }
        Some("allow") => {
            let Context::Settled(patient) = context(visit, &step).await? else { return Err(Trouble::Gone) };
            let places: Vec<usize> = visit.fields("grant").filter_map(|place| place.parse().ok()).collect();
            let offline = if visit.field("offline").is_some() { Offline::Allowed } else { Offline::Denied };
            let granted = chosen(&step.asked.scopes, &places, offline);
            if step.asked.scopes.clinical().next().is_some() && granted.clinical().next().is_none() {
                return page(visit, &step, (patient.as_ref(), Some(visit.words.nothing_chosen))).await;
            }
            once(visit, &step).await?;
            grant(visit, &step, (&granted, patient)).await
        }
        _ => Err(Trouble::Request),
    }
}

/// What is needed for a step: a request of this browser, and somebody signed in lately enough for it.
pub(super) async fn step(visit: &Visit) -> Result<Ready, Trouble> {
    let (handle, request) = sign_in::begun(visit).await?.ok_or(Trouble::Gone)?;
    let Aim::Authorize(pairs) = &request.aim else { return Err(Trouble::Gone) };
    let (asked, client) = authorize::understood(visit, pairs).await?;
    match visit.signed_in().await? {
        Some(signed_in) if authorize::is_fresh_enough(visit, &request, &signed_in).await? => {
            Ok(Ready::Yes(Box::new(Step { handle, request, signed_in, asked, client })))
        }
        _ => Ok(Ready::Elsewhere(format!("{}?request={handle}", sign_in::PATH))),
    }
}

/// Which patient the app is let in with.
enum Context {
    /// This one; none where none is needed.
    Settled(Option<records::Patient>),
    /// The person must choose.
    ToChoose,
}

async fn context(visit: &Visit, step: &Step) -> Result<Context, Trouble> {
    if !step.asked.needs_patient() {
        return Ok(Context::Settled(None));
    }
    let account = &step.signed_in.account;
    let own = records::own(visit, account).await?;
    let chosen = || step.request.patient.as_deref().and_then(Id::parse).filter(|_| account.is_staff());
    let Some(id) = own.or_else(chosen) else {
        return if account.is_staff() { Ok(Context::ToChoose) } else { Err(Trouble::Record) };
    };
    // Looked at anew: who may open a record can change between two pages.
    let patient = records::patient(visit, account, &id).await?;
    Ok(Context::Settled(Some(patient.ok_or(Trouble::Record)?)))
}

/// Takes the request out, so that it is answered once.
async fn once(visit: &Visit, step: &Step) -> Result<(), Trouble> {
    let taken = visit.keeper().take(REQUEST, &token::digest(&step.handle)).await?;
    taken.map(drop).ok_or(Trouble::Gone)
}

async fn grant(
    visit: &Visit,
    step: &Step,
    (granted, patient): (&Scopes, Option<records::Patient>),
) -> Answer {
    let fresh = || token::text((visit.app.context.random)());
    let (code, family) = (fresh(), fresh());
    let patient = patient.map(|patient| patient.id).filter(|_| protocol::needs_patient(granted));
    let account = &step.signed_in.account;
    let session = &step.signed_in.session;
    let agreement = Agreement {
        client_id: step.client.id.clone(),
        app: step.client.name.clone(),
        scopes: granted.to_string(),
        patient: patient.as_ref().map(|id| id.as_str().to_owned()),
        at: visit.now.0,
        session: session.number.clone(),
        family: family.clone(),
    };
    let until = match (granted.has(&Scope::OfflineAccess), granted.has(&Scope::OnlineAccess)) {
        (true, _) => None,
        (false, true) => Some(session.ends_at()),
        (false, false) => Some(later(visit.now, CODE_SECONDS + USER_TOKEN_SECONDS)),
    };
    let keeper = visit.keeper();
    keeper.agree(&account.id, &agreement, until).await?;
    let agreed = Agreed {
        scopes: granted,
        patient,
        signed_in_at: session.began_at,
        session: &session.number,
        family: &family,
    };
    let record = step.asked.code(&step.client, account, agreed);
    let until = Some(later(visit.now, CODE_SECONDS));
    keeper.keep((protocol::KIND, &token::digest(&code)), record.to_json(), until).await?;
    tracing::info!(account = account.id, client = step.client.id, "agreed that an app may have access");
    Ok(frame::go(&step.asked.granted(&code, visit.origin())))
}

async fn page(
    visit: &Visit,
    step: &Step,
    (patient, wrong): (Option<&records::Patient>, Option<&'static str>),
) -> Answer {
    let words = visit.words;
    let scopes = &step.asked.scopes;
    let mut body = Html::new().element("<p class=\"lead\">", words.consent_lead, "</p><p class=\"who\">");
    body = body.text(&with(words.signed_in_as, &step.signed_in.account.name));
    if let Some(patient) = patient {
        body = body.element("<br><strong>", &with(words.consent_record, &patient.name), "</strong>");
    }
    body = body.raw("</p>");
    if let Some(wrong) = wrong {
        body = body.element("<p class=\"error\" id=\"why\" role=\"alert\">", wrong, "</p>");
    }
    body = body
        .raw("<form method=\"post\"")
        .attribute("action", PATH)
        .raw("><input type=\"hidden\" name=\"request\"")
        .attribute("value", &step.handle)
        .raw("><input type=\"hidden\" name=\"key\"")
        .attribute("value", &step.signed_in.session.form_key)
        .raw(">")
        .add(boxes(visit, scopes))
        .add(beside(visit, scopes))
        .element("<p class=\"hint\">", &with(words.consent_return, &step.client.name), "</p>")
        .element(
            "<div class=\"buttons\"><button class=\"main\" name=\"decision\" value=\"allow\">",
            words.allow,
            "</button>",
        )
        .element("<button name=\"decision\" value=\"deny\">", words.deny, "</button></div></form>");
    let title = with(words.consent_title, &step.client.name);
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let leads_to = frame::source(&step.asked.redirect_uri);
    Ok(frame::page(visit, status, Content { title, body, leads_to }))
}

/// A box for each type of resources, ticked, and one for going on when the person is away.
fn boxes(visit: &Visit, scopes: &Scopes) -> Html {
    let words = visit.words;
    let mut rows: Vec<Html> = Vec::new();
    for (place, choice) in choices(scopes).iter().enumerate() {
        let row = Html::of("<li><label class=\"choice\"><input type=\"checkbox\" name=\"grant\" checked")
            .attribute("value", &place.to_string())
            .raw("><span>")
            .add(choice.told(words));
        rows.push(row.raw("</span></label></li>"));
    }
    if scopes.has(&Scope::OfflineAccess) {
        let row = Html::of("<li><label class=\"choice\"><input type=\"checkbox\" name=\"offline\" value=\"yes\" checked><span>")
            .element("<strong>", words.offline_title, "</strong>")
            .element("<small>", words.offline_more, "</small></span></label></li>");
        rows.push(row);
    }
    if rows.is_empty() {
        return Html::new();
    }
    Html::of("<fieldset><legend>")
        .text(words.consent_choose)
        .raw("</legend><ul class=\"plain\">")
        .add(rows.into_iter().collect())
        .raw("</ul></fieldset>")
}

/// What the app gets besides, without a choice.
fn beside(visit: &Visit, scopes: &Scopes) -> Html {
    let identity = [Scope::OpenId, Scope::FhirUser, Scope::Profile].iter().any(|scope| scopes.has(scope));
    let online = scopes.has(&Scope::OnlineAccess);
    let told = [(identity, visit.words.consent_identity), (online, visit.words.online_more)];
    let told: Vec<_> = told.into_iter().filter(|(is_told, _)| *is_told).collect();
    if told.is_empty() {
        return Html::new();
    }
    let lines = told.iter().map(|(_, line)| Html::new().element("<li>", line, "</li>")).collect();
    Html::new().element("<h2>", visit.words.consent_other, "</h2><ul class=\"also\">").add(lines).raw("</ul>")
}
