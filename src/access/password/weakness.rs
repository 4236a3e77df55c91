//! Why should this not be a password?
//!
//! Too short, too long, or among the first that a stranger tries: a word that everybody takes, dressed up or not, a
//! run along the keyboard or the alphabet, one piece over and over, or the person's own name. The words are a short
//! list of our own; a list of passwords that were stolen elsewhere can be added later.

use unicode_normalization::UnicodeNormalization as _;

use super::LENGTH_MAX;

/// Words that are taken for passwords everywhere, as they stand when what was put on them is taken off.
const WORDS: &[&str] = &[
    "password",
    "passwort",
    "passwd",
    "contrasena",
    "motdepasse",
    "secret",
    "secreto",
    "geheim",
    "welcome",
    "willkommen",
    "bienvenido",
    "bienvenue",
    "letmein",
    "openup",
    "iloveyou",
    "tequiero",
    "jetaime",
    "princess",
    "sunshine",
    "football",
    "futbol",
    "baseball",
    "monkey",
    "dragon",
    "master",
    "shadow",
    "superman",
    "batman",
    "starwars",
    "whatever",
    "trustno",
    "hello",
    "hola",
    "bonjour",
    "admin",
    "administrator",
    "root",
    "user",
    "guest",
    "login",
    "test",
    "testing",
    "changeme",
    "default",
    "temp",
    "summer",
    "winter",
    "spring",
    "autumn",
    "hospital",
    "clinic",
    "klinik",
    "clinica",
    "doctor",
    "nurse",
    "patient",
    "paciente",
    "health",
    "medical",
    "medicine",
    "brigid",
    "fhir",
    "server",
    "computer",
    "internet",
    "freedom",
];

/// Rows of keyboards, and what is counted along; runs are looked for forwards and backwards.
const ROWS: &[&str] = &[
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "qsdfghjklm",
    "zxcvbnm",
    "yxcvbnm",
    "wxcvbn",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1qaz2wsx3edc4rfv5tgb",
    "q1w2e3r4t5y6u7i8o9p0",
];

/// Letters that must be left beside what everybody takes, for a password to count as made up.
const OWN_LETTERS_MIN: usize = 4;

/// Why something should not be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// It has fewer characters than this.
    TooShort(usize),
    /// It has more characters than this.
    TooLong(usize),
    /// It is among the first that a stranger tries.
    Common,
    /// It is the person's name.
    Personal,
}

/// Says what is wrong with a password of someone who goes by these names, if anything is.
pub fn weakness(password: &str, length_min: usize, names: &[&str]) -> Option<Weakness> {
    let length = password.nfc().count();
    if length < length_min {
        return Some(Weakness::TooShort(length_min));
    }
    if length > LENGTH_MAX {
        return Some(Weakness::TooLong(LENGTH_MAX));
    }
    let bare = bare_of(password);
    if is_of_names(&bare, names) {
        return Some(Weakness::Personal);
    }
    let is_common = WORDS.iter().any(|word| is_mostly(&bare, word)) || is_run(password) || repeats(password);
    is_common.then_some(Weakness::Common)
}

/// The letters without their dress: `P4$$w0rd!` is `password`.
fn bare_of(text: &str) -> String {
    let undressed = text.nfkd().flat_map(char::to_lowercase).map(|letter| match letter {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    });
    undressed.filter(|letter| letter.is_alphabetic()).collect()
}

/// Whether hardly anything is left where the word is taken out, as often as it stands.
fn is_mostly(bare: &str, word: &str) -> bool {
    !word.is_empty() && bare.contains(word) && bare.replace(word, "").chars().count() < OWN_LETTERS_MIN
}

/// Whether hardly anything is left where these names and their parts are taken out.
fn is_of_names(bare: &str, names: &[&str]) -> bool {
    let split =
        |name: &&str| name.split(|letter: char| !letter.is_alphanumeric()).map(bare_of).collect::<Vec<_>>();
    let mut parts: Vec<String> =
        names.iter().flat_map(split).filter(|part| part.chars().count() > 2).collect();
    // The long ones first, for one may be part of another.
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    let rest = parts.iter().fold(bare.to_owned(), |rest, part| rest.replace(part.as_str(), ""));
    rest.len() < bare.len() && rest.chars().count() < OWN_LETTERS_MIN
}

/// Whether it follows rows of the keyboard, the alphabet or the numbers, but for a few characters.
fn is_run(password: &str) -> bool {
    let lower: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    let beside = |pair: &&[char]| {
        let rows = || ROWS.iter().map(|row| row.chars().collect::<Vec<_>>());
        let forwards = rows().any(|row| row.windows(2).any(|next| next == *pair));
        let backwards = rows().any(|row| row.windows(2).any(|next| next[0] == pair[1] && next[1] == pair[0]));
        forwards || backwards || pair[0] == pair[1]
    };
    let steps = lower.windows(2).filter(beside).count();
    lower.len() < steps + OWN_LETTERS_MIN
}

/// Whether it is one short piece, over and over.
fn repeats(password: &str) -> bool {
    let letters: Vec<char> = password.chars().flat_map(char::to_lowercase).collect();
    let distinct = (1..=letters.len() / 2).find(|length| {
        let length = *length;
        letters.iter().zip(&letters[length..]).all(|(letter, next)| letter == next)
    });
    distinct.is_some_and(|length| length <= OWN_LETTERS_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, expected: Option<Weakness>) {
        assert_eq!(weakness(password, 8, &["ana.gomez", "Ana Gómez Ruiz"]), expected, "{password}");
    }

    #[test]
    fn what_is_long_enough_and_of_ones_own_is_taken_whatever_it_is_made_of() {
        for good in [
            "correct horse battery",
            "die Kuh lief um den Teich",
            "seventeen!",
            "كلمة السر الخاصة بي",
            "yellow tractor",
            "8 Uhr 15 am Bahnhof",
            "🦊🦊🐻🐼🐸🦁🐙🐢",
            "my password is a lemon tree",
        ] {
            check(good, None);
        }
        check(&"ab cd ef ".repeat(14), None);
    }

    #[test]
    fn length_is_counted_in_characters_and_has_two_ends() {
        check("öäüßéèñ", Some(Weakness::TooShort(8)));
        check("gru\u{308}n-eis", None);
        check("u\u{308}u\u{308}u\u{308}u\u{308}", Some(Weakness::TooShort(8)));
        check(&"correct horse ".repeat(10), Some(Weakness::TooLong(LENGTH_MAX)));
    }

    #[test]
    fn what_a_stranger_tries_first_is_refused_in_any_dress() {
        for bad in [
            "password",
            "Password1!",
            "P4$$w0rd2024",
            "passwordpassword",
            "Welcome2026",
            "hospital123",
            "letmein!!",
            "12345678",
            "87654321",
            "qwertyuiop",
            "QWERTZ1234",
            "asdfghjkl",
            "abcdefgh1",
            "aaaaaaaa",
            "abcabcabc",
            "1qaz2wsx",
            "........",
            "contraseña1",
            "Motdepasse!",
        ] {
            check(bad, Some(Weakness::Common));
        }
    }

    #[test]
    fn ones_own_name_is_refused() {
        for bad in ["ana.gomez", "AnaGomez1985", "gómez1234", "GomezRuiz!", "ana.gomez.1"] {
            check(bad, Some(Weakness::Personal));
        }
    }
}
