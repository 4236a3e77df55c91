//! How far is the store from what its database could do?
//!
//! `cargo run --release -p sql --features bare --example speed [postgres URL]` prints what the store and
//! the bare database do in a second, one after the other, each in a fresh folder. The PostgreSQL
//! database it is given is emptied.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant as Timer, SystemTime};

use access::Permit;
use bytes::Bytes;
use model::{Clock, Draft, Id, Instant, Key, Object, ResourceType, Value, json};
use sql::bare::Bare;
use sql::{Options, SqlStore};
use store::{Change, Expectation, Method, Resources as _, Transaction, Write};

const PATIENT: ResourceType = ResourceType::known("Patient");
const CALLERS: usize = 64;
const SPAN: Duration = Duration::from_secs(4);
const SEEDED: usize = 20_000;

#[tokio::main]
async fn main() {
    let server = std::env::args().nth(1);
    let folder = tempfile::tempdir_in(".").expect("a folder can be made");
    for round in 0..2 {
        let url = |name: &str| match &server {
            Some(server) => server.clone(),
            None => folder.path().join(format!("{name}{round}.db")).to_str().expect("UTF-8").to_owned(),
        };
        empty(server.as_deref()).await;
        bare(&url("bare")).await;
        empty(server.as_deref()).await;
        store(&url("store")).await;
    }
}

async fn empty(server: Option<&str>) {
    let Some(url) = server else { return };
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.expect("it answers");
    for text in ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"] {
        sqlx::raw_sql(text).execute(&mut connection).await.expect("a fresh schema");
    }
}

async fn bare(url: &str) {
    let bare = Arc::new(Bare::open(url).await.expect("it opens"));
    bare.seed(SEEDED, &content(0).render(model::VersionId(1), Instant(0))).await.expect("seeded");
    report("bare ping", run(bare.clone(), |bare, _| async move { assert!(bare.ping().await) }).await);
    let read = run(bare.clone(), |bare, number| async move {
        assert!(bare.point_read(number * 7919 % SEEDED).await.is_some());
    });
    report("bare read", read.await);
    let insert = run(bare, |bare, number| async move {
        let body = Bytes::copy_from_slice(content(number).json());
        bare.insert(id(number), body).await.expect("inserted");
    });
    report("bare insert", insert.await);
}

async fn store(url: &str) {
    let clock: Clock = Arc::new(|| {
        let since = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        Instant(i64::try_from(since.as_micros()).expect("fits"))
    });
    let open = async |cache_bytes| {
        let options = Options {
            url: url.to_owned(),
            clock: clock.clone(),
            types: &[PATIENT],
            cache_bytes,
            single_process: true,
            young_max: 1000,
        };
        Arc::new(sql::open(options).await.expect("it opens"))
    };
    let store = open(64 << 20).await;
    for first in (0..SEEDED).step_by(500) {
        commit(&store, (first..first + 500).map(|number| (id(number), number))).await;
    }
    let create = run(store.clone(), |store, number| async move {
        commit(&store, [(id(SEEDED + number), number)]).await;
    });
    report("store create", create.await);
    let update = run(store.clone(), |store, number| async move {
        commit(&store, [(id(number % 1000), number)]).await;
    });
    report("store update", update.await);
    store.close().await;
    drop(store);
    let store = open(0).await;
    let miss =
        run(store.clone(), |store, number| async move { read(&store, &id(number * 7919 % SEEDED)).await });
    report("store read, miss", miss.await);
    store.close().await;
    drop(store);
    let store = open(64 << 20).await;
    let hit =
        run(store.clone(), |store, number| async move { read(&store, &id(number * 7919 % 1000)).await });
    report("store read, hit", hit.await);
    store.close().await;
}

async fn commit(store: &SqlStore, contents: impl IntoIterator<Item = (String, usize)>) {
    let writes = contents.into_iter().map(|(id, number)| Write {
        key: Key::new(PATIENT, Id::parse(&id).expect("valid")),
        method: Method::Post,
        change: Change::Put { draft: content(number), blob: None, rows: search::Rows::default() },
        expect: Expectation::Anything,
    });
    let writes = writes.collect();
    let permit = Permit::for_the_server("benchmark");
    store.commit(&permit, Transaction { writes, guards: Vec::new() }).await.expect("stored");
}

async fn read(store: &SqlStore, id: &str) {
    let key = Key::new(PATIENT, Id::parse(id).expect("valid"));
    let permit = Permit::for_the_server("benchmark");
    assert!(store.read(&permit, &key).await.expect("read").is_some(), "{id}");
}

/// Spreads ids as random ones would be.
fn id(number: usize) -> String {
    let mixed = (number as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let text = format!("{mixed:032x}");
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// A patient of about 1.5 KB.
fn content(number: usize) -> Draft {
    let address = format!(
        r#"{{"use":"home","line":["{number} Harbour Street","Flat {}"],"city":"Port {}","postalCode":"{}","country":"IE","period":{{"start":"19{:02}-04-0{}"}}}}"#,
        number % 90,
        number * 31 % 977,
        number * 7919 % 99_999,
        number % 100,
        number % 9 + 1
    );
    let text = format!(
        r#"{{"resourceType":"Patient","id":"x","meta":{{}},"active":true,"identifier":[{{"system":"http://example.org/fhir/sid/mrn","value":"{:012}"}},{{"system":"http://example.org/fhir/sid/national","value":"{:09}"}}],"name":[{{"use":"official","family":"Family{}","given":["Given{}","Second{}"]}},{{"use":"maiden","family":"Maiden{}"}}],"telecom":[{{"system":"phone","value":"+353 1 {:07}","use":"home"}},{{"system":"email","value":"person{number}@example.org"}}],"gender":"female","birthDate":"19{:02}-0{}-1{}","address":[{address},{address}],"maritalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"Married"}}]}},"contact":[{{"relationship":[{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/v2-0131","code":"N"}}]}}],"name":{{"family":"Kin{}","given":["Next{}"]}},"telecom":[{{"system":"phone","value":"+353 2 {:07}"}}]}}],"communication":[{{"language":{{"coding":[{{"system":"urn:ietf:bcp:47","code":"en"}}]}},"preferred":true}}]}}"#,
        number * 104_729,
        number * 7919 % 999_999_999,
        number % 500,
        number % 300,
        number % 77,
        number % 411,
        number * 13 % 9_999_999,
        number % 100,
        number % 9 + 1,
        number % 9,
        number % 501,
        number % 301,
        number * 17 % 9_999_999,
    );
    let Ok(Value::Object(resource)) = json::parse(text.as_bytes()) else { panic!("an object") };
    let resource: Object = resource;
    Draft::new(resource, &Id::parse("x").expect("valid"))
}

/// Lets all callers do the same thing again and again, with running numbers; returns how often a second.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
async fn run<T, F>(target: Arc<T>, deed: fn(Arc<T>, usize) -> F) -> f64
where
    T: Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let number = Arc::new(AtomicUsize::new(0));
    let began = Timer::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (target, number) = (target.clone(), number.clone());
        callers.spawn(async move {
            while began.elapsed() < SPAN {
                deed(target.clone(), number.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    callers.join_all().await;
    let done = u32::try_from(number.load(Ordering::Relaxed)).expect("a few millions");
    f64::from(done) / began.elapsed().as_secs_f64()
}

fn report(what: &str, per_second: f64) {
    let mut out = std::io::stdout();
    writeln!(out, "{what:<20} {per_second:>10.0} a second").expect("stdout takes a line");
}
