//! Private registries: which one is asked, with which header, and what never leaves the environment. What is right for each version was seen with
//! pnpm 9.15.9, 10.34.1, 10.34.2, 10.34.9, 11.5.2, 11.5.3, 11.28.11 and 12.21.0.
#![allow(missing_docs, clippy::unwrap_used)]

mod optional;
mod server;
mod stale;
mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use fourply_testing::{program, tiny};
use server::{Asked, Registry};
use sha2::Digest as _;

/// A version of each kind: those that do not replace variables in credentials of a repository come last.
const OLDER: [&str; 3] = ["9.15.9", "10.34.1", "11.5.2"];
const NEWER: [&str; 4] = ["10.34.2", "10.34.9", "11.5.3", "12.21.0"];

struct Case {
    registry: Registry,
    dir: tempfile::TempDir,
}

/// The private package.
fn tarball() -> Vec<u8> {
    tiny::tarball(&[(b'0', "package/package.json", r#"{"name":"@my/lib","version":"1.0.0"}"#)])
}

impl Case {
    /// A workspace of a version of pnpm whose service needs the private package.
    fn new(version: &str) -> Case {
        let tarball = tarball();
        let integrity = base64::engine::general_purpose::STANDARD.encode(sha2::Sha512::digest(&tarball));
        let case = Case { registry: Registry::start(tarball), dir: tempfile::tempdir().unwrap() };
        case.write(
            "ws/package.json",
            &format!(r#"{{"name":"root","private":true,"packageManager":"pnpm@{version}"}}"#),
        );
        case.write("ws/pnpm-workspace.yaml", "packages:\n  - services/*\n");
        case.write(
            "ws/services/a/package.json",
            r#"{"name":"a","version":"1.0.0","dependencies":{"@my/lib":"1.0.0"}}"#,
        );
        case.write(
            "ws/pnpm-lock.yaml",
            &format!(
                "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {{}}\n\n  services/a:\n    dependencies:\n      '@my/lib':\n        specifier: 1.0.0\n        \
                 version: 1.0.0\n\npackages:\n\n  '@my/lib@1.0.0':\n    resolution: {{integrity: sha512-{integrity}}}\n\nsnapshots:\n\n  \
                 '@my/lib@1.0.0': {{}}\n"
            ),
        );
        case
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Writes a file; `{URL}`, `{PLACE}` and `{HOST}` are the registry's.
    fn write(&self, path: &str, text: &str) {
        let (registry, path) = (&self.registry, self.path(path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = text.replace("{URL}", &registry.url()).replace("{PLACE}", &registry.place());
        std::fs::write(path, text.replace("{HOST}", &registry.host)).unwrap();
    }

    fn append(&self, path: &str, text: &str) {
        let known = std::fs::read_to_string(self.path(path)).unwrap();
        self.write(path, &format!("{known}{text}"));
    }

    /// `fourply tree`, with an empty store and a home of its own.
    fn tree(&self) -> Command {
        let root = self.path("ws");
        let mut command = program::fourply(&root, &["tree", "services/a", "--libc", "glibc"]);
        let store = tempfile::TempDir::new_in(self.dir.path()).unwrap().keep();
        command.env("FOURPLY_STORE", store).env("HOME", self.path("home"));
        let names = std::env::vars().map(|(name, _)| name);
        for name in names.filter(|name| name.to_ascii_lowercase().contains("npm_config")) {
            command.env_remove(name);
        }
        for name in ["XDG_CONFIG_HOME", "HTTP_PROXY", "http_proxy", "FOURPLY_TRUST_REGISTRIES"] {
            command.env_remove(name);
        }
        command
    }

    /// The header with which the package was fetched.
    fn fetched(&self, command: &mut Command) -> Option<String> {
        let output = program::run(command);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let asked = self.registry.asked();
        let [Asked { authorization, .. }] = asked.as_slice() else { panic!("{asked:?}") };
        authorization.clone()
    }

    /// What is said where it is not, and that no request holds the secret.
    fn refused(&self, command: &mut Command) -> String {
        let output: Output = program::run(command);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(1 | 3)), "{text}");
        let asked = self.registry.asked();
        assert!(asked.iter().all(|asked| !asked.head.contains("right")), "{asked:?}");
        text
    }
}

const OWN: &str = "@my:registry={URL}\n{PLACE}:_authToken=${SECRET}\n";

#[test]
fn no_variable_reaches_a_host_that_only_the_repository_names() {
    for version in OLDER.iter().chain(&NEWER) {
        let case = Case::new(version);
        case.write("ws/.npmrc", OWN);
        let text = case.refused(case.tree().env("SECRET", "right"));
        let allow = format!("--trust-registry {}", case.registry.host);
        assert!(text.contains("gnored project-level auth setting") && text.contains(&allow), "{text}");
        assert!(text.lines().last().unwrap().contains(&allow), "{text}");
        let right = Some("Bearer right".to_owned());
        let flag = ["--trust-registry", &case.registry.host];
        assert_eq!(case.fetched(case.tree().env("SECRET", "right").args(flag)), right);
        let hosts = format!("other.test, {}", case.registry.url());
        assert_eq!(
            case.fetched(case.tree().env("SECRET", "right").env("FOURPLY_TRUST_REGISTRIES", hosts)),
            right
        );
        // Another port is another host.
        let other = ["--trust-registry", "127.0.0.1:1"];
        case.refused(case.tree().env("SECRET", "right").args(other));
    }
}

#[test]
fn a_host_that_the_user_names_as_well_gets_it_from_older_versions() {
    for (versions, sent) in [(&OLDER[..], true), (&NEWER, false)] {
        for version in versions {
            let case = Case::new(version);
            case.write("ws/.npmrc", OWN);
            case.write("home/.npmrc", "@other:registry=http://{HOST}/other/\n");
            match sent {
                true => {
                    let found = case.fetched(case.tree().env("SECRET", "right"));
                    assert_eq!(found.as_deref(), Some("Bearer right"), "{version}");
                }
                false => drop(case.refused(case.tree().env("SECRET", "right"))),
            }
        }
    }
}

#[test]
fn no_url_of_the_repository_holds_a_variable() {
    for version in OLDER.iter().chain(&NEWER) {
        for text in [
            "@my:registry=http://{HOST}/${SECRET}/\n",
            "@my:registry=http://${SECRET}.{HOST}/\n",
            "@my:registry={URL}\n//{HOST}/${SECRET}/:_authToken=x\n",
            "@my:registry={URL}\nproxy=http://${SECRET}:x@{HOST}\n",
        ] {
            let case = Case::new(version);
            case.write("ws/.npmrc", text);
            let flag = ["--trust-registry", &case.registry.host];
            let said = case.refused(case.tree().env("SECRET", "right").args(flag));
            assert!(said.contains("gnored project-level request destination"), "{version} {text} {said}");
        }
        let case = Case::new(version);
        case.append("ws/pnpm-workspace.yaml", "registries:\n  '@my': http://{HOST}/${SECRET}/\n");
        case.write("ws/.npmrc", "registry=http://127.0.0.1:9/\n");
        case.write("home/.npmrc", "fetch-retries=0\n");
        case.refused(case.tree().env("SECRET", "right"));
    }
}

#[test]
fn what_the_user_writes_is_replaced_everywhere() {
    for version in OLDER.iter().chain(&NEWER) {
        let case = Case::new(version);
        case.write("home/.npmrc", "@my:registry=http://{HOST}/npm/${ROOM}\n{PLACE}:_authToken=${SECRET}\n");
        let mut command = case.tree();
        let found = case.fetched(command.env("SECRET", "right").env("ROOM", "private"));
        assert_eq!(found.as_deref(), Some("Bearer right"), "{version}");
    }
}

/// Which versions take a token from a file, with the registry named in the workspace's `.npmrc`.
#[test]
fn tokens_are_where_each_version_keeps_them() {
    let token = "{PLACE}:_authToken=right\n";
    let auth = "_auth:\n  '{URL}':\n    '@':\n      authToken: right\n";
    for (file, text, versions) in [
        ("home/.npmrc", token, &["9.15.9", "10.34.9", "11.28.11", "12.21.0"][..]),
        ("home/.config/pnpm/rc", token, &["9.15.9", "10.34.9"]),
        ("home/.config/pnpm/auth.ini", token, &["11.28.11", "12.21.0"]),
        ("home/.config/pnpm/config.yaml", auth, &["11.28.11", "12.21.0"]),
        (
            "ws/.npmrc",
            "@my:registry={URL}\n{PLACE}:username=me\n{PLACE}:_password=cHc=\n",
            &["9.15.9", "12.21.0"],
        ),
    ] {
        for version in ["9.15.9", "10.34.9", "11.28.11", "12.21.0"] {
            let case = Case::new(version);
            case.write("ws/.npmrc", "@my:registry={URL}\n");
            case.write(file, text);
            let read = versions.contains(&version) || file.starts_with("ws");
            match read {
                true => assert!(case.fetched(&mut case.tree()).is_some(), "{version} {file}"),
                false => {
                    let said = case.refused(&mut case.tree());
                    assert!(said.contains("~/.npmrc") && said.contains(&case.registry.host), "{said}");
                }
            }
        }
    }
}

#[test]
fn an_auth_entry_brings_the_registry_of_its_scope() {
    let auth = "_auth:\n  '{URL}':\n    '@my':\n      authToken: right\n";
    let case = Case::new("11.28.11");
    case.write("home/.config/pnpm/config.yaml", auth);
    assert_eq!(case.fetched(&mut case.tree()).as_deref(), Some("Bearer right"));
    // As in real 11.28.11 and 12.21.0 the file's counts where nothing else says it; the token is for its own registry alone.
    let case = Case::new("11.28.11");
    case.write("home/.config/pnpm/config.yaml", auth);
    case.write("home/.npmrc", "fetch-retries=0\n");
    case.append("ws/pnpm-workspace.yaml", "registries:\n  '@my': http://127.0.0.1:9/\n");
    case.refused(&mut case.tree());
    case.write("home/.config/pnpm/config.yaml", "_auth:\n  '{URL}': right\n");
    assert!(case.refused(&mut case.tree()).contains("config.yaml cannot be used"));
}

/// A file or variable with `_auth`, what else names a registry, and the versions that ask the right one. The other one is gone.
#[test]
fn what_auth_decides_is_by_version() {
    const OTHER: &str = "http://127.0.0.1:9/";
    const VERSIONS: [&str; 7] = ["11.9.0", "11.10.0", "11.24.0", "11.26.0", "11.27.0", "11.28.0", "12.21.0"];
    let scope = r#"{"{URL}": {"@my": {"authToken": "right"}}}"#;
    let two = r#"{"{URL}": {"@": {"authToken": "right"}}, "http://127.0.0.1:9/": {"@": {"authToken": "x"}}}"#;
    let variable = r#"{"{URL}": {"@my": {"authToken": "${SECRET}"}}}"#;
    let (npmrc, yaml) = ("@my:registry=http://127.0.0.1:9/\n", "registries:\n  '@my': http://127.0.0.1:9/\n");
    for (auth, in_file, npmrc, yaml, right) in [
        (scope, true, "", "", &VERSIONS[1..]),
        (scope, true, npmrc, "", &VERSIONS[1..4]),
        (scope, true, "", yaml, &VERSIONS[1..3]),
        (scope, false, npmrc, yaml, &VERSIONS[1..]),
        (two, false, "", "registries:\n  default: {URL}\n", &VERSIONS[5..]),
        (variable, false, "", "", &VERSIONS[5..]),
    ] {
        for version in VERSIONS {
            let case = Case::new(version);
            case.write("home/.npmrc", &format!("fetch-retries=0\nregistry={OTHER}\n"));
            case.write("ws/.npmrc", npmrc);
            case.append("ws/pnpm-workspace.yaml", yaml);
            let mut command = case.tree();
            match in_file {
                true => case.write("home/.config/pnpm/config.yaml", &format!("_auth: {auth}\n")),
                false => drop(command.env("pnpm_config__auth", auth.replace("{URL}", &case.registry.url()))),
            }
            let output = program::run(command.env("SECRET", "right"));
            let asked = case.registry.asked();
            let is_right = asked.iter().any(|asked| asked.authorization.as_deref() == Some("Bearer right"));
            assert_eq!(is_right, right.contains(&version), "{version} {auth} {npmrc}{yaml} {output:?}");
        }
    }
}

#[test]
fn variables_of_one_host_are_read_from_a_version_on() {
    for (version, read) in [("11.5.3", false), ("11.6.0", true), ("12.21.0", true)] {
        let case = Case::new(version);
        case.write("home/.npmrc", "fetch-retries=0\nregistry={URL}\n");
        let mut command = case.tree();
        command.env(format!("npm_config_{}:_authToken", case.registry.place()), "right");
        match read {
            true => assert_eq!(case.fetched(&mut command).as_deref(), Some("Bearer right"), "{version}"),
            false => drop(case.refused(&mut command)),
        }
    }
}

#[test]
fn registries_are_those_of_the_versions_files() {
    let token = "{PLACE}:_authToken=right\nfetch-retries=0\nregistry=http://127.0.0.1:9/\n";
    for (text, versions) in [
        ("registries:\n  '@my': {URL}\n", &["10.6.0", "10.34.9", "11.28.11", "12.21.0"][..]),
        ("registries:\n  default: {URL}\n", &["10.6.0", "10.34.9", "11.28.11", "12.21.0"]),
        ("registry: {URL}\n", &["11.28.11", "12.21.0"]),
    ] {
        for version in ["9.15.9", "10.5.2", "10.6.0", "10.34.9", "11.28.11", "12.21.0"] {
            let case = Case::new(version);
            case.write("home/.npmrc", token);
            case.append("ws/pnpm-workspace.yaml", text);
            match versions.contains(&version) {
                true => assert!(case.fetched(&mut case.tree()).is_some(), "{version} {text}"),
                false => drop(case.refused(&mut case.tree())),
            }
        }
    }
}

#[test]
fn a_lockfile_may_name_its_registry() {
    let case = Case::new("12.21.0");
    case.write("home/.npmrc", "{PLACE}:_authToken=right\n");
    let lockfile = std::fs::read_to_string(case.path("ws/pnpm-lock.yaml")).unwrap();
    let lockfile = lockfile.replace("lib@1.0.0", "lib@work:1.0.0").replace(": 1.0.0", ": work:1.0.0");
    case.write("ws/pnpm-lock.yaml", &lockfile);
    case.write(
        "ws/services/a/package.json",
        r#"{"name":"a","version":"1.0.0","dependencies":{"@my/lib":"work:1.0.0"}}"#,
    );
    let said = case.refused(&mut case.tree());
    assert!(said.contains("namedRegistries: { work: URL }"), "{said}");
    case.append("ws/pnpm-workspace.yaml", "namedRegistries:\n  work: {URL}\n");
    let output = program::run(&mut case.tree());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("node_modules/.pnpm/@my+lib@work+1.0.0/node_modules/@my/lib/package.json\t"),
        "{text}"
    );
}

#[test]
fn variables_name_the_registry() {
    for (name, versions) in [
        ("npm_config_registry", &["9.15.9", "10.34.9", "11.28.11", "12.21.0"][..]),
        ("pnpm_config_registry", &["11.28.11", "12.21.0"]),
    ] {
        for version in versions {
            let case = Case::new(version);
            case.write("home/.npmrc", "{PLACE}:_authToken=right\n");
            // No npm can be asked.
            let mut command = case.tree();
            command.env("PATH", "/nowhere");
            let said = case.refused(&mut command);
            assert!(said.contains("set npm_config_registry=URL"), "{said}");
            assert!(case.fetched(command.env(name, case.registry.url())).is_some(), "{version} {name}");
        }
    }
}

#[test]
fn a_token_helper_is_the_users() {
    for version in ["9.15.9", "10.34.9", "11.28.11", "12.21.0"] {
        let case = Case::new(version);
        let helper = case.path("helper");
        program_file(&helper, "#!/bin/sh\ntouch \"$0.ran\"\necho Bearer right\n");
        let line = format!("{{PLACE}}:tokenHelper={}\n", helper.display());
        case.write("ws/.npmrc", &format!("@my:registry={{URL}}\n{line}"));
        let said = case.refused(&mut case.tree());
        assert!(said.contains("only ~/.npmrc may name it"), "{said}");
        assert!(!case.path("helper.ran").exists());
        case.write("ws/.npmrc", "@my:registry={URL}\n");
        case.write("home/.npmrc", &line);
        assert_eq!(case.fetched(&mut case.tree()).as_deref(), Some("Bearer right"), "{version}");
    }
}

fn program_file(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_registry_to_trust_is_a_host() {
    let case = Case::new("9.15.9");
    for wrong in ["", "*", "a b", "me@h.test"] {
        let text = program::error(case.tree().args(["--trust-registry", wrong]), 2);
        assert!(text.contains("names no registry to trust"), "{text}");
    }
}
