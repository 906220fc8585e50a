#![allow(clippy::unwrap_used)]

use fourply_apk::ApkError;
use fourply_app::{AppError, Asker, Finding, ScriptFailure, StartOrigins, Unresolved, UnresolvedKind};
use fourply_base::{AccountConflict, BaseError, Refusal};
use fourply_blob::{BlobError, Category};
use fourply_deb::DebianError;
use fourply_modules::ModulesError;
use fourply_oci::{OciError, Remedy, registry::RegistryError};
use fourply_pnpm::{ImporterId, LockfileError, PnpmError, Stale};
use fourply_scripts::{Ended, InstallFailure, ScriptsError};
use fourply_store::StoreError;

use super::*;

mod outputs;

fn offline() -> StoreError {
    StoreError::Offline { what: "x@1.0.0".to_owned() }
}

fn mismatch() -> StoreError {
    StoreError::Mismatch { what: "x".to_owned(), expected: "a".to_owned(), found: "b".to_owned() }
}

fn unrun(names: &[&str]) -> Vec<fourply_rootfs::packages::UnrunScripts> {
    let of = |name: &&str| fourply_rootfs::packages::UnrunScripts {
        package: (*name).to_owned(),
        scripts: strings(&["postinst"]),
    };
    names.iter().map(of).collect()
}

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn hints_name_what_the_user_can_type() {
    let words = |remedy| match oci::words(remedy) {
        Advice::Do(text) => text.into_owned(),
        other => panic!("{other:?}"),
    };
    assert!(words(Remedy::SmallerChunks).contains("--chunk"));
    assert!(words(Remedy::AllPlatforms).contains("--platform"));
    let registry = "registry.example:5000".to_owned();
    assert!(words(Remedy::LogIn { registry }).contains("docker login registry.example:5000"));
}

#[test]
fn the_hint_is_found_however_deep_its_error_is_wrapped() {
    let expected = "run once without --offline to fill the store";
    let fragment = BlobError::fragment(Category::User, ApkError::Store(offline()));
    let deep = AppError::Modules(ModulesError::Scripts(ScriptsError::Store(Box::new(offline()))));
    let wrapped: [&AnyError; 6] = [
        &offline(),
        &StoreError::Layer(BlobError::fragment(Category::User, offline())),
        &BaseError::Blob(fragment),
        &deep,
        &OciError::Registry(RegistryError::Store(offline())),
        &BaseError::Source {
            image: "x".to_owned(),
            category: Category::User,
            cause: RegistryError::Store(offline()).into(),
        },
    ];
    for error in wrapped {
        assert_eq!(hint(error).as_deref(), Some(expected), "{error:?}");
    }
    assert_eq!(hint(&BlobError::fragment(Category::Outside, "the pack is gone")), None);
}

#[test]
fn a_missing_compiler_is_had_from_the_toolchain() {
    let failure = |log: &str, rooted: bool| {
        let failure = InstallFailure {
            attempts: fourply_scripts::Attempts::default(),
            package: "bcrypt@5.1.1".to_owned(),
            script: "install".to_owned(),
            command: "node-gyp rebuild".to_owned(),
            ended: Ended::Status(1),
            log: log.to_owned(),
            network: false,
            rooted,
        };
        hint(&ScriptsError::InstallScript(Box::new(failure))).unwrap()
    };
    // What node-gyp prints on a machine without make, and without Python.
    for log in
        ["gyp ERR! stack Error: not found: make", "gyp ERR! find Python Python is not set from command line"]
    {
        for rooted in [false, true] {
            let hint = failure(log, rooted);
            assert!(hint.ends_with("[build] toolchain = [\"python3\", \"make\", \"g++\"]"), "{hint}");
        }
    }
    let hint = failure("gyp: /usr/include/node/common.gypi not found (cwd: /x)", true);
    assert!(hint.contains("nodejs-dev on Alpine, libnode-dev on Debian"), "{hint}");
    assert!(failure("gyp ERR! build error", true).contains("[build] toolchain"), "{hint}");
}

