//! Which source wins, and how is a wrong value refused?

use super::*;

/// Gathers from a file's text, variables and flags; tells a setting's value and source, or the refusal.
fn check(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)], name: &str, expected: &str) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path().join("b.toml");
    std::fs::write(&path, file).expect("a file for the test");
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let flags: Vec<_> = flags.iter().map(|(name, value)| (*name, value.to_string())).collect();
    let told = match gather(Some(&path), &variables, &flags) {
        Err(refusal) => refusal,
        Ok(configured) => {
            let setting = SETTINGS.iter().find(|setting| setting.name == name).expect("a setting's name");
            let source = configured.sources.get(name).unwrap_or(&Source::BuiltIn);
            format!("{} ({source})", (setting.show)(&configured.settings))
        }
    };
    assert_eq!(told.replace(&path.display().to_string(), "b.toml"), expected);
}

#[test]
fn a_setting_that_nobody_gives_is_built_in() {
    check("", &[], &[], "listen", "127.0.0.1:8080 (built in)");
}

#[test]
fn a_file_wins_over_what_is_built_in() {
    check("# mine\nlisten = '[::1]:1'\n", &[], &[], "listen", "[::1]:1 (b.toml, line 2)");
}

#[test]
fn a_variable_wins_over_the_file() {
    let variables = [("BRIGID_LISTEN", "127.0.0.1:2"), ("HOME", "/")];
    check(
        "listen = '127.0.0.1:1'",
        &variables,
        &[],
        "listen",
        "127.0.0.1:2 (environment variable BRIGID_LISTEN)",
    );
}

#[test]
fn a_flag_wins_over_the_variable() {
    let variables = [("BRIGID_LISTEN", "127.0.0.1:2")];
    check("", &variables, &[("listen", "127.0.0.1:3")], "listen", "127.0.0.1:3 (flag --listen)");
}

#[test]
fn numbers_truths_and_lists_of_toml_are_understood() {
    check("cache_bytes = 1_000", &[], &[], "cache_bytes", "1000 (b.toml, line 1)");
    check("open = false", &[], &[], "open", "false (b.toml, line 1)");
    check(
        "cors_origins = ['http://a', 'http://b']",
        &[],
        &[],
        "cors_origins",
        "http://a,http://b (b.toml, line 1)",
    );
}

#[test]
fn a_wrong_value_is_refused_where_it_stands() {
    check(
        "open = true\nlisten = 'here'",
        &[],
        &[],
        "",
        "b.toml, line 2: `here` is not a value for `listen`, expected an IP address and a port such as \
         127.0.0.1:8080 or [::1]:8080",
    );
    check(
        "",
        &[("BRIGID_OPEN", "yes")],
        &[],
        "",
        "environment variable BRIGID_OPEN: `yes` is not a value for `open`, expected true or false",
    );
    check(
        "",
        &[],
        &[("cache_bytes", "much")],
        "",
        "flag --cache-bytes: `much` is not a value for `cache_bytes`, expected a number of bytes such as \
         1000000, 512KiB, 64MiB or 2GiB",
    );
}

#[test]
fn an_unknown_setting_is_refused_and_a_near_one_offered() {
    check("lsten = ''", &[], &[], "", "b.toml, line 1: there is no setting `lsten`; did you mean `listen`?");
    check(
        "",
        &[("BRIGID_WEATHER", "fine")],
        &[],
        "",
        "environment variable BRIGID_WEATHER: there is no setting `weather`; `brigid config` lists those there are",
    );
}

#[test]
fn variables_of_tests_are_no_settings() {
    check("", &[("BRIGID_TEST_POSTGRES", "x")], &[], "open", "true (built in)");
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    check("open = true\nlisten 127", &[], &[], "", "b.toml, line 2: key with no value, expected `=`");
    check("[listen]\nport = 1", &[], &[], "", "b.toml, line 1: `listen` is a table, expected one value");
}

#[test]
fn a_database_password_is_not_repeated_in_a_refusal() {
    check(
        "",
        &[("BRIGID_DATABASE", "mysql://me:secret@host/d")],
        &[],
        "",
        "environment variable BRIGID_DATABASE: the text is not a value for `database`, expected a URL such as \
         postgres://user@host/name, or nothing for SQLite in the data folder",
    );
}

#[test]
fn a_collector_that_wants_tls_is_refused_with_the_usual_way_out() {
    check(
        "",
        &[],
        &[("otlp_endpoint", "https://me:secret@host:4318")],
        "",
        "flag --otlp-endpoint: the text is not a value for `otlp_endpoint`, expected a URL such as \
         http://127.0.0.1:4318, or nothing; https is not spoken, so name a collector on the same machine, as is \
         usual, and let it send spans on",
    );
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let refusal = gather(Some(Path::new("/nowhere/b.toml")), &[], &[]).expect_err("refused");
    assert!(refusal.starts_with("cannot read the settings in /nowhere/b.toml: "), "{refusal}");
}
