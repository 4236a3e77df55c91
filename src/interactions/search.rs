//! What is found? <https://hl7.org/fhir/R4/http.html#search>
//!
//! The parameters become a [`search::Search`], which storage answers page by page; the resources of a page and what is
//! included beside them are read as they are stored and go into the Bundle as they are.

mod contained;
mod understand;

use access::{Permit, Principal};
use bytes::Bytes;
use fhir_profiles::Definitions;
use fhir_profiles::subset::SummaryMode;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use model::bundle::{BundleHead, BundleType, BundleWriter, EntryParts, Link, SearchMode};
use model::limits::{PAGE_BYTES_MAX, READS_AT_ONCE, URL_BYTES_MAX};
use model::{Code, Issue, Key, Severity, Value, json, outcome};
use search::query::Explain;
use search::{Page, Search};
use store::Version;

use crate::parameters::write_url;
use crate::{
    Answer, Context, HttpVerb, Narrowing, Offer, Result, SearchRequest, Shape, aside, binary, included, page,
    words,
};
pub(crate) use understand::takes_long;
use understand::understand;

pub(crate) const TYPE: Offer = Offer { code: "search-type", verb: HttpVerb::Get, shape: Shape::Type };
pub(crate) const TYPE_SENT: Offer =
    Offer { code: "search-type", verb: HttpVerb::Post, shape: Shape::TypeSearch };
pub(crate) const SYSTEM: Offer = Offer { code: "search-system", verb: HttpVerb::Get, shape: Shape::Base };
pub(crate) const SYSTEM_SENT: Offer =
    Offer { code: "search-system", verb: HttpVerb::Post, shape: Shape::SystemSearch };
pub(crate) const COMPARTMENT: Offer =
    Offer { code: "search-type", verb: HttpVerb::Get, shape: Shape::Compartment };
pub(crate) const COMPARTMENT_SENT: Offer =
    Offer { code: "search-type", verb: HttpVerb::Post, shape: Shape::CompartmentSearch };

pub(crate) async fn run(
    context: &Context,
    principal: &Principal,
    permit: &Permit,
    request: SearchRequest,
) -> Result<Answer> {
    let shelf = context.library.shelf();
    let (narrowing, form) = (request.narrowing.clone(), request.form.clone());
    let path = request.path(&context.policy.base_url);
    let (search, url) = understand(context, (principal, permit), &shelf, request).await?;
    refuse_included_texts(&search, &narrowing)?;
    // Asked later, it might not know any more that something was missing.
    let warning = context.library.warn(&search);
    let query = words::answered(context, permit, &search.query).await?;
    let (found, matches) = match contained::are_shown(&search) {
        true => contained::page(context, permit, (&search, query.into_owned())).await?,
        false => {
            let found = context.store.search(permit, &query).await?;
            let matches = read(context, permit, &found.found, PAGE_BYTES_MAX).await?;
            (found, matches.into_iter().map(Shown::from).collect())
        }
    };
    let beside = included::included(context, permit, &shelf, (&search.includes, &found.found)).await?;
    let mut asides = search.passed_over.clone();
    asides.extend(warning);
    asides.extend(beside.left_out);
    if search.explain == Explain::Yes {
        let plan = search::explain::explain(&search, &shelf.catalogue);
        asides.push(Issue::error(Code::Explained, plan).with_severity(Severity::Information));
    }
    let owner = page::Owner { secret: &context.secret, permit, principal, search: &url };
    let cursor = found.next.as_ref().map(|next| (page::CURSOR.to_owned(), page::seal(next, &owner)));
    let pairs = || search.understood.iter().chain(&form);
    let own = write_url(path.clone(), pairs());
    let next = cursor.as_ref().map(|cursor| write_url(path, pairs().chain([cursor])));
    asides.extend(next.as_deref().and_then(too_long));
    let links = Links { own, next: next.filter(|url| too_long(url).is_none()) };
    let mut writer = begin(context, &found, &links);
    write(context, &mut writer, (SearchMode::Match, matches, &narrowing)).await?;
    let room = PAGE_BYTES_MAX.saturating_sub(writer.length());
    let included = read(context, permit, &beside.keys, room).await?.into_iter().map(Shown::from).collect();
    write(context, &mut writer, (SearchMode::Include, included, &narrowing)).await?;
    if !asides.is_empty() {
        let told = json::to_compact(&outcome::outcome(&asides));
        let search = Some(SearchMode::Outcome);
        writer.entry(&EntryParts { resource: Some(&told), search, ..EntryParts::default() });
    }
    Ok(Answer::Bundle(writer.finish()))
}

