//! How is an expression constraint written?
//!
//! In the brief syntax of <http://snomed.org/ecl>, so that parsing what is printed gives the same tree.

use std::fmt::{self, Display, Formatter, Write};

use super::tree::{
    Acceptability, AcceptabilityWord, Cardinality, Comparison, ConceptFilter, Concepts, Constraint, Day,
    DefinitionStatus, DescriptionFilter, DescriptionType, Dialects, Direction, Equality, Fields, Filter,
    Focus, History, MemberFilter, Operand, Operator, Order, Reference, Refinement, RowFilter, SearchMode,
    SearchTerm,
};

impl Display for Constraint {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(operand) => operand.fmt(to),
            Self::And(operands) => joined(to, operands, " AND "),
            Self::Or(operands) => joined(to, operands, " OR "),
            Self::Minus(left, right) => write!(to, "{left} MINUS {right}"),
            Self::Refined(operand, refinement) => write!(to, "{operand} : {refinement}"),
            Self::Dotted(operand, steps) => {
                operand.fmt(to)?;
                steps.iter().try_for_each(|step| write!(to, " . {step}"))
            }
        }
    }
}

impl Display for Operand {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        if let Some(operator) = self.operator {
            write!(to, "{} ", symbol(operator))?;
        }
        match &self.member_of {
            None => {}
            Some(Fields::Referenced) => to.write_str("^ ")?,
            Some(Fields::All) => to.write_str("^ [*] ")?,
            Some(Fields::Named(names)) => write!(to, "^ [{}] ", names.join(", "))?,
        }
        self.focus.fmt(to)?;
        for filters in &self.members {
            to.write_str(" {{ M ")?;
            joined(to, filters, ", ")?;
            to.write_str(" }}")?;
        }
        self.filters.iter().try_for_each(|filter| write!(to, " {filter}"))?;
        self.history.iter().try_for_each(|history| write!(to, " {{{{ + {history} }}}}"))
    }
}

fn symbol(operator: Operator) -> &'static str {
    match operator {
        Operator::DescendantOf => "<",
        Operator::DescendantOrSelfOf => "<<",
        Operator::ChildOf => "<!",
        Operator::ChildOrSelfOf => "<<!",
        Operator::AncestorOf => ">",
        Operator::AncestorOrSelfOf => ">>",
        Operator::ParentOf => ">!",
        Operator::ParentOrSelfOf => ">>!",
        Operator::Top => "!!>",
        Operator::Bottom => "!!<",
    }
}

impl Display for Focus {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Concept(reference) => reference.fmt(to),
            Self::Any => to.write_char('*'),
            Self::Nested(inner) => write!(to, "({inner})"),
            Self::Alternate { scheme, code, term: name } => {
                let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-._".contains(letter);
                let quote = if code.chars().all(is_part) { "" } else { "\"" };
                write!(to, "{quote}{scheme}#{code}{quote}")?;
                term(to, name.as_deref())
            }
        }
    }
}

impl Display for Reference {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        self.id.fmt(to)?;
        term(to, self.term.as_deref())
    }
}

fn term(to: &mut Formatter<'_>, term: Option<&str>) -> fmt::Result {
    term.map_or(Ok(()), |term| write!(to, " |{term}|"))
}

impl Display for Refinement {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => bracketed(to, parts, ", "),
            Self::Or(parts) => bracketed(to, parts, " OR "),
            Self::Group(cardinality, inner) => {
                cardinality.iter().try_for_each(|it| write!(to, "{it} "))?;
                write!(to, "{{ {inner} }}")
            }
            Self::Attribute(attribute) => {
                attribute.cardinality.iter().try_for_each(|it| write!(to, "{it} "))?;
                let reverse = if attribute.direction == Direction::Reverse { "R " } else { "" };
                write!(to, "{reverse}{} {}", attribute.name, attribute.comparison)
            }
        }
    }
}

/// Parts with a word between them; what has parts itself stands in brackets.
fn bracketed(to: &mut Formatter<'_>, parts: &[Refinement], between: &str) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            to.write_str(between)?;
        }
        match part {
            Refinement::And(_) | Refinement::Or(_) => write!(to, "({part})")?,
            _ => part.fmt(to)?,
        }
    }
    Ok(())
}

impl Display for Cardinality {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) => write!(to, "[{}..{max}]", self.min),
            None => write!(to, "[{}..*]", self.min),
        }
    }
}

impl Display for Comparison {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Concepts(equality, operand) => write!(to, "{equality} {operand}"),
            Self::Number(order, number) => write!(to, "{order} #{number}"),
            Self::Boolean(equality, value) => write!(to, "{equality} {value}"),
            Self::Text(equality, terms) => {
                write!(to, "{equality} ")?;
                listed(to, terms)
            }
            Self::Time(order, days) => time(to, *order, days),
        }
    }
}

fn time(to: &mut Formatter<'_>, order: Order, days: &[Day]) -> fmt::Result {
    let written: Vec<_> = days.iter().map(|day| day.map_or(String::new(), |day| day.to_string())).collect();
    let written: Vec<_> = written.iter().map(|day| format!("\"{day}\"")).collect();
    write!(to, "{order} ")?;
    listed(to, &written)
}

impl Display for Equality {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(if *self == Self::Equal { "=" } else { "!=" })
    }
}

