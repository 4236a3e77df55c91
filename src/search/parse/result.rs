//! How are results told?
//!
//! The parameters that select nothing, but say in which order, how many at a time and with what beside them results
//! come: <https://hl7.org/fhir/R4/search.html#modifyingresults>.

use model::ResourceType;
use model::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};

use super::clause::{shown, unknown_modifier};
use super::include;
use super::refusal::{Ground, Refusal};
use super::sort::{self, SortedBy};
use crate::limits::{INCLUDES_MAX, SORT_KEYS_MAX};
use crate::query::{Explain, Include, Iterate, Returned, Total, Way};

/// What was said so far of how results are told.
#[derive(Default)]
pub(super) struct Telling {
    pub(super) sort: Vec<SortedBy>,
    pub(super) includes: Vec<Include>,
    pub(super) explain: Option<Explain>,
    count: Option<usize>,
    total: Option<Total>,
    contained: Option<Contained>,
    returned: Option<Returned>,
    summary: Option<()>,
    includes_sent: usize,
}

/// Whether contained resources are searched: `_contained`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Contained {
    /// They are not.
    #[default]
    No,
    /// They alone are.
    Only,
    /// They are, beside those that stand alone.
    Both,
}

/// A parameter as it was sent.
pub(super) struct Sent<'p> {
    /// Its name, without what follows a colon.
    name: &'p str,
    modifier: Option<&'p str>,
    value: &'p str,
    /// The types that are searched.
    types: &'p [ResourceType],
}

/// A parameter of results, and what takes it: the name and value as they were understood.
type Taker = fn(&mut Telling, &Sent<'_>, &Ground<'_>) -> Result<Understood, Refusal>;

type Understood = (String, String);

/// Every parameter that selects nothing.
static ALL: &[(&str, Taker)] = &[
    ("_sort", take_sort),
    ("_count", take_count),
    ("_total", take_total),
    ("_summary", take_summary),
    ("_include", |telling, sent, ground| take_include(telling, sent, Way::Forwards, ground)),
    ("_revinclude", |telling, sent, ground| take_include(telling, sent, Way::Backwards, ground)),
    ("_contained", take_contained),
    ("_containedType", take_contained_type),
    ("_score", |_, sent, _| Err(unsupported(sent, "this server does not rank what it finds"))),
    ("_explain", take_explain),
];

/// Whether a name is that of a parameter which selects nothing.
pub(super) fn is_one(name: &str) -> bool {
    find(name).is_some()
}

fn find(name: &str) -> Option<&'static (&'static str, Taker)> {
    let (base, _) = parted(name);
    ALL.iter().find(|(known, _)| *known == base)
}

fn parted(name: &str) -> (&str, Option<&str>) {
    name.split_once(':').map_or((name, None), |(name, modifier)| (name, Some(modifier)))
}

impl Telling {
    /// Takes a parameter; none when it is not one of these.
    pub(super) fn take(
        &mut self,
        (name, value): (&str, &str),
        types: &[ResourceType],
        ground: &Ground<'_>,
    ) -> Option<Result<Understood, Refusal>> {
        let (_, taker) = find(name)?;
        let (name, modifier) = parted(name);
        let sent = Sent { name, modifier, value, types };
        let takes_modifier = matches!(name, "_include" | "_revinclude");
        if let (Some(modifier), false) = (modifier, takes_modifier) {
            return Some(Err(unknown_modifier(name, modifier, "it has none")));
        }
        Some(taker(self, &sent, ground))
    }

    /// How many results a page has; 0 when only their number is asked for.
    pub(super) fn count(&self) -> usize {
        if self.summary.is_some() { 0 } else { self.count.unwrap_or(PAGE_SIZE_DEFAULT) }
    }

    /// Whether their number is told. It is when nothing else is.
    pub(super) fn total(&self) -> Total {
        if self.count() == 0 { Total::Accurate } else { self.total.unwrap_or_default() }
    }

    /// Whether contained resources are searched.
    pub(super) fn contained(&self) -> Contained {
        self.contained.unwrap_or_default()
    }

    /// What is returned where one is meant.
    pub(super) fn returned(&self) -> Returned {
        self.returned.unwrap_or_default()
    }
}

