//! What do the pages say, in each language?
//!
//! One table a language, all of one shape, so that a text that is missing does not compile. A `{}` is where a name
//! goes. The language is the one that was asked for on the page, else the one that the browser likes best.

mod arabic;
mod english;
mod french;
mod spanish;

/// Everything that the pages say.
#[derive(Debug)]
pub(crate) struct Words {
    /// The language's tag, as HTML writes it.
    pub(crate) tag: &'static str,
    /// Which way it is written.
    pub(crate) direction: &'static str,
    /// What the language calls itself.
    pub(crate) name: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) sign_in_to: &'static str,
    pub(crate) login: &'static str,
    pub(crate) password: &'static str,
    pub(crate) sign_in_failed: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) signed_out_more: &'static str,
    pub(crate) signed_in_as: &'static str,
    pub(crate) language: &'static str,
    pub(crate) consent_title: &'static str,
    pub(crate) consent_lead: &'static str,
    pub(crate) consent_record: &'static str,
    pub(crate) consent_choose: &'static str,
    pub(crate) consent_other: &'static str,
    pub(crate) consent_identity: &'static str,
    pub(crate) consent_wildcard: &'static str,
    pub(crate) consent_user: &'static str,
    pub(crate) consent_only: &'static str,
    pub(crate) offline_title: &'static str,
    pub(crate) offline_more: &'static str,
    pub(crate) online_more: &'static str,
    pub(crate) consent_return: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) deny: &'static str,
    pub(crate) nothing_chosen: &'static str,
    pub(crate) see: &'static str,
    pub(crate) add: &'static str,
    pub(crate) change: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) picker_title: &'static str,
    pub(crate) picker_lead: &'static str,
    pub(crate) patient_name: &'static str,
    pub(crate) birth_date: &'static str,
    pub(crate) birth_date_hint: &'static str,
    pub(crate) search: &'static str,
    pub(crate) found: &'static str,
    pub(crate) found_nobody: &'static str,
    pub(crate) found_more: &'static str,
    pub(crate) born: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) search_needs: &'static str,
    pub(crate) not_chosen: &'static str,
    pub(crate) sessions_title: &'static str,
    pub(crate) sessions_lead: &'static str,
    pub(crate) this_browser: &'static str,
    pub(crate) began: &'static str,
    pub(crate) seen: &'static str,
    pub(crate) end_session: &'static str,
    pub(crate) end_others: &'static str,
    pub(crate) apps_title: &'static str,
    pub(crate) apps_lead: &'static str,
    pub(crate) apps_none: &'static str,
    pub(crate) apps_since: &'static str,
    pub(crate) apps_offline: &'static str,
    pub(crate) remove_access: &'static str,
    pub(crate) removed: &'static str,
    pub(crate) trouble_title: &'static str,
    pub(crate) trouble_request: &'static str,
    pub(crate) trouble_gone: &'static str,
    pub(crate) trouble_form: &'static str,
    pub(crate) trouble_busy: &'static str,
    pub(crate) trouble_server: &'static str,
    pub(crate) trouble_record: &'static str,
    pub(crate) close: &'static str,
    /// What types of resources are called, by their FHIR name.
    pub(crate) types: &'static [(&'static str, &'static str)],
    /// What every type is called together.
    pub(crate) everything: &'static str,
    /// What a type is called that is not in the table.
    pub(crate) other_type: &'static str,
}

/// Every language, the first for whoever likes none of them.
pub(crate) static ALL: &[&Words] = &[&english::WORDS, &spanish::WORDS, &french::WORDS, &arabic::WORDS];

/// Languages that are looked at of those that a browser likes.
const LIKED_MAX: usize = 32;

/// The language of this tag.
pub(crate) fn named(tag: &str) -> Option<&'static Words> {
    let primary = tag.split(['-', '_']).next().unwrap_or_default();
    ALL.iter().copied().find(|words| words.tag.eq_ignore_ascii_case(primary))
}

/// The language that a browser likes best of those there are: <https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4>.
pub(crate) fn liked(accept_language: &str) -> &'static Words {
    let mut best: Option<(u32, &'static Words)> = None;
    for range in accept_language.split(',').take(LIKED_MAX) {
        let (tag, weight) = range.split_once(';').map_or((range, None), |(tag, weight)| (tag, Some(weight)));
        let weight = weight.map_or(Some(1000), |weight| thousandths(weight.trim().strip_prefix("q=")?));
        let Some((weight, words)) = weight.filter(|weight| *weight > 0).zip(named(tag.trim())) else {
            continue;
        };
        if best.is_none_or(|(other, _)| weight > other) {
            best = Some((weight, words));
        }
    }
    best.map_or(&english::WORDS, |(_, words)| words)
}

/// Reads `0.7` as 700.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() <= 3;
    let part: u32 = format!("{part:0<3}").parse().ok().filter(|_| digits)?;
    let whole: u32 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    Some(std::cmp::min(whole * 1000 + part, 1000))
}

impl Words {
    /// What a type of resources is called; its FHIR name where there is no better one.
    pub(crate) fn resource_type(&self, name: Option<&str>) -> String {
        let Some(name) = name else { return self.everything.to_owned() };
        let known = self.types.iter().find(|(fhir, _)| *fhir == name);
        known.map_or_else(|| with(self.other_type, name), |(_, called)| (*called).to_owned())
    }
}

/// A text with a name in its place.
pub(crate) fn with(text: &str, name: &str) -> String {
    text.replacen("{}", name, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_first_choice_that_is_there_is_taken() {
        for (accepted, expected) in [
            ("", "en"),
            ("de", "en"),
            ("de, es;q=0.8", "es"),
            ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
            ("en;q=0.2, ar-EG;q=0.9", "ar"),
            ("es;q=0, fr;q=0.1", "fr"),
            ("es;q=2, ar;q=x, *", "en"),
        ] {
            assert_eq!(liked(accepted).tag, expected, "{accepted}");
        }
    }

    #[test]
    fn every_language_names_the_same_types_and_keeps_a_place_for_names() {
        let types = |words: &Words| words.types.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        for words in ALL {
            assert_eq!(types(words), types(&english::WORDS), "{}", words.tag);
            let named = [
                words.sign_in_to,
                words.signed_in_as,
                words.consent_title,
                words.consent_record,
                words.consent_only,
                words.consent_return,
                words.born,
                words.began,
                words.seen,
                words.apps_since,
                words.removed,
                words.other_type,
                words.found_more,
            ];
            assert!(named.iter().all(|text| text.matches("{}").count() == 1), "{}", words.tag);
        }
    }

    #[test]
    fn a_type_without_a_name_of_its_own_is_called_what_fhir_calls_it() {
        assert_eq!(english::WORDS.resource_type(Some("Observation")), "Test results and measurements");
        assert_eq!(english::WORDS.resource_type(Some("Basic")), "Other records (Basic)");
        assert!(!english::WORDS.resource_type(None).is_empty());
    }
}
