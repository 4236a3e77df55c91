//! How is a search answered?
//!
//! The plan as a text for people, which `_explain=true` asks for: what is tested, where candidates stand, in which
//! order they come and what goes along with them. It tells nothing of what is stored.

#[cfg(test)]
mod tests;

use std::fmt::{self, Debug, Write as _};

use model::ResourceType;

use crate::catalogue::{Catalogue, SHADOWS};
use crate::condition::{Clause, Condition};
use crate::query::{Branch, Include, Iterate, Search, SortBy, Total, Way};
use crate::rows::ParameterId;
use crate::scan::{Direction, Part, Range};

/// Lines of a plan, so that the plan of a search over all types stays shorter than its answer.
const LINES_MAX: usize = 400;

/// Bytes of a test or key that are shown; a value set may have many thousand codes.
const BYTES_SHOWN: usize = 160;

/// Ranges of one test that are shown.
const RANGES_SHOWN: usize = 4;

/// The plan of a search, a line for each step and its parts below it, set in.
pub fn explain(search: &Search, catalogue: &Catalogue) -> String {
    let mut plan = Plan { catalogue, text: String::new(), lines: 0 };
    let query = &search.query;
    let total = match query.total {
        Total::None => "their number not told",
        Total::Estimate => "their number estimated",
        Total::Accurate => "their number told",
    };
    plan.line(0, format_args!("{} on a page, {total}", query.count));
    for branch in &query.branches {
        plan.branch(branch, &query.directions);
    }
    for include in &search.includes {
        plan.include(include);
    }
    plan.finish()
}

/// A plan that is being written.
struct Plan<'c> {
    catalogue: &'c Catalogue,
    text: String,
    lines: usize,
}

impl Plan<'_> {
    fn line(&mut self, depth: usize, text: fmt::Arguments<'_>) {
        self.lines += 1;
        if self.lines <= LINES_MAX {
            self.text.extend(std::iter::repeat_n("  ", depth));
            let _ = self.text.write_fmt(text);
            self.text.push('\n');
        }
    }

    fn finish(mut self) -> String {
        if let Some(more @ 1..) = self.lines.checked_sub(LINES_MAX) {
            let _ = writeln!(self.text, "… and {more} lines more");
        }
        self.text
    }

    fn branch(&mut self, branch: &Branch, directions: &[Direction]) {
        let own = branch.resource_type;
        self.line(0, format_args!("{}", own.as_str()));
        self.condition(1, &branch.condition, own);
        if branch.condition.conjuncts().iter().all(is_no_way) {
            self.line(1, format_args!("candidates: all of the type"));
        }
        for (sort, direction) in branch.sort.iter().zip(directions) {
            let way = match direction {
                Direction::Forwards => "forwards",
                Direction::Backwards => "backwards",
            };
            let key = self.sort(sort, own);
            self.line(1, format_args!("sorted {way} by {key}"));
        }
    }

    fn condition(&mut self, depth: usize, condition: &Condition, own: ResourceType) {
        match condition {
            Condition::All(parts) if parts.is_empty() => self.line(depth, format_args!("all")),
            Condition::Any(parts) if parts.is_empty() => self.line(depth, format_args!("none")),
            Condition::All(parts) => self.parts(depth, "all of", parts, own),
            Condition::Any(parts) => self.parts(depth, "any of", parts, own),
            Condition::Not(part) => self.parts(depth, "not", std::slice::from_ref(part), own),
            Condition::Clause(clause) => self.clause(depth, clause, own),
            Condition::Ids(ids) => self.line(depth, format_args!("_id among {}", Shown(ids))),
            Condition::Updated(test) => self.line(depth, format_args!("_lastUpdated {}", Shown(test))),
            Condition::Chain(chain) => {
                let name = self.name(chain.parameter, own);
                self.line(depth, format_args!("{name} refers to any of"));
                for (target, condition) in &chain.targets {
                    self.line(depth + 1, format_args!("{}", target.as_str()));
                    self.condition(depth + 2, condition, *target);
                }
            }
            Condition::Has(has) => {
                let (source, name) = (has.resource_type, self.name(has.parameter, has.resource_type));
                self.line(depth, format_args!("referred to by {name} of {}", source.as_str()));
                self.condition(depth + 1, &has.condition, source);
            }
            Condition::Container(container) => {
                self.line(depth, format_args!("contains any of"));
                for (target, condition) in &container.inner {
                    self.line(depth + 1, format_args!("{}", target.as_str()));
                    self.condition(depth + 2, condition, *target);
                }
                for (other, _) in &container.unless {
                    self.line(depth, format_args!("is not found as {} itself", other.as_str()));
                }
            }
            Condition::Words(words) => {
                let code = words.field.code();
                self.line(depth, format_args!("among those that the index of words gives for {code}"));
                self.line(depth + 1, format_args!("{}", Shown(&words.sought)));
            }
        }
    }

    fn parts(&mut self, depth: usize, heading: &str, parts: &[Condition], own: ResourceType) {
        self.line(depth, format_args!("{heading}"));
        for part in parts {
            // What is not shown need not be gone through.
            if self.lines <= LINES_MAX {
                self.condition(depth + 1, part, own);
            } else {
                self.lines += 1;
            }
        }
    }

    fn clause(&mut self, depth: usize, clause: &Clause, own: ResourceType) {
        let name = self.name(clause.parameter, own);
        self.line(depth, format_args!("{name} {}", Shown(&clause.test)));
        let Some((ranges, exact)) = clause.test.ranges(clause.parameter) else { return };
        let check = if exact { "all pass" } else { "each is checked" };
        for range in ranges.iter().take(RANGES_SHOWN) {
            let name = self.name(range.parameter, own);
            self.line(depth + 1, format_args!("{:?} of {name} {}, {check}", range.index, Bounds(range)));
        }
        if let Some(more @ 1..) = ranges.len().checked_sub(RANGES_SHOWN) {
            self.line(depth + 1, format_args!("and {more} ranges more, {check}"));
        }
    }

    fn sort(&self, sort: &SortBy, own: ResourceType) -> String {
        match sort {
            SortBy::Parameter(key) => format!("{} in {:?}", self.name(key.parameter, own), key.index),
            SortBy::Updated => "_lastUpdated".into(),
            SortBy::Id => "_id".into(),
            SortBy::Nothing => "nothing, since the type lacks it".into(),
            SortBy::Chain(parameter, targets) => {
                let key = |(target, sort): &(ResourceType, SortBy)| {
                    format!("{} by {}", target.as_str(), self.sort(sort, *target))
                };
                let targets: Vec<_> = targets.iter().map(key).collect();
                format!("{} to {}", self.name(*parameter, own), targets.join(", "))
            }
        }
    }

    fn include(&mut self, include: &Include) {
        let names: Vec<_> = include.parameters.iter().map(|id| self.name(*id, include.source)).collect();
        let (source, names) = (include.source.as_str(), names.join(", "));
        let target = include.target.map_or("anything", ResourceType::as_str);
        let again = match include.iterate {
            Iterate::Once => "",
            Iterate::Again => ", again from what was included",
        };
        match include.way {
            Way::Forwards => {
                self.line(0, format_args!("with {target} that {source} refers to by {names}{again}"));
            }
            Way::Backwards => {
                self.line(0, format_args!("with {source} that refers to {target} by {names}{again}"));
            }
        }
    }

    /// The name of a parameter of a type, with the modifier whose rows it names.
    fn name(&self, id: ParameterId, own: ResourceType) -> String {
        if let Some(parameter) = self.catalogue.by_id(id) {
            return parameter.code.to_string();
        }
        let shadow = self.catalogue.of_type(own).find_map(|parameter| {
            if parameter.id.fragment() == id {
                return Some(format!("{} to what is contained", parameter.code));
            }
            let modifier = SHADOWS.iter().find(|modifier| parameter.under(modifier) == id)?;
            Some(format!("{}:{modifier}", parameter.code))
        });
        shadow.unwrap_or_else(|| format!("parameter {:08x}", id.0))
    }
}