impl Display for Order {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Equal => "=",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Display for SearchTerm {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(match self.mode {
            SearchMode::Usual => "",
            SearchMode::Match => "match:",
            SearchMode::Wild => "wild:",
        })?;
        write!(to, "\"{}\"", self.written)
    }
}

impl Display for Filter {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Description(filters) => {
                to.write_str("{{ D ")?;
                joined(to, filters, ", ")?;
            }
            Self::Concept(filters) => {
                to.write_str("{{ C ")?;
                joined(to, filters, ", ")?;
            }
        }
        to.write_str(" }}")
    }
}

impl Display for DescriptionFilter {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(equality, terms) => named(to, "term", equality, terms),
            Self::Language(equality, languages) => named(to, "language", equality, languages),
            Self::Type(equality, types) => named(to, "type", equality, types),
            Self::TypeId(equality, concepts) => write!(to, "typeId {equality} {concepts}"),
            Self::Id(equality, ids) => named(to, "id", equality, ids),
            Self::Row(row) => row.fmt(to),
            Self::Dialect(equality, Dialects::Of(operand, accepted)) => {
                write!(to, "dialectId {equality} {operand}")?;
                acceptable(to, accepted.as_ref())
            }
            Self::Dialect(equality, Dialects::Aliases(aliases, accepted)) => {
                write!(to, "dialect {equality} ")?;
                in_dialects(to, aliases, aliases.len() > 1)?;
                acceptable(to, accepted.as_ref())
            }
            Self::Dialect(equality, Dialects::Ids(ids, accepted)) => {
                write!(to, "dialectId {equality} ")?;
                in_dialects(to, ids, true)?;
                acceptable(to, accepted.as_ref())
            }
        }
    }
}

impl Display for DescriptionType {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Synonym => "syn",
            Self::FullySpecifiedName => "fsn",
            Self::Definition => "def",
        })
    }
}

/// Dialects, each with its acceptability; one that has its own stands in brackets even if it is alone.
fn in_dialects<T: Display>(
    to: &mut Formatter<'_>,
    dialects: &[(T, Option<Acceptability>)],
    is_list: bool,
) -> fmt::Result {
    let is_bracketed = is_list || dialects.iter().any(|(_, accepted)| accepted.is_some());
    to.write_str(if is_bracketed { "(" } else { "" })?;
    for (place, (dialect, accepted)) in dialects.iter().enumerate() {
        write!(to, "{}{dialect}", if place > 0 { " " } else { "" })?;
        acceptable(to, accepted.as_ref())?;
    }
    to.write_str(if is_bracketed { ")" } else { "" })
}

fn acceptable(to: &mut Formatter<'_>, accepted: Option<&Acceptability>) -> fmt::Result {
    match accepted {
        None => Ok(()),
        Some(Acceptability::Words(words)) => {
            to.write_str(" (")?;
            joined(to, words, " ")?;
            to.write_char(')')
        }
        Some(Acceptability::Ids(ids)) => {
            to.write_str(" (")?;
            joined(to, ids, " ")?;
            to.write_char(')')
        }
    }
}

impl Display for AcceptabilityWord {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(if *self == Self::Acceptable { "accept" } else { "prefer" })
    }
}

impl Display for ConceptFilter {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefinitionStatus(equality, statuses) => named(to, "definitionStatus", equality, statuses),
            Self::DefinitionStatusId(equality, concepts) => {
                write!(to, "definitionStatusId {equality} {concepts}")
            }
            Self::Row(row) => row.fmt(to),
        }
    }
}

impl Display for DefinitionStatus {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(if *self == Self::Primitive { "primitive" } else { "defined" })
    }
}

impl Display for MemberFilter {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name, comparison) => write!(to, "{name} {comparison}"),
            Self::Row(row) => row.fmt(to),
        }
    }
}

impl Display for RowFilter {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(equality, concepts) => write!(to, "moduleId {equality} {concepts}"),
            Self::EffectiveTime(order, days) => {
                to.write_str("effectiveTime ")?;
                time(to, *order, days)
            }
            Self::Active(equality, active) => {
                let active = active.map_or("\"*\"", |active| if active { "true" } else { "false" });
                write!(to, "active {equality} {active}")
            }
        }
    }
}

impl Display for Concepts {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(operand) => operand.fmt(to),
            Self::These(references) => listed(to, references),
        }
    }
}

impl Display for History {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Min => to.write_str("HISTORY-MIN"),
            Self::Mod => to.write_str("HISTORY-MOD"),
            Self::Max => to.write_str("HISTORY-MAX"),
            Self::In(inner) => write!(to, "HISTORY ({inner})"),
        }
    }
}

fn named<T: Display>(to: &mut Formatter<'_>, name: &str, equality: &Equality, values: &[T]) -> fmt::Result {
    write!(to, "{name} {equality} ")?;
    listed(to, values)
}

/// One value, or several in brackets.
fn listed<T: Display>(to: &mut Formatter<'_>, values: &[T]) -> fmt::Result {
    match values {
        [value] => value.fmt(to),
        _ => {
            to.write_char('(')?;
            joined(to, values, " ")?;
            to.write_char(')')
        }
    }
}

fn joined<T: Display>(to: &mut Formatter<'_>, values: &[T], between: &str) -> fmt::Result {
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            to.write_str(between)?;
        }
        value.fmt(to)?;
    }
    Ok(())
}
