//! How fast are words indexed and found?
//!
//! `cargo run --release -p fulltext --example speed -- FOLDER DOCUMENTS TEXTS`: made documents of some sixty words and
//! made texts of three to eight, of a vocabulary in which few words are frequent, as in any language.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "what was measured is what it is run for"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use fulltext::{Change, Document, Expression, Field, Found, Index, Name, Ranked};

/// Documents that are applied at once, as pages of the log are.
const AT_ONCE: u32 = 128;

/// Documents between commits.
const BETWEEN_COMMITS: u32 = 50_000;

const SYLLABLES: [&str; 20] = [
    "car", "di", "o", "my", "pa", "thy", "neph", "ro", "sis", "fe", "ver", "chest", "ul", "cer", "ec", "to",
    "my", "an", "gi", "na",
];

/// Numbers that look as if they came by chance, the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap_or_default() % bound
    }

    /// A word of some fifty thousand; the first are far more frequent than the last.
    fn word(&mut self) -> String {
        let bound = 1 << (1 + self.below(16));
        let mut number = self.below(bound) as usize;
        let mut word = String::new();
        loop {
            word.push_str(SYLLABLES[number % SYLLABLES.len()]);
            number /= SYLLABLES.len();
            if number == 0 {
                return word;
            }
        }
    }

    fn text(&mut self, words: u32) -> String {
        (0..words).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, documents, texts] = arguments.as_slice() else {
        println!("FOLDER, DOCUMENTS and TEXTS are expected");
        return;
    };
    let count = |text: &String| text.parse().expect("a number");
    let folder = Path::new(folder);
    println!("{} MB resident", resident());
    measure_documents(&folder.join("documents"), count(documents));
    measure_texts(&folder.join("texts"), count(texts));
}

fn measure_documents(folder: &Path, count: u32) {
    let index = Index::open(folder).expect("a folder");
    let mut chance = Chance(1);
    let (mut spent, mut committing, mut longest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for first in (0..count).step_by(AT_ONCE as usize) {
        let ids: Vec<String> =
            (first..first + AT_ONCE).map(|id| format!("00000000-0000-4000-8000-{id:012}")).collect();
        let document =
            |_| Document { text: vec![chance.text(20)], beside: (0..14).map(|_| chance.text(3)).collect() };
        let documents: Vec<Document> = ids.iter().map(document).collect();
        let name = |id| Name { tenant: 0, kind: "Observation", id };
        let changes: Vec<_> =
            ids.iter().zip(documents).map(|(id, it)| (name(id.as_str()), Change::Add(it))).collect();
        let begin = Instant::now();
        index.apply(&changes).expect("written");
        spent += begin.elapsed();
        if first % BETWEEN_COMMITS < AT_ONCE {
            let begin = Instant::now();
            index.commit(first.into()).expect("committed");
            committing += begin.elapsed();
            longest = std::cmp::max(longest, begin.elapsed());
        }
    }
    let begin = Instant::now();
    index.commit(count.into()).expect("committed");
    committing += begin.elapsed();
    let rate = f64::from(count) / (spent + committing).as_secs_f64();
    println!("{count} documents: {rate:.0} a second, commits {committing:?}, longest {longest:?}");
    println!("{} MB resident while writing", resident());
    let one = [(Name { tenant: 0, kind: "Observation", id: "new" }, Change::Add(Document::default()))];
    let begin = Instant::now();
    index.apply(&one).expect("written");
    index.commit(i64::from(count) + 1).expect("committed");
    println!("one document and its commit: {:?}", begin.elapsed());
    index.rest().expect("nothing is written");
    println!("{} MB resident at rest", resident());
    for sought in
        ["car di", "cardi chesto", "\"fever chest\"", "nephroc*", "cardi -chest", "carmy or ulcer", "xyz"]
    {
        let meant = Expression::parse(sought).expect("words");
        let find = || index.search((0, "Observation"), Field::Content, &meant).expect("found");
        let found = match find() {
            Found::All(ids) => ids.len().to_string(),
            Found::TooMany => "too many".to_owned(),
        };
        println!("{:>10.3?} {sought}: {found}", fastest(&find));
    }
}

fn measure_texts(folder: &Path, count: u32) {
    let mut chance = Chance(2);
    let begin = Instant::now();
    let texts = (0..count).map(|number| {
        let words = 3 + chance.below(6);
        (number, chance.text(words))
    });
    Ranked::write(folder, texts).expect("written");
    println!("{count} texts in {:?}, {} MB resident", begin.elapsed(), resident());
    let index = Ranked::open(folder).expect("written");
    for typed in ["c", "ca", "car", "card", "cardi", "cardi fe", "fever chest", "neph ec ul", "xyz"] {
        let find = || index.search(typed, 20).expect("found");
        println!("{:>10.3?} {typed}: {}", fastest(&find), find().len());
    }
}

/// The time of the fastest of some runs.
fn fastest<T>(work: &dyn Fn() -> T) -> Duration {
    let run = |_| {
        let begin = Instant::now();
        work();
        begin.elapsed()
    };
    (0..20).map(run).min().unwrap_or_default()
}

/// Megabytes of memory that the process holds.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}
