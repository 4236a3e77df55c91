//! What does a resource look like in memory?
//!
//! One tree for JSON and XML alike. Member order and the digits of numbers are kept as received, so
//! that what is returned equals what was sent: <https://hl7.org/fhir/R4/json.html>.

use std::fmt;

use compact_str::CompactString;

/// A member's name; most fit without an allocation.
pub type Name = CompactString;
/// A string's content; codes, dates and short ids fit without an allocation.
pub type Text = CompactString;

/// A node of the tree.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`, which FHIR allows only as a placeholder in arrays of primitives.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number with its digits as written.
    Number(Number),
    /// A string.
    String(Text),
    /// An array; never shared, never lazy.
    Array(Vec<Value>),
    /// An object with its members in the order received.
    Object(Object),
}

/// The text of a JSON number, exactly as received.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Text);

impl Number {
    /// Takes a text that the grammar of JSON numbers accepts; `None` for any other.
    pub fn new(text: &str) -> Option<Self> {
        let end = scan_number(text.as_bytes())?;
        (end == text.len()).then(|| Self(text.into()))
    }

    /// The digits as received.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self(compact_str::format_compact!("{number}"))
    }
}

/// Returns where the number that `bytes` begin with ends, or `None` when they begin with none.
pub(crate) fn scan_number(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut end = match bytes.get(start)? {
        b'0' => start + 1,
        b'1'..=b'9' => digits(start + 1),
        _ => return None,
    };
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if fraction == end + 1 {
            return None;
        }
        end = fraction;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = if sign <= bytes.len() { digits(sign) } else { sign };
        if exponent == sign {
            return None;
        }
        end = exponent;
    }
    Some(end)
}

/// The members of an object, in order. Names are unique.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Object {
    members: Vec<(Name, Value)>,
}

impl Object {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// An object without members and with room for `capacity` of them.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { members: Vec::with_capacity(capacity) }
    }

    /// Returns the member called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Returns the member called `name` for changing.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.members.iter_mut().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// Returns the place of the member called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|(member, _)| member == name)
    }

    /// Replaces the member called `name` where it stands, or appends it.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        match self.get_mut(name) {
            Some(member) => *member = value.into(),
            None => self.members.push((name.into(), value.into())),
        }
    }

    /// Puts a new member at `place`; the caller knows that the name is free.
    pub fn insert_at(&mut self, place: usize, name: &str, value: impl Into<Value>) {
        debug_assert!(self.get(name).is_none(), "member names are unique");
        self.members.insert(place, (name.into(), value.into()));
    }

    /// Appends a member that is known to be new; readers check duplicates themselves.
    pub fn push(&mut self, name: Name, value: Value) {
        self.members.push((name, value));
    }

    /// Takes the member called `name` out.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.position(name).map(|place| self.members.remove(place).1)
    }

    /// Keeps only the members that `keep` accepts.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value) -> bool) {
        self.members.retain_mut(|(name, value)| keep(name, value));
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.members.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The members in order, for changing their values.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.members.iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    /// The members in order, owned.
    pub fn into_members(self) -> Vec<(Name, Value)> {
        self.members
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl FromIterator<(Name, Value)> for Object {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(members: I) -> Self {
        Self { members: members.into_iter().collect() }
    }
}

impl Value {
    /// The text, when this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members, when this is an object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The members for changing, when this is an object.
    pub fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The items; none when this is not an array.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The member called `name`, when this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_object()?.get(name)
    }

    /// The text of the member called `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }
}

/// Says what kind of node this is, never what it holds: content must not reach a log.
impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => out.write_str("null"),
            Value::Bool(_) => out.write_str("boolean"),
            Value::Number(_) => out.write_str("number"),
            Value::String(text) => write!(out, "string of {} bytes", text.len()),
            Value::Array(items) => write!(out, "array of {}", items.len()),
            Value::Object(object) => object.fmt(out),
        }
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |name| self.get(name).and_then(Value::as_str);
        match (word("resourceType"), word("id")) {
            (Some(resource_type), id) => write!(out, "{resource_type}/{}", id.unwrap_or("-")),
            _ => write!(out, "object of {}", self.members.len()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("number")
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Value::Number(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::String(text.into())
    }
}

impl From<Text> for Value {
    fn from(text: Text) -> Self {
        Value::String(text)
    }
}

impl From<Object> for Value {
    fn from(object: Object) -> Self {
        Value::Object(object)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Value::Array(items)
    }
}

/// Builds an object from pairs, in the order given.
pub fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