/// Whether it leads to no candidates. Words do: they are ids by the time that the store is asked.
fn is_no_way(part: &Condition) -> bool {
    part.scan().is_none() && !matches!(part, Condition::Words(_))
}

/// The beginning of a value as code shows it.
struct Shown<'v, T>(&'v T);

impl<T: Debug> fmt::Display for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut cut = Cut { text: String::new(), is_cut: false };
        let _ = write!(cut, "{:?}", self.0);
        f.write_str(&cut.text)?;
        f.write_str(if cut.is_cut { "…" } else { "" })
    }
}

/// A text that takes no more than is shown, so that what is long is not even written.
struct Cut {
    text: String,
    is_cut: bool,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = BYTES_SHOWN - self.text.len();
        let taken = &text[..text.floor_char_boundary(room)];
        self.text.push_str(taken);
        self.is_cut = taken.len() < text.len();
        if self.is_cut { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Where a range begins and ends.
struct Bounds<'r>(&'r Range);

impl fmt::Display for Bounds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { prefix, from, below, .. } = self.0;
        if prefix.is_empty() && from.is_none() && below.is_none() {
            return f.write_str("everywhere");
        }
        let part = |part: &Part| match part {
            Part::Int(number) => number.to_string(),
            Part::Text(text) => Shown(text).to_string(),
        };
        let mut words = Vec::new();
        if !prefix.is_empty() {
            words.push(format!("at {}", prefix.iter().map(part).collect::<Vec<_>>().join(" ")));
        }
        words.extend(from.as_ref().map(|it| format!("from {}", part(it))));
        words.extend(below.as_ref().map(|it| format!("below {}", part(it))));
        f.write_str(&words.join(" "))
    }
}
