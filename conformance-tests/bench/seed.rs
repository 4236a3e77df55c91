//! How is a store filled before something is measured?
//!
//! With transaction Bundles of updates, so that the ids are known and filling takes seconds.

use std::io;
use std::time::Duration;

use conformance_tests::chance::Chance;
use conformance_tests::client::Answer;

use crate::drive::{Script, drive, expect_status};
use crate::samples::{self, Kind, Template};
use crate::stage::Running;

/// Entries of one Bundle.
const BUNDLE_SIZE: u64 = 100;

/// Bundles on their way at the same time: the server prepares one while it commits another.
const CONNECTIONS: u64 = 4;

/// Filling a store that takes longer than this is a finding of its own.
const TIME_MAX: Duration = Duration::from_secs(600);

/// Stores `count` patients with the ids `s0`, `s1` and so on.
pub(crate) fn patients(server: &Running, count: u64) -> io::Result<()> {
    let scripts = (0..CONNECTIONS).map(|worker| {
        let (next, base) = (worker * BUNDLE_SIZE, server.process.base().to_owned());
        Box::new(Filling { next, count, base, chance: Chance::from_seed(worker), bundle: Vec::new() }) as _
    });
    let tally = drive(server.process.address(), scripts.collect(), 1, TIME_MAX)?.flawless()?;
    if tally.length > TIME_MAX {
        return Err(io::Error::other(format!("{count} patients were not stored within {TIME_MAX:?}")));
    }
    Ok(())
}

struct Filling {
    next: u64,
    count: u64,
    base: String,
    chance: Chance,
    bundle: Vec<u8>,
}

impl Script for Filling {
    fn next(&mut self, request: &mut Vec<u8>) -> bool {
        if self.next >= self.count {
            return false;
        }
        self.bundle.clear();
        self.bundle.extend_from_slice(br#"{"resourceType":"Bundle","type":"transaction","entry":["#);
        let end = std::cmp::min(self.next + BUNDLE_SIZE, self.count);
        let mut body = Vec::new();
        for number in self.next..end {
            let id = format!("s{number}");
            Template::of(Kind::Patient, &mut self.chance).render(&mut body, Some(&id), number);
            let before = if number == self.next { "{\"resource\":" } else { ",{\"resource\":" };
            self.bundle.extend_from_slice(before.as_bytes());
            self.bundle.extend_from_slice(&body);
            let behind = format!(r#","request":{{"method":"PUT","url":"Patient/{id}"}}}}"#);
            self.bundle.extend_from_slice(behind.as_bytes());
        }
        self.bundle.extend_from_slice(b"]}");
        self.next += BUNDLE_SIZE * CONNECTIONS;
        samples::write_with_body(request, "POST", &self.base, &self.bundle);
        true
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Result<(), String> {
        expect_status(answer, &[200])
    }
}
