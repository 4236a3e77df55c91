//! How does a program get a PostgreSQL database of its own?
//!
//! With PostgreSQL's own `createdb` and `dropdb`, because SQL is spoken in `sql` alone and these programs
//! know the server from outside only.

use std::io;
use std::process::Command;

use crate::chance::Chance;

/// A fresh database, dropped again when this value is.
pub struct Database {
    maintenance_url: String,
    name: String,
    url: String,
}

impl Database {
    /// Creates a database beside the one that `maintenance_url` names, whose user may do so.
    pub fn create(maintenance_url: &str) -> io::Result<Self> {
        let name = format!("brigid_{:016x}", Chance::from_seed(Chance::fresh_seed()).number());
        let url = beside(maintenance_url, &name);
        let output =
            Command::new("createdb").arg("--maintenance-db").args([maintenance_url, &name]).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(io::Error::other(format!("could not create a database: {said}")));
        }
        Ok(Self { maintenance_url: maintenance_url.to_owned(), name, url })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let mut command = Command::new("dropdb");
        command.args(["--force", "--if-exists", "--maintenance-db", &self.maintenance_url, &self.name]);
        // A database left behind is untidy and harms nobody.
        drop(command.output());
    }
}

/// The same server, user and options, another database.
fn beside(url: &str, name: &str) -> String {
    let (place, options) = url.split_once('?').map_or((url, None), |(place, options)| (place, Some(options)));
    let host_start = place.find("://").map_or(0, |scheme_end| scheme_end + 3);
    let host_end = place[host_start..].find('/').map_or(place.len(), |slash| host_start + slash);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &place[..host_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_is_named_with_the_same_server_and_options() {
        assert_eq!(beside("postgres://me:word@host:5/postgres", "x"), "postgres://me:word@host:5/x");
        assert_eq!(beside("postgres:///postgres?host=/tmp/a", "x"), "postgres:///x?host=/tmp/a");
        assert_eq!(beside("postgres://host", "x"), "postgres://host/x");
    }
}
