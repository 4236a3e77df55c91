//! Which name is asked for?
//!
//! Displays and designations by language: <https://hl7.org/fhir/R4/languages.html>. A wish is a list of tags as in
//! `Accept-Language`; `de` is met by `de-CH`, and `de-CH`, for want of better, by `de`.

/// The tags of a wish, best first; what is not wanted at all (`q=0`) is left out.
pub(crate) fn wishes(wish: &str) -> Vec<&str> {
    let mut tags: Vec<(&str, f64)> = Vec::new();
    for item in wish.split(',').take(WISHES_MAX) {
        let mut parts = item.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f64>);
        if let (false, Ok(quality @ 0.000_1..)) = (tag.is_empty() || tag == "*", quality) {
            tags.push((tag, quality));
        }
    }
    tags.sort_by(|left, right| right.1.total_cmp(&left.1));
    tags.into_iter().map(|(tag, _)| tag).collect()
}

/// Whether a name in no wanted language is better than none; not so when `*` is refused, as in `de, *;q=0`.
pub(crate) fn takes_any(wish: &str) -> bool {
    let refused = wish.split(',').take(WISHES_MAX).filter(|item| item.trim_start().starts_with('*'));
    refused.filter_map(|item| item.split_once("q=")).all(|(_, quality)| quality.trim().parse() != Ok(0.0))
}

/// Tags in one wish that are looked at; browsers send some five.
const WISHES_MAX: usize = 32;

/// How well a language meets a tag that is wanted: 2 when it is that or a kind of it, 1 when only the language
/// is the same, 0 when not.
pub(crate) fn fit(language: &str, wanted: &str) -> u8 {
    let begins = |long: &str, short: &str| {
        long.len() >= short.len()
            && long.is_char_boundary(short.len())
            && long[..short.len()].eq_ignore_ascii_case(short)
            && matches!(long.as_bytes().get(short.len()), None | Some(b'-'))
    };
    match language {
        "" => 0,
        language if begins(language, wanted) => 2,
        language if begins(wanted, language) => 1,
        _ => 0,
    }
}

/// Of names with their languages the one that meets the wish best; `None` when none does.
pub(crate) fn choose<'a, N>(names: impl Iterator<Item = (&'a str, N)> + Clone, wish: &str) -> Option<N> {
    for wanted in wishes(wish) {
        for least in [2, 1] {
            let found = names.clone().find(|(language, _)| fit(language, wanted) == least);
            if let Some((_, name)) = found {
                return Some(name);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the names `en:colour en-US:color de:Farbe` a wish chooses.
    fn check(wish: &str, expected: Option<&str>) {
        let names = [("en", "colour"), ("en-US", "color"), ("de", "Farbe"), ("", "couleur")];
        assert_eq!(choose(names.iter().copied(), wish), expected, "{wish}");
    }

    #[test]
    fn the_best_language_that_is_there_is_chosen() {
        check("de", Some("Farbe"));
        check("en-US", Some("color"));
        check("de-CH", Some("Farbe"));
        check("fr, de;q=0.5, en;q=0.9", Some("colour"));
        check("DE", Some("Farbe"));
    }

    #[test]
    fn a_refusal_of_all_others_is_heard() {
        for (wish, takes_any_other) in [
            ("de", true),
            ("de,*", true),
            ("de, *;q=0.1", true),
            ("de,*; q=0", false),
            ("*;q=0.0, de", false),
        ] {
            assert_eq!(takes_any(wish), takes_any_other, "{wish}");
        }
    }

    #[test]
    fn what_is_not_there_or_not_wanted_is_not_chosen() {
        check("fr", None);
        check("de;q=0", None);
        check("*", None);
        check("d", None);
        check("", None);
    }
}