struct Links {
    own: String,
    next: Option<String>,
}

/// Says how to go on where the link to the next page is longer than any URL that this server reads: what was asked for
/// came in a body, and can again.
fn too_long(next: &str) -> Option<Issue> {
    if next.len() <= URL_BYTES_MAX {
        return None;
    }
    let cursor = next.rsplit_once('=').map_or("", |(_, cursor)| cursor);
    let message = format!(
        "there are more, but the link to them would have more than the limit of {URL_BYTES_MAX} bytes; the same \
         search, sent again in a body with `{}={cursor}` added, goes on there",
        page::CURSOR
    );
    Some(Issue::error(Code::LeftOut, message).with_severity(Severity::Warning))
}

/// FHIR lets nobody mix these: of what is included, a text alone does not tell what it is.
fn refuse_included_texts(search: &Search, narrowing: &Narrowing) -> Result<()> {
    let is_text = narrowing.summary == Some(SummaryMode::Text);
    if is_text && !search.includes.is_empty() {
        let message = "`_summary=text` cannot be asked for together with `_include` or `_revinclude`";
        return Err(Issue::error(Code::InvalidParameter, message).into());
    }
    Ok(())
}

fn begin(context: &Context, page: &Page, links: &Links) -> BundleWriter {
    let mut told = vec![Link { relation: "self", url: &links.own }];
    told.extend(links.next.as_deref().map(|url| Link { relation: "next", url }));
    let id = (context.new_id)();
    let head = BundleHead {
        id: Some(id.as_str()),
        total: page.total,
        links: &told,
        ..BundleHead::new(BundleType::Searchset)
    };
    BundleWriter::new(&head)
}

/// A resource that is shown.
struct Shown {
    /// Where it stands below the base: `Patient/7`, or what that contains: `Patient/7#a`.
    place: String,
    json: Bytes,
}

impl From<(Version, Bytes)> for Shown {
    fn from((version, json): (Version, Bytes)) -> Self {
        Self { place: version.key.to_string(), json }
    }
}

/// Appends an entry for each resource, in order.
async fn write(
    context: &Context,
    writer: &mut BundleWriter,
    (mode, mut resources, narrowing): (SearchMode, Vec<Shown>, &Narrowing),
) -> Result<()> {
    if !narrowing.is_whole() && !resources.is_empty() {
        let (narrowing, definitions) = (narrowing.clone(), context.definitions);
        let narrow = move || resources.into_iter().map(|it| part(it, &narrowing, definitions)).collect();
        let parts: Result<Vec<Shown>> = aside::run(context, narrow).await?;
        resources = parts?;
    }
    for Shown { place, json } in &resources {
        let full_url = format!("{}/{place}", context.policy.base_url);
        writer.entry(&EntryParts {
            full_url: Some(&full_url),
            resource: Some(json),
            search: Some(mode),
            ..EntryParts::default()
        });
    }
    Ok(())
}

/// The resources that still stand, with their JSON, which is refused when it is longer than there is room for.
async fn read(
    context: &Context,
    permit: &Permit,
    keys: &[Key],
    room: usize,
) -> Result<Vec<(Version, Bytes)>> {
    let reads = keys.iter().cloned().map(|key| async move { context.store.read(permit, &key).await });
    let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
    let (mut resources, mut length) = (Vec::with_capacity(keys.len()), 0);
    while let Some(version) = reads.try_next().await? {
        // It may have been deleted since it was found.
        let Some(version) = version.filter(|version| version.json.is_some()) else { continue };
        // One after the other: what stands in a blob may be large.
        let resource = binary::whole(context, &version).await?;
        length += resource.len();
        if length > room {
            let message = format!(
                "the page is longer than the limit of {PAGE_BYTES_MAX} bytes; `_count` asks for fewer entries"
            );
            return Err(Issue::error(Code::TooCostly, message).into());
        }
        resources.push((version, resource));
    }
    Ok(resources)
}

/// The part of a resource that is wanted.
fn part(shown: Shown, narrowing: &Narrowing, definitions: &Definitions) -> Result<Shown> {
    let Ok(Value::Object(resource)) = json::parse(&shown.json) else {
        let message = format!("{} in storage is no resource any more", shown.place);
        return Err(Issue::error(Code::Corrupt, message).with_severity(Severity::Fatal).into());
    };
    let part = narrowing.apply(resource, definitions);
    Ok(Shown { json: json::to_compact(&Value::Object(part)).into(), ..shown })
}
