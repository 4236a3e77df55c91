//! Is this an identifier of SNOMED CT?
//!
//! Six to eighteen digits, the last a check digit by Verhoeff's method, which finds every single wrong digit and all
//! swaps of neighbours: a damaged file is found by it. Two digits before it tell a concept from a description. The codes
//! of <https://hl7.org/fhir/R4/snomedct.html> are identifiers of concepts.

use crate::load::Defect;
use crate::load::rows::Row;

/// The field as the identifier of a concept.
pub(super) fn concept(row: &Row<'_>, column: usize, name: &str) -> Result<u64, Defect> {
    let id = component(row, column, name)?;
    if !matches!(id / 10 % 10, 0) || !matches!(id / 100 % 10, 0 | 1) {
        return Err(row.refuse(format!("`{name}` is `{id}`, which is no identifier of a concept")));
    }
    Ok(id)
}

/// The field as the identifier of a component of any kind.
pub(super) fn component(row: &Row<'_>, column: usize, name: &str) -> Result<u64, Defect> {
    let id = row.number(column, name)?;
    if !is_valid(row.text(column)) {
        return Err(row.refuse(format!(
            "`{name}` is `{id}`, which is no identifier of SNOMED CT: its check digit is wrong"
        )));
    }
    Ok(id)
}

/// Whether it has the form and the check digit of an identifier.
pub(super) fn is_valid(text: &str) -> bool {
    let is_form = (6..=18).contains(&text.len()) && !text.starts_with('0');
    is_form && checksum(text, 0) == Some(0)
}

/// An identifier from the digits before its check digit; none when something else is among them.
pub fn with_check_digit(digits: &str) -> Option<String> {
    let inverse = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];
    let digit = inverse.get(checksum(digits, 1)?)?;
    Some(format!("{digits}{digit}"))
}

/// The digits taken together from the right, the first at this place.
fn checksum(digits: &str, first: usize) -> Option<usize> {
    let digits = digits.bytes().rev().map(|byte| usize::from(byte.wrapping_sub(b'0')));
    digits.enumerate().try_fold(0, |sum, (place, digit)| {
        let turned = TURNS.get((place + first) % TURNS.len())?.get(digit)?;
        TIMES.get(sum)?.get(usize::from(*turned)).map(|sum| usize::from(*sum))
    })
}

/// How two symmetries of a pentagon follow one another.
const TIMES: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// Which digit stands for which at each place, from the right; then again from the start.
const TURNS: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(is_valid(text), expected, "{text}");
    }

    #[test]
    fn the_check_digit_finds_wrong_and_swapped_digits() {
        check("138875005", true);
        check("900000000000207008", true);
        check("138875006", false);
        check("138857005", false);
        check("", false);
        check("1388750x5", false);
        check("9000000000002070081", false);
    }

    #[test]
    fn a_check_digit_makes_digits_an_identifier() {
        assert_eq!(with_check_digit("13887500").as_deref(), Some("138875005"));
        for number in 10_000..10_100 {
            check(&with_check_digit(&number.to_string()).expect("digits alone"), true);
        }
        assert_eq!(with_check_digit("1x"), None);
    }
}