#[test]
fn a_full_disk_is_told_with_the_stores_flag() {
    let full = || std::io::Error::from(std::io::ErrorKind::StorageFull);
    let expected = Some("free some space, or keep the store elsewhere with --store".to_owned());
    assert_eq!(hint(&full()), expected);
    assert_eq!(hint(&BlobError::Write { source: full() }), expected);
    assert_eq!(hint(&StoreError::Io(full())), expected);
    assert_eq!(hint(&std::io::Error::from(std::io::ErrorKind::NotFound)), None);
    let closed = || std::io::Error::from(std::io::ErrorKind::ReadOnlyFilesystem);
    let unwritable = StoreError::Unwritable { path: "/s".into(), source: closed() };
    for told in [hint(&closed()), hint(&unwritable)] {
        assert!(told.unwrap().contains("--store-from"));
    }
}

#[test]
fn a_mismatch_of_packages_of_a_system_is_its_mirrors() {
    assert!(hint(&mismatch()).unwrap().starts_with("the lockfile and the registry disagree"));
    assert!(hint(&ApkError::Store(mismatch())).unwrap().starts_with("the mirror is being updated"));
    assert!(hint(&BaseError::from(DebianError::Store(mismatch()))).unwrap().contains("mirror"));
    let absent = StoreError::Refused {
        what: "x".to_owned(),
        url: "https://h.test:1/x".to_owned(),
        status: 401,
        said: Box::default(),
        withheld: None,
    };
    assert!(
        hint(&absent)
            .unwrap()
            .ends_with("~/.npmrc, or where `pnpm config set` keeps it: //h.test:1/:_authToken=TOKEN")
    );
}

#[test]
fn debians_archive_is_named_in_the_configuration() {
    let none = |wanted: &str| DebianError::NoSource {
        wanted: wanted.to_owned(),
        reason: "x".to_owned(),
        known: vec!["bookworm".to_owned(), "bookworm-updates".to_owned()],
    };
    assert!(hint(&none("bookwrm")).unwrap().starts_with("did you mean suite = \"bookworm\"?"));
    let none = none("trixie");
    let text = hint(&none).unwrap();
    assert!(text.contains("[base] repositories") && text.contains("mirror"), "{text}");
    let remedy = Some(fourply_deb::DebianRemedy::NameProvider { providers: strings(&["mawk"]) });
    let unsatisfied = DebianError::Unsatisfied { reason: "there is no awk".to_owned(), remedy };
    assert_eq!(hint(&unsatisfied).unwrap(), "name one that provides it: mawk");
    let remedy =
        fourply_deb::DebianRemedy::CheckName { name: "tinii".to_owned(), alike: strings(&["tini", "tor"]) };
    let unsatisfied =
        DebianError::Unsatisfied { reason: "there is no tinii".to_owned(), remedy: Some(remedy) };
    let text = hint(&unsatisfied).unwrap();
    assert!(text.starts_with("did you mean tini? tinii stands in packages of [base]"), "{text}");
    let scripts = BaseError::Scripts { packages: unrun(&["scripted"]), accepted: strings(&["known"]) };
    assert!(hint(&scripts).unwrap().contains("accept_scripts = [\"known\", \"scripted\"]"));
}

