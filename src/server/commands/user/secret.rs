//! How is a password read so that nobody sees it?
//!
//! From a terminal twice, without showing it; from anything else the first line.

use std::io::{self, BufRead, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

/// Bytes of a line at most: the longest password in any script, and more.
const LINE_BYTES_MAX: u64 = 4096;

/// Reads a new password.
pub(super) fn read() -> Result<String, String> {
    let input = io::stdin();
    if !input.is_terminal() {
        return line(&mut input.lock());
    }
    let _hidden = Hidden::begin()?;
    let first = asked("New password: ")?;
    match asked("Once more: ")? == first {
        true => Ok(first),
        false => Err("that was not the same password twice".to_owned()),
    }
}

fn asked(question: &str) -> Result<String, String> {
    let mut out = io::stderr();
    // A terminal that cannot be written to shows no question, and its answer counts all the same.
    let _ = out.write_all(question.as_bytes()).and_then(|()| out.flush());
    let answer = line(&mut io::stdin().lock());
    let _ = out.write_all(b"\n");
    answer
}

/// The first line, without its end.
fn line(input: &mut impl BufRead) -> Result<String, String> {
    let mut line = String::new();
    let read = io::Read::take(input, LINE_BYTES_MAX).read_line(&mut line);
    read.map_err(|error| format!("cannot read the password: {error}"))?;
    let line = line.trim_end_matches(['\n', '\r']);
    if line.is_empty() {
        return Err("no password was given; it is read from the terminal or from standard input".to_owned());
    }
    Ok(line.to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden;

impl Hidden {
    fn begin() -> Result<Self, String> {
        match echo("-echo") {
            true => Ok(Self),
            false => {
                Err("the terminal cannot hide what is typed; send the password to standard input".to_owned())
            }
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // There is nobody to tell if it fails; a new terminal shows again what is typed.
        echo("echo");
    }
}

/// Tells the terminal by the system's own program, since the standard library cannot.
fn echo(setting: &str) -> bool {
    let mut command = Command::new("stty");
    let done = command.arg(setting).stdin(Stdio::inherit()).stderr(Stdio::null()).status();
    done.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: Option<&str>) {
        assert_eq!(line(&mut input.as_bytes()).ok().as_deref(), expected, "{input:?}");
    }

    #[test]
    fn the_first_line_is_the_password_blanks_and_all() {
        check("correct horse \nmore\n", Some("correct horse "));
        check("correct\r\n", Some("correct"));
        check("correct", Some("correct"));
        check("\n", None);
        check("", None);
    }
}
