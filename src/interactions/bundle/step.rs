//! What does an entry of a Bundle ask for?

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::bundle::{Entry, Request};
use model::xml::document;
use model::{Code, Issue, Object, Text, Value, VersionId, json};
use store::{Expectation, Scope};

use crate::operation::{self, Call};
use crate::{
    Conditional, Content, Context, Criteria, Failure, Handling, HistoryRequest, HttpVerb, Interaction,
    MetadataMode, Pairs, PatchDocument, Place, Result, SearchRequest, not_offered, parse_pairs, parse_place,
};

/// An entry, understood.
#[derive(Clone)]
pub(crate) struct Step {
    /// Its place in the Bundle, from 0.
    pub(crate) entry: usize,
    /// The name by which other entries refer to its resource.
    pub(crate) full_url: Option<Text>,
    pub(crate) verb: HttpVerb,
    pub(crate) place: Place,
    pub(crate) pairs: Pairs,
    /// What tells its resource, or whether there is one already.
    pub(crate) criteria: Option<Criteria>,
    pub(crate) resource: Option<Object>,
    pub(crate) expect: Expectation,
    /// The versions that the client has already.
    pub(crate) known: Vec<VersionId>,
}

/// Where an entry stands, as a FHIRPath.
pub(crate) fn path(entry: usize) -> String {
    format!("Bundle.entry[{entry}]")
}

/// A url relative to the base, or absolute below it.
fn read_url(context: &Context, url: &str) -> std::result::Result<(Place, Pairs), Issue> {
    let base = context.policy.base_url.as_str();
    let local = url.strip_prefix(base).map_or(url, |rest| rest.trim_start_matches('/'));
    let local = local.strip_prefix('/').unwrap_or(local);
    let (path, query) = local.split_once('?').unwrap_or((local, ""));
    let pairs = parse_pairs(query)?;
    Ok((parse_place(path, context.definitions)?, pairs))
}

/// What an entry searches for before it writes: by `ifNoneExist`, or by a url with a query and without an id.
fn read_criteria(
    request: &Request,
    place: &Place,
    pairs: &mut Pairs,
) -> std::result::Result<Option<Criteria>, Issue> {
    match (request.method, place, request.if_none_exist.as_deref()) {
        (HttpVerb::Post, Place::Type(resource_type), Some(query)) => {
            Criteria::read(*resource_type, query).map(Some)
        }
        (_, _, Some(_)) => {
            Err(Issue::error(Code::InvalidEntry, "ifNoneExist only stands beside a POST to a type"))
        }
        (HttpVerb::Put | HttpVerb::Patch | HttpVerb::Delete, Place::Type(resource_type), None) => {
            Ok(Some(Criteria { resource_type: *resource_type, pairs: std::mem::take(pairs) }))
        }
        (_, _, None) => Ok(None),
    }
}

fn read_expectation(
    if_match: Option<&str>,
    if_none_match: Option<&str>,
    verb: HttpVerb,
) -> std::result::Result<Expectation, &'static str> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Expectation::Anything),
        (Some("*"), None) => Ok(Expectation::Present),
        (Some(tag), None) => {
            let versions = read_tags(tag).ok_or("ifMatch: versions like W/\"3\" are expected")?;
            Ok(Expectation::OneOf(versions))
        }
        (None, Some("*")) if verb != HttpVerb::Get => Ok(Expectation::Absent),
        // On a look it names what the client has already, and `known` keeps it.
        (None, Some(_)) if matches!(verb, HttpVerb::Get | HttpVerb::Head) => Ok(Expectation::Anything),
        (None, Some(_)) => Err("ifNoneMatch can only be * on a write"),
        (Some(_), Some(_)) => Err("ifMatch and ifNoneMatch cannot both hold"),
    }
}

fn read_tags(tags: &str) -> Option<Vec<VersionId>> {
    let opaque = |tag: &str| VersionId::parse(tag.trim().trim_start_matches("W/").trim_matches('"'));
    tags.split(',').map(opaque).collect()
}

