//! Which contained resources does a page show? <https://hl7.org/fhir/R4/search.html#contained>
//!
//! Storage finds containers. Where what they contain is asked for itself, each shows those of its contained resources
//! that are meant, under its own URL and their local ids, and before them itself where it is meant, too. A page has no
//! more entries than asked for, except of a single container that holds more.

use access::Permit;
use bytes::Bytes;
use model::limits::PAGE_BYTES_MAX;
use model::{Code, Issue, Severity, Value, json};
use search::condition::{Container, Nobody, Subject};
use search::query::Returned;
use search::{Condition, Page, Query, Rows, Search, Verdict};
use store::Version;

use super::{Shown, read};
use crate::{Context, Result, aside};

/// A container and the local ids of what is shown of it.
struct Opened {
    version: Version,
    json: Bytes,
    is_shown: bool,
    inner: Vec<String>,
}

/// Whether contained resources are shown themselves.
pub(super) fn are_shown(search: &Search) -> bool {
    search.returned == Returned::Contained && container(search).is_some()
}

/// A page with what it shows.
pub(super) async fn page(
    context: &Context,
    permit: &Permit,
    (search, mut query): (&Search, Query),
) -> Result<(Page, Vec<Shown>)> {
    loop {
        let page = context.store.search(permit, &query).await?;
        let found = read(context, permit, &page.found, PAGE_BYTES_MAX).await?;
        let keys: Vec<_> = found.iter().map(|(version, _)| version.key.clone()).collect();
        let rows = context.store.rows(permit, &keys).await?;
        let opened: Vec<Opened> =
            found.into_iter().zip(rows).map(|(found, rows)| open(search, found, rows)).collect();
        let fitting = fitting(&opened, search.query.count);
        if fitting < opened.len() && fitting < query.count {
            // What does not fit begins the next page.
            query.count = fitting;
            continue;
        }
        let shown = aside::run(context, move || show(opened)).await??;
        return Ok((page, shown));
    }
}

fn container(search: &Search) -> Option<&Container> {
    search.query.branches.iter().find_map(|branch| match &branch.condition {
        Condition::Container(container) => Some(container),
        _ => None,
    })
}

/// What of a resource is shown.
fn open(search: &Search, (version, json): (Version, Bytes), rows: Option<Rows>) -> Opened {
    let rows = rows.unwrap_or_default();
    let key = version.key.clone();
    let subject = Subject {
        resource_type: key.resource_type,
        id: key.id.as_str(),
        updated: version.committed_at,
        rows: &rows,
    };
    let (mut is_shown, mut inner) = (false, Vec::new());
    for branch in &search.query.branches {
        match &branch.condition {
            Condition::Container(container) => {
                let meant = container.meant(&subject, &Nobody);
                let meant = meant.filter(|(.., verdict)| *verdict == Verdict::Yes);
                inner.extend(meant.map(|(_, inner, _)| inner.id.to_string()));
            }
            condition if branch.resource_type == key.resource_type => {
                is_shown |= condition.holds(&subject, &Nobody) == Verdict::Yes;
            }
            _ => {}
        }
    }
    Opened { version, json, is_shown, inner }
}

/// How many resources show no more than there is room for: at least one.
fn fitting(opened: &[Opened], room: usize) -> usize {
    let mut entries = 0;
    let fits = opened.iter().take_while(|it| {
        entries += usize::from(it.is_shown) + it.inner.len();
        entries <= room
    });
    std::cmp::max(fits.count(), 1)
}

fn show(opened: Vec<Opened>) -> Result<Vec<Shown>> {
    let mut shown = Vec::new();
    for Opened { version, json, is_shown, inner } in opened {
        let key = version.key;
        if !inner.is_empty() {
            let whole = json::parse(&json).map_err(|_| {
                let message = format!("{key} in storage is no resource any more");
                Issue::error(Code::Corrupt, message).with_severity(Severity::Fatal)
            })?;
            let all = whole.get("contained").map_or(&[][..], Value::items);
            for id in inner {
                let found = all.iter().find(|resource| resource.text("id") == Some(&id));
                let part = |resource| Shown {
                    place: format!("{key}#{id}"),
                    json: json::to_compact(resource).into(),
                };
                shown.extend(found.map(part));
            }
        }
        if is_shown {
            shown.push(Shown { place: key.to_string(), json });
        }
    }
    Ok(shown)
}
