#![allow(clippy::unwrap_used)]

use super::{Config, ConfigError, Engines, Health, Modules, Network, Port, SandboxSwitch, Script};

mod reference;

#[test]
fn an_empty_file_is_a_configuration() {
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

#[test]
fn a_service_overrides_what_all_have() {
    let config = Config::parse(
        "[image]\nport = 3000\nhealth = \"/health/live\"\n[services.auth]\nport = 3001\nhealth = false\nscript = false\n",
    )
    .unwrap();
    let auth = &config.services["auth"];
    assert_eq!((auth.port, &auth.health), (Some(Port::Number(3001)), &Some(Health::Off)));
    assert_eq!(auth.script, Some(Script::Switch(false)));
}

#[test]
fn modules_are_all_none_or_some_dependencies() {
    let parse = |value: &str| Config::parse(&format!("[services.a]\nmodules = {value}\n"));
    let modules = |value: &str| parse(value).unwrap().services["a"].modules.clone().unwrap();
    assert_eq!(
        modules("[\"sharp\", \"@x/y\"]"),
        Modules::Listed(vec!["sharp".to_owned(), "@x/y".to_owned()])
    );
    assert!(modules("false").packages().is_none() && modules("true").packages().is_all());
    assert!(!modules("[\"a\"]").packages().is_none());
    for (value, reason) in [
        ("[]", "[services.a] modules in fourply.toml names no package"),
        ("[\"\"]", "modules"),
        ("\"sharp\"", "modules is true, false, or a list"),
        ("[1]", "modules is true, false, or a list"),
    ] {
        let error = parse(value).unwrap_err();
        let text = std::error::Error::source(&error)
            .map_or(error.to_string(), |source| format!("{error}: {source}"));
        assert!(text.contains(reason), "{value}: {text}");
    }
}

#[test]
fn development_dependencies_of_an_image_are_names() {
    let parse = |text: &str| Config::parse(&format!("[services.a]\n{text}\n"));
    let config = parse("dev-dependencies = [\"tsx\", \"@x/y\"]\nmodules = [\"sharp\"]").unwrap();
    assert_eq!(config.services["a"].dev_dependencies.clone().unwrap(), ["tsx", "@x/y"]);
    for (text, reason) in [
        ("dev-dependencies = [\"\"]", "dev-dependencies in fourply.toml has"),
        ("dev-dependencies = [\"tsx\"]\nmodules = false", "has modules = false and dev-dependencies"),
    ] {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(reason), "{text}: {error}");
    }
    assert!(parse("dev-dependencies = \"tsx\"").is_err() && parse("dev_dependencies = [\"tsx\"]").is_err());
    assert!(Config::parse("[image]\ndev-dependencies = [\"tsx\"]\n").is_err());
}

#[test]
fn a_misspelt_key_is_named_with_its_line() {
    let error = Config::parse("[image]\nprot = 3000\n").unwrap_err();
    let ConfigError::Syntax(source) = error else { panic!("{error}") };
    let text = source.to_string();
    assert!(text.contains("prot") && text.contains("line 2"), "{text}");
}

#[test]
fn variables_and_secrets_have_names_and_stand_in_one_place() {
    let error = |text: &str| Config::parse(text).unwrap_err().to_string();
    for name in ["", "A=B", "A B", "A\\u0000"] {
        let text = error(&format!("[build]\nenv = {{ \"{name}\" = \"1\" }}\n"));
        assert!(text.starts_with("line 2: [build] in fourply.toml has a variable"), "{name}: {text}");
    }
    assert!(error("[build]\nenv = { A = \"\\u0000\" }\n").contains("\"A\" that cannot be set"));
    for name in ["", "1A", "A-B", "A=B"] {
        let text = error(&format!("[services.web.build]\nsecrets = [\"{name}\"]\n"));
        assert!(
            text.starts_with("line 2: [services.web.build] secrets in fourply.toml has"),
            "{name}: {text}"
        );
    }
    let text = error("[build]\nsecrets = [\"A\"]\nenv = { A = \"1\" }\n");
    assert!(text.starts_with("line 2: A is in env and in secrets of [build]"), "{text}");
    let text = error("[services.web]\nscript = \"a\"\n[services.web.build]\nscript = \"b\"\n");
    assert!(text.starts_with("line 2: script is in [services.web] and in [services.web.build]"), "{text}");
    assert!(error("[services.web.build]\nscript = true\n").contains("script = true"));
    Config::parse("[build]\nenv = { \"npm_config_//r.example/:x\" = \"1\" }\nsecrets = [\"A\", \"A\"]\n")
        .unwrap();
}

