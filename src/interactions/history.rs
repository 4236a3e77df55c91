//! What happened before? <https://hl7.org/fhir/R4/http.html#history>
//!
//! Pages are cut at `committed_at`, which no two versions share, so following the next links neither
//! skips nor repeats a version, whatever is written meanwhile.

use access::Permit;
use model::bundle::{BundleHead, BundleType, BundleWriter, EntryParts, Link, Response};
use model::datetime::DateTime;
use model::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
use model::{Code, Instant, Issue};
use store::{HistoryQuery, Method, Scope, Version};

use crate::parameters::write_url;
use crate::{Answer, Context, Handling, HistoryRequest, HttpVerb, Offer, Result, Shape, binary, status};

pub(crate) const INSTANCE: Offer =
    Offer { code: "history-instance", verb: HttpVerb::Get, shape: Shape::InstanceHistory };
pub(crate) const TYPE: Offer = Offer { code: "history-type", verb: HttpVerb::Get, shape: Shape::TypeHistory };
pub(crate) const SYSTEM: Offer =
    Offer { code: "history-system", verb: HttpVerb::Get, shape: Shape::SystemHistory };

/// Where the page before ended.
const CURSOR: &str = "_before";

pub(crate) async fn run(context: &Context, permit: &Permit, request: &HistoryRequest) -> Result<Answer> {
    let asked = read_parameters(request)?;
    let page = context.store.history(permit, &asked.query).await?;
    if let (Scope::Instance(key), true) = (&request.scope, page.versions.is_empty())
        && context.store.read(permit, key).await?.is_none()
    {
        return Err(Issue::error(Code::NotFound, format!("{key} does not exist")).into());
    }
    let url = link(context, request, &asked.kept, None);
    let mut links = vec![Link { relation: "self", url: &url }];
    let last = page.versions.last().filter(|_| page.more);
    let next = last.map(|last| link(context, request, &asked.kept, Some(last.committed_at)));
    links.extend(next.as_deref().map(|url| Link { relation: "next", url }));
    let id = (context.new_id)();
    let head = BundleHead { id: Some(id.as_str()), links: &links, ..BundleHead::new(BundleType::History) };
    let mut writer = BundleWriter::new(&head);
    for version in &page.versions {
        write(context, &mut writer, version).await?;
    }
    Ok(Answer::Bundle(writer.finish()))
}

async fn write(context: &Context, writer: &mut BundleWriter, version: &Version) -> Result<()> {
    let resource = match &version.json {
        Some(_) => Some(binary::whole(context, version).await?),
        None => None,
    };
    let full_url = format!("{}/{}", context.policy.base_url, version.key);
    let (method, url) = match version.method {
        Method::Post => (HttpVerb::Post, version.key.resource_type.to_string()),
        Method::Put => (HttpVerb::Put, version.key.to_string()),
        Method::Patch => (HttpVerb::Patch, version.key.to_string()),
        Method::Delete => (HttpVerb::Delete, version.key.to_string()),
    };
    let status = match (&version.json, version.version.0, version.method) {
        (None, ..) => 204,
        (_, 1, _) | (_, _, Method::Post) => 201,
        _ => 200,
    };
    let etag = format!("W/\"{}\"", version.version);
    writer.entry(&EntryParts {
        full_url: Some(&full_url),
        resource: resource.as_deref(),
        request: Some((method, &url)),
        response: Some(Response {
            etag: Some(&etag),
            last_modified: Some(version.committed_at),
            ..Response::new(status::reason(status))
        }),
        ..EntryParts::default()
    });
    Ok(())
}

struct Asked {
    query: HistoryQuery,
    /// The parameters that were understood, for the links.
    kept: Vec<(String, String)>,
}

fn read_parameters(request: &HistoryRequest) -> Result<Asked> {
    let scope = request.scope.clone();
    let mut query =
        HistoryQuery { scope, since: None, before: None, current_at: None, count: PAGE_SIZE_DEFAULT };
    let mut cursor = None;
    let mut kept = Vec::new();
    for (name, value) in &request.parameters {
        match name.as_str() {
            "_since" => query.since = Some(interval(name, value)?.0),
            "_at" => {
                let (start, end) = interval(name, value)?;
                (query.since, query.before, query.current_at) = (Some(start), Some(end), Some(start));
            }
            "_count" => query.count = count(value)?,
            CURSOR => {
                cursor = Some(read_cursor(value)?);
                continue;
            }
            _ if request.handling == Handling::Lenient => continue,
            _ => {
                let message = format!("`{name}` is not a parameter of history");
                return Err(Issue::error(Code::UnknownParameter, message).into());
            }
        }
        kept.push((name.clone(), value.clone()));
    }
    query.before = [query.before, cursor].into_iter().flatten().min();
    Ok(Asked { query, kept })
}

/// The interval that a date of any precision means.
fn interval(name: &str, value: &str) -> Result<(Instant, Instant)> {
    let parsed = DateTime::parse_search(value).map(|date| date.interval());
    Ok(parsed.map(|interval| (interval.start, interval.end)).ok_or_else(|| {
        let message = format!("`{name}={value}`: a date, dateTime or instant is expected");
        Issue::error(Code::InvalidParameter, message)
    })?)
}

fn count(value: &str) -> Result<usize> {
    let asked: Option<usize> = value.parse().ok();
    let message = || format!("`_count={value}`: a number from 0 is expected");
    let asked = asked.ok_or_else(|| Issue::error(Code::InvalidParameter, message()))?;
    Ok(std::cmp::min(asked, PAGE_SIZE_MAX))
}

fn read_cursor(value: &str) -> Result<Instant> {
    let message = || format!("`{CURSOR}={value}` is not from a link of this server");
    let place = i64::from_str_radix(value, 16);
    Ok(place.map(Instant).map_err(|_| Issue::error(Code::InvalidParameter, message()))?)
}

fn link(
    context: &Context,
    request: &HistoryRequest,
    kept: &[(String, String)],
    before: Option<Instant>,
) -> String {
    let base = &context.policy.base_url;
    let path = match &request.scope {
        Scope::System => format!("{base}/_history"),
        Scope::Type(resource_type) => format!("{base}/{resource_type}/_history"),
        Scope::Instance(key) => format!("{base}/{key}/_history"),
    };
    let cursor = before.map(|before| (CURSOR.to_owned(), format!("{:x}", before.0)));
    write_url(path, kept.iter().chain(&cursor))
}
