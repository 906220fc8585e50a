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
        ("[image]\nquite_another = 1", "README.md"),
        ("[services.a]\ncmd = \"node src/index.js\"", "cmd = [\"node\", \"src/index.js\"]"),
    ] {
        let said = advice(&Config::parse(text).unwrap_err());
        assert!(said.contains(hint), "{text}: {said}");
    }
}