fn take_sort(telling: &mut Telling, sent: &Sent<'_>, ground: &Ground<'_>) -> Result<Understood, Refusal> {
    let keys = sort::parse(sent.value, sent.types, ground)?;
    if telling.sort.len() + keys.len() > SORT_KEYS_MAX {
        return Err(Refusal::limit(format!(
            "`_sort` has more than {SORT_KEYS_MAX} keys, which is the limit"
        )));
    }
    telling.sort.extend(keys);
    Ok(sent.understood())
}

fn take_count(telling: &mut Telling, sent: &Sent<'_>, _: &Ground<'_>) -> Result<Understood, Refusal> {
    if sent.value.is_empty() || !sent.value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(sent.refused("a whole number is expected"));
    }
    // Digits that are too many for a number are more than any page has, too.
    let count = std::cmp::min(sent.value.parse().unwrap_or(PAGE_SIZE_MAX), PAGE_SIZE_MAX);
    once(&mut telling.count, count, sent)?;
    Ok((sent.name.to_owned(), count.to_string()))
}

fn take_total(telling: &mut Telling, sent: &Sent<'_>, _: &Ground<'_>) -> Result<Understood, Refusal> {
    let total = match sent.value {
        "none" => Total::None,
        "estimate" => Total::Estimate,
        "accurate" => Total::Accurate,
        _ => return Err(sent.refused("none, estimate or accurate is expected")),
    };
    once(&mut telling.total, total, sent)
}

/// Other summaries than the number are a matter of how resources are shown, not of which are found.
fn take_summary(telling: &mut Telling, sent: &Sent<'_>, _: &Ground<'_>) -> Result<Understood, Refusal> {
    match sent.value {
        "count" => once(&mut telling.summary, (), sent),
        _ => Err(sent.refused("count is expected here")),
    }
}

fn take_contained(telling: &mut Telling, sent: &Sent<'_>, _: &Ground<'_>) -> Result<Understood, Refusal> {
    let contained = match sent.value {
        "false" => Contained::No,
        "true" => Contained::Only,
        "both" => Contained::Both,
        _ => return Err(sent.refused("false, true or both is expected").firmly()),
    };
    once(&mut telling.contained, contained, sent)
}

fn take_contained_type(
    telling: &mut Telling,
    sent: &Sent<'_>,
    _: &Ground<'_>,
) -> Result<Understood, Refusal> {
    let returned = match sent.value {
        "container" => Returned::Container,
        "contained" => Returned::Contained,
        _ => return Err(sent.refused("container or contained is expected")),
    };
    once(&mut telling.returned, returned, sent)
}

fn take_explain(telling: &mut Telling, sent: &Sent<'_>, _: &Ground<'_>) -> Result<Understood, Refusal> {
    let explain = match sent.value {
        "true" => Explain::Yes,
        "false" => Explain::No,
        _ => return Err(sent.refused("true or false is expected")),
    };
    once(&mut telling.explain, explain, sent)
}

fn take_include(
    telling: &mut Telling,
    sent: &Sent<'_>,
    way: Way,
    ground: &Ground<'_>,
) -> Result<Understood, Refusal> {
    telling.includes_sent += 1;
    if telling.includes_sent > INCLUDES_MAX {
        let message =
            format!("there are more than {INCLUDES_MAX} `_include` and `_revinclude`, which is the limit");
        return Err(Refusal::limit(message));
    }
    let iterate = include::iterate(sent.name, sent.modifier)?;
    let includes = include::parse(sent.value, (way, iterate), sent.types, ground)?;
    for include in includes {
        if !telling.includes.contains(&include) {
            telling.includes.push(include);
        }
    }
    let name = match iterate {
        Iterate::Once => sent.name.to_owned(),
        Iterate::Again => format!("{}:iterate", sent.name),
    };
    Ok((name, sent.value.to_owned()))
}

/// Takes what may be said once.
fn once<T>(place: &mut Option<T>, said: T, sent: &Sent<'_>) -> Result<Understood, Refusal> {
    match place.replace(said) {
        None => Ok(sent.understood()),
        before => {
            *place = before;
            Err(sent.refused("it stands there twice"))
        }
    }
}

fn unsupported(sent: &Sent<'_>, reason: &str) -> Refusal {
    Refusal::unsupported(format!("`{}={}`: {reason}", sent.name, shown(sent.value)))
}

impl Sent<'_> {
    fn understood(&self) -> Understood {
        (self.name.to_owned(), self.value.to_owned())
    }

    fn refused(&self, reason: &str) -> Refusal {
        Refusal::value(format!("`{}={}`: {reason}", self.name, shown(self.value)))
    }
}
