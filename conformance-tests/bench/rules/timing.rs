//! How long does one of many take?

use std::time::Duration;

use tokio::time::Instant;

/// Returns the nanoseconds that one of `items` takes: the median of `rounds`, each of which goes over all items
/// until `length` is over and counts its fastest pass, because others may use the machine at the same time.
pub(crate) fn nanos(items: usize, rounds: usize, length: Duration, mut pass: impl FnMut()) -> f64 {
    pass();
    let items = f64::from(u32::try_from(items).expect("a set has few items"));
    let mut found: Vec<f64> = (0..rounds).map(|_| fastest(length, &mut pass) / items).collect();
    found.sort_unstable_by(f64::total_cmp);
    found[found.len() / 2]
}

/// The nanoseconds of the fastest pass of those that `length` has room for, at least of one.
fn fastest(length: Duration, pass: &mut impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut found = f64::INFINITY;
    while found.is_infinite() || started.elapsed() < length {
        let begun = Instant::now();
        pass();
        found = f64::min(found, begun.elapsed().as_secs_f64() * 1e9);
    }
    found
}
