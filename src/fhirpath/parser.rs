//! How do the words of an expression belong together?
//!
//! <https://hl7.org/fhirpath/N1/#operator-precedence>. A parser by precedence: each operator takes what binds closer.

use std::borrow::Cow;

use crate::expression::SyntaxError;
use crate::functions::{self, Function};
use crate::item::Item;
use crate::lexer::{Kind, Token, tokens};
use crate::limits::{EXPRESSION_LENGTH_MAX, SYNTAX_DEPTH_MAX};
use crate::syntax::{Operator, Syntax, TYPE_BINDING, TypeName, TypeOperator};
use crate::values::{Date, DateTime, Quantity, Time, parse_decimal, quantity};

/// Reads an expression, all of it.
pub(crate) fn parse(text: &str) -> Result<Syntax, SyntaxError> {
    if text.len() > EXPRESSION_LENGTH_MAX {
        let message = format!("the expression is longer than the limit of {EXPRESSION_LENGTH_MAX} bytes");
        return Err(SyntaxError::at(text, 0, message));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, next: 0, depth: 0 };
    let syntax = parser.expression(0)?;
    match parser.peek() {
        Kind::End => Ok(syntax),
        _ => parser.fail("the expression should end here"),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<Token<'t>>,
    next: usize,
    depth: usize,
}

type Parsed = Result<Syntax, SyntaxError>;

impl<'t> Parser<'t> {
    fn peek(&self) -> &Kind<'t> {
        // The last token is the end, and nobody steps behind it.
        self.tokens.get(self.next).map_or(&Kind::End, |token| &token.kind)
    }

    fn advance(&mut self) -> Kind<'t> {
        let kind = self.peek().clone();
        self.next += usize::from(kind != Kind::End);
        kind
    }

    fn fail<T>(&self, message: &str) -> Result<T, SyntaxError> {
        let place = self.tokens.get(self.next).map_or(self.text.len(), |token| token.offset);
        Err(SyntaxError::at(self.text, place, message))
    }

    fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Kind::Symbol(found) if *found == symbol)
    }

    fn expect(&mut self, symbol: &str) -> Result<(), SyntaxError> {
        if !self.is_symbol(symbol) {
            return self.fail(&format!("`{symbol}` is expected"));
        }
        self.advance();
        Ok(())
    }

    /// Keeps nesting within its limit, so that neither this nor evaluation exhausts the stack.
    fn deeper(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > SYNTAX_DEPTH_MAX {
            return self.fail(&format!("nested deeper than the limit of {SYNTAX_DEPTH_MAX} levels"));
        }
        Ok(())
    }

    /// An expression whose operators bind at least this closely.
    fn expression(&mut self, least: u8) -> Parsed {
        let outside = self.depth;
        self.deeper()?;
        let mut left = self.signed()?;
        while let Kind::Symbol(written) | Kind::Word(written) = self.peek() {
            let written = *written;
            if let (Some(operator), true) = (type_operator(written), least <= TYPE_BINDING) {
                self.advance();
                self.deeper()?;
                left = Syntax::Type { operator, value: Box::new(left), name: self.type_name()? };
                continue;
            }
            let Some((operator, binding)) = Operator::parse(written).filter(|(_, binding)| *binding >= least)
            else {
                break;
            };
            self.advance();
            self.deeper()?;
            let right = self.expression(binding + 1)?;
            left = Syntax::Binary { operator, left: Box::new(left), right: Box::new(right) };
        }
        self.depth = outside;
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        self.deeper()?;
        for (symbol, make) in [("-", Syntax::Negate as fn(Box<Syntax>) -> Syntax), ("+", Syntax::Plus)] {
            if self.is_symbol(symbol) {
                self.advance();
                return Ok(make(Box::new(self.signed()?)));
            }
        }
        let term = self.term()?;
        self.path(term)
    }

    /// What follows a term: elements, functions, indexers.
    fn path(&mut self, mut input: Syntax) -> Parsed {
        loop {
            if self.is_symbol(".") {
                self.advance();
                self.deeper()?;
                input = self.invocation(Some(input))?;
            } else if self.is_symbol("[") {
                self.advance();
                self.deeper()?;
                let index = self.expression(0)?;
                self.expect("]")?;
                input = Syntax::Indexer { input: Box::new(input), index: Box::new(index) };
            } else {
                return Ok(input);
            }
        }
    }

    fn term(&mut self) -> Parsed {
        let term = match self.peek().clone() {
            Kind::Symbol("(") => {
                self.advance();
                let inner = self.expression(0)?;
                self.expect(")")?;
                return Ok(inner);
            }
            Kind::Symbol("{") => {
                self.advance();
                self.expect("}")?;
                return Ok(Syntax::Empty);
            }
            Kind::Word("true") => Syntax::Literal(Item::Boolean(true)),
            Kind::Word("false") => Syntax::Literal(Item::Boolean(false)),
            Kind::String(text) => Syntax::Literal(Item::String(Cow::Owned(text.into_owned()))),
            Kind::Number(written) => return self.number(written),
            Kind::Moment(written) => match moment(written) {
                Some(item) => Syntax::Literal(item),
                None => return self.fail(&format!("`@{written}` is neither a date nor a time")),
            },
            Kind::Variable(name) => Syntax::Variable(name.into()),
            _ => return self.invocation(None),
        };
        self.advance();
        Ok(term)
    }

    /// An element, a function or one of `$this`, `$index`, `$total`.
    fn invocation(&mut self, input: Option<Syntax>) -> Parsed {
        let name = match self.peek().clone() {
            Kind::Word(name) => Cow::Borrowed(name),
            Kind::Delimited(name) => name,
            Kind::Dollar(name) if input.is_none() => {
                let syntax = match name {
                    "$this" => Syntax::This,
                    "$index" => Syntax::Index,
                    "$total" => Syntax::Total,
                    _ => return self.fail(&format!("`{name}` is not $this, $index or $total")),
                };
                self.advance();
                return Ok(syntax);
            }
            _ => return self.fail("a name, a value or a bracket is expected"),
        };
        let input = input.map(Box::new);
        let before = self.next;
        self.advance();
        if !self.is_symbol("(") {
            return Ok(Syntax::Member { input, name: name.into() });
        }
        self.advance();
        if let Some(operator) = type_function(&name) {
            let value = input.unwrap_or_else(|| Box::new(Syntax::This));
            let syntax = Syntax::Type { operator, value, name: self.type_name()? };
            self.expect(")")?;
            return Ok(syntax);
        }
        let Some(function) = functions::find(&name) else {
            self.next = before;
            return self.fail(&format!("there is no function `{name}`"));
        };
        let arguments = self.arguments(function)?;
        let (least, most) = function.arguments;
        if !(least..=most).contains(&arguments.len()) {
            self.next = before;
            return self.fail(&match least == most {
                true => format!("`{name}` takes {least} arguments, not {}", arguments.len()),
                false => format!("`{name}` takes {least} to {most} arguments, not {}", arguments.len()),
            });
        }
        Ok(Syntax::Call { input, function, arguments })
    }

    /// What stands between the brackets of a function; the words `asc` and `desc` may follow a key of `sort`.
    fn arguments(&mut self, function: &Function) -> Result<Vec<Syntax>, SyntaxError> {
        let mut arguments = Vec::new();
        if self.is_symbol(")") {
            self.advance();
            return Ok(arguments);
        }
        loop {
            let argument = self.expression(0)?;
            let direction = match self.peek() {
                Kind::Word(word @ ("asc" | "desc")) if function.name == "sort" => Some(*word),
                _ => None,
            };
            if direction.is_some() {
                self.advance();
            }
            arguments.push(if direction == Some("desc") {
                Syntax::Negate(Box::new(argument))
            } else {
                argument
            });
            if self.is_symbol(",") {
                self.advance();
            } else {
                self.expect(")")?;
                return Ok(arguments);
            }
        }
    }

    fn number(&mut self, written: &str) -> Parsed {
        let unreadable =
            |parser: &Self| parser.fail(&format!("`{written}` is a number beyond what can be computed"));
        let digits = written.trim_end_matches('L');
        let Some(decimal) = parse_decimal(digits) else { return unreadable(self) };
        self.advance();
        let unit = match self.peek() {
            Kind::String(unit) => Some(unit.clone().into_owned()),
            Kind::Word(word) => calendar_word(word).map(str::to_owned),
            _ => None,
        };
        if let Some(unit) = unit {
            self.advance();
            return Ok(Syntax::Literal(Item::Quantity(Quantity::new(decimal, &unit))));
        }
        if written.contains('.') {
            return Ok(Syntax::Literal(Item::Decimal(decimal)));
        }
        match digits.parse() {
            Ok(whole) => Ok(Syntax::Literal(Item::Integer(whole))),
            Err(_) => unreadable(self),
        }
    }

    fn type_name(&mut self) -> Result<TypeName, SyntaxError> {
        let first = self.type_word()?;
        if !self.is_symbol(".") {
            return Ok(TypeName { namespace: None, name: first });
        }
        self.advance();
        Ok(TypeName { namespace: Some(first), name: self.type_word()? })
    }

    fn type_word(&mut self) -> Result<Box<str>, SyntaxError> {
        let name: Box<str> = match self.peek() {
            Kind::Word(name) => (*name).into(),
            Kind::Delimited(name) => name.as_ref().into(),
            _ => return self.fail("the name of a type is expected"),
        };
        self.advance();
        Ok(name)
    }
}

/// The calendar duration that the word names, in the singular.
fn calendar_word(word: &str) -> Option<&'static str> {
    let named = quantity::CALENDAR.iter().find(|calendar| calendar.word == word || calendar.plural == word);
    named.map(|calendar| calendar.word)
}

/// The functions whose argument is the name of a type.
fn type_function(name: &str) -> Option<TypeOperator> {
    match name {
        "ofType" => Some(TypeOperator::OfType),
        name => type_operator(name),
    }
}

fn type_operator(word: &str) -> Option<TypeOperator> {
    match word {
        "is" => Some(TypeOperator::Is),
        "as" => Some(TypeOperator::As),
        _ => None,
    }
}

/// `2015-02`, `2015-02-04T14:34Z`, `2015T`, `T14:30`
fn moment(written: &str) -> Option<Item<'static>> {
    if let Some(time) = written.strip_prefix('T') {
        return Time::parse(time).map(Item::Time);
    }
    match written.strip_suffix('T') {
        Some(date) => DateTime::parse(date).map(Item::DateTime),
        None if written.contains('T') => DateTime::parse(written).map(Item::DateTime),
        None => Date::parse(written).map(Item::Date),
    }
}

#[cfg(test)]
mod tests;
