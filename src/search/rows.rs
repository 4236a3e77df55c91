//! What is known of a resource without reading it?
//!
//! One row for each value that a search parameter finds it by. Rows are what is stored beside the resource and
//! what a condition is held against: <https://hl7.org/fhir/R4/search.html#searchparam>.

mod codec;
mod inner;
mod kept;

use std::fmt;
use std::sync::Arc;

use model::Text;

use crate::hash;
use crate::limits::KEY_BYTES_MAX;
use crate::scan::{Index, Key, Part, ordered};
use crate::types::string::fold;

pub use codec::Damaged;
pub use inner::Inner;
use kept::Kept;

/// A search parameter of a resource type, as rows name it: the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParameterId(pub u32);

impl ParameterId {
    /// The parameter `code` of a type. What a modifier needs has rows of its own: `code:text`.
    pub fn of(resource_type: &str, code: &str) -> Self {
        Self(hash::short(&[resource_type, ".", code].concat()))
    }
}

/// A value of a resource under a parameter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// Under which parameter.
    pub parameter: ParameterId,
    /// Rows of a composite that belong together have the same number, from 1; all others have 0.
    pub group: u32,
    /// Of a composite, which component. Of a single value of a contained resource, which of these it is: [`Inner`].
    pub component: u8,
    /// The value.
    pub value: Indexed,
}

/// A value in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Indexed {
    /// A code, identifier, boolean or the like.
    Token {
        /// The number of its system ([`hash::number`]); 0 when it has none.
        system: i64,
        /// The code as written.
        code: Text,
    },
    /// A string as written.
    String(Text),
    /// A URI or canonical as written.
    Uri(Text),
    /// A resource that this server may hold.
    Reference {
        /// Its type, as [`hash::short`] numbers it; 0 of a URL that leads elsewhere.
        target_type: u32,
        /// Its id, or the URL.
        target: Text,
    },
    /// A time from its first microsecond to the first after it.
    Date {
        /// `i64::MIN` when open.
        start: i64,
        /// `i64::MAX` when open.
        end: i64,
    },
    /// A number or range, both ends within, in the order of [`ordered`].
    Number {
        /// The lower end.
        low: i64,
        /// The upper end, the same for a single number.
        high: i64,
    },
    /// A number or range in a unit.
    Quantity {
        /// The number of the unit; 0 for the value whatever its unit.
        unit: i64,
        /// The lower end.
        low: i64,
        /// The upper end.
        high: i64,
    },
    /// A place on Earth, in degrees.
    Position {
        /// From -90 at the South Pole, in the order of [`ordered`].
        latitude: i64,
        /// From -180, in the order of [`ordered`].
        longitude: i64,
    },
}

impl Indexed {
    /// A number in the form in which rows keep it.
    pub fn number(low: f64, high: f64) -> Self {
        Indexed::Number { low: ordered(low), high: ordered(high) }
    }

    /// Where the value stands in an index; none when that index does not hold such values.
    pub fn key(&self, index: Index) -> Option<Key> {
        let parts = match (self, index) {
            (Indexed::Token { system, code }, Index::Tokens) => {
                vec![Part::Text(key_text(&code.to_lowercase())), Part::Int(*system)]
            }
            (Indexed::String(text), Index::Strings) => vec![Part::Text(key_text(&fold(text)))],
            (Indexed::Uri(text), Index::Strings) => vec![Part::Text(key_text(text))],
            (Indexed::Reference { target_type, target }, Index::Links) => {
                vec![Part::Text(key_text(target)), Part::Int(i64::from(*target_type))]
            }
            (Indexed::Date { start, end }, Index::Starts) => vec![Part::Int(*start), Part::Int(*end)],
            (Indexed::Date { start, end }, Index::Ends) => vec![Part::Int(*end), Part::Int(*start)],
            (Indexed::Number { low, high }, Index::Amounts) => {
                vec![Part::Int(0), Part::Int(*low), Part::Int(*high)]
            }
            (Indexed::Quantity { unit, low, high }, Index::Amounts) => {
                vec![Part::Int(*unit), Part::Int(*low), Part::Int(*high)]
            }
            (Indexed::Position { latitude, longitude }, Index::Positions) => {
                vec![Part::Int(*latitude), Part::Int(*longitude)]
            }
            _ => return None,
        };
        Some(Key(parts))
    }

    /// The index that the value is written to.
    pub fn index(&self) -> Index {
        match self {
            Indexed::Token { .. } => Index::Tokens,
            Indexed::String(_) | Indexed::Uri(_) => Index::Strings,
            Indexed::Reference { .. } => Index::Links,
            Indexed::Date { .. } => Index::Starts,
            Indexed::Number { .. } | Indexed::Quantity { .. } => Index::Amounts,
            Indexed::Position { .. } => Index::Positions,
        }
    }
}

/// The beginning of a text, as ordered indexes keep it.
pub fn key_text(text: &str) -> Text {
    let beginning = &text[..text.floor_char_boundary(KEY_BYTES_MAX)];
    // PostgreSQL's texts hold no NUL.
    if beginning.contains('\0') { beginning.replace('\0', "\u{1}").into() } else { beginning.into() }
}

/// All rows of one resource, in order, none twice.
#[derive(Clone)]
pub struct Rows(Form);

#[derive(Clone)]
enum Form {
    /// As they were told.
    Told(Vec<Row>),
    /// As they are stored.
    Kept(Arc<Kept>),
}

impl Rows {
    /// Puts rows in order.
    pub fn new(mut rows: Vec<Row>) -> Self {
        rows.sort_unstable();
        rows.dedup();
        Self(Form::Told(rows))
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Row> {
        self.all().iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Told(rows) => rows.len(),
            Form::Kept(kept) => kept.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those of one parameter, in order.
    pub fn of(&self, parameter: ParameterId) -> &[Row] {
        match &self.0 {
            Form::Told(rows) => {
                let start = rows.partition_point(|row| row.parameter < parameter);
                let length = rows[start..].partition_point(|row| row.parameter == parameter);
                &rows[start..start + length]
            }
            Form::Kept(kept) => kept.of(parameter),
        }
    }

    /// Where the resource stands in the ordered indexes: each place once. Rows of composites stand nowhere,
    /// since the parameters of their components lead to them.
    pub fn places(&self) -> Vec<(Index, ParameterId, Key)> {
        let single = self.iter().filter(|row| row.group == 0);
        let mut places: Vec<_> = single
            .filter_map(|row| {
                let index = row.value.index();
                Some((index, row.parameter, row.value.key(index)?))
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The rows in the form in which they are stored.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self.all())
    }

    /// Undoes [`Rows::encode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        Kept::open(bytes).map(|kept| Self(Form::Kept(Arc::new(kept))))
    }

    fn all(&self) -> &[Row] {
        match &self.0 {
            Form::Told(rows) => rows,
            Form::Kept(kept) => kept.all(),
        }
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self(Form::Told(Vec::new()))
    }
}

impl PartialEq for Rows {
    fn eq(&self, other: &Self) -> bool {
        self.all() == other.all()
    }
}

impl Eq for Rows {}

impl fmt::Debug for Rows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Rows").field(&self.all()).finish()
    }
}

impl<'r> IntoIterator for &'r Rows {
    type Item = &'r Row;
    type IntoIter = std::slice::Iter<'r, Row>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
