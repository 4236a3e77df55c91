//! Which place in a tree does a JSON Pointer name?
//!
//! RFC 6901. A pointer is parsed once and then followed; what the tree lacks is told with the pointer
//! as it was written, because it comes from the patch and not from the resource.

use model::{Code, Issue, Object, Value};

use super::Allowance;

/// A parsed pointer: the names on the way from the root, unescaped.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Pointer {
    tokens: Vec<String>,
}

impl Pointer {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self { tokens: Vec::new() });
        }
        let tokens = text.strip_prefix('/')?.split('/').map(unescape).collect::<Option<_>>()?;
        Some(Self { tokens })
    }

    /// How many levels below the root the place is.
    pub(super) fn levels(&self) -> usize {
        self.tokens.len()
    }

    /// Whether the place is the other one or lies above it.
    pub(super) fn holds(&self, other: &Self) -> bool {
        other.tokens.starts_with(&self.tokens)
    }

    /// Finds the value at the place.
    pub(super) fn get<'a>(&self, root: &'a Value, allowance: &mut Allowance) -> Result<&'a Value, Issue> {
        let mut place = root;
        for token in &self.tokens {
            place = match place {
                Value::Object(object) => member(object, token, allowance)?,
                Value::Array(items) => &items[item(items, token)?],
                _ => return Err(absent(token)),
            };
        }
        Ok(place)
    }

    /// Finds the value at the place for changing.
    pub(super) fn get_mut<'a>(
        &self,
        root: &'a mut Value,
        allowance: &mut Allowance,
    ) -> Result<&'a mut Value, Issue> {
        follow(&self.tokens, root, allowance)
    }

    /// Finds the value that holds the place, and the place's name in it; `None` for the root.
    pub(super) fn parent_mut<'a>(
        &self,
        root: &'a mut Value,
        allowance: &mut Allowance,
    ) -> Result<Option<(&'a mut Value, &str)>, Issue> {
        let Some((last, way)) = self.tokens.split_last() else { return Ok(None) };
        Ok(Some((follow(way, root, allowance)?, last)))
    }
}

fn follow<'a>(
    tokens: &[String],
    root: &'a mut Value,
    allowance: &mut Allowance,
) -> Result<&'a mut Value, Issue> {
    let mut place = root;
    for token in tokens {
        place = match place {
            Value::Object(object) => {
                allowance.spend(object.len())?;
                object.get_mut(token).ok_or_else(|| absent(token))?
            }
            Value::Array(items) => {
                let index = item(items, token)?;
                &mut items[index]
            }
            _ => return Err(absent(token)),
        };
    }
    Ok(place)
}

fn member<'a>(object: &'a Object, name: &str, allowance: &mut Allowance) -> Result<&'a Value, Issue> {
    allowance.spend(object.len())?;
    object.get(name).ok_or_else(|| absent(name))
}

/// Returns the place of an item that is there.
pub(super) fn item(items: &[Value], token: &str) -> Result<usize, Issue> {
    index(token).filter(|index| *index < items.len()).ok_or_else(|| {
        let message = format!("`{token}` is no place in an array of {}", items.len());
        Issue::error(Code::PatchFailed, message)
    })
}

/// Reads an array index: decimal, without sign and without leading zero.
pub(super) fn index(token: &str) -> Option<usize> {
    let digits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let plain = token == "0" || !token.starts_with('0');
    (digits && plain).then(|| token.parse().ok()).flatten()
}

pub(super) fn absent(name: &str) -> Issue {
    Issue::error(Code::PatchFailed, format!("there is no `{name}` at this path"))
}

/// Replaces `~1` by `/` and `~0` by `~`; no other escape exists.
fn unescape(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (sign, rest) = match part.as_bytes().first()? {
            b'0' => ('~', &part[1..]),
            b'1' => ('/', &part[1..]),
            _ => return None,
        };
        plain.push(sign);
        plain.push_str(rest);
    }
    Some(plain)
}