impl Step {
    /// Understands the request of an entry.
    pub(crate) fn new(context: &Context, entry: usize, asked: Entry) -> std::result::Result<Self, Issue> {
        let request = asked.request;
        let at = |below: &str| format!("{}.request{below}", path(entry));
        let (place, mut pairs) = read_url(context, &request.url).map_err(|issue| issue.at(at(".url")))?;
        let criteria = read_criteria(&request, &place, &mut pairs).map_err(|issue| {
            issue.at(at(if request.if_none_exist.is_some() { ".ifNoneExist" } else { ".url" }))
        })?;
        let tags = (request.if_match.as_deref(), request.if_none_match.as_deref());
        let expect = read_expectation(tags.0, tags.1, request.method)
            .map_err(|message| Issue::error(Code::InvalidEntry, message).at(at("")))?;
        let (full_url, verb, resource) = (asked.full_url, request.method, asked.resource);
        let known = tags.1.and_then(read_tags).unwrap_or_default();
        Ok(Self { entry, full_url, verb, place, pairs, criteria, resource, expect, known })
    }

    /// Where this entry stands, as a FHIRPath.
    pub(crate) fn path(&self) -> String {
        path(self.entry)
    }

    /// A complaint about this entry.
    pub(crate) fn issue(&self, code: Code, message: impl Into<String>, below: &str) -> Issue {
        Issue::error(code, message).at(format!("{}{below}", self.path()))
    }

    /// The resource that a write must bring.
    pub(crate) fn take_resource(&mut self) -> Result<Object> {
        let missing = self.issue(Code::InvalidEntry, "the entry has no resource to write", ".resource");
        self.resource.take().ok_or_else(|| missing.into())
    }

    /// The patch that a PATCH brings, in a Binary.
    pub(crate) fn take_patch(&mut self) -> Result<PatchDocument> {
        let wrong = self.issue(
            Code::InvalidEntry,
            "a PATCH brings Parameters, or a Binary with a contentType of application/json-patch+json, \
             application/merge-patch+json or application/xml-patch+xml and its data",
            ".resource",
        );
        let resource = self.take_resource()?;
        let text = |name| resource.get(name).and_then(Value::as_str);
        if text("resourceType") == Some("Parameters") {
            return Ok(PatchDocument::FhirPath(resource));
        }
        let data = text("data").and_then(|data| STANDARD.decode(data).ok()).ok_or_else(|| wrong.clone())?;
        let content_type = text("contentType").unwrap_or_default().split(';').next().unwrap_or_default();
        let refused = |syntax| Failure::from(Issue::from(syntax)).within(&self.path());
        match content_type.trim() {
            "application/json-patch+json" => Ok(PatchDocument::Json(json::parse(&data).map_err(refused)?)),
            "application/merge-patch+json" => Ok(PatchDocument::Merge(json::parse(&data).map_err(refused)?)),
            "application/xml-patch+xml" => Ok(PatchDocument::Xml(document::parse(&data).map_err(refused)?)),
            _ => Err(wrong.into()),
        }
    }

    /// Refuses what the server does not offer at this place, and parameters where none are expected.
    pub(crate) fn check_offered(&self) -> Result<()> {
        if !crate::ALL.iter().any(|offer| offer.answers(self.verb, self.place.shape())) {
            let refused = not_offered(self.verb, &self.place);
            return Err(refused.at(format!("{}.request", self.path())).into());
        }
        let is_look = matches!(self.verb, HttpVerb::Get | HttpVerb::Head);
        let takes_parameters = match self.place {
            Place::SystemHistory | Place::TypeHistory(_) | Place::InstanceHistory(_) => true,
            Place::Operation(..) => true,
            Place::Base | Place::Type(_) | Place::Compartment(..) => is_look,
            Place::SystemSearch | Place::TypeSearch(_) | Place::CompartmentSearch(..) => {
                let message = "a search in a Bundle is asked for by GET";
                return Err(self.issue(Code::InvalidEntry, message, ".request").into());
            }
            _ => false,
        };
        match self.pairs.first() {
            Some((name, _)) if !takes_parameters => {
                let message = format!("`{name}` is not a parameter of this interaction");
                Err(self.issue(Code::UnknownParameter, message, ".request.url").into())
            }
            _ => Ok(()),
        }
    }

