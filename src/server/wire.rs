//! How are the parts joined?
//!
//! Settings, clock, randomness and files become a store, a context and a router; a router and a socket
//! become a running server.

use std::fs::DirBuilder;
use std::future::Future;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use interactions::{Context, Library, Policy};
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::commands::backup;
use crate::config::Settings;
use crate::listeners::{control, http, tls};
use crate::reindex::Index;
use crate::secret::{self, Sharing};
use crate::stored::Stored;
use crate::{clock, collector, packages, random, reindex, signing, tasks, words};

/// The name of the database in the data folder.
pub(crate) const DATABASE_FILE: &str = "brigid.db";

/// The folder of large bytes in the data folder.
const BLOBS_FOLDER: &str = "blobs";

/// Patients' data is for nobody else on the computer.
const FOLDER_MODE: u32 = 0o700;

/// Storage as the settings ask for, opened.
#[derive(Clone)]
pub(crate) struct Storage {
    /// The database.
    pub(crate) database: Arc<sql::SqlStore>,
    /// The large bytes.
    pub(crate) blobs: Arc<dyn store::Blobs>,
    /// The data folder.
    pub(crate) data: PathBuf,
}

/// A server that runs until it is stopped.
pub struct Running {
    address: SocketAddr,
    base_url: String,
    app: Arc<api::App>,
    stopping: watch::Sender<bool>,
    serving: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    database: Arc<sql::SqlStore>,
}

/// Opens storage and answers requests in the background.
pub async fn start(settings: Settings) -> Result<Running, String> {
    settings.check()?;
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => Some(tls::acceptor(certificate, key)?),
        _ => None,
    };
    let storage = open(&settings).await?;
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let address = listener.local_addr().map_err(|error| format!("cannot tell the port: {error}"))?;
    let base_url = settings.base_url.clone().unwrap_or_else(|| {
        let scheme = if tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{address}/fhir")
    });

    // Before the packages are read: what is added meanwhile must not be missed.
    let installed_at = packages::installed(&settings);
    let (mut context, stored) = context_and_stored(&storage, base_url.clone(), &settings).await?;
    let words = words::open(&settings.data).await;
    if let Some(words) = &words {
        context.words = words.clone();
    }
    packages::warn_of_unknown_profiles(&settings, &context.library.rules());
    packages::warn_of_unusable_parameters(&context.library.shelf(), None);
    let Context { blobs, clock, .. } = context.clone();
    let index = Arc::new(Index::new(context.clone(), sharing(&settings)));
    let rules = (installed_at, stored);
    let watch = packages::Watch::new(settings.clone(), context.clone(), rules, index.clone());
    let mut background = vec![
        tasks::spawn("collector", collector::work(storage.database.clone(), blobs, clock)),
        tasks::spawn("packages", watch.work()),
        tasks::spawn("index", index.work()),
    ];
    background.extend(words.map(|it| tasks::spawn("words", words::work(it, storage.database.clone()))));
    background.extend(control::start(&settings.data, copier(&storage)));
    let app = Arc::new(app(context, &settings).await?);
    app.ready.store(true, Ordering::Release);
    let (stopping, stop) = watch::channel(false);
    let router = api::router(app.clone());
    let serving = tasks::spawn("listener", http::serve(listener, tls, router, http::Bounds::default(), stop));
    Ok(Running { address, base_url, app, stopping, serving, background, database: storage.database })
}

/// Opens the database and the folder of large bytes.
pub(crate) async fn open(settings: &Settings) -> Result<Storage, String> {
    make_folder(&settings.data)?;
    let database = sql::open(sql::Options {
        url: database_url(settings),
        clock: clock::system(),
        types: fhir_profiles::Definitions::r4().resource_types(),
        cache_bytes: settings.cache_bytes,
        single_process: settings.database.is_none(),
        young_max: model::limits::YOUNG_MAX,
    })
    .await
    .map_err(|error| error.to_string())?;
    // After the database, whose lock keeps other processes out of the folder.
    let blobs = open_blobs(&settings.data)?;
    Ok(Storage { database: Arc::new(database), blobs: Arc::new(blobs), data: settings.data.clone() })
}

/// Opens the large bytes in a data folder, or in a copy of one.
pub(crate) fn open_blobs(data: &Path) -> Result<blobs::Folder, String> {
    let folder = data.join(BLOBS_FOLDER);
    make_folder(&folder)?;
    blobs::Folder::open(&folder)
        .map_err(|error| format!("cannot use the folder {}: {error}", folder.display()))
}

