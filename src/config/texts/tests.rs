#![allow(clippy::unwrap_used)]

use crate::config::{Config, ConfigError};

fn error(text: &str) -> String {
    match Config::parse(text) {
        Err(ConfigError::At { error, .. }) if matches!(*error, ConfigError::Text { .. }) => error.to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn texts_that_can_name_nothing_are_told_with_table_and_key() {
    let all = ["\"\"", "\"a\\u0000b\""];
    let long = format!("\"{}\"", "a".repeat(5000));
    let paths = ["\"../x\"", "\"a/../b\""];
    for key in ["output", "files", "writable"] {
        for value in all.iter().chain(&paths).copied().chain([long.as_str()]) {
            let text = error(&format!("[services.a]\n{key} = [{value}]\n"));
            assert!(text.starts_with(&format!("[services.a] {key} in fourply.toml")), "{text}");
            assert!(text.len() < 300, "{text}");
        }
    }
    for (table, key) in [("build", "output"), ("services.a.build", "inputs"), ("build", "projects")] {
        for value in all.iter().copied().chain([long.as_str()]) {
            let text = error(&format!("[{table}]\n{key} = [{value}]\n"));
            assert!(text.starts_with(&format!("[{table}] {key} in fourply.toml")), "{text}");
        }
    }
    for (text, expected) in [
        ("[services.a]\nfiles = [{ from = \"x\", to = \"\" }]", "[services.a] files in"),
        ("[services.a]\nfiles = [\"[z\"]", "it is no glob"),
        ("[services.a]\nfiles = [\"a\", \"!a/b\"]", "nothing takes files away here"),
        ("[build]\noutput = [\"/dist\"]", "without a \"/\" in front"),
        ("[build]\noutput = [\".\"]", "the whole folder"),
        ("[build]\noutput = [\"!x\"]", "all entries take away"),
        ("[build]\noutput = [\"[\"]", "it is no glob: unclosed character class"),
        ("[build]\ninputs = [\"/etc\"]", "without a \"/\" in front"),
        ("[build]\ninputs = [\"!\"]", "takes nothing away"),
        ("[build]\nscript = \"a\\u0000\"", "[build] script in"),
        ("[prune]\ndrop = [\"typescript\"]", "no glob over PACKAGE/PATH"),
        ("[prune]\nkeep = [\"@types/node\"]", "[prune] keep in"),
        ("[prune]\ndrop = [\"../x/y\"]", "leaves its folder"),
        ("[image]\ncmd = [\"\"]", "[image] cmd in"),
        ("[image]\nentrypoint = [\"a\\u0000\"]", "[image] entrypoint in"),
        ("[image]\nlabels = { \"\" = \"x\" }", "[image] labels in"),
        ("[services.a]\nenv = { \"A=B\" = \"x\" }", "[services.a] env in"),
        ("[services.a]\nenv = { A = \"\\u0000\" }", "[services.a] env in"),
    ] {
        let text = error(text);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn what_can_name_something_is_taken() {
    for text in [
        "[build]\noutput = [\"dist\", \"dist\", \"./lib/**\", \"!dist/test\", \"s\u{f6}rc/\"]",
        "[services.a]\noutput = []\nfiles = [\"/locales\", \"proto/*.proto\", { from = \"x\", to = \".\" }]",
        "[services.a]\nwritable = [\"/data\", \"up\", \"\u{fc}\"]\ncmd = [\"node\", \"\", \"x\"]",
        "[build]\ninputs = [\"proto/**\", \"!proto/x\", \".\"]\nprojects = [\".\", \"@a/b\"]",
        "[prune]\ndrop = [\"moment/src/**\", \"@a/b/**\", \"*/x\", \"**\"]\nkeep = [\"{a,b}/**\"]",
        "[image]\nenv = { \"A B\" = \"\", X = \"y\" }\ncmd = []",
    ] {
        Config::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}