    /// The interaction that the entry asks for on its own, as it would over HTTP.
    pub(crate) fn into_interaction(mut self, context: &Context) -> Result<Interaction> {
        self.check_offered()?;
        if let Some(criteria) = self.criteria.take() {
            return self.into_conditional(criteria);
        }
        let expect = self.expect.clone();
        let content = |step: &mut Self| step.take_resource().map(Content::Resource);
        Ok(match (self.verb, self.place.clone()) {
            (HttpVerb::Get | HttpVerb::Head, _) => return self.into_look(context),
            (HttpVerb::Post, Place::Type(resource_type)) => {
                Interaction::Create { resource_type, content: content(&mut self)? }
            }
            (HttpVerb::Put, Place::Instance(key)) => {
                Interaction::Update { key, content: content(&mut self)?, expect }
            }
            (HttpVerb::Patch, Place::Instance(key)) => {
                Interaction::Patch { key, patch: self.take_patch()?, expect }
            }
            (HttpVerb::Delete, Place::Instance(key)) => Interaction::Delete { key, expect },
            (HttpVerb::Post, Place::Operation(..)) => return self.into_call(context),
            _ => {
                let message = "a Bundle cannot hold a request for another Bundle";
                return Err(self.issue(Code::InvalidEntry, message, ".request").into());
            }
        })
    }

    /// The write on a condition that the entry asks for.
    fn into_conditional(mut self, criteria: Criteria) -> Result<Interaction> {
        let expect = self.expect.clone();
        let change = match self.verb {
            HttpVerb::Delete => Conditional::Delete { expect },
            HttpVerb::Patch => Conditional::Patch { patch: self.take_patch()?, expect },
            HttpVerb::Put => {
                Conditional::Update { content: Content::Resource(self.take_resource()?), expect }
            }
            _ => Conditional::Create(Content::Resource(self.take_resource()?)),
        };
        Ok(Interaction::Conditional { criteria, change })
    }

    /// The interaction of an entry that changes nothing.
    pub(crate) fn into_look(self, context: &Context) -> Result<Interaction> {
        self.check_offered()?;
        let history = |scope| {
            Interaction::History(HistoryRequest {
                scope,
                parameters: self.pairs.clone(),
                handling: Handling::Strict,
            })
        };
        Ok(match self.place.clone() {
            Place::Instance(key) => Interaction::Read(key),
            Place::Version(key, version) => Interaction::Vread(key, version),
            Place::InstanceHistory(key) => history(Scope::Instance(key)),
            Place::TypeHistory(resource_type) => history(Scope::Type(resource_type)),
            Place::SystemHistory => history(Scope::System),
            Place::Metadata => Interaction::Metadata(MetadataMode::Full),
            Place::Operation(..) => return self.into_call(context),
            _ => return self.into_search(),
        })
    }

    /// The search that the entry asks for.
    fn into_search(self) -> Result<Interaction> {
        let at = format!("{}.request.url", self.path());
        let Some(request) = SearchRequest::at(&self.place) else {
            return Err(not_offered(self.verb, &self.place).at(self.path()).into());
        };
        let request = request.with(self.pairs).map_err(|issue| issue.at(at))?;
        Ok(Interaction::Search(request))
    }

    /// The call of an operation that the entry asks for.
    fn into_call(self, context: &Context) -> Result<Interaction> {
        let Place::Operation(target, name) = self.place.clone() else {
            return Err(not_offered(self.verb, &self.place).at(self.path()).into());
        };
        let operation = operation::find(context.operations, &target, &name, self.verb)
            .map_err(|issue| issue.at(format!("{}.request", self.path())))?;
        Ok(Interaction::Operation(operation, Call::new(target, self.resource, &self.pairs)))
    }
}
