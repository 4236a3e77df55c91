//! Is this a wish for languages?
//!
//! A list of language ranges with weights, as in `Accept-Language`:
//! <https://www.rfc-editor.org/rfc/rfc9110#name-accept-language>.

/// Characters of a part of a language tag: <https://www.rfc-editor.org/rfc/rfc5646#section-2.1>.
const SUBTAG_LENGTH_MAX: usize = 8;

/// Whether the text is a list of language ranges, each with a weight or without.
pub fn is_wish(text: &str) -> bool {
    text.split(',').all(|item| {
        let mut parts = item.split(';').map(str::trim);
        let range = parts.next().unwrap_or_default();
        is_range(range) && parts.all(is_weight)
    })
}

fn is_range(range: &str) -> bool {
    let is_subtag = |subtag: &str| {
        (1..=SUBTAG_LENGTH_MAX).contains(&subtag.len()) && subtag.bytes().all(|it| it.is_ascii_alphanumeric())
    };
    range.split('-').enumerate().all(|(number, subtag)| {
        is_subtag(subtag) && (number > 0 || subtag.bytes().all(|it| it.is_ascii_alphabetic()))
            || subtag == "*"
    })
}

fn is_weight(parameter: &str) -> bool {
    let weight = parameter.strip_prefix("q=").and_then(|weight| weight.parse::<f64>().ok());
    weight.is_some_and(|weight| (0.0..=1.0).contains(&weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds whether a text is a wish against what is expected.
    fn check(text: &str, expected: bool) {
        assert_eq!(is_wish(text), expected, "{text}");
    }

    #[test]
    fn a_wish_is_a_list_of_ranges_with_weights() {
        check("de", true);
        check("de-CH, en;q=0.5,*;q=0", true);
        check("de, *; q=0", true);
        check("zh-Hans-CN", true);
    }

    #[test]
    fn what_is_no_language_is_no_wish() {
        check("-", false);
        check("", false);
        check("de,", false);
        check("de;q=2", false);
        check("deutschland", false);
        check("1a", false);
        check("d e", false);
    }
}
