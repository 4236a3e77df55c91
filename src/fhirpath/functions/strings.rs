//! What can be asked of text, and made of it?
//!
//! <https://hl7.org/fhirpath/N1/#string-manipulation> and the additional functions of the continuous build. Places
//! and lengths count characters. Regular expressions run in linear time, know no look-around, and let `.` match a
//! line's end.

mod encoding;
mod pattern;

use std::borrow::Cow;

use crate::failure::Failure;
use crate::functions::conversion::single;
use crate::functions::{Function, Run};
use crate::item::{Collection, Item};
use crate::limits::TEXT_LENGTH_MAX;
use crate::values::operators::name;

pub(crate) use pattern::Pattern;

/// The functions of this chapter.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function { name: "indexOf", arguments: (1, 1), run: Run::Values(index_of) },
    Function { name: "lastIndexOf", arguments: (1, 1), run: Run::Values(last_index_of) },
    Function { name: "substring", arguments: (1, 2), run: Run::Values(substring) },
    Function { name: "startsWith", arguments: (1, 1), run: Run::Values(starts_with) },
    Function { name: "endsWith", arguments: (1, 1), run: Run::Values(ends_with) },
    Function { name: "contains", arguments: (1, 1), run: Run::Values(contains) },
    Function { name: "upper", arguments: (0, 0), run: Run::Values(upper) },
    Function { name: "lower", arguments: (0, 0), run: Run::Values(lower) },
    Function { name: "replace", arguments: (2, 2), run: Run::Values(replace) },
    Function { name: "matches", arguments: (1, 2), run: Run::Values(matches) },
    Function { name: "matchesFull", arguments: (1, 2), run: Run::Values(matches_full) },
    Function { name: "replaceMatches", arguments: (2, 3), run: Run::Values(replace_matches) },
    Function { name: "length", arguments: (0, 0), run: Run::Values(length) },
    Function { name: "toChars", arguments: (0, 0), run: Run::Values(to_chars) },
    Function { name: "trim", arguments: (0, 0), run: Run::Values(trim) },
    Function { name: "split", arguments: (1, 1), run: Run::Values(split) },
    Function { name: "join", arguments: (0, 1), run: Run::Values(join) },
    Function { name: "encode", arguments: (1, 1), run: Run::Values(encode) },
    Function { name: "decode", arguments: (1, 1), run: Run::Values(decode) },
    Function { name: "escape", arguments: (1, 1), run: Run::Values(escape) },
    Function { name: "unescape", arguments: (1, 1), run: Run::Values(unescape) },
];

type Answer<'a> = Result<Collection<'a>, Failure>;

fn index_of<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, part| integer(place(text, text.find(part))))
}

fn last_index_of<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, part| integer(place(text, text.rfind(part))))
}

fn starts_with<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, part| Ok(vec![Item::Boolean(text.starts_with(part))]))
}

fn ends_with<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, part| Ok(vec![Item::Boolean(text.ends_with(part))]))
}

fn contains<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, part| Ok(vec![Item::Boolean(text.contains(part))]))
}

fn substring<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let Some(text) = text(input)? else { return Ok(Vec::new()) };
    let Some(start) = number(arguments.first())? else { return Ok(Vec::new()) };
    let Ok(start) = usize::try_from(start) else { return Ok(Vec::new()) };
    let length = match number(arguments.get(1))? {
        None => usize::MAX,
        Some(length) => usize::try_from(length).unwrap_or(0),
    };
    let Some((begin, _)) = text.char_indices().nth(start) else { return Ok(Vec::new()) };
    let end = text[begin..].char_indices().nth(length).map_or(text.len(), |(end, _)| begin + end);
    Ok(vec![Item::String(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[begin..end]),
        Cow::Owned(text) => Cow::Owned(text[begin..end].to_owned()),
    })])
}

fn upper<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    map(input, |text| owned(text.to_uppercase()))
}

fn lower<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    map(input, |text| owned(text.to_lowercase()))
}

fn trim<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    map(input, |text| owned(text.trim().to_owned()))
}

fn length<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    map(input, |text| integer(i64::try_from(text.chars().count()).ok()))
}

fn to_chars<'a>(input: Collection<'a>, _: &[Collection<'a>]) -> Answer<'a> {
    map(input, |text| Ok(text.chars().map(|letter| Item::String(Cow::Owned(letter.to_string()))).collect()))
}

fn replace<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let Some(substitution) = argument(arguments.get(1))? else { return Ok(Vec::new()) };
    with_text(input, arguments, |text, part| {
        let growth = text.matches(part).count().saturating_mul(substitution.len());
        if growth.saturating_add(text.len()) > TEXT_LENGTH_MAX {
            return Err(Failure::TooCostly("TEXT_LENGTH_MAX"));
        }
        owned(text.replace(part, substitution))
    })
}

fn matches<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let flags = argument(arguments.get(1))?.unwrap_or("");
    with_text(input, arguments, |text, part| Ok(vec![Item::Boolean(Pattern::new(part, flags)?.is_in(text))]))
}

