//! What does a process cost?
//!
//! Read from outside, from Linux's `/proc`: <https://man7.org/linux/man-pages/man5/proc.5.html>.

use std::fs;
use std::io;
use std::path::Path;

/// Linux counts processor time for users in hundredths of a second, whatever the kernel does inside.
const TICK_MICROS: u64 = 10_000;

/// The processor time that a process has used, in microseconds.
pub(crate) fn cpu_micros(process: u32) -> io::Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name stands in parentheses and may hold anything; user and system time are the 12th and 13th behind it.
    let (_, fields) = stat.rsplit_once(')').ok_or_else(|| io::Error::other("/proc/PID/stat has no name"))?;
    let ticks = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Ok(ticks.sum::<u64>() * TICK_MICROS)
}

/// The memory that a process holds now, in bytes.
pub(crate) fn resident_bytes(process: u32) -> io::Result<u64> {
    status_bytes(process, "VmRSS:")
}

/// The most memory that a process has held, in bytes.
pub(crate) fn resident_bytes_peak(process: u32) -> io::Result<u64> {
    status_bytes(process, "VmHWM:")
}

/// The bytes of all files in a folder and its folders.
pub(crate) fn disk_bytes(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(about) if about.is_dir() => bytes += disk_bytes(&entry.path())?,
            Ok(about) => bytes += about.len(),
            // A file that went away between listing and looking takes no room.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

fn status_bytes(process: u32, field: &str) -> io::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes
        .map(|kilobytes| kilobytes << 10)
        .ok_or_else(|| io::Error::other("/proc/PID/status has no memory line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_its_peak_is_no_less() {
        let process = std::process::id();
        let resident = resident_bytes(process).expect("Linux has /proc");
        assert!(resident > 100_000);
        assert!(resident_bytes_peak(process).expect("as before") >= resident);
    }

    #[test]
    fn a_process_that_works_uses_processor_time() {
        let process = std::process::id();
        let before = cpu_micros(process).expect("Linux has /proc");
        let mut number = 1_u64;
        for _ in 0..2_000_000_000_u64 {
            number = std::hint::black_box(number.wrapping_mul(3));
            if number % 4096 == 1 && cpu_micros(process).expect("as before") > before {
                return;
            }
        }
        panic!("no processor time was counted");
    }
}
