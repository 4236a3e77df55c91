//! What do these parameters ask for, here and of this server?
//!
//! What [`search::parse`] cannot know is found out for it: what stands in the Lists that are named, and where the page
//! before ended.

use std::collections::HashMap;

use access::{Permit, Principal};
use model::limits::{LISTS_MAX, LONG_WORK_BYTES_MIN};
use model::reference::Reference;
use model::{Code, Id, Instant, Issue, Key, ResourceType, Value, json};
use search::Search;
use search::parse::{self, Compartment, Known, Level, Target};
use search::types::Surroundings;

use crate::library::Shelf;
use crate::parameters::write_url;
use crate::{Context, Handling, Pairs, Result, SearchRequest, aside, page};

/// The search, and its URL without what only shapes the answer.
pub(super) async fn understand(
    context: &Context,
    (principal, permit): (&Principal, &Permit),
    shelf: &Shelf,
    mut request: SearchRequest,
) -> Result<(Search, String)> {
    let cursor = take_cursor(&mut request.parameters)?;
    if request.narrowing.only_count {
        request.parameters.push(("_summary".to_owned(), "count".to_owned()));
    }
    let path = request.path(&context.policy.base_url);
    let known = Known { lists: lists(context, permit, &request.parameters).await? };
    let asked = Asked {
        target: target(context, &request),
        handling: match request.handling {
            Handling::Strict => parse::Handling::Strict,
            Handling::Lenient => parse::Handling::Lenient,
        },
        pairs: request.parameters,
        known,
        shelf: shelf.clone(),
        base_url: context.policy.base_url.clone(),
        now: (context.clock)(),
    };
    let search = match takes_long(&asked.pairs) {
        true => aside::run(context, move || asked.parse()).await?,
        false => asked.parse(),
    };
    let mut search = search?;
    let url = write_url(path, &search.understood);
    if let Some(sealed) = cursor {
        let owner = page::Owner { secret: &context.secret, permit, principal, search: &url };
        search.query.after = Some(page::open(&sealed, &owner)?);
    }
    Ok((search, url))
}

/// All that a search is understood from, owned, so that it can be done aside.
struct Asked {
    pairs: Pairs,
    target: Target,
    handling: parse::Handling,
    known: Known,
    shelf: Shelf,
    base_url: String,
    now: Instant,
}

impl Asked {
    fn parse(&self) -> Result<Search> {
        let surroundings = Surroundings {
            catalogue: &self.shelf.catalogue,
            terminology: &self.shelf.rules.terminology,
            base_url: &self.base_url,
            now: self.now,
        };
        let parsed = parse::parse(&self.pairs, &self.target, self.handling, &surroundings, &self.known);
        Ok(parsed?)
    }
}

/// Whether value sets may have to be expanded, or there is much to read.
pub(crate) fn takes_long(pairs: &Pairs) -> bool {
    let asks_for_codes = |name: &str| {
        let modifier = name.rsplit(':').next().unwrap_or_default();
        matches!(modifier, "in" | "not-in" | "above" | "below") || name == "_filter"
    };
    let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
    bytes >= LONG_WORK_BYTES_MIN || pairs.iter().any(|(name, _)| asks_for_codes(name))
}

/// Where the page before ended, as its link says.
fn take_cursor(pairs: &mut Pairs) -> Result<Option<String>> {
    let is_cursor = |name: &str| name == page::CURSOR;
    let sealed = pairs.iter().find(|(name, _)| is_cursor(name)).map(|(_, value)| value.clone());
    let before = pairs.len();
    pairs.retain(|(name, _)| !is_cursor(name));
    if before - pairs.len() > 1 {
        let message = format!("`{}` stands there twice, and a page begins in one place", page::CURSOR);
        return Err(Issue::error(Code::InvalidCursor, message).into());
    }
    Ok(sealed)
}

fn target(context: &Context, request: &SearchRequest) -> Target {
    let within = request
        .within
        .as_ref()
        .map(|key| Compartment { name: key.resource_type.as_str().into(), id: key.id.as_str().into() });
    let (types, level) = match request.resource_type {
        Some(resource_type) => (vec![resource_type], Level::Type),
        None => (context.definitions.resource_types().to_vec(), Level::System),
    };
    Target { types, level, within }
}

/// What stands in the Lists that the parameters name, of those that exist.
async fn lists(context: &Context, permit: &Permit, pairs: &Pairs) -> Result<HashMap<String, Vec<Key>>> {
    let mut lists = HashMap::new();
    let resource_type = ResourceType::known("List");
    let named = parse::lists(pairs);
    if named.len() > LISTS_MAX {
        let message = format!("`_list` names {} Lists, and {LISTS_MAX} are the limit", named.len());
        return Err(Issue::error(Code::InvalidParameter, message).into());
    }
    for id in named {
        let Some(key) = Id::parse(&id).map(|id| Key::new(resource_type, id)) else { continue };
        let version = context.store.read(permit, &key).await?;
        let Some(bytes) = version.and_then(|version| version.json) else { continue };
        let list = json::parse(&bytes).map_err(|_| store::Error::Corrupt(key))?;
        lists.insert(id, entries(context, &list));
    }
    Ok(lists)
}

/// The resources of this server that a List holds and has not struck out.
fn entries(context: &Context, list: &Value) -> Vec<Key> {
    let entries = list.get("entry").map(Value::items).unwrap_or_default();
    let standing = entries.iter().filter(|entry| entry.get("deleted") != Some(&Value::Bool(true)));
    let references = standing.filter_map(|entry| entry.get("item")?.text("reference"));
    references.filter_map(|reference| local(context, reference)).collect()
}

fn local(context: &Context, reference: &str) -> Option<Key> {
    let target = match Reference::parse(reference)? {
        Reference::Relative(target) => target,
        Reference::Absolute { base, target } if base == context.policy.base_url => target,
        _ => return None,
    };
    Some(Key::new(context.definitions.resource_type(target.resource_type)?, Id::parse(target.id)?))
}
