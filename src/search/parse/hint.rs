//! Which name may have been meant?
//!
//! A name that differs in a letter or two from one that exists is more often mistyped than invented.

use model::ResourceType;

use crate::catalogue::Catalogue;

/// Letters of a name for each that may be wrong: in a short name, two make it another.
const LETTERS_FOR_EDIT: usize = 4;

/// Characters of a name that is looked at: none in R4 is longer, and comparing takes the square of it.
const NAME_LENGTH_MAX: usize = 64;

/// Names that are told at most.
const NAMES_TOLD: usize = 3;

/// A sentence that names the parameters of a type which are spelt nearly like `code`; empty when there are none.
pub(super) fn of(code: &str, resource_type: ResourceType, catalogue: &Catalogue) -> String {
    if code.is_empty() || code.len() > NAME_LENGTH_MAX {
        return String::new();
    }
    let near = |known: &str| (edits(code, known), known.to_owned());
    let mut names: Vec<_> = catalogue.of_type(resource_type).map(|parameter| near(&parameter.code)).collect();
    names.retain(|(edits, known)| edits * LETTERS_FOR_EDIT <= known.len());
    names.sort();
    let names: Vec<_> = names.into_iter().take(NAMES_TOLD).map(|(_, name)| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!("; spelt nearly so is {}", names.join(", ")) }
}

/// How many letters must be put in, left out, replaced or changed with the next to make one of the other.
fn edits(one: &str, other: &str) -> usize {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, known) in other.iter().enumerate() {
            let replaced = rows[row][column] + usize::from(letter != known);
            let moved = std::cmp::min(rows[row][column + 1], current[column]) + 1;
            let is_swap = row > 0 && column > 0 && one[row - 1] == *known && other[column - 1] == *letter;
            let swapped = if is_swap { rows[row - 1][column - 1] + 1 } else { usize::MAX };
            current.push(std::cmp::min(std::cmp::min(replaced, moved), swapped));
        }
        rows.push(current);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_left_out_replaced_and_swapped_are_counted() {
        assert_eq!(edits("birthdate", "birthdate"), 0);
        assert_eq!(edits("birthDate", "birthdate"), 0);
        assert_eq!(edits("brithdate", "birthdate"), 1);
        assert_eq!(edits("burthdatum", "birthdate"), 3);
        assert_eq!(edits("nam", "name"), 1);
        assert_eq!(edits("", "name"), 4);
    }
}
