//! How is this letter written where it is missing?
//!
//! Texts are compared without case and accents: <https://hl7.org/fhir/R4/search.html#string>. Unicode takes most letters
//! apart into a plain one and its marks; these are those that it leaves whole.

/// Letters that Unicode does not take apart, as they are written where they are missing.
pub fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ς' => "σ",
        _ => return None,
    })
}
