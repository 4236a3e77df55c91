//! Does the index follow the search parameters, wherever the work is broken off?

use std::sync::atomic::{AtomicI64, Ordering};

use fhir_profiles::{Definitions, Registry};
use interactions::{Library, Policy, Scrutiny, aside};
use model::{Draft, Id, Key, ResourceType, json};
use search::{Rows, index};
use store::memory::Memory;
use store::{Change, Expectation, Jobs as _, Method, Resources as _, Transaction, Write};
use terminology::Terminology;
use validate::Rules;

use super::*;

/// A parameter that R4 does not have.
const SUFFIX: &str = r#"{"resourceType":"SearchParameter","status":"active","url":"urn:suffix","code":"suffix",
    "base":["Patient"],"type":"string","expression":"Patient.name.suffix"}"#;

/// Microseconds that pass whenever somebody looks at the clock.
const STEP: i64 = 1_000;

/// A server over a store, without sockets.
struct Ground {
    store: Arc<Memory>,
    now: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(1_000_000));
        let folder = tempfile::tempdir().expect("a folder for the test");
        Self { store: Arc::new(Memory::new(ticking(&now))), now, folder }
    }

    /// A process that begins with these definitions above R4.
    async fn begin(&self, definitions: &[&str]) -> Arc<Index> {
        self.begin_as(definitions, Sharing::Shared).await
    }

    async fn begin_as(&self, definitions: &[&str], sharing: Sharing) -> Arc<Index> {
        let library = Library::new(shelf(definitions));
        let indexing = begin(&*self.store, &library.catalogue()).await.expect("memory answers");
        library.set_indexing(indexing);
        let library = Arc::new(library);
        let context = Context {
            store: interactions::kept(self.store.clone(), Arc::clone(&library), "http://here/fhir"),
            blobs: Arc::new(blobs::Folder::open(self.folder.path()).expect("a folder")),
            definitions: Definitions::r4(),
            library,
            operations: &[],
            aside: aside::on_the_spot(),
            clock: ticking(&self.now),
            new_id: Arc::new(|| Id::parse("x").expect("an id")),
            random: Arc::new(|| [7; 32]),
            words: Arc::new(interactions::words::Nowhere),
            secret: Arc::new([0; 32]),
            policy: Policy {
                base_url: "http://here/fhir".to_owned(),
                client_ids: true,
                scrutiny: Scrutiny::default(),
                oauth_uris: Vec::new(),
                software_version: String::new(),
                started_at: Instant(0),
            },
        };
        Arc::new(Index::new(context, sharing))
    }

    /// Stores a patient with the suffix `Jr`, indexed by what `index` goes by; by nothing, as an old server did, without.
    async fn patient(&self, id: &str, by: Option<&Index>) {
        let key = key(id);
        let text = format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"suffix":["Jr"]}}]}}"#);
        let tree = json::parse(text.as_bytes()).expect("JSON");
        let resource = tree.as_object().expect("an object");
        let rows = by.map_or_else(Rows::default, |by| {
            let catalogue = by.context.library.catalogue();
            index::rows(resource, key.resource_type, &catalogue, "http://here/fhir").expect("few rows")
        });
        let change = Change::Put { draft: Draft::new(resource.clone(), &key.id), blob: None, rows };
        let write = Write { key, method: Method::Put, change, expect: Expectation::Anything };
        let transaction = Transaction { writes: vec![write], guards: Vec::new() };
        self.store.commit(&permit(), transaction).await.expect("memory takes all");
    }

    /// Which of the patients are found by `suffix`, and by what they are called at all.
    async fn check(&self, ids: &[&str], expected: &[&str]) {
        let parameter = search::ParameterId::of("Patient", "suffix");
        let keys: Vec<Key> = ids.iter().map(|id| key(id)).collect();
        let rows = self.store.rows(&permit(), &keys).await.expect("memory answers");
        let is_found = |rows: &Option<Rows>| rows.as_ref().is_some_and(|it| !it.of(parameter).is_empty());
        let found: Vec<_> =
            ids.iter().zip(&rows).filter(|(_, rows)| is_found(rows)).map(|(id, _)| *id).collect();
        assert_eq!(found, expected);
    }

    fn later(&self, ms: u64) {
        let micros = i64::try_from(ms * 1_000).expect("not long");
        self.now.fetch_add(micros, Ordering::Relaxed);
    }
}

fn ticking(now: &Arc<AtomicI64>) -> model::Clock {
    let now = Arc::clone(now);
    Arc::new(move || Instant(now.fetch_add(STEP, Ordering::Relaxed)))
}