#[test]
fn a_toolchain_is_names_of_packages_for_all_services() {
    let config = Config::parse("[build]\ntoolchain = [\"python3\", \"make\", \"g++\"]\n").unwrap();
    assert_eq!(config.build.toolchain.unwrap(), ["python3", "make", "g++"]);
    for wrong in ["[\"\"]", "[\"g++ make\"]", "[\"a\\u0000\"]"] {
        let error = Config::parse(&format!("[build]\ntoolchain = {wrong}\n")).unwrap_err().to_string();
        assert!(error.contains("which is no name of a package"), "{error}");
    }
    assert!(Config::parse("[build]\ntoolchain = \"make\"\n").is_err());
    let error = Config::parse("[services.web.build]\ntoolchain = [\"make\"]\n").unwrap_err().to_string();
    assert!(
        error.starts_with("line 2: [services.web.build] toolchain in fourply.toml is not possible"),
        "{error}"
    );
}

#[test]
fn two_bases_are_refused() {
    let error = Config::parse("[base]\nimage = \"a\"\ndebian = { node = \"20.20.2\" }\n").unwrap_err();
    assert_eq!(error.to_string(), "line 1: [base] in fourply.toml names more than one base: image, debian");
}

#[test]
fn a_base_may_be_kept_as_it_is() {
    let base = |text: &str| Config::parse(&format!("[base]\n{text}")).map(|config| config.base);
    let plain = base("").unwrap();
    assert_eq!((plain.upgrade, plain.essential), (None, None));
    assert_eq!(base("upgrade = false").unwrap().upgrade, Some(false));
    assert_eq!(base("essential = true").unwrap().essential, Some(true));
    for wrong in ["upgrade = \"no\"", "essential = [\"dash\"]"] {
        assert!(base(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn switches_can_only_be_off() {
    let useless = Config::parse("[build]\nscript = true").unwrap_err();
    assert!(
        matches!(useless, ConfigError::At { line: 2, error } if matches!(*error, ConfigError::UselessSwitch(_)))
    );
}

#[test]
fn scripts_are_confined_and_have_no_network_unless_the_file_says_so() {
    let build = |text: &str| Config::parse(&format!("[build]\n{text}")).map(|config| config.build);
    let plain = build("").unwrap();
    assert_eq!((plain.sandbox, plain.network), (None, None));
    assert_eq!(build("sandbox = \"required\"").unwrap().sandbox, Some(SandboxSwitch::Required));
    assert_eq!(build("engines = \"ignore\"").unwrap().engines, Some(Engines::Ignore));
    assert!(build("engines = \"warn\"").is_err() && build("engines = false").is_err());
    assert_eq!(build("sandbox = \"off\"").unwrap().sandbox, Some(SandboxSwitch::Off));
    assert_eq!(build("network = true").unwrap().network, Some(Network::Switch(true)));
    let named = build("network = [\"puppeteer\", \"services/web\"]").unwrap().network;
    assert_eq!(named, Some(Network::Named(vec!["puppeteer".to_owned(), "services/web".to_owned()])));
    assert!(Config::parse("[services.a.build]\nsandbox = \"off\"").is_err());
    for wrong in ["sandbox = \"maybe\"", "sandbox = true", "network = \"puppeteer\"", "network = 1"] {
        assert!(build(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_format_of_layers_is_one_that_there_is() {
    let parse = |value: &str| Config::parse(&format!("[image]\nlayer-format = {value}\n"));
    assert_eq!(parse("1").unwrap().image.layer_format, Some(fourply_blob::LayerFormat::V1));
    assert_eq!(Config::parse("").unwrap().image.layer_format, None);
    for value in ["0", "3", "-1", "\"1\"", "1.0", "true"] {
        assert!(matches!(parse(value), Err(ConfigError::Syntax(_))), "{value}");
    }
    for key in ["single-stream", "revision"] {
        assert!(Config::parse(&format!("[image]\n{key} = true\n")).is_ok(), "{key}");
        let quoted = Config::parse(&format!("[image]\n{key} = \"yes\"\n"));
        assert!(matches!(quoted, Err(ConfigError::Syntax(_))), "{key}");
    }
    let service = "[services.a]\nlayer-format = 1\n";
    assert!(matches!(Config::parse(service), Err(ConfigError::Syntax(_))), "shared layers are of one format");
}