#[test]
fn accounts_are_told_with_what_to_configure_instead() {
    let (node, user, users) = ("node".to_owned(), Some("app:1001".to_owned()), "users".to_owned());
    let known = strings(&["root", "node"]);
    for (reason, words) in [
        (AccountConflict::UserNumberTaken { uid: 1000, by: node.clone() }, "user = \"node\""),
        (AccountConflict::OtherUserNumber { name: node.clone(), found: 1000, asked: 1 }, "node:1000"),
        (AccountConflict::OtherPrimaryGroup { name: node, uid: 1000, found: 1000, asked: 5 }, "node:1000"),
        (
            AccountConflict::UnknownUser { name: "nobody".to_owned(), known },
            "user = \"nobody:1001\" to add it, or choose one of: root, node",
        ),
        (
            AccountConflict::OtherGroupNumber {
                user: user.clone(),
                group: users.clone(),
                found: 100,
                asked: 5,
            },
            "app:1001:users:100",
        ),
        (AccountConflict::GroupNumberTaken { user, gid: 100, by: users.clone() }, "app:1001:users:100"),
        (AccountConflict::GroupNumberTaken { user: None, gid: 100, by: users }, "choose another number"),
    ] {
        let text = hint(&BaseError::Account { user: "x".to_owned(), reason }).unwrap();
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn an_image_that_is_refused_has_a_way_out() {
    let media_type = || "application/wasm".to_owned();
    for reason in [
        Refusal::DigestInDockerArchive { digest: "sha256:0".to_owned() },
        Refusal::SchemaOne,
        Refusal::Artifact { config_type: media_type() },
        Refusal::TooManyLayers { count: 128 },
        Refusal::ForeignLayer { media_type: media_type() },
        Refusal::Encrypted,
        Refusal::LayerType { media_type: media_type() },
        Refusal::NoPackageDatabase,
        Refusal::NoGlibc,
    ] {
        assert!(hint(&BaseError::Refused { image: "x".to_owned(), reason }).is_some());
    }
}

#[test]
fn a_workspace_and_its_lockfile() {
    let start = std::path::PathBuf::from("/x");
    assert!(hint(&PnpmError::NoWorkspace { start }).unwrap().contains("pnpm-workspace.yaml"));
    let path = std::path::PathBuf::from("/x/pnpm-lock.yaml");
    let branch = PnpmError::BranchLockfile { path: path.clone(), found: "pnpm-lock.main.yaml".to_owned() };
    assert!(hint(&branch).unwrap().contains("--merge-git-branch-lockfiles"));
    for found in ["5.4", "7.0", "13.0", "9.1", "nine"] {
        let source = LockfileError::Version { found: found.to_owned() };
        assert!(hint(&source).unwrap().contains("pnpm"), "{found}");
        assert!(hint(&PnpmError::Lockfile { path: path.clone(), source }).unwrap().contains("pnpm"));
    }
    let stale = Stale { differences: Vec::new(), pnpmfile: true };
    let text = hint(&PnpmError::Stale(stale)).unwrap();
    assert!(text.starts_with("run `pnpm install` and commit the lockfile; the hooks"), "{text}");
    let missing = PnpmError::MissingEntry { from: "x".to_owned(), missing: "y".to_owned() };
    assert!(hint(&missing).unwrap().contains("pnpm install"));
}

#[test]
fn a_folder_that_was_perhaps_meant_is_named() {
    let error = |suggestion: Option<&str>| PnpmError::NoImporter {
        folder: "auth".to_owned(),
        root: "/x".into(),
        known: Vec::new(),
        suggestion: suggestion.map(str::to_owned),
    };
    assert_eq!(hint(&error(Some("services/auth"))).unwrap(), "did you mean services/auth?");
    assert_eq!(hint(&error(None)), None);
}

#[test]
fn a_finding_is_told_with_the_key_that_named_it() {
    let service = ImporterId::new("services/a").unwrap();
    let origins = StartOrigins { entrypoint: strings(&["/run.sh", "--"]), ..StartOrigins::default() };
    let program = |by, program: &str| Finding::Program { by, program: program.to_owned(), elsewhere: None };
    let file = |by| Finding::File {
        by,
        program: "node".to_owned(),
        path: "dist/alive.js".to_owned(),
        found: strings(&["dist/a/alive.js"]),
    };
    let told = |finding, origins: &StartOrigins| check::advice(&service, &[finding], origins);
    assert!(told(program(Asker::Start, "/run.sh"), &origins).contains("[services.a] entrypoint"));
    assert!(told(program(Asker::Start, "bun"), &origins).contains("[services.a] cmd"));
    assert!(told(file(Asker::Health), &origins).ends_with(r#"health = ["node", "dist/a/alive.js"]"#));
    assert!(told(file(Asker::Start), &origins).ends_with(r#"cmd = ["node", "dist/a/alive.js"]"#));
    let script = Finding::Script { by: Asker::Health, name: "alive".to_owned(), available: Vec::new() };
    assert!(told(script, &origins).contains("[services.a] health"));
    let without = StartOrigins { without_modules: true, ..StartOrigins::default() };
    let module = Finding::Module { by: Asker::Start, name: "tsx".to_owned() };
    assert!(told(module, &without).starts_with("leave modules = false out of [services.a]"));
    let some = StartOrigins { some_modules: true, ..StartOrigins::default() };
    let missing = |development| {
        let [name, specifier, user, package] = ["ms", "ms", "a/main.js", "services/a"].map(str::to_owned);
        Finding::NotInstalled { name, specifier, user, package, development, sure: true }
    };
    assert!(told(missing(false), &some).starts_with("add the package to modules of [services.a]"));
    let elsewhere = StartOrigins { installed: ["ms".to_owned()].into(), ..StartOrigins::default() };
    assert!(told(missing(false), &elsewhere).ends_with("shamefullyHoist: true in pnpm-workspace.yaml"));
    assert!(told(missing(true), &elsewhere).ends_with("[services.a] dev-dependencies = [\"ms\"]"));
}

#[test]
fn a_script_that_lacks_a_package_is_told_which_key_brings_it() {
    let package = |folder: &str| ImporterId::new(folder).unwrap();
    let told = |kind| {
        let failure = ScriptFailure {
            attempts: fourply_scripts::Attempts::default(),
            package: package("services/a"),
            script: "build".to_owned(),
            command: "tsc".to_owned(),
            ended: fourply_scripts::Ended::Status(1),
            log: String::new(),
            network: false,
            left_out: Default::default(),
            git_ignored: Vec::new(),
            unresolved: Some(Unresolved { name: "kit".to_owned(), kind }),
        };
        hint(&AppError::Script(Box::new(failure))).unwrap()
    };
    let (folder, script) = (|| package("packages/kit"), || "build".to_owned());
    let of_root = told(UnresolvedKind::OfRoot { folder: folder() });
    assert!(of_root.ends_with(r#"[build] projects = ["packages/kit"]"#), "{of_root}");
    let available = strings(&["db:generate"]);
    let unbuilt = told(UnresolvedKind::Unbuilt { folder: folder(), script: script(), available });
    assert!(unbuilt.contains("packages/kit has no script \"build\"") && unbuilt.contains("db:generate"));
    assert!(told(UnresolvedKind::Undeclared { folder: folder() }).contains("\"workspace:*\""));
    assert!(told(UnresolvedKind::Built { folder: folder(), script: script() }).contains("\"exports\""));
    assert!(told(UnresolvedKind::Package).contains("pnpm add kit"));
}

#[test]
fn a_tarball_is_pinned_by_its_key() {
    let package = "x@https://example.org/x".to_owned();
    let text = hint(&ModulesError::Unpinned { package, found: None }).unwrap();
    assert!(text.contains(r#"[packages.integrity] "x@https://example.org/x" = "sha512-"#), "{text}");
    let repository = ScriptsError::Repository { dep_path: "x".to_owned(), reason: "y".into() };
    assert!(hint(&ModulesError::Scripts(repository)).unwrap().contains("pnpm pack"));
}

#[test]
fn a_warning_says_what_was_noticed_and_what_to_write() {
    let scripts = fourply_base::Notice::Scripts { packages: unrun(&["a", "b"]) };
    let expected = "these packages have scripts that were not run: a (postinst), b (postinst); if the service works without what they do, write [base] accept_scripts = [\"a\", \"b\"]";
    assert!(warning(&scripts).starts_with(expected), "{}", warning(&scripts));
    let machine = fourply_base::Notice::MachineSources { suite: "tiny".to_owned() };
    let expected = "the base names no archive for tiny, so packages come from this machine's apt sources; name one: [base] repositories";
    assert_eq!(warning(&machine), expected);
}

#[test]
fn what_alpine_lacks_is_asked_for_in_the_words_of_fourply_toml() {
    let told = |what, on_base| {
        let (reason, release) = (String::new(), "v3.22".to_owned());
        hint(&BaseError::Apk(ApkError::NoSource { what, reason, on_base, release })).unwrap()
    };
    for (what, on_base, expected) in [
        (
            "repository",
            false,
            "alpine = { release = \"v3.22\", mirror = \"https://MIRROR/alpine\", keys = [\"keys\"] }",
        ),
        ("key", false, "alpine = { …, keys = [\"keys\"] }"),
        (
            "repository",
            true,
            "under [base], with your mirror's name: repositories = [\"https://MIRROR/alpine/v3.22/main\"]",
        ),
        ("key", true, "under [base]: keys = [\"keys\"]"),
    ] {
        assert!(told(what, on_base).contains(expected), "{}", told(what, on_base));
    }
    let absent = StoreError::Absent { what: "x".into(), url: "x".into(), status: 404 };
    let told = hint(&BaseError::Apk(ApkError::Store(absent))).unwrap();
    assert!(told.contains("check the release and the mirror"), "{told}");
}