fn matches_full<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let flags = argument(arguments.get(1))?.unwrap_or("");
    with_text(input, arguments, |text, part| {
        let whole = format!(r"\A(?:{part})\z");
        Ok(vec![Item::Boolean(Pattern::new(&whole, flags)?.is_in(text))])
    })
}

fn replace_matches<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let Some(substitution) = argument(arguments.get(1))? else { return Ok(Vec::new()) };
    let flags = argument(arguments.get(2))?.unwrap_or("");
    with_text(input, arguments, |text, part| match part {
        // An empty pattern would match between all characters; the specification leaves the text as it is.
        "" => owned(text.to_owned()),
        _ => owned(Pattern::new(part, flags)?.replace(text, substitution)?),
    })
}

fn split<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    if argument(arguments.first())? == Some("") {
        return to_chars(input, &[]);
    }
    with_text(input, arguments, |text, separator| {
        Ok(text.split(separator).map(|part| Item::String(Cow::Owned(part.to_owned()))).collect())
    })
}

fn join<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    let separator = argument(arguments.first())?.unwrap_or("");
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let mut joined = String::new();
    for (index, item) in input.iter().enumerate() {
        let Item::String(text) = item else { return Err(no_text(item)) };
        if index > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
        if joined.len() > TEXT_LENGTH_MAX {
            return Err(Failure::TooCostly("TEXT_LENGTH_MAX"));
        }
    }
    owned(joined)
}

fn encode<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, format| match format {
        "base64" => owned(encoding::to_base64(text.as_bytes(), encoding::Alphabet::Plain)),
        "urlbase64" => owned(encoding::to_base64(text.as_bytes(), encoding::Alphabet::Url)),
        "hex" => owned(encoding::to_hex(text.as_bytes())),
        _ => Ok(Vec::new()),
    })
}

fn decode<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, format| {
        let bytes = match format {
            "base64" => encoding::from_base64(text, encoding::Alphabet::Plain),
            "urlbase64" => encoding::from_base64(text, encoding::Alphabet::Url),
            "hex" => encoding::from_hex(text),
            _ => None,
        };
        // What is no text cannot be a String.
        bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Ok(Vec::new()), owned)
    })
}

fn escape<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, target| match target {
        "html" => owned(encoding::escape_html(text)),
        "json" => owned(encoding::escape_json(text)),
        _ => Ok(Vec::new()),
    })
}

fn unescape<'a>(input: Collection<'a>, arguments: &[Collection<'a>]) -> Answer<'a> {
    with_text(input, arguments, |text, target| match target {
        "html" => owned(encoding::unescape_html(text)),
        "json" => owned(encoding::unescape_json(text)),
        _ => Ok(Vec::new()),
    })
}

/// Hands on the input's text and the first argument's; nothing where one is empty.
fn with_text<'a>(
    input: Collection<'a>,
    arguments: &[Collection<'a>],
    work: impl FnOnce(&str, &str) -> Answer<'a>,
) -> Answer<'a> {
    match (text(input)?, argument(arguments.first())?) {
        (Some(text), Some(part)) => work(&text, part),
        _ => Ok(Vec::new()),
    }
}

fn map<'a>(input: Collection<'a>, work: impl FnOnce(&str) -> Answer<'a>) -> Answer<'a> {
    text(input)?.map_or(Ok(Vec::new()), |text| work(&text))
}

fn text<'a>(input: Collection<'a>) -> Result<Option<Cow<'a, str>>, Failure> {
    match single(input)? {
        None => Ok(None),
        Some(Item::String(text)) => Ok(Some(text)),
        Some(other) => Err(no_text(&other)),
    }
}

fn argument<'s>(argument: Option<&'s Collection<'_>>) -> Result<Option<&'s str>, Failure> {
    match argument.map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([Item::String(text)]) => Ok(Some(text)),
        Some([other]) => Err(no_text(other)),
        Some(_) => {
            Err(Failure::Execution("cannot use several items as an argument, expected one String".to_owned()))
        }
    }
}

fn number(argument: Option<&Collection<'_>>) -> Result<Option<i64>, Failure> {
    match argument.map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some([Item::Integer(number)]) => Ok(Some(*number)),
        Some(_) => {
            Err(Failure::Execution("cannot count with this argument, expected one Integer".to_owned()))
        }
    }
}

fn no_text(item: &Item) -> Failure {
    Failure::Execution(format!("cannot use {} as text, expected a String", name(item)))
}

/// The character at which the byte at `found` stands; -1 if nothing was found.
fn place(text: &str, found: Option<usize>) -> Option<i64> {
    found.map_or(Some(-1), |found| i64::try_from(text[..found].chars().count()).ok())
}

fn integer<'a>(number: Option<i64>) -> Answer<'a> {
    Ok(number.map(Item::Integer).into_iter().collect())
}

fn owned<'a>(text: String) -> Answer<'a> {
    Ok(vec![Item::String(Cow::Owned(text))])
}

#[cfg(test)]
mod tests;
