//! How is a piece of a file read and written, beside many others?

use std::io;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use interactions::{Answer, Context};
use model::{Value, json, xml};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use super::News;
use super::files::{Document, Kind, Source};
use super::plan::{self, Deed};
use super::progress::Progress;
use crate::tasks;

/// Documents in work at once: as many as fill a group commit and no more.
const DOCUMENTS_MAX: u32 = 32;

/// Text in work at once, in KiB. A tree takes several times its text, and many large Bundles would
/// together not fit in memory; one that is larger than this goes alone.
const TEXT_KIB_MAX: u32 = 16 << 10;

/// Resources of one document that are written at once.
const RESOURCES_MAX: usize = 32;

/// Reads all files one after the other and writes their documents side by side.
pub(super) fn read_all(
    context: Context,
    sources: Arc<Vec<Source>>,
    progress: Arc<Progress>,
    news: UnboundedSender<News>,
) -> JoinHandle<()> {
    tokio::task::spawn_blocking(move || {
        let work = Work {
            context: Arc::new(context),
            documents: Arc::new(Semaphore::new(DOCUMENTS_MAX as usize)),
            text: Arc::new(Semaphore::new(TEXT_KIB_MAX as usize)),
            news,
        };
        for (file, source) in sources.iter().enumerate() {
            let mut pieces = 0;
            if let Err(error) = work.read(file, source, &progress, &mut pieces) {
                pieces += 1;
                let refusal = format!("{}: cannot be read to its end: {error}", source.path.display());
                work.tell(News::Done { file, resources: 0, refused: vec![refusal] });
            }
            work.tell(News::Read { file, pieces });
        }
    })
}

/// What the pieces share.
struct Work {
    context: Arc<Context>,
    documents: Arc<Semaphore>,
    text: Arc<Semaphore>,
    news: UnboundedSender<News>,
}

impl Work {
    fn read(&self, file: usize, source: &Source, progress: &Progress, pieces: &mut u64) -> io::Result<()> {
        for document in source.documents(progress.part())? {
            let document = document?;
            *pieces += 1;
            self.begin(file, source, document);
        }
        Ok(())
    }

    /// Starts to write a document, once there is room for it.
    fn begin(&self, file: usize, source: &Source, document: Document) {
        let kib = u32::try_from(document.text.len() >> 10).unwrap_or(u32::MAX);
        let kib = std::cmp::min(kib + 1, TEXT_KIB_MAX);
        let room = Handle::current().block_on(async {
            let text = self.text.clone().acquire_many_owned(kib).await;
            (text, self.documents.clone().acquire_owned().await)
        });
        let place = match document.line {
            Some(line) => format!("{}, line {line}", source.path.display()),
            None => source.path.display().to_string(),
        };
        let (context, news) = (self.context.clone(), self.news.clone());
        drop(tasks::spawn("document", async move {
            let (resources, refused) = write(&context, document).await;
            let refused = refused.into_iter().map(|why| format!("{place}: {why}")).collect();
            // Whoever counted has gone away when the load was cut off.
            let _ = news.send(News::Done { file, resources, refused });
            drop(room);
        }));
    }

    fn tell(&self, news: News) {
        // As above.
        let _ = self.news.send(news);
    }
}

/// Writes what a document holds; returns how many resources that were, and what was refused.
async fn write(context: &Context, document: Document) -> (u64, Vec<String>) {
    let deeds = match understand(context, document) {
        Ok(deeds) => deeds,
        Err(why) => return (0, vec![why]),
    };
    stream::iter(deeds)
        .map(|deed| perform(context, deed))
        .buffer_unordered(RESOURCES_MAX)
        .fold((0, Vec::new()), async |(resources, mut refused), (more, told)| {
            refused.extend(told);
            (resources + more, refused)
        })
        .await
}

fn understand(context: &Context, document: Document) -> Result<Vec<Deed>, String> {
    let tree = match document.kind {
        Kind::Xml => xml::parse(&document.text, context.definitions),
        Kind::Json | Kind::Ndjson => json::parse(&document.text),
    };
    let tree = tree.map_err(|syntax| {
        let issue = model::Issue::from(syntax);
        let (line, column) = issue.line.unwrap_or((1, 1));
        format!("line {line}, column {column}: {} ({})", issue.message, issue.code.as_str())
    })?;
    let Value::Object(resource) = tree else { return Err("not an object, a resource is expected".into()) };
    let names = plan::Names::new(&document.text, document.line.unwrap_or(0));
    plan::plan(resource, names, context.definitions)
}

async fn perform(context: &Context, deed: Deed) -> (u64, Vec<String>) {
    let Deed { place, resources, interaction } = deed;
    match interactions::run(context, &access::Principal::Open, interaction).await {
        Ok(Answer::Bundle(replies)) => {
            let refused = plan::refused_entries(&replies);
            (resources.saturating_sub(refused.len() as u64), refused)
        }
        Ok(_) => (resources, Vec::new()),
        Err(failure) => {
            let told = failure.issues.iter().map(|issue| {
                let place = issue.expression.as_deref().unwrap_or(&place);
                format!("{place}: {} ({})", issue.message, issue.code.as_str())
            });
            (0, told.collect())
        }
    }
}
