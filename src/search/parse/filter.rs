//! What does a `_filter` say?
//!
//! Its grammar, <https://hl7.org/fhir/R4/search_filter.html>: tests joined by `and`, `or` and `not (…)`, from left to
//! right with no precedence. What the tests mean to a type is told by [`meaning`]; nothing here knows parameters.

pub(super) mod meaning;
mod together;

use super::clause::shown;
use super::refusal::Refusal;
use crate::limits::FILTER_DEPTH_MAX;

/// A filter as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Filter {
    /// `a and b`
    All(Vec<Filter>),
    /// `a or b`
    Any(Vec<Filter>),
    /// `not (a)`
    Not(Box<Filter>),
    /// `path operator value`
    Test(Comparison),
}

/// A path, an operator and a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Comparison {
    /// The names of the path, at least one.
    pub(super) path: Vec<Name>,
    /// How values are compared.
    pub(super) operator: Operator,
    /// What they are compared with.
    pub(super) value: String,
}

/// A name in a path: `subject`, `subject[name eq x]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Name {
    /// The parameter.
    pub(super) code: String,
    /// What must be so, too, of what it leads to.
    pub(super) filter: Option<Box<Filter>>,
}

/// How a value is compared with that of the filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// Equal.
    Equal,
    /// Not equal.
    Unequal,
    /// Contains it.
    Contains,
    /// Starts with it.
    StartsWith,
    /// Ends with it.
    EndsWith,
    /// Greater.
    Greater,
    /// Less.
    Less,
    /// Greater or equal.
    GreaterOrEqual,
    /// Less or equal.
    LessOrEqual,
    /// Approximately the same.
    Near,
    /// Starts after it.
    StartsAfter,
    /// Ends before it.
    EndsBefore,
    /// Is there, or is not.
    Present,
    /// Overlaps with it in time.
    Overlaps,
    /// Is subsumed by the value.
    Subsumes,
    /// Subsumes the value.
    SubsumedBy,
    /// Is in a value set.
    In,
    /// Is not in a value set.
    NotIn,
    /// Refers to it.
    RefersTo,
}

impl Operator {
    /// Every operator and how it is written, in the order of the specification.
    pub(super) const ALL: &[(Operator, &str)] = &[
        (Operator::Equal, "eq"),
        (Operator::Unequal, "ne"),
        (Operator::Contains, "co"),
        (Operator::StartsWith, "sw"),
        (Operator::EndsWith, "ew"),
        (Operator::Greater, "gt"),
        (Operator::Less, "lt"),
        (Operator::GreaterOrEqual, "ge"),
        (Operator::LessOrEqual, "le"),
        (Operator::Near, "ap"),
        (Operator::StartsAfter, "sa"),
        (Operator::EndsBefore, "eb"),
        (Operator::Present, "pr"),
        (Operator::Overlaps, "po"),
        (Operator::Subsumes, "ss"),
        (Operator::SubsumedBy, "sb"),
        (Operator::In, "in"),
        (Operator::NotIn, "ni"),
        (Operator::RefersTo, "re"),
    ];

    /// As it is written.
    pub(super) fn as_str(self) -> &'static str {
        let known = Operator::ALL.iter().find(|(operator, _)| *operator == self);
        known.expect("the list has every operator").1
    }
}

/// Reads a filter.
pub(super) fn parse(text: &str) -> Result<Filter, Refusal> {
    let mut reader = Reader { whole: text, rest: text };
    let (filter, _) = reader.filter(0)?;
    reader.skip_space();
    if reader.rest.is_empty() { Ok(filter) } else { Err(reader.expected("`and`, `or` or the end")) }
}

/// What is left to read.
struct Reader<'t> {
    whole: &'t str,
    rest: &'t str,
}

/// A filter and the levels that it has, of which a reader of trees needs to know how many there may be.
type Measured = (Filter, usize);

impl<'t> Reader<'t> {
    /// Operands and what joins them, up to a bracket that closes or the end.
    fn filter(&mut self, depth: usize) -> Result<Measured, Refusal> {
        let mut filter = self.operand(depth)?;
        loop {
            let join = if self.word("and") {
                Filter::All
            } else if self.word("or") {
                Filter::Any
            } else {
                return Ok(filter);
            };
            let next = self.operand(depth)?;
            filter = joined(filter, next, join);
            within_depth(depth + filter.1)?;
        }
    }

    /// A test, or a filter in parentheses.
    fn operand(&mut self, depth: usize) -> Result<Measured, Refusal> {
        within_depth(depth)?;
        self.skip_space();
        if self.token("(") {
            let (filter, levels) = self.filter(depth + 1)?;
            return self.close(")").map(|()| (filter, levels));
        }
        let before = self.rest;
        if self.word("not") && self.token("(") {
            let (filter, levels) = self.filter(depth + 1)?;
            return self.close(")").map(|()| (Filter::Not(Box::new(filter)), levels + 1));
        }
        self.rest = before;
        self.comparison(depth)
    }

    fn comparison(&mut self, depth: usize) -> Result<Measured, Refusal> {
        let (path, levels) = self.path(depth)?;
        let operator = self.operator()?;
        let value = self.value()?;
        Ok((Filter::Test(Comparison { path, operator, value }), levels))
    }

