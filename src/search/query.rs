//! What does a search ask for, as a whole?
//!
//! Which resources, in which order, how many at a time, and what beside them:
//! <https://hl7.org/fhir/R4/search.html#summary>.

use model::{Issue, Key as ResourceKey, ResourceType};

use crate::condition::Condition;
use crate::cursor::Cursor;
use crate::rows::ParameterId;
use crate::scan::{Direction, Index};

/// All that a URL asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// Which resources, and in which order.
    pub query: Query,
    /// What else goes into the Bundle.
    pub includes: Vec<Include>,
    /// The parameters as they were understood, for the self link: names with modifiers, and values, decoded.
    pub understood: Vec<(String, String)>,
    /// What was passed over because the client asked for leniency.
    pub passed_over: Vec<Issue>,
    /// Whether the client wants to see the plan.
    pub explain: Explain,
    /// What becomes of a resource that is meant for what it contains.
    pub returned: Returned,
}

/// What is returned where a contained resource is meant: `_containedType`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Returned {
    /// The resource that contains it.
    #[default]
    Container,
    /// Itself.
    Contained,
}

/// Whether the plan is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Explain {
    /// Only the results.
    #[default]
    No,
    /// The plan beside them: `_explain=true`.
    Yes,
}

/// Which resources, and in which order: what a store can answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// For each type, which resources of it; several in a search of the whole system.
    pub branches: Vec<Branch>,
    /// In which order each of a branch's sort keys is read, one for all branches.
    pub directions: Vec<Direction>,
    /// How many at most; 0 when only their number is asked for.
    pub count: usize,
    /// Whether their number is told.
    pub total: Total,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// Resources of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Which type.
    pub resource_type: ResourceType,
    /// Which of them.
    pub condition: Condition,
    /// By what they are ordered, as many as the query has directions; by their creation when there are none.
    pub sort: Vec<SortBy>,
}

/// What resources of a type are ordered by. Those without a value come last, whatever the direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// The least value of a parameter, or read backwards its greatest, as an index has them.
    Parameter(SortKey),
    /// The last change.
    Updated,
    /// The id.
    Id,
    /// A value of a resource that it refers to by the first parameter: for each type, its own key.
    Chain(ParameterId, Vec<(ResourceType, SortBy)>),
    /// Nothing: this type does not have the parameter, so that all of it comes last.
    Nothing,
}

/// A parameter to order by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// Which parameter.
    pub parameter: ParameterId,
    /// In which index its values stand. Times stand by their start, or read backwards by their end; amounts are
    /// ordered by their value whatever the unit.
    pub index: Index,
}

/// Whether the number of all that match is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// Not.
    #[default]
    None,
    /// Near enough: a store counts as far as [`ESTIMATE_LOOKED_AT_MAX`](crate::limits::ESTIMATE_LOOKED_AT_MAX) goes and
    /// may answer with what it knows by then, which is never 0 where something is found. What is counted to the end is
    /// exact.
    Estimate,
    /// Exactly.
    Accurate,
}

/// What goes into the Bundle beside what matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Include {
    /// Whether references are followed or looked for.
    pub way: Way,
    /// Of which type the resource that refers is.
    pub source: ResourceType,
    /// By which parameters of its.
    pub parameters: Vec<ParameterId>,
    /// Only what is of this type, or only what refers to this type.
    pub target: Option<ResourceType>,
    /// Whether what is included is asked again.
    pub iterate: Iterate,
}

/// Along references or against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `_include`: what a match refers to.
    Forwards,
    /// `_revinclude`: what refers to a match.
    Backwards,
}

/// Whether what was included is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Iterate {
    /// Only matches are.
    Once,
    /// What was included is, too: `:iterate`.
    Again,
}

/// What a store answers to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The resources, in order.
    pub found: Vec<ResourceKey>,
    /// Where the next page begins; none when there is none.
    pub next: Option<Cursor>,
    /// How many match, when that was asked for.
    pub total: Option<u64>,
}
