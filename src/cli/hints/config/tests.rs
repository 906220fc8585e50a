#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::Config;

#[test]
fn a_key_at_the_wrong_place_or_misspelt_is_answered_with_the_right_one() {
    for (text, hint) in [
        ("[image]\nentrypont = []", "did you mean entrypoint?"),
        ("[services.a]\nbase = { node = \"22\" }", "[base] is for all services"),
        ("[services.a.base]\nnode = \"22\"", "[base] is for all services"),
        ("[build]\nscipt = \"x\"", "did you mean script?"),
        ("[image]\nquite_another = 1", "docs/configuration.md"),
        ("[image]\nexpose = 3000", "is port."),
        ("[build]\nsandbox = \"full\"", "sandbox = \"auto\", \"required\""),
        ("[build]\nengines = false", "engines = \"ignore\""),
        ("[store]\nkeep = 20", "keep = \"20GB\""),
        ("[services.a]\nport = 1\nport = 2", "remove one of the lines"),
        ("[services.a]\nentrypoint = \"tini\"", "entrypoint = [\"tini\", \"--\"]"),
        ("[services.a]\nfiles = [\"../../config/x\"]", "files = [\"/config/x\"]"),
        ("[image]\nhealth = { interval = 10 }", "such as interval = \"5s\""),
        ("[services.a]\nowner = \"nodejs\"", "user = \"nodejs:1001\""),
        ("[services.a]\nport = \"80\"", "port = 3000"),
        ("[image]\nlayers = \"a\"", "layers = 20"),
        ("[services.a]\nport = 0", "port = false"),
        ("[services.a]\nwritable = \"uploads\"", "writable = ["),
        ("[services.a]\nuser = 1001", "nodejs:1001"),
        ("[services.a]\nfiles = [{ from = \"a\" }]", "\"/locales\" for the workspace's root"),
        ("[services.a]\nhealth = \"health\"", "health = \"/health\""),
        ("[services.a]\nhealth = { timeout = 30 }", "timeout = \"5s\""),
        ("[services.a]\nhealth = { start_period = \"3s\" }", "did you mean start-period?"),
        ("[build]\nsecrets = [\"a-b\"]", "secrets = [\"SENTRY_AUTH_TOKEN\"]"),
        ("[build]\nscript = []", "name a script of package.json"),
        ("[services.a]\ncmd = \"node src/index.js\"", "cmd = [\"node\", \"src/index.js\"]"),
    ] {
        let said = advice(&Config::parse(text).unwrap_err());
        assert!(said.contains(hint), "{text}: {said}");
    }
}