fn shelf(definitions: &[&str]) -> Shelf {
    let parse = |text: &&str| json::parse(text.as_bytes()).expect("JSON");
    let registry = match definitions {
        [] => Registry::r4(),
        some => Arc::new(Registry::r4().with(some.iter().map(parse))),
    };
    let terminology = Arc::new(Terminology::new(Arc::clone(&registry)));
    Shelf::new(Rules::new(registry, terminology))
}

fn key(id: &str) -> Key {
    Key::new(ResourceType::known("Patient"), Id::parse(id).expect("an id"))
}

fn permit() -> Permit {
    Permit::for_the_server("a test writes what it reads")
}

fn indexing(index: &Index) -> usize {
    index.context.library.indexing().len()
}

/// Does the work of one look. The clock goes on for as long as it takes once everything is found.
async fn index_all(ground: &Ground, index: &Index) {
    let settling = async {
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if indexing(index) == 0 {
                ground.later(SETTLING_MS);
                index.called.notify_one();
            }
        }
    };
    tokio::select! {
        looked = index.look() => assert!(looked.is_ok(), "memory answers"),
        () = settling => {}
    }
}

#[tokio::test]
async fn an_empty_store_is_indexed_by_whatever_it_begins_with() {
    let ground = Ground::new();
    let index = ground.begin(&[SUFFIX]).await;
    assert_eq!(indexing(&index), 0);
    assert!(matches!(index.look().await, Ok(Next::Rest)));
    ground.patient("a", Some(&index)).await;
    let index = ground.begin(&[SUFFIX]).await;
    assert_eq!(indexing(&index), 0, "a restart changes nothing");
    ground.check(&["a"], &["a"]).await;
}

#[tokio::test]
async fn what_an_older_server_stored_is_found_after_the_first_start() {
    let ground = Ground::new();
    ground.patient("a", None).await;
    ground.patient("b", None).await;
    let index = ground.begin(&[SUFFIX]).await;
    assert_eq!(indexing(&index), Definitions::r4().resource_types().len());
    ground.check(&["a", "b"], &[]).await;
    index_all(&ground, &index).await;
    ground.check(&["a", "b"], &["a", "b"]).await;
    assert_eq!((indexing(&index), index.context.library.indexed()), (0, 2));
    assert_eq!(indexing(&*ground.begin(&[SUFFIX]).await), 0, "it is done once");
}

#[tokio::test]
async fn a_parameter_that_comes_while_the_server_runs_finds_what_was_stored_before() {
    let ground = Ground::new();
    let index = ground.begin(&[]).await;
    ground.patient("a", Some(&index)).await;
    index.replace(shelf(&[SUFFIX])).await.expect("memory answers");
    assert_eq!(indexing(&index), 1, "only patients have it");
    index_all(&ground, &index).await;
    ground.check(&["a"], &["a"]).await;
    index.replace(shelf(&[])).await.expect("memory answers");
    assert_eq!(indexing(&index), 0, "nobody asks for what is gone");
    index_all(&ground, &index).await;
    ground.check(&["a"], &[]).await;
}

/// A request that began under the rules of before commits when everything that stood has been indexed.
#[tokio::test]
async fn what_is_written_late_by_the_rules_of_before_is_found_too() {
    let ground = Ground::new();
    let (index, other) = (ground.begin(&[]).await, ground.begin(&[]).await);
    ground.patient("a", Some(&other)).await;
    index.replace(shelf(&[SUFFIX])).await.expect("memory answers");
    let late = async {
        while indexing(&index) > 0 {
            tokio::task::yield_now().await;
        }
        ground.patient("b", Some(&other)).await;
        ground.check(&["a", "b"], &["a"]).await;
        ground.later(SETTLING_MS);
        index.called.notify_one();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        looked = index.look() => assert!(looked.is_ok()),
        () = late => {}
    }
    ground.check(&["a", "b"], &["a", "b"]).await;
}

/// The parameter was deleted and stored again while the index was built without it: one half had lost its rows, and
/// the record said that all had them.
#[tokio::test]
async fn a_parameter_that_goes_and_comes_back_is_indexed_again() {
    let ground = Ground::new();
    let index = ground.begin(&[SUFFIX]).await;
    ground.patient("a", Some(&index)).await;
    index.replace(shelf(&[])).await.expect("memory answers");
    // Other rules wrote it, before the job has begun.
    ground.patient("b", Some(&index)).await;
    index.replace(shelf(&[SUFFIX])).await.expect("memory answers");
    assert_eq!(indexing(&index), 1);
    index_all(&ground, &index).await;
    ground.check(&["a", "b"], &["a", "b"]).await;
}

