//! What do functions ask of their input, and what do they yield?
//!
//! <https://hl7.org/fhirpath/N1/#functions>. A function that is not listed here yields anything, of anything.

use super::kind::System;

/// What is known of a function before it runs.
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) asks: Asks,
    pub(super) gives: Gives,
}

/// What a function needs of its input.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// Any collection.
    Any,
    /// At most one item.
    One,
    /// At most one value, no element with parts.
    Value,
    /// A collection whose order is defined.
    Order,
}

/// What a function yields.
#[derive(Clone, Copy)]
pub(super) enum Gives {
    /// At most one value of FHIRPath's own.
    System(System),
    /// Any number of them.
    Systems(System),
    /// Some of its input.
    Input,
    /// Some of its input, in an order.
    Sorted,
    /// One of its input.
    OneOfInput,
    /// The value of its input.
    ValueOfInput,
    /// What its first argument yields for the items.
    Projection,
    /// Its input and what its argument yields.
    Both,
    /// What its arguments from this one on yield.
    Arguments(usize),
    /// Elements of the type of this name.
    Fhir(&'static str),
    /// Anything, in an order that is not defined.
    Unordered,
}

const fn signature(name: &'static str, asks: Asks, gives: Gives) -> Signature {
    Signature { name, asks, gives }
}

const fn value(name: &'static str, system: System) -> Signature {
    signature(name, Asks::Value, Gives::System(system))
}

const fn test(name: &'static str) -> Signature {
    signature(name, Asks::Any, Gives::System(System::Boolean))
}

/// Functions whose arguments are evaluated for each item of the input.
pub(super) static FOR_EACH: &[&str] = &[
    "all",
    "aggregate",
    "exists",
    "iif",
    "repeat",
    "repeatAll",
    "select",
    "sort",
    "trace",
    "where",
    "defineVariable",
];

/// Every function of which something is known.
pub(super) static ALL: &[Signature] = &[
    test("empty"),
    test("exists"),
    test("all"),
    test("allTrue"),
    test("anyTrue"),
    test("allFalse"),
    test("anyFalse"),
    test("subsetOf"),
    test("supersetOf"),
    test("isDistinct"),
    test("memberOf"),
    test("hasValue"),
    signature("not", Asks::One, Gives::System(System::Boolean)),
    signature("conformsTo", Asks::One, Gives::System(System::Boolean)),
    signature("count", Asks::Any, Gives::System(System::Integer)),
    signature("where", Asks::Any, Gives::Input),
    signature("distinct", Asks::Any, Gives::Input),
    signature("intersect", Asks::Any, Gives::Input),
    signature("exclude", Asks::Any, Gives::Input),
    signature("trace", Asks::Any, Gives::Input),
    signature("defineVariable", Asks::Any, Gives::Input),
    signature("checkModifiers", Asks::Any, Gives::Input),
    signature("skip", Asks::Order, Gives::Input),
    signature("take", Asks::Order, Gives::Input),
    signature("tail", Asks::Order, Gives::Input),
    signature("first", Asks::Order, Gives::OneOfInput),
    signature("last", Asks::Order, Gives::OneOfInput),
    signature("single", Asks::One, Gives::OneOfInput),
    signature("sort", Asks::Any, Gives::Sorted),
    signature("select", Asks::Any, Gives::Projection),
    signature("repeat", Asks::Any, Gives::Projection),
    signature("repeatAll", Asks::Any, Gives::Projection),
    signature("union", Asks::Any, Gives::Both),
    signature("combine", Asks::Any, Gives::Both),
    signature("iif", Asks::One, Gives::Arguments(1)),
    signature("coalesce", Asks::Any, Gives::Arguments(0)),
    signature("extension", Asks::Any, Gives::Fhir("Extension")),
    signature("elementDefinition", Asks::Any, Gives::Fhir("ElementDefinition")),
    signature("subsumes", Asks::One, Gives::System(System::Boolean)),
    signature("subsumedBy", Asks::One, Gives::System(System::Boolean)),
    signature("children", Asks::Any, Gives::Unordered),
    signature("descendants", Asks::Any, Gives::Unordered),
    signature("type", Asks::Any, Gives::Systems(System::Type)),
    signature("now", Asks::Any, Gives::System(System::DateTime)),
    signature("today", Asks::Any, Gives::System(System::Date)),
    signature("timeOfDay", Asks::Any, Gives::System(System::Time)),
    signature("getValue", Asks::Any, Gives::ValueOfInput),
    value("startsWith", System::Boolean),
    value("endsWith", System::Boolean),
    value("contains", System::Boolean),
    value("matches", System::Boolean),
    value("matchesFull", System::Boolean),
    value("indexOf", System::Integer),
    value("lastIndexOf", System::Integer),
    value("length", System::Integer),
    value("substring", System::String),
    value("upper", System::String),
    value("lower", System::String),
    value("trim", System::String),
    value("replace", System::String),
    value("replaceMatches", System::String),
    value("encode", System::String),
    value("decode", System::String),
    value("escape", System::String),
    value("unescape", System::String),
    signature("split", Asks::Value, Gives::Systems(System::String)),
    signature("toChars", Asks::Value, Gives::Systems(System::String)),
    signature("join", Asks::Any, Gives::System(System::String)),
    signature("toString", Asks::One, Gives::System(System::String)),
    signature("toBoolean", Asks::One, Gives::System(System::Boolean)),
    signature("toInteger", Asks::One, Gives::System(System::Integer)),
    signature("toLong", Asks::One, Gives::System(System::Integer)),
    signature("toDecimal", Asks::One, Gives::System(System::Decimal)),
    signature("toDate", Asks::One, Gives::System(System::Date)),
    signature("toDateTime", Asks::One, Gives::System(System::DateTime)),
    signature("toTime", Asks::One, Gives::System(System::Time)),
    signature("toQuantity", Asks::One, Gives::System(System::Quantity)),
    value("ceiling", System::Integer),
    value("floor", System::Integer),
    value("truncate", System::Integer),
    value("exp", System::Decimal),
    value("ln", System::Decimal),
    value("log", System::Decimal),
    value("sqrt", System::Decimal),
    value("round", System::Decimal),
    value("precision", System::Integer),
    value("comparable", System::Boolean),
    signature("abs", Asks::Value, Gives::ValueOfInput),
    signature("lowBoundary", Asks::Value, Gives::ValueOfInput),
    signature("highBoundary", Asks::Value, Gives::ValueOfInput),
];