    fn path(&mut self, depth: usize) -> Result<(Vec<Name>, usize), Refusal> {
        let (mut path, mut levels) = (Vec::new(), 0);
        loop {
            let code = self.name()?.to_owned();
            let filter = if self.token("[") {
                let (filter, own) = self.filter(depth + 1)?;
                self.close("]")?;
                levels = std::cmp::max(levels, own + 1);
                Some(Box::new(filter))
            } else {
                None
            };
            let must_go_on = filter.is_some();
            path.push(Name { code, filter });
            if self.token(".") {
                continue;
            }
            return if must_go_on {
                Err(self.expected("`.` and a name after `]`"))
            } else {
                Ok((path, levels))
            };
        }
    }

    fn name(&mut self) -> Result<&'t str, Refusal> {
        let is_name = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
        let length = self.rest.find(|character| !is_name(character)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
            return Err(self.expected("the name of a parameter"));
        }
        self.rest = rest;
        Ok(name)
    }

    fn operator(&mut self) -> Result<Operator, Refusal> {
        self.skip_space();
        let found = Operator::ALL.iter().find(|(_, written)| self.word(written));
        found.map(|(operator, _)| *operator).ok_or_else(|| {
            let all: Vec<_> = Operator::ALL.iter().map(|(_, written)| *written).collect();
            self.expected(&format!("an operator ({})", all.join(" ")))
        })
    }

    /// A JSON string, or all up to a space or a bracket that closes.
    fn value(&mut self) -> Result<String, Refusal> {
        self.skip_space();
        if self.rest.starts_with('"') {
            return self.string();
        }
        let is_end = |character: char| character.is_whitespace() || character == ')' || character == ']';
        let (value, rest) = self.rest.split_at(self.rest.find(is_end).unwrap_or(self.rest.len()));
        if value.is_empty() {
            return Err(self.expected("a value"));
        }
        self.rest = rest;
        Ok(value.to_owned())
    }

    fn string(&mut self) -> Result<String, Refusal> {
        let mut is_escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, character)| {
            let is_end = !is_escaped && *character == '"';
            is_escaped = !is_escaped && *character == '\\';
            is_end
        });
        let (string, rest) = match end {
            Some((place, quote)) => self.rest.split_at(place + quote.len_utf8()),
            None => return Err(self.expected("a string that ends with `\"`")),
        };
        let value = model::json::parse(string.as_bytes()).ok();
        let text = value.as_ref().and_then(|value| value.as_str());
        let text = text.ok_or_else(|| self.expected("a string as JSON writes it"))?.to_owned();
        self.rest = rest;
        Ok(text)
    }

    fn close(&mut self, bracket: &str) -> Result<(), Refusal> {
        if self.token(bracket) { Ok(()) } else { Err(self.expected(&format!("`and`, `or` or `{bracket}`"))) }
    }

    /// Takes a bracket or point when it comes next. Before a point or an opening square bracket no space may stand.
    fn token(&mut self, token: &str) -> bool {
        let from = if matches!(token, "." | "[") { self.rest } else { self.rest.trim_start() };
        let Some(rest) = from.strip_prefix(token) else { return false };
        self.rest = if token == "." { rest } else { rest.trim_start() };
        true
    }

    /// Takes a word when it comes next and ends there.
    fn word(&mut self, word: &str) -> bool {
        let Some(rest) = self.rest.trim_start().strip_prefix(word) else { return false };
        let ends =
            rest.is_empty() || rest.starts_with(|next: char| next.is_whitespace() || "()[\"".contains(next));
        if ends {
            self.rest = rest.trim_start();
        }
        ends
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn expected(&self, expected: &str) -> Refusal {
        let place = self.whole[..self.whole.len() - self.rest.len()].chars().count() + 1;
        let found =
            if self.rest.is_empty() { "the end".to_owned() } else { format!("`{}`", shown(self.rest)) };
        Refusal::value(format!("`_filter`, character {place}: {expected} is expected, not {found}"))
    }
}

/// Two filters and what joins them. The second joins what the first is already, where that is joined in the same
/// way; the first alone grows, since the second is joined inside its own parentheses.
fn joined(first: Measured, second: Measured, join: fn(Vec<Filter>) -> Filter) -> Measured {
    let (second, second_levels) = second;
    let (mut filter, levels) = first;
    let same = std::mem::discriminant(&filter) == std::mem::discriminant(&join(Vec::new()));
    match &mut filter {
        Filter::All(parts) | Filter::Any(parts) if same => {
            parts.push(second);
            (filter, std::cmp::max(levels, second_levels + 1))
        }
        _ => (join(vec![filter, second]), std::cmp::max(levels, second_levels) + 1),
    }
}

fn within_depth(depth: usize) -> Result<(), Refusal> {
    if depth <= FILTER_DEPTH_MAX {
        return Ok(());
    }
    Err(Refusal::limit(format!(
        "`_filter` is nested deeper than {FILTER_DEPTH_MAX} levels, which is the limit"
    )))
}

#[cfg(test)]
mod tests;
