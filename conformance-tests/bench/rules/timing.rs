//! How long does one of many take?

use std::time::Duration;

use tokio::time::Instant;

/// Returns the nanoseconds that one of `items` takes: the median of `rounds`, each of which goes over all items
/// until `length` is over, after one that nobody counts.
pub(crate) fn nanos(items: usize, rounds: usize, length: Duration, mut pass: impl FnMut()) -> f64 {
    pass();
    let mut found: Vec<f64> = (0..rounds).map(|_| round(items, length, &mut pass)).collect();
    found.sort_unstable_by(f64::total_cmp);
    found[found.len() / 2]
}

fn round(items: usize, length: Duration, pass: &mut impl FnMut()) -> f64 {
    let started = Instant::now();
    let mut passes = 0u32;
    // At least one pass, however long it takes, and at most what a counter holds.
    loop {
        pass();
        passes += 1;
        let took = started.elapsed();
        if took >= length || passes == u32::MAX {
            let items = f64::from(u32::try_from(items).expect("a set has few items"));
            return took.as_secs_f64() * 1e9 / f64::from(passes) / items;
        }
    }
}
