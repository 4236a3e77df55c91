//! What is an expression constraint made of?
//!
//! The logical model of <http://snomed.org/ecl>, as a tree. Brackets that change nothing are not kept, texts in
//! quotes are kept as they are written, and words of the long syntax become the symbols of the brief one.

use std::fmt;

/// A SNOMED CT identifier: 6 to 18 digits of a concept, a description or a relationship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sctid(pub u64);

impl fmt::Display for Sctid {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(to)
    }
}

/// A whole constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// What its operand means.
    Plain(Operand),
    /// What all operands mean in common.
    And(Vec<Operand>),
    /// What any operand means.
    Or(Vec<Operand>),
    /// What the first means and the second does not.
    Minus(Operand, Operand),
    /// Of what the operand means, that which satisfies the refinement.
    Refined(Operand, Refinement),
    /// The values of attributes, step by step.
    Dotted(Operand, Vec<Operand>),
}

/// A part of a constraint that stands for itself: the grammar's `subExpressionConstraint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// Where to go in the hierarchy from what follows.
    pub operator: Option<Operator>,
    /// Whether the members of what follows are meant, and which column of theirs.
    pub member_of: Option<Fields>,
    /// Where to begin.
    pub focus: Focus,
    /// Which members count; each list must hold for a row as a whole.
    pub members: Vec<Vec<MemberFilter>>,
    /// Which concepts count.
    pub filters: Vec<Filter>,
    /// Which inactive concepts are added.
    pub history: Option<History>,
}

impl Operand {
    /// A focus with nothing around it.
    pub fn new(focus: Focus) -> Self {
        Self {
            operator: None,
            member_of: None,
            focus,
            members: Vec::new(),
            filters: Vec::new(),
            history: None,
        }
    }

    /// The concept that it names, if it does nothing else.
    pub fn only_concept(&self) -> Option<Sctid> {
        let Focus::Concept(reference) = &self.focus else { return None };
        self.is_bare().then_some(reference.id)
    }

    /// Whether it is `*` and nothing else.
    pub fn is_any(&self) -> bool {
        self.focus == Focus::Any && self.is_bare()
    }

    fn is_bare(&self) -> bool {
        let is_direct = self.operator.is_none() && self.member_of.is_none() && self.history.is_none();
        is_direct && self.members.is_empty() && self.filters.is_empty()
    }
}

/// Where an operand begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Focus {
    /// One concept.
    Concept(Reference),
    /// Every concept.
    Any,
    /// One concept by an identifier of another scheme.
    Alternate {
        /// The alias of the scheme.
        scheme: String,
        /// The code in it.
        code: String,
        /// What it is called there, for people.
        term: Option<String>,
    },
    /// What a constraint in brackets means.
    Nested(Box<Constraint>),
}

/// A concept as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its identifier.
    pub id: Sctid,
    /// What it is called, for people.
    pub term: Option<String>,
}

/// A step through the hierarchy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    DescendantOf,
    /// `<<`
    DescendantOrSelfOf,
    /// `<!`
    ChildOf,
    /// `<<!`
    ChildOrSelfOf,
    /// `>`
    AncestorOf,
    /// `>>`
    AncestorOrSelfOf,
    /// `>!`
    ParentOf,
    /// `>>!`
    ParentOrSelfOf,
    /// `!!>`
    Top,
    /// `!!<`
    Bottom,
}

/// What of a member row is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// What the row is about, as nothing is said.
    Referenced,
    /// The columns that are named.
    Named(Vec<String>),
    /// Every column.
    All,
}

/// What attributes a concept must have. `And` and `Or` have at least two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refinement {
    /// All of these.
    And(Vec<Refinement>),
    /// Any of these.
    Or(Vec<Refinement>),
    /// Within a group of attributes, so many of them.
    Group(Option<Cardinality>, Box<Refinement>),
    /// One attribute.
    Attribute(Box<AttributeConstraint>),
}

/// One attribute that a concept must have, so many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeConstraint {
    /// How often; once or more if nothing is said.
    pub cardinality: Option<Cardinality>,
    /// Whether the concept is where the attribute starts or what it points to.
    pub direction: Direction,
    /// Which attribute types.
    pub name: Operand,
    /// What stands at its other end.
    pub comparison: Comparison,
}

/// Which end of an attribute the concept is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Its source.
    Forward,
    /// Its value: `R`.
    Reverse,
}

