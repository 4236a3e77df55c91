//! Do hundreds of clients that send a byte a second keep others waiting, and for how long are they borne?

use std::net::SocketAddr;
use std::time::Duration;

use conformance_tests::harness;
use model::limits::{BODY_IDLE_MS_MAX, HEADER_READ_MS_MAX};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::{Client, House, in_runtime};

/// Slow clients: half are slow with their headers, half with their body.
const SLOW_COUNT: usize = 300;

/// How long an honest client may wait for a write and a read while they are there: enough for a busy disk,
/// and half of what it would wait for a slow client to be cut off.
const HONEST_WAIT_MAX: Duration = Duration::from_secs(5);

/// The server looks at its connections now and then, so it is late by a part of its limit.
const LATE_MAX: Duration = Duration::from_secs(4);

pub(crate) fn run() -> Result<(), String> {
    in_runtime(async {
        let house = House::new()?;
        let mut client = Client::open(house.start(None)?).await?;
        let kept = client.create("honest", 1).await?;

        let mut slow = JoinSet::new();
        for number in 0..SLOW_COUNT {
            slow.spawn(drip(client.process.address(), number));
        }
        let limit = Duration::from_millis(std::cmp::max(HEADER_READ_MS_MAX, BODY_IDLE_MS_MAX)) + LATE_MAX;
        let begun_at = harness::now();
        let mut number = 0;
        while !slow.is_empty() {
            while let Some(ended) = slow.try_join_next() {
                ended.map_err(|error| error.to_string())??;
            }
            if begun_at.elapsed() > limit {
                return Err(format!("{} slow clients are still connected after {limit:?}", slow.len()));
            }
            let asked_at = harness::now();
            number += 1;
            client.create(&format!("meanwhile{number}"), 1).await?;
            client.find(&kept).await?;
            let waited = asked_at.elapsed();
            if waited > HONEST_WAIT_MAX {
                return Err(format!("an honest client waited {waited:?} for a write and a read"));
            }
            sleep(Duration::from_millis(20)).await;
        }
        if number < 5 {
            return Err(format!(
                "the slow clients were sent away after {number} honest writes: nothing was tried"
            ));
        }
        Ok(())
    })
}

/// Sends a byte a second until the server has enough of it.
async fn drip(address: SocketAddr, number: usize) -> Result<(), String> {
    let mut stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    if number.is_multiple_of(2) {
        let head = "POST /fhir/Basic HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/fhir+json\r\n\
                    content-length: 500\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.map_err(|error| error.to_string())?;
    } else {
        stream
            .write_all(b"GET /fhir/metadata HTTP/1.1\r\nx-slow: ")
            .await
            .map_err(|error| error.to_string())?;
    }
    let (mut reading, mut writing) = stream.into_split();
    let mut answer = Vec::new();
    loop {
        // The server may answer that it was too slow, or just hang up.
        if timeout(Duration::from_secs(1), reading.read_to_end(&mut answer)).await.is_ok() {
            return Ok(());
        }
        if writing.write_all(b"a").await.is_err() {
            return Ok(());
        }
    }
}
