//! How long did the requests take?
//!
//! Counts durations in buckets that are three per cent wide, so that millions of them cost two kilobytes
//! and one addition each.

use std::time::Duration;

/// Buckets of each power of two.
const STEPS: usize = 32;

/// Durations, counted.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Histogram {
    /// Nothing counted yet.
    pub(crate) fn new() -> Self {
        Self { counts: vec![0; STEPS * 64], total: 0 }
    }

    /// Counts one duration.
    pub(crate) fn count(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.counts[bucket(nanos)] += 1;
        self.total += 1;
    }

    /// Adds what another has counted.
    pub(crate) fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.total += other.total;
    }

    /// How many were counted.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The microseconds that so many of a thousand stayed under.
    pub(crate) fn micros(&self, per_mille: u64) -> f64 {
        let wanted = (self.total * per_mille).div_ceil(1000);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                return lower_bound(bucket + 1) as f64 / 1000.0;
            }
        }
        0.0
    }
}

/// Small numbers have a bucket each; above, the five bits behind the leading one choose.
fn bucket(nanos: u64) -> usize {
    let steps_bits = STEPS.ilog2();
    let shift = (nanos | (STEPS as u64)).ilog2() - steps_bits;
    let step = usize::try_from(nanos >> shift).expect("six bits are left");
    shift as usize * STEPS + step
}

fn lower_bound(bucket: usize) -> u64 {
    if bucket < STEPS * 2 {
        return bucket as u64;
    }
    let shift = bucket / STEPS - 1;
    ((bucket - shift * STEPS) as u64) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_in_its_bucket_and_buckets_are_narrow() {
        for nanos in (0..64).map(|bit| 1_u64 << bit).flat_map(|power| [power - 1, power, power + power / 3]) {
            let place = bucket(nanos);
            assert!(lower_bound(place) <= nanos, "{nanos}");
            assert!(place + 1 >= STEPS * 60 || nanos < lower_bound(place + 1), "{nanos}");
            assert!(nanos as f64 - lower_bound(place) as f64 <= nanos as f64 / 32.0, "{nanos}");
        }
    }

    #[test]
    fn half_stay_under_the_median_and_one_of_a_hundred_over_the_99th() {
        let mut histogram = Histogram::new();
        (1..=1000).for_each(|micros| histogram.count(Duration::from_micros(micros)));
        assert!((histogram.micros(500) - 500.0).abs() < 20.0, "{}", histogram.micros(500));
        assert!((histogram.micros(990) - 990.0).abs() < 35.0, "{}", histogram.micros(990));
    }
}
