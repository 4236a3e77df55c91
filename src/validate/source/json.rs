//! Where in a JSON text does a path lead?
//!
//! Reads texts that were parsed before; of any other it may say anything, in time linear in the text.

use super::path::Step;

/// Returns the place of the member, or of the item of its array, that the steps lead to.
pub(super) fn find(text: &[u8], steps: &[Step<'_>]) -> Option<usize> {
    let start = text.iter().position(|byte| *byte == b'{')?;
    let mut found = Found { place: start, value: start };
    for (done, step) in steps.iter().enumerate() {
        let is_last = done + 1 == steps.len();
        found = member(text, found.value, step, is_last)?;
    }
    Some(found.place)
}

/// Where an element is told of, and where its value begins.
#[derive(Clone, Copy)]
struct Found {
    place: usize,
    value: usize,
}

/// Looks for a member of the object at `start`. Id and extensions of a primitive are in a member of their
/// own.
fn member(text: &[u8], start: usize, step: &Step<'_>, is_last: bool) -> Option<Found> {
    let mut beside = None;
    let mut at = skip_space(text, start);
    if text.get(at) != Some(&b'{') {
        return None;
    }
    at = skip_space(text, at + 1);
    while text.get(at) == Some(&b'"') {
        let end = skip_string(text, at)?;
        let name = std::str::from_utf8(text.get(at + 1..end - 1)?).ok()?;
        let value = skip_space(text, skip_space(text, end) + 1);
        let plain = name.strip_prefix('_').unwrap_or(name);
        if step.names(plain) {
            let found = item(text, Found { place: at, value }, step.index);
            let leads_on = found.is_some_and(|found| is_last || text.get(found.value) == Some(&b'{'));
            if leads_on && plain.len() == name.len() {
                return found;
            }
            beside = beside.or(found.filter(|_| leads_on));
        }
        at = skip_space(text, skip_value(text, value)?);
        if text.get(at) != Some(&b',') {
            break;
        }
        at = skip_space(text, at + 1);
    }
    beside
}

/// The item at `index` where the value is an array; else the value itself.
fn item(text: &[u8], found: Found, index: usize) -> Option<Found> {
    if text.get(found.value) != Some(&b'[') {
        return (index == 0).then_some(found);
    }
    let mut at = skip_space(text, found.value + 1);
    for _ in 0..index {
        at = skip_space(text, skip_value(text, at)?);
        if text.get(at) != Some(&b',') {
            return None;
        }
        at = skip_space(text, at + 1);
    }
    (text.get(at) != Some(&b']')).then_some(Found { place: at, value: at })
}

fn skip_space(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Returns what follows the string that begins at `from`.
fn skip_string(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 1;
    loop {
        match text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns what follows the value that begins at `from`.
fn skip_value(text: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = from;
    loop {
        match text.get(at)? {
            b'"' => at = skip_string(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth == 0 => return Some(at),
            b'}' | b']' => {
                depth -= 1;
                at += 1;
            }
            b',' if depth == 0 => return Some(at),
            _ => at += 1,
        }
        // A number or word ends where the next separator begins.
        if depth == 0 && matches!(text.get(at), None | Some(b',' | b'}' | b']')) {
            return Some(at);
        }
    }
}
