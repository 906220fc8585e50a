#![allow(clippy::unwrap_used)]

use fourply_scripts::Secrets;
use fourply_store::Secret;

use super::*;

fn settings(text: &str, over: &Overrides) -> Result<BuildSettings, String> {
    let config = Config::parse(text).unwrap();
    build(Path::new("/w"), "services/web", &config, over, [])
        .map_err(|error| format!("{error}; {}", error.hint().unwrap()))
}

fn of(text: &str) -> BuildSettings {
    settings(text, &Overrides::default()).unwrap()
}

fn named(script: &str) -> ScriptChoice {
    ScriptChoice::Named(script.to_owned())
}

const WEB: &str = "[services.\"services/web\"]\n";
const WEB_BUILD: &str = "[services.\"services/web\".build]\n";

#[test]
fn a_service_has_keys_of_the_build_in_its_own_table() {
    let all = "[build]\nscript = \"compile\"\noutput = [\"out\"]\nprojects = [\"a\"]\nsecrets = [\"A\"]\ninputs = [\"x\"]\n";
    let build = of(all);
    assert_eq!(
        (build.script.as_ref().map(ScriptChoice::main), build.selection.outputs),
        (Some("compile"), vec!["out".to_owned()])
    );
    let own = "script = \"web\"\noutput = [\".next\"]\nprojects = []\nsecrets = [\"B\"]\ninputs = []\nenv = { X = \"1\" }\n";
    let build = of(&format!("{all}{WEB_BUILD}{own}"));
    assert_eq!(
        (build.script.as_ref().map(ScriptChoice::main), build.selection.outputs),
        (Some("web"), vec![".next".to_owned()])
    );
    assert_eq!((build.projects, build.secrets), (Vec::<String>::new(), vec!["B".to_owned()]));
    assert_eq!(build.inputs.root, Some(Vec::new()));
    assert_eq!(build.values.env["X"], "1");
    // The short form is as good.
    let build = of(&format!("{all}{WEB}script = \"web\"\noutput = [\".next\"]\n"));
    assert_eq!(
        (build.script.as_ref().map(ScriptChoice::main), build.selection.outputs),
        (Some("web"), vec![".next".to_owned()])
    );
}

#[test]
fn no_script_for_a_service_leaves_those_of_its_packages_on() {
    let script = |text: &str| {
        let build = of(text);
        (build.script, build.values.own_script)
    };
    assert_eq!(script(""), (Some(named("build")), true));
    assert_eq!(script(&format!("{WEB}script = false\n")), (Some(named("build")), false));
    assert_eq!(script(&format!("{WEB_BUILD}script = false\n")), (Some(named("build")), false));
    let compile = "[build]\nscript = \"compile\"\n";
    assert_eq!(script(&format!("{compile}{WEB}script = false\n")), (Some(named("compile")), false));
    let off = "[build]\nscript = false\n";
    assert_eq!(script(off), (None, false));
    assert_eq!(script(&format!("{off}{WEB}script = false\n")), (None, false));
    assert_eq!(script(&format!("{off}{WEB}script = \"x\"\n")), (Some(named("x")), true));
    let over = Overrides { prebuilt: true, ..Overrides::default() };
    assert_eq!(settings("", &over).unwrap().script, None);
}

#[test]
fn a_list_or_a_command_takes_the_place_of_a_script_and_the_other_way_round() {
    let of = |text: &str| of(text).script.unwrap();
    let list = ScriptChoice::Listed(["generate", "build"].map(str::to_owned).to_vec());
    assert_eq!(of("[build]\nscript = [\"generate\", \"build\"]\n"), list);
    let all = "[build]\ncommand = \"turbo run build\"\n";
    let command = ScriptChoice::Command("turbo run build".to_owned());
    assert_eq!(of(all), command);
    assert_eq!(of(&format!("{all}{WEB_BUILD}script = \"web\"\n")), named("web"));
    assert_eq!(of(&format!("{all}{WEB}script = false\n")), named("build"));
    assert_eq!(of(&format!("[build]\nscript = \"x\"\n{WEB_BUILD}command = \"turbo run build\"\n")), command);
    for (wrong, says) in [
        ("script = []", "names no script"),
        ("script = \"\"", "names no script"),
        ("script = [\"\"]", "names no script"),
        ("script = true", "has script = true"),
        ("command = \" \"", "is empty"),
        ("command = \"a\"\nscript = \"b\"", "both script and command"),
    ] {
        let error = Config::parse(&format!("[build]\n{wrong}\n")).unwrap_err().to_string();
        assert!(error.contains(says), "{wrong}: {error}");
    }
    let error = Config::parse("[build]\nscript = 1\n").unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("a list of names, or false"), "{source}");
}

fn with(args: &[&str], secrets: &[&str]) -> Overrides {
    let secrets = secrets.iter().map(|name| ((*name).to_owned(), Secret::new("hunter2!".to_owned())));
    Overrides {
        build_args: args.iter().map(|name| ((*name).to_owned(), "arg".to_owned())).collect(),
        secrets: Secrets::new(secrets.collect()),
        ..Overrides::default()
    }
}

#[test]
fn arguments_win_over_the_file() {
    let text = format!("[build]\nenv = {{ A = \"all\" }}\n{WEB_BUILD}env = {{ B = \"web\", C = \"web\" }}\n");
    let build = settings(&text, &with(&["A", "C"], &[])).unwrap();
    let env: Vec<_> = build.values.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["A=arg", "B=web", "C=arg"]);
}

#[test]
fn declared_secrets_are_given_and_no_others() {
    let text = "[build]\nsecrets = [\"TOKEN\"]\n";
    let build = settings(text, &with(&[], &["TOKEN", "OTHER"])).unwrap();
    assert_eq!(build.values.secrets.names().collect::<Vec<_>>(), ["TOKEN"]);
    build.check_secrets("services/web").unwrap();
    let error = of(text).check_secrets("services/web").unwrap_err();
    assert_eq!(error.to_string(), "services/web needs the secret TOKEN, which is not given");
    assert!(error.hint().unwrap().contains("--secret id=TOKEN,src=FILE"));
    // Without the script that would get it, it is not asked for.
    let build = settings(&format!("{text}{WEB}script = false\n"), &with(&[], &["TOKEN"])).unwrap();
    assert!(build.values.secrets.is_empty());
    build.check_secrets("services/web").unwrap();
    let error = settings(text, &with(&["TOKEN"], &[])).unwrap_err();
    assert!(
        error.contains("would give a secret openly, which [build] names")
            && error.contains("--secret id=TOKEN"),
        "{error}"
    );
    assert!(!format!("{:?}", with(&[], &["TOKEN"])).contains("hunter2"));
}