/// How often something may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cardinality {
    /// At least so often.
    pub min: u32,
    /// At most so often; `None` knows no bound.
    pub max: Option<u32>,
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// A set of concepts.
    Concepts(Equality, Operand),
    /// A decimal number, as it is written after `#`.
    Number(Order, String),
    /// Texts, of which one must do.
    Text(Equality, Vec<SearchTerm>),
    /// A truth value.
    Boolean(Equality, bool),
    /// Days; of columns only.
    Time(Order, Vec<Day>),
}

/// Whether something must be or must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equality {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
}

impl Equality {
    /// Whether a match, or the lack of one, is what is asked for.
    pub fn accepts(self, is_match: bool) -> bool {
        is_match == (self == Self::Equal)
    }
}

/// How two values that have an order may stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A text to look for, as it stands between its quotes, with `\` before what would be misread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm {
    /// How it is compared.
    pub mode: SearchMode,
    /// What stands between the quotes.
    pub written: String,
}

/// How a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchMode {
    /// As is usual there: the same text for attributes, words for descriptions and columns.
    Usual,
    /// Every word begins a word of the other, in any order.
    Match,
    /// The whole of the other, with `*` for anything.
    Wild,
}

/// A day as the number `YYYYMMDD`; `None` for what is not published.
pub type Day = Option<u32>;

/// Which concepts of an operand count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Those with a description for which all of these hold.
    Description(Vec<DescriptionFilter>),
    /// Those for which all of these hold.
    Concept(Vec<ConceptFilter>),
}

/// What a description must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptionFilter {
    /// Its text is like one of these.
    Term(Equality, Vec<SearchTerm>),
    /// Its language is one of these.
    Language(Equality, Vec<String>),
    /// It is a name or a definition.
    Type(Equality, Vec<DescriptionType>),
    /// Its type is one of these concepts.
    TypeId(Equality, Concepts),
    /// It is used in one of these dialects.
    Dialect(Equality, Dialects),
    /// Its identifier is one of these.
    Id(Equality, Vec<Sctid>),
    /// Its row is such.
    Row(RowFilter),
}

/// The types of descriptions that have a word of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescriptionType {
    /// `syn`
    Synonym,
    /// `fsn`
    FullySpecifiedName,
    /// `def`
    Definition,
}

/// Dialects and what a description must be in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialects {
    /// Known by aliases.
    Aliases(Vec<(String, Option<Acceptability>)>, Option<Acceptability>),
    /// Known by their language reference sets.
    Ids(Vec<(Reference, Option<Acceptability>)>, Option<Acceptability>),
    /// The reference sets that an operand means.
    Of(Box<Operand>, Option<Acceptability>),
}

/// How good a description must be in a dialect: one of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptability {
    /// By words.
    Words(Vec<AcceptabilityWord>),
    /// By concepts.
    Ids(Vec<Reference>),
}

/// The acceptabilities that have a word of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptabilityWord {
    /// `accept`
    Acceptable,
    /// `prefer`
    Preferred,
}

/// What a concept must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConceptFilter {
    /// Primitive or defined.
    DefinitionStatus(Equality, Vec<DefinitionStatus>),
    /// The same, by concepts.
    DefinitionStatusId(Equality, Concepts),
    /// Its row is such.
    Row(RowFilter),
}

/// The definition statuses that have a word of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionStatus {
    /// `primitive`
    Primitive,
    /// `defined`
    Defined,
}

/// What a row of a reference set must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberFilter {
    /// What stands in one of its columns.
    Field(String, Comparison),
    /// What stands in every row of a release.
    Row(RowFilter),
}

/// What every row of a release has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFilter {
    /// Its module.
    Module(Equality, Concepts),
    /// The day of its last change.
    EffectiveTime(Order, Vec<Day>),
    /// Whether it is active; `None` for both.
    Active(Equality, Option<bool>),
}

/// Concepts as the value of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concepts {
    /// What an operand means.
    Of(Box<Operand>),
    /// Two or more that are listed.
    These(Vec<Reference>),
}

/// Which historical associations lead to inactive concepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum History {
    /// Those that keep the meaning.
    Min,
    /// Those that come close to it.
    Mod,
    /// All.
    Max,
    /// Those that a constraint means.
    In(Box<Constraint>),
}
