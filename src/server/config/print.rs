//! What is every setting, where does it come from, and what does it mean?

use std::fmt::Write;

use super::sources::Source;
use super::{Configured, SETTINGS};

/// Writes the settings as a TOML file that could be read back, with the rest as comments.
pub(crate) fn print(configured: &Configured) -> String {
    let mut page = String::new();
    for setting in SETTINGS {
        let source = configured.sources.get(setting.name).unwrap_or(&Source::BuiltIn);
        let value = (setting.show)(&configured.settings);
        let (flag, variable) = (setting.flag(), setting.variable());
        // Writing to a String cannot fail.
        let _ = writeln!(page, "# {}", setting.meaning);
        let _ = writeln!(page, "# Expected: {}. Flag --{flag}, variable {variable}.", setting.expects);
        let _ = writeln!(page, "{} = {}  # {source}\n", setting.name, toml_value(&value, setting.switch));
    }
    page
}

fn toml_value(value: &str, switch: bool) -> String {
    if switch { value.to_owned() } else { toml::Value::from(value).to_string() }
}

/// A database URL without what stands between the user's name and the host.
pub(super) fn without_password(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let (account, host) = rest.rsplit_once('@')?;
        let (user, _) = account.split_once(':')?;
        Some(format!("{scheme}://{user}@{host}"))
    };
    let url = hidden().unwrap_or_else(|| url.to_owned());
    match url.split_once('?') {
        Some((place, query)) if query.contains("password") => place.to_owned(),
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::Settings;

    #[test]
    fn what_is_printed_is_toml_that_says_the_same() {
        let settings = Settings { cors_origins: vec!["http://a".into()], ..Settings::default() };
        let page = print(&Configured { settings: settings.clone(), sources: BTreeMap::new() });
        let table: toml::Table = page.parse().expect("TOML");
        assert_eq!(table.len(), SETTINGS.len());
        assert_eq!(table["listen"].as_str(), Some("127.0.0.1:8080"));
        assert_eq!(table["open"].as_bool(), Some(true));
        assert!(page.contains("listen = \"127.0.0.1:8080\"  # built in"));
    }

    #[test]
    fn passwords_are_not_printed() {
        for (url, shown) in [
            ("postgres://me:secret@host:5/d", "postgres://me@host:5/d"),
            ("postgres://me:s@cret@host/d", "postgres://me@host/d"),
            ("postgres://me@host/d", "postgres://me@host/d"),
            ("postgres://host/d?user=me&password=secret", "postgres://host/d"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