/// Leaves a job behind whose holder is gone, after it has read the log up to here.
async fn leave_behind(ground: &Ground, (types, generation): (Fingerprints, u64), is_built: bool) {
    let after = ground.store.latest(&permit()).await.expect("memory answers");
    let progress = Progress { types, generation, began_at: after, after, done: 7, is_built };
    let id = ground.store.enqueue(&permit(), KIND, progress.write()).await.expect("memory answers");
    record::note_job(&*ground.store, &permit(), id).await.expect("memory answers");
    let (now, until) = (after, later(after, CLAIM_MS));
    let job = ground.store.claim(&permit(), KIND, now, until).await.expect("memory answers");
    assert_eq!(job.map(|job| job.id), Some(id));
}

#[tokio::test]
async fn another_process_goes_on_where_a_job_was_left() {
    let ground = Ground::new();
    ground.patient("a", None).await;
    let index = ground.begin(&[SUFFIX]).await;
    let due = index.due().await.expect("memory answers");
    leave_behind(&ground, (due.types, due.generation), false).await;
    ground.patient("b", None).await;
    assert!(matches!(index.look().await, Ok(Next::Look)), "it may still be held");
    ground.check(&["a", "b"], &[]).await;
    ground.later(CLAIM_MS);
    index_all(&ground, &index).await;
    ground.check(&["a", "b"], &["b"]).await;
}

#[tokio::test]
async fn a_server_that_shares_with_nobody_does_not_wait_for_who_is_gone() {
    let ground = Ground::new();
    ground.patient("a", None).await;
    let index = ground.begin_as(&[SUFFIX], Sharing::Alone).await;
    let due = index.due().await.expect("memory answers");
    leave_behind(&ground, (due.types, due.generation), false).await;
    ground.patient("b", None).await;
    index_all(&ground, &index).await;
    ground.check(&["a", "b"], &["b"]).await;
}

#[tokio::test]
async fn a_server_that_waits_for_another_warns_until_everything_is_found() {
    for is_built in [false, true] {
        let ground = Ground::new();
        ground.patient("a", None).await;
        let index = ground.begin(&[SUFFIX]).await;
        let due = index.due().await.expect("memory answers");
        leave_behind(&ground, (due.types, due.generation), is_built).await;
        assert!(matches!(index.look().await, Ok(Next::Look)));
        assert_eq!(indexing(&index) == 0, is_built);
    }
}

#[tokio::test]
async fn a_job_that_began_with_another_record_or_for_other_parameters_begins_anew() {
    for is_older in [true, false] {
        let ground = Ground::new();
        ground.patient("a", None).await;
        let index = ground.begin(&[SUFFIX]).await;
        let mut due = index.due().await.expect("memory answers");
        match is_older {
            true => due.generation += 1,
            false => drop(due.types.insert(key("a").resource_type, 7)),
        }
        leave_behind(&ground, (due.types, due.generation), false).await;
        ground.later(CLAIM_MS);
        index_all(&ground, &index).await;
        ground.check(&["a"], &["a"]).await;
    }
}

#[tokio::test]
async fn what_is_deleted_or_was_written_since_keeps_what_it_has() {
    let ground = Ground::new();
    ground.patient("a", None).await;
    let index = ground.begin(&[SUFFIX]).await;
    let old = ground.store.changes(&permit(), Instant(0), 10).await.expect("memory answers");
    let delete = Write {
        key: key("a"),
        method: Method::Delete,
        change: Change::Delete,
        expect: Expectation::Anything,
    };
    let transaction = Transaction { writes: vec![delete], guards: Vec::new() };
    ground.store.commit(&permit(), transaction).await.expect("memory takes all");
    let catalogue = index.context.library.catalogue();
    let done = page::index(&index.context, &permit(), &catalogue, old).await;
    assert_eq!(done, Ok(1));
    ground.check(&["a"], &[]).await;
}

#[test]
fn a_job_reads_what_it_wrote() {
    let types = Fingerprints::from([(key("a").resource_type, u64::MAX), (ResourceType::known("Group"), 0)]);
    let (began_at, after) = (Instant(3), Instant(i64::MIN));
    let progress = Progress { types, generation: 2, began_at, after, done: 4, is_built: true };
    assert_eq!(Progress::read(&progress.write()), Some(progress));
    assert_eq!(Progress::read(b""), None);
    assert_eq!(Progress::read(b"{}"), None);
}
