//! What does an app ask for, in words that a patient understands?
//!
//! Each type of resources is one choice that can be taken away (A-SC-11), however many scopes speak of it.

use access::scope::{Clinical, Letter, Scope, ScopeContext, Scopes};

use super::html::Html;
use super::words::{Words, with};

/// Scopes that are granted or denied together: those about the same resources.
pub(super) struct Choice<'s> {
    scopes: Vec<&'s Clinical>,
}

/// The choices that these scopes leave to a person, in the order in which they were asked for.
pub(super) fn choices(scopes: &Scopes) -> Vec<Choice<'_>> {
    let mut choices: Vec<Choice<'_>> = Vec::new();
    for scope in scopes.clinical() {
        match choices.iter_mut().find(|choice| is_about_the_same(choice.scopes[0], scope)) {
            Some(choice) => choice.scopes.push(scope),
            None => choices.push(Choice { scopes: vec![scope] }),
        }
    }
    choices
}

/// What is granted of these scopes when only the choices at these places were taken.
pub(super) fn chosen(scopes: &Scopes, places: &[usize], offline: Offline) -> Scopes {
    let choices = choices(scopes);
    let taken = |clinical: &Clinical| {
        let place = choices.iter().position(|choice| is_about_the_same(choice.scopes[0], clinical));
        place.is_some_and(|place| places.contains(&place))
    };
    scopes.filtered(|scope| match scope {
        Scope::Clinical(clinical) => taken(clinical),
        Scope::OfflineAccess => offline == Offline::Allowed,
        _ => true,
    })
}

/// Whether the app may go on when the person is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offline {
    Allowed,
    Denied,
}

fn is_about_the_same(one: &Clinical, other: &Clinical) -> bool {
    (one.context, one.resource_type, &one.query) == (other.context, other.resource_type, &other.query)
}

impl Choice<'_> {
    /// The choice in words: what, and what may be done with it.
    pub(super) fn told(&self, words: &Words) -> Html {
        let scope = self.scopes[0];
        let what = words.resource_type(scope.resource_type.map(|name| name.as_str()));
        let mut html = Html::new().element("<strong>", &what, "</strong><small>").text(&self.verbs(words));
        if !scope.query.is_empty() {
            let query = scope.query.iter().map(|(name, value)| format!("{name} = {value}"));
            let query = query.collect::<Vec<_>>().join(", ");
            html = html.raw("</small><small>").text(&with(words.consent_only, &query));
        }
        if scope.context == ScopeContext::User {
            html = html.raw("</small><small>").text(words.consent_user);
        }
        if scope.resource_type.is_none() {
            html = html.raw("</small><small>").text(words.consent_wildcard);
        }
        html.raw("</small>")
    }

    fn verbs(&self, words: &Words) -> String {
        let may = |letter| self.scopes.iter().any(|scope| scope.letters.has(letter));
        let verbs = [
            (may(Letter::Read) || may(Letter::Search), words.see),
            (may(Letter::Create), words.add),
            (may(Letter::Update), words.change),
            (may(Letter::Delete), words.delete),
        ];
        let verbs = verbs.into_iter().filter(|(may, _)| *may).map(|(_, verb)| verb);
        verbs.collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests {
    use model::ResourceType;

    use super::super::words;
    use super::*;

    const TYPES: &[ResourceType] = &[
        ResourceType::known("Condition"),
        ResourceType::known("Observation"),
        ResourceType::known("Patient"),
    ];

    fn check(asked: &str, places: &[usize], offline: Offline, expected: &str) {
        let scopes = Scopes::known(asked, TYPES);
        assert_eq!(chosen(&scopes, places, offline).to_string(), expected, "{asked} {places:?}");
    }

    /// A-SC-11
    #[test]
    fn a_type_that_was_unticked_is_gone_in_every_spelling_and_the_rest_stays() {
        let asked =
            "openid patient/Patient.read patient/Observation.rs patient/Observation.cud offline_access";
        check(asked, &[0, 1], Offline::Allowed, asked);
        check(asked, &[0], Offline::Allowed, "openid patient/Patient.read offline_access");
        check(asked, &[1], Offline::Denied, "openid patient/Observation.rs patient/Observation.cud");
        check(asked, &[], Offline::Denied, "openid");
        check(asked, &[7], Offline::Denied, "openid");
    }

    #[test]
    fn what_differs_in_context_or_query_is_a_choice_of_its_own() {
        let asked = "patient/Observation.rs?category=laboratory user/Observation.rs patient/*.rs";
        assert_eq!(choices(&Scopes::known(asked, TYPES)).len(), 3);
        check(asked, &[0], Offline::Denied, "patient/Observation.rs?category=laboratory");
    }

    /// A-SC-13
    #[test]
    fn a_choice_tells_what_may_be_done_with_what() {
        let told = |asked: &str| {
            let scopes = Scopes::known(asked, TYPES);
            choices(&scopes)[0].told(words::ALL[0]).into_string()
        };
        assert_eq!(
            told("patient/Condition.rs patient/Condition.c"),
            "<strong>Illnesses and health problems</strong><small>see · add</small>"
        );
        assert!(told("patient/*.rs").contains("everything that is added later"));
        assert!(told("user/Patient.r").contains("every record"));
        assert!(told("patient/Observation.rs?category=a<b").contains("category = a&lt;b"));
    }
}
