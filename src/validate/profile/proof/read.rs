//! What of an expression can be told from the members of an object?
//!
//! A reader of the part of FHIRPath that joins truths, <https://hl7.org/fhirpath/N1/#expressions>, which passes over
//! the rest by its brackets and quotes. It is shown only what the engine's own parser accepts.

use super::{Logic, Name, Order, Proof};
use crate::limits::PROOF_DEPTH_MAX;

/// Steps of a path that lead from nothing to nothing.
const KEEPING_NOTHING: &[&str] =
    &["where", "select", "ofType", "as", "first", "last", "resolve", "trace", "intersect"];

const SYMBOLS: &[&str] = &["<=", ">=", "!=", "!~", "=", "~", "<", ">", "+", "-", "*", "/", "|", "&"];
const WORDS: &[&str] = &["in", "contains", "is", "as", "div", "mod"];

/// Reads an expression; none when members alone never decide it.
pub(crate) fn read(text: &str) -> Option<Proof> {
    let mut reader = Reader { rest: text, depth: 0 };
    let proof = reader.implication()?;
    reader.space();
    (reader.rest.is_empty() && !matches!(proof, Proof::Unknown)).then_some(proof)
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

/// What an operator joins.
enum Operand<'t> {
    Truth(Proof),
    /// The member, and how the path goes on.
    Path(&'t str, Vec<&'t str>, End),
    Text(&'t str),
    Number(&'t str),
    /// How many of the member there are.
    Count(&'t str),
    Other,
}

/// Where a path ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// At the last member that is named.
    Here,
    /// Somewhere below it.
    Further,
}

impl<'t> Reader<'t> {
    fn implication(&mut self) -> Option<Proof> {
        let mut left = self.disjunction()?;
        while self.word("implies") {
            left = both(Logic::Implies, left, self.disjunction()?);
        }
        Some(left)
    }

    fn disjunction(&mut self) -> Option<Proof> {
        let mut left = self.conjunction()?;
        loop {
            let logic = if self.word("or") {
                Logic::Or
            } else if self.word("xor") {
                Logic::Xor
            } else {
                return Some(left);
            };
            left = both(logic, left, self.conjunction()?);
        }
    }

    fn conjunction(&mut self) -> Option<Proof> {
        let mut left = self.comparison()?;
        while self.word("and") {
            left = both(Logic::And, left, self.comparison()?);
        }
        Some(left)
    }

    /// Operands with operators that bind more closely than those of logic.
    fn comparison(&mut self) -> Option<Proof> {
        let left = self.operand()?;
        let Some(operator) = self.operator() else { return Some(left.truth()) };
        let right = self.operand()?;
        let mut proof = compared(operator, left, right);
        while self.operator().is_some() {
            self.operand()?;
            proof = Proof::Unknown;
        }
        Some(proof)
    }

    fn operator(&mut self) -> Option<&'static str> {
        self.space();
        let symbol = SYMBOLS.iter().find(|symbol| self.rest.starts_with(**symbol));
        if let Some(symbol) = symbol {
            self.rest = &self.rest[symbol.len()..];
            return Some(symbol);
        }
        WORDS.iter().find(|word| self.word(word)).copied()
    }

    fn operand(&mut self) -> Option<Operand<'t>> {
        self.space();
        let first = match self.rest.chars().next()? {
            '(' => {
                self.depth += 1;
                if self.depth > PROOF_DEPTH_MAX {
                    return None;
                }
                self.rest = &self.rest[1..];
                let inner = self.implication()?;
                self.space();
                self.rest = self.rest.strip_prefix(')')?;
                self.depth -= 1;
                Operand::Truth(inner)
            }
            '\'' => Operand::Text(self.quoted()?),
            '{' => {
                self.bracketed()?;
                Operand::Other
            }
            '%' | '$' => {
                self.rest = &self.rest[1..];
                self.name()?;
                Operand::Other
            }
            digit if digit.is_ascii_digit() => Operand::Number(self.taken(|letter| letter.is_ascii_digit())),
            letter => {
                let name = self.name()?;
                // A path may begin with the name of a type, which is no member.
                if self.rest.starts_with('(') {
                    self.bracketed()?;
                    Operand::Other
                } else if letter.is_ascii_uppercase() {
                    Operand::Other
                } else {
                    Operand::Path(name, Vec::new(), End::Here)
                }
            }
        };
        self.steps(first)
    }

    fn steps(&mut self, mut operand: Operand<'t>) -> Option<Operand<'t>> {
        loop {
            if self.rest.starts_with('[') {
                self.bracketed()?;
                operand = operand.further();
            } else if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                if self.rest.starts_with(|letter: char| letter.is_ascii_digit()) {
                    self.taken(|letter| letter.is_ascii_digit());
                    operand = Operand::Other;
                    continue;
                }
                let name = self.name()?;
                let arguments = if self.rest.starts_with('(') { Some(self.bracketed()?) } else { None };
                operand = step(operand, name, arguments.map(str::trim));
            } else {
                return Some(operand);
            }
        }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a word, if it comes next.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(word).filter(|rest| !rest.starts_with(is_letter));
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn name(&mut self) -> Option<&'t str> {
        match self.rest.chars().next()? {
            '`' | '\'' => self.quoted(),
            first if is_letter(first) => Some(self.taken(is_letter)),
            _ => None,
        }
    }

    fn taken(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes what stands between quotes; what is escaped there is not read.
    fn quoted(&mut self) -> Option<&'t str> {
        let quote = self.rest.chars().next()?;
        let (text, rest) = self.rest[quote.len_utf8()..].split_once(quote)?;
        self.rest = rest;
        (!text.contains('\\')).then_some(text)
    }

    /// Takes what stands between brackets.
    fn bracketed(&mut self) -> Option<&'t str> {
        let whole = self.rest;
        let mut depth = 0_usize;
        loop {
            match self.rest.chars().next()? {
                '\'' | '`' => {
                    self.quoted()?;
                    continue;
                }
                // A comment may hold quotes and brackets that mean nothing.
                '/' => return None,
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            self.rest = self.rest.get(self.rest.chars().next()?.len_utf8()..)?;
            if depth == 0 {
                return whole.get(1..whole.len() - self.rest.len() - 1);
            }
        }
    }
}