/// Makes a folder that only its owner can look into, unless it is there already.
pub(crate) fn make_folder(folder: &Path) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder);
    made.map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))
}

/// Where the database is, as `sql` wants it named.
pub(crate) fn database_url(settings: &Settings) -> String {
    match &settings.database {
        Some(url) => url.clone(),
        None => settings.data.join(DATABASE_FILE).to_string_lossy().into_owned(),
    }
}

/// What interactions work with, over opened storage.
pub(crate) async fn context(
    storage: &Storage,
    base_url: String,
    settings: &Settings,
) -> Result<Context, String> {
    context_and_stored(storage, base_url, settings).await.map(|(context, _)| context)
}

/// The same, with the stored definitions that its rules are made of.
async fn context_and_stored(
    storage: &Storage,
    base_url: String,
    settings: &Settings,
) -> Result<(Context, Stored), String> {
    let clock = clock::system();
    let store: Arc<dyn Store> = storage.database.clone();
    let failed = |error: store::Error| format!("cannot read which rules hold: {error}");
    let mut stored = Stored::default();
    stored.refresh(&*store).await.map_err(failed)?;
    let rules = packages::rules_under(settings, stored.layer(), None)?;
    let library = Library::new(packages::shelf_under(settings, rules));
    stored.settle();
    // Before anything is written by these rules.
    let indexing = reindex::begin(&*store, &library.catalogue()).await.map_err(failed)?;
    library.set_indexing(indexing);
    let secret = secret::of(&*store, clock(), sharing(settings)).await?;
    let library = Arc::new(library);
    let context = Context {
        store: interactions::kept(store, Arc::clone(&library), &base_url),
        blobs: storage.blobs.clone(),
        words: Arc::new(interactions::words::Nowhere),
        definitions: fhir_profiles::Definitions::r4(),
        library,
        operations: operations::ALL,
        aside: tasks::aside(),
        new_id: random::new_ids(clock.clone()),
        random: random::secrets(),
        secret,
        policy: Policy {
            oauth_uris: if settings.sign_in { api::oauth_uris(&base_url) } else { Vec::new() },
            base_url,
            client_ids: settings.client_ids,
            scrutiny: settings.scrutiny.clone(),
            software_version: env!("CARGO_PKG_VERSION").into(),
            started_at: clock(),
        },
        clock,
    };
    Ok((context, stored))
}

/// Whether other servers may work on the same database.
fn sharing(settings: &Settings) -> Sharing {
    if settings.database.is_some() { Sharing::Shared } else { Sharing::Alone }
}

/// The HTTP surface, with keys to sign with where people sign in.
async fn app(context: Context, settings: &Settings) -> Result<api::App, String> {
    let (store, now) = (context.store.clone(), (context.clock)());
    let app = api::App::new(context, surface(settings));
    match settings.sign_in {
        true => Ok(app.with_sign_in(api::SignIn::new(signing::of(&*store, now).await?))),
        false => Ok(app),
    }
}

type Copying = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

/// Copies this storage into a folder that is named later.
fn copier(storage: &Storage) -> Arc<dyn Fn(PathBuf) -> Copying + Send + Sync> {
    let storage = storage.clone();
    Arc::new(move |folder| {
        let storage = storage.clone();
        Box::pin(async move { backup::copy(&storage, &folder).await })
    })
}

fn surface(settings: &Settings) -> api::Settings {
    let cors_origins = match settings.cors_origins.as_slice() {
        [] => api::Origins::Loopback,
        [any] if any == "*" => api::Origins::Any,
        these => api::Origins::These(these.to_vec()),
    };
    api::Settings { body_bytes_max: settings.body_bytes_max, cors_origins, open: settings.is_open() }
}

impl Running {
    /// Where it listens; the port is a real one, also when the settings left it open.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The FHIR base as clients see it.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Takes no more connections, lets requests in work finish, and closes storage.
    pub async fn stop(self) {
        self.app.ready.store(false, Ordering::Release);
        self.stopping.send_replace(true);
        // A listener that panicked has ended all the same, and storage must be closed.
        let _ = self.serving.await;
        self.background.iter().for_each(JoinHandle::abort);
        self.database.close().await;
    }
}
