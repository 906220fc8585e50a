#![allow(clippy::unwrap_used)]

use super::*;
use crate::config::Config;

fn of(text: &str) -> Result<Option<u16>, String> {
    let config = Config::parse(text).unwrap();
    let own = config.services.get("auth").cloned().unwrap_or_default();
    port("services/auth", &own, &config.image).map_err(|error| error.to_string())
}

#[test]
fn port_and_its_variable_say_one_thing() {
    assert_eq!(of(""), Ok(Some(3000)));
    assert_eq!(of("[image]\nport = 1\n[services.auth]\nport = 3001\n"), Ok(Some(3001)));
    assert_eq!(of("[image]\nenv = { PORT = \"4000\" }\n"), Ok(Some(4000)));
    assert_eq!(of("[services.auth]\nport = 4000\nenv = { PORT = \"4000\" }\n"), Ok(Some(4000)));
    assert_eq!(of("[services.auth]\nport = false\n"), Ok(None));
    let two = of("[image]\nport = 3001\n[services.auth]\nenv = { PORT = \"4000\" }\n").unwrap_err();
    let expected =
        "fourply.toml names two ports: port = 3001 in [image], and PORT in env of [services.auth] has 4000";
    assert_eq!(two, expected);
    let worker = of("[services.auth]\nport = false\nenv = { PORT = \"4000\" }\n").unwrap_err();
    assert!(worker.contains("port = false in [services.auth]"), "{worker}");
    for text in ["", "0", "65536", "x", "-1", " 80"] {
        let error = of(&format!("[image]\nenv = {{ PORT = \"{text}\" }}\n")).unwrap_err();
        assert!(error.ends_with("in env of [image] in fourply.toml is no port"), "{text}: {error}");
    }
}

#[test]
fn words_name_a_port() {
    let port = |text: &str| port_in(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
    for (text, expected) in [
        ("next start -p 3100", Some(3100)),
        ("node node_modules/next/dist/bin/next start -p3100", Some(3100)),
        ("node main.js --port 4000", Some(4000)),
        ("node main.js --port=4000", Some(4000)),
        ("node dist/main.js -p4013", Some(4013)),
        ("node dist/main.js -p 4013", Some(4013)),
        ("sirv dist -p 80", Some(80)),
        ("serve -l 5000 dist", Some(5000)),
        // Of node, -p prints.
        ("node -p 4000", None),
        ("tsx src/main.ts -p 1", None),
        ("next start -p 0", None),
        ("next start -p $PORT", None),
        ("next start", None),
    ] {
        assert_eq!(port(text), expected, "{text}");
    }
}
