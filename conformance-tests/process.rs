//! How does a server run as a process of its own, and end?
//!
//! Programs of this crate execute themselves again with the server's command line, so that what they kill,
//! starve or measure is a real process. The only thing agreed on is the first line of its standard output,
//! which ends in the address that it answers at.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::harness;

/// How long a server may take to its first line, recovery after a kill included.
const START_TIME_MAX: Duration = Duration::from_secs(60);

/// How long a server may take to finish what it has begun.
const STOP_TIME_MAX: Duration = Duration::from_secs(60);

/// How often a server that was asked to end is looked at.
const STOP_POLL: Duration = Duration::from_millis(5);

/// A running server; dropping it kills it.
pub struct Process {
    child: Child,
    address: SocketAddr,
    base: String,
}

impl Process {
    /// Starts `command` and waits for its first line; what it logs is added to the file `log`.
    pub fn start(command: Command, log: &Path) -> io::Result<Self> {
        Self::announced(begin(command, log)?, log)
    }

    /// Waits for the first line of a server that was begun.
    pub fn announced(mut child: Child, log: &Path) -> io::Result<Self> {
        let output = child.stdout.take().expect("`begin` asked for a pipe");
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            // The thread reads on after the first line, so that the server never writes into a closed pipe.
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                drop(sender.send(line));
            }
        });
        let line = receiver.recv_timeout(START_TIME_MAX).unwrap_or_default();
        match parse_announcement(&line) {
            Some((address, base)) => Ok(Self { child, address, base }),
            None => {
                end(&mut child)?;
                let log = std::fs::read_to_string(log).unwrap_or_default();
                Err(io::Error::other(format!(
                    "the server did not start; it said `{line}` and logged:\n{log}"
                )))
            }
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The path before the resource type: `/fhir`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as a service manager does, and waits; a server that does not heed is killed.
    pub fn stop(mut self) -> io::Result<()> {
        Command::new("kill").args(["-TERM", &self.id().to_string()]).status()?;
        let asked_at = harness::now();
        while self.child.try_wait()?.is_none() {
            if asked_at.elapsed() > STOP_TIME_MAX {
                return Err(io::Error::other("the server did not end when it was asked to"));
            }
            std::thread::sleep(STOP_POLL);
        }
        Ok(())
    }

    /// Kills it at once, as a power cut would end it, and waits until it is gone.
    pub fn kill(mut self) -> io::Result<()> {
        end(&mut self.child).map(drop)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be gone already, which is what is wanted.
        drop(end(&mut self.child));
    }
}

/// Begins a server without waiting for anything.
pub fn begin(mut command: Command, log: &Path) -> io::Result<Child> {
    let log = OpenOptions::new().create(true).append(true).open(log)?;
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::from(log)).spawn()
}

/// This program again, with other arguments.
pub fn ourselves(arguments: &[&str]) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments);
    Ok(command)
}

/// The command line of a server with its data in `data`, or in `database` when one is named.
pub fn serve(data: &Path, database: Option<&str>) -> io::Result<Command> {
    serve_as("serve", data, database)
}

/// The same by another word, where this program knows one.
pub fn serve_as(word: &str, data: &Path, database: Option<&str>) -> io::Result<Command> {
    let mut command = ourselves(&[word, "--listen", "127.0.0.1:0"])?;
    command.arg("--data").arg(data);
    if let Some(database) = database {
        command.args(["--database", database]);
    }
    Ok(command)
}

/// Runs the server's own check of a store that nobody serves now, and returns what it said if it complained.
pub fn check(data: &Path, database: Option<&str>) -> io::Result<Result<(), String>> {
    let mut command = ourselves(&["check"])?;
    command.arg("--data").arg(data);
    if let Some(database) = database {
        command.args(["--database", database]);
    }
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    let said = [output.stdout, output.stderr].concat();
    Ok(Err(format!("{}: {}", output.status, String::from_utf8_lossy(&said))))
}

/// Kills a child, if it still runs, and waits for it.
pub fn end(child: &mut Child) -> io::Result<ExitStatus> {
    // Killing a process that is gone is no failure; waiting tells the rest.
    drop(child.kill());
    child.wait()
}

/// Makes an empty file for a server's log.
pub fn new_log(path: &Path) -> io::Result<()> {
    File::create(path).map(drop)
}

/// Reads `… on http://127.0.0.1:43210/fhir`.
fn parse_announcement(line: &str) -> Option<(SocketAddr, String)> {
    let (_, url) = line.split_once("http://")?;
    let (address, base) = url.trim_end().split_once('/').unwrap_or((url.trim_end(), ""));
    let base = if base.is_empty() { String::new() } else { format!("/{base}") };
    Some((address.parse().ok()?, base))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        assert_eq!(format!("{:?}", parse_announcement(line)), expected);
    }

    #[test]
    fn the_first_line_tells_address_and_base() {
        check("Brigid listens on http://127.0.0.1:43210/fhir\n", r#"Some((127.0.0.1:43210, "/fhir"))"#);
        check("Ceiling listens on http://127.0.0.1:1", r#"Some((127.0.0.1:1, ""))"#);
        check("error: the port is taken", "None");
    }
}