impl Operand<'_> {
    /// What the operand says as a truth.
    fn truth(self) -> Proof {
        match self {
            Self::Truth(proof) => proof,
            Self::Path(..) | Self::Text(_) | Self::Number(_) | Self::Count(_) | Self::Other => Proof::Unknown,
        }
    }

    /// The operand as the beginning of a longer path.
    fn further(self) -> Self {
        match self {
            Self::Path(member, path, _) => Self::Path(member, path, End::Further),
            _ => Self::Other,
        }
    }
}

fn step<'t>(operand: Operand<'t>, name: &'t str, arguments: Option<&str>) -> Operand<'t> {
    let truth = match (operand, name, arguments) {
        (Operand::Truth(proof), "not", Some("")) => not(proof),
        (Operand::Path(member, path, end), "exists", Some("")) => exists(member, &path, end),
        (Operand::Path(member, path, _), "exists", Some(_)) => exists(member, &path, End::Further),
        (Operand::Path(member, path, _), "all", Some(_)) => not(exists(member, &path, End::Further)),
        (Operand::Path(member, path, end), "empty", Some("")) => not(exists(member, &path, end)),
        (Operand::Path(member, path, End::Here), "hasValue", Some("")) if path.is_empty() => {
            Proof::HasValue(Name::new(member))
        }
        (Operand::Path(member, path, End::Here), "count", Some("")) if path.is_empty() => {
            return Operand::Count(member);
        }
        // Whoever listens to it hears nothing else by it.
        (operand @ Operand::Path(_, _, End::Here), "trace", Some(_)) => return operand,
        (Operand::Path(member, mut path, End::Here), name, None) => {
            path.push(name);
            return Operand::Path(member, path, End::Here);
        }
        (operand @ Operand::Path(..), _, None) => return operand.further(),
        (operand @ Operand::Path(..), name, Some(_)) if KEEPING_NOTHING.contains(&name) => {
            return operand.further();
        }
        _ => return Operand::Other,
    };
    Operand::Truth(truth)
}

fn exists(member: &str, path: &[&str], end: End) -> Proof {
    if path.is_empty() && end == End::Here {
        return Proof::Exists(Name::new(member));
    }
    Proof::Below(Name::new(member), path.iter().map(|name| Box::from(*name)).collect())
}

fn compared(operator: &str, left: Operand<'_>, right: Operand<'_>) -> Proof {
    if let Some(order) = Order::parse(operator) {
        return ordered(order, left, right);
    }
    let equal = match (left, right) {
        // A text that begins like a date might be compared as one.
        (Operand::Path(member, path, End::Here), Operand::Text(text))
        | (Operand::Text(text), Operand::Path(member, path, End::Here))
            if path.is_empty() && text.starts_with(|first: char| first.is_ascii_alphabetic()) =>
        {
            Proof::Equals(Name::new(member), text.into())
        }
        (Operand::Truth(left), Operand::Truth(right)) => not(both(Logic::Xor, left, right)),
        _ => return Proof::Unknown,
    };
    match operator {
        "=" => equal,
        "!=" => not(equal),
        _ => Proof::Unknown,
    }
}

fn ordered(order: Order, left: Operand<'_>, right: Operand<'_>) -> Proof {
    match (left, right) {
        (Operand::Path(left, before, End::Here), Operand::Path(right, after, End::Here))
            if before.is_empty() && after.is_empty() =>
        {
            Proof::Ordered(order, Name::new(left), Name::new(right))
        }
        (Operand::Path(member, path, End::Here), Operand::Number("0"))
            if path.is_empty() && order == Order::GreaterOrEqual =>
        {
            Proof::NotNegative(Name::new(member))
        }
        (Operand::Count(member), Operand::Number(number)) => {
            number.parse().map_or(Proof::Unknown, |number| Proof::Count(order, Name::new(member), number))
        }
        _ => Proof::Unknown,
    }
}

fn both(logic: Logic, left: Proof, right: Proof) -> Proof {
    match (&left, &right) {
        (Proof::Unknown, Proof::Unknown) => Proof::Unknown,
        _ => Proof::Both(logic, Box::new(left), Box::new(right)),
    }
}

fn not(proof: Proof) -> Proof {
    match proof {
        Proof::Unknown => Proof::Unknown,
        proof => Proof::Not(Box::new(proof)),
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
