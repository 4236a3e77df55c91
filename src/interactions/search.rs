//! What is found? <https://hl7.org/fhir/R4/http.html#search>
//!
//! The parameters become a [`search::Search`], which storage answers page by page; the resources of a page and what is
//! included beside them are read as they are stored and go into the Bundle as they are.

mod understand;

use access::{Permit, Principal};
use bytes::Bytes;
use fhir_profiles::Definitions;
use fhir_profiles::subset::SummaryMode;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use model::bundle::{BundleHead, BundleType, BundleWriter, EntryParts, Link, SearchMode};
use model::limits::{PAGE_BYTES_MAX, READS_AT_ONCE};
use model::{Code, Issue, Key, Severity, Value, json, outcome};
use search::query::Explain;
use search::{Page, Search};

use crate::parameters::write_url;
use crate::{
    Answer, Context, HttpVerb, Narrowing, Offer, Result, SearchRequest, Shape, aside, binary, included, page,
};
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
    let found = context.store.search(permit, &search.query).await?;
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
    let links = Links {
        own: write_url(path.clone(), pairs()),
        next: cursor.as_ref().map(|cursor| write_url(path, pairs().chain([cursor]))),
    };
    let mut writer = begin(context, &found, &links);
    write(context, permit, &mut writer, (SearchMode::Match, &found.found, &narrowing)).await?;
    write(context, permit, &mut writer, (SearchMode::Include, &beside.keys, &narrowing)).await?;
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

/// Appends an entry for each resource that still stands, in order.
async fn write(
    context: &Context,
    permit: &Permit,
    writer: &mut BundleWriter,
    (mode, keys, narrowing): (SearchMode, &[Key], &Narrowing),
) -> Result<()> {
    let room = PAGE_BYTES_MAX.saturating_sub(writer.length());
    let mut resources = read(context, permit, keys, room).await?;
    if !narrowing.is_whole() && !resources.is_empty() {
        let (narrowing, definitions) = (narrowing.clone(), context.definitions);
        let narrow = move || resources.into_iter().map(|it| part(it, &narrowing, definitions)).collect();
        let parts: Result<Vec<(Key, Bytes)>> = aside::run(context, narrow).await?;
        resources = parts?;
    }
    for (key, resource) in &resources {
        let full_url = format!("{}/{key}", context.policy.base_url);
        writer.entry(&EntryParts {
            full_url: Some(&full_url),
            resource: Some(resource),
            search: Some(mode),
            ..EntryParts::default()
        });
    }
    Ok(())
}

/// The JSON of the resources that still stand, which is refused when it is longer than there is room for.
async fn read(context: &Context, permit: &Permit, keys: &[Key], room: usize) -> Result<Vec<(Key, Bytes)>> {
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
        resources.push((version.key, resource));
    }
    Ok(resources)
}

/// The part of a resource that is wanted.
fn part(
    (key, whole): (Key, Bytes),
    narrowing: &Narrowing,
    definitions: &Definitions,
) -> Result<(Key, Bytes)> {
    let Ok(Value::Object(resource)) = json::parse(&whole) else {
        return Err(store::Error::Corrupt(key).into());
    };
    let part = narrowing.apply(resource, definitions);
    Ok((key, json::to_compact(&Value::Object(part)).into()))
}
