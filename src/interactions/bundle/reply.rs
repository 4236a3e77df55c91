//! What does an entry answer?

use bytes::Bytes;
use model::bundle::{BundleHead, BundleType, BundleWriter, EntryParts, Response};
use model::{Code, Issue, Severity, VersionId, json, outcome};
use store::{Effect, Version, Written};

use crate::{Answer, Context, Failure, HttpVerb, Result, Returning, binary, status};

/// What came of an entry.
pub(crate) enum Reply {
    /// It was done.
    Answered { verb: HttpVerb, answer: Answer },
    /// The client has this version already.
    Known(Version),
    /// It was not.
    Failed(Failure),
}

impl Reply {
    /// What a look answers to a client that has the versions `known`.
    pub(crate) fn new(verb: HttpVerb, answer: Answer, known: &[VersionId]) -> Self {
        match answer {
            Answer::Version(version) if known.contains(&version.version) => Reply::Known(version),
            answer => Reply::Answered { verb, answer },
        }
    }
}

/// Writes the replies, in the order of their entries.
pub(crate) async fn bundle(
    context: &Context,
    kind: BundleType,
    replies: Vec<Reply>,
    returning: Returning,
) -> Result<Bytes> {
    let id = (context.new_id)();
    let head = BundleHead { id: Some(id.as_str()), ..BundleHead::new(kind) };
    let mut writer = BundleWriter::new(&head);
    for reply in &replies {
        write(context, &mut writer, reply, returning).await?;
    }
    Ok(writer.finish())
}

async fn write(
    context: &Context,
    writer: &mut BundleWriter,
    reply: &Reply,
    returning: Returning,
) -> Result<()> {
    match reply {
        Reply::Failed(failure) => {
            let status = status::reason(status::status(failure.code()));
            let told = outcome::outcome(&failure.issues);
            let response = Response { outcome: Some(&told), ..Response::new(status) };
            writer.entry(&EntryParts { response: Some(response), ..EntryParts::default() });
        }
        Reply::Known(version) => {
            let etag = format!("W/\"{}\"", version.version);
            let last_modified = Some(version.committed_at);
            let response =
                Response { etag: Some(&etag), last_modified, ..Response::new(status::reason(304)) };
            writer.entry(&EntryParts { response: Some(response), ..EntryParts::default() });
        }
        Reply::Answered { verb, answer } => answered(context, writer, (*verb, answer), returning).await?,
    }
    Ok(())
}

async fn answered(
    context: &Context,
    writer: &mut BundleWriter,
    (verb, answer): (HttpVerb, &Answer),
    returning: Returning,
) -> Result<()> {
    let (version, status, wanted) = match answer {
        Answer::Written(Written { effect, version }) => {
            (version.as_ref(), written_status(*effect, verb), returning == Returning::Representation)
        }
        Answer::Version(version) => (Some(version), 200, verb == HttpVerb::Get),
        Answer::Bundle(bytes) | Answer::Again(bytes) => {
            write_whole(writer, bytes);
            return Ok(());
        }
        Answer::Resource(resource) => {
            write_whole(writer, &json::to_compact(resource));
            return Ok(());
        }
    };
    let done = Issue::error(Code::Done, status::reason(status)).with_severity(Severity::Information);
    let told = outcome::outcome(&[done]);
    let tells = returning == Returning::OperationOutcome && verb != HttpVerb::Get;
    let present = version.filter(|version| version.json.is_some());
    let full_url = present.map(|version| format!("{}/{}", context.policy.base_url, version.key));
    let location =
        full_url.as_deref().zip(present).map(|(url, version)| format!("{url}/_history/{}", version.version));
    let etag = version.map(|version| format!("W/\"{}\"", version.version));
    let resource = match present.filter(|_| wanted) {
        Some(version) => Some(binary::whole(context, version).await?),
        None => None,
    };
    writer.entry(&EntryParts {
        full_url: full_url.as_deref(),
        resource: resource.as_deref(),
        response: Some(Response {
            status: status::reason(status),
            location: location.as_deref(),
            etag: etag.as_deref(),
            last_modified: version.map(|version| version.committed_at),
            outcome: tells.then_some(&told),
        }),
        ..EntryParts::default()
    });
    Ok(())
}

fn write_whole(writer: &mut BundleWriter, resource: &[u8]) {
    let response = Some(Response::new(status::reason(200)));
    writer.entry(&EntryParts { resource: Some(resource), response, ..EntryParts::default() });
}

fn written_status(effect: Effect, verb: HttpVerb) -> u16 {
    match (effect, verb) {
        (Effect::Created, _) => 201,
        (_, HttpVerb::Delete) => 204,
        _ => 200,
    }
}
