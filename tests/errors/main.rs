//! Bad input: an error that says what, where and what to do, the right exit code, and nothing left behind.
#![allow(missing_docs, clippy::unwrap_used)]

mod machine;
mod origins;
mod packages;
mod streams;

use std::path::{Path, PathBuf};

use fourply_testing::program::{copy_workspace, error, fourply};
use fourply_testing::{fixtures, program, tiny, user};

struct Case {
    dir: tempfile::TempDir,
    root: PathBuf,
}

/// A copy of the example, to be spoilt.
fn case() -> Case {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("erp");
    copy_workspace(&fixtures::project().join("examples/erp"), &root);
    Case { dir, root }
}

impl Case {
    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.root.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.root.join(file), text).unwrap();
    }

    /// Builds, insists on this exit code and on all of these words, and that no output was left.
    fn fails(&self, service: &str, code: i32, words: &[&str]) {
        let dest = self.dir.path().join("out");
        std::fs::create_dir_all(&dest).unwrap();
        let output = format!("type=oci-archive,dest={}", dest.join("image.tar").display());
        let text = error(&mut fourply(&self.root, &["build", service, "-o", &output]), code);
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
        assert_eq!(files(&dest), Vec::<PathBuf>::new());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn no_workspace() {
    let dir = tempfile::tempdir().unwrap();
    let text = error(&mut fourply(dir.path(), &["build", ".", "-o", "type=oci,dest=x"]), 1);
    assert!(text.contains("no pnpm workspace") && text.contains("pnpm-workspace.yaml"), "{text}");
}

#[test]
fn a_folder_that_is_no_importer_names_those_that_are() {
    let case = case();
    std::fs::create_dir_all(case.root.join("services/authentication")).unwrap();
    case.fails("services/authentication", 1, &["services/authentication", "services/auth"]);
}

#[test]
fn nothing_to_do_and_unknown_outputs_are_faults_of_usage() {
    let case = case();
    let text = error(&mut fourply(&case.root, &["build", "services/auth"]), 2);
    assert!(text.contains("-o") && text.contains("--push"), "{text}");
    error(&mut fourply(&case.root, &["build", "services/auth", "-o", "type=zip,dest=x"]), 2);
}

#[test]
fn a_place_that_is_taken_is_told_before_anything_is_built() {
    let case = case();
    // What comes after would fail as well, so this is the first that is looked at.
    case.write("pnpm-lock.yaml", "");
    std::fs::create_dir_all(case.root.join("taken/by")).unwrap();
    std::fs::write(case.root.join("file"), "").unwrap();
    for (output, words) in [
        ("type=oci,dest=taken", ["taken", "oci-layout"]),
        ("type=oci-archive,dest=taken", ["taken", "it is a folder"]),
        ("type=docker-archive,dest=file/x.tar", ["file", "it is a file"]),
    ] {
        let text = error(&mut fourply(&case.root, &["build", "services/auth", "-o", output]), 1);
        assert!(words.iter().all(|word| text.contains(word)) && text.contains("hint:"), "{text}");
    }
}

#[test]
fn a_stale_lockfile_names_the_entries_that_differ() {
    let case = case();
    case.edit("services/auth/package.json", "\"bcrypt\": \"^6.0.0\"", "\"bcrypt\": \"^5.1.1\"");
    case.fails("services/auth", 1, &["services/auth", "bcrypt", "^5.1.1", "^6.0.0", "pnpm install"]);
}

#[test]
fn lockfiles_that_cannot_be_read() {
    let case = case();
    let text = std::fs::read_to_string(case.root.join("pnpm-lock.yaml")).unwrap();
    case.write("pnpm-lock.yaml", &text.replacen("'9.0'", "'13.0'", 1));
    case.fails("services/auth", 1, &["pnpm-lock.yaml", "13.0"]);
    case.write("pnpm-lock.yaml", &text[..text.len() / 2]);
    case.fails("services/auth", 1, &["pnpm-lock.yaml", "pnpm install"]);
    std::fs::remove_file(case.root.join("pnpm-lock.yaml")).unwrap();
    case.fails("services/auth", 1, &["pnpm-lock.yaml"]);
}

#[test]
fn a_package_that_is_not_there_and_one_that_is_another() {
    let case = case();
    let text = std::fs::read_to_string(case.root.join("pnpm-lock.yaml")).unwrap();
    let at = text.find("\n  rxjs@").unwrap() + 3;
    let name = &text[at..at + text[at..].find(':').unwrap()];
    let integrity =
        "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
    let start = at + text[at..].find("sha512-").unwrap();
    let end = start + text[start..].find('}').unwrap();
    let other = format!("{}{integrity}{}", &text[..start], &text[end..]);
    case.write("pnpm-lock.yaml", &other);
    case.fails("services/auth", 1, &[name, "sha512-", integrity]);
    case.write(
        "pnpm-lock.yaml",
        &other.replace(name, "rxjs@777.0.0").replace("version: 7.", "version: 777.0.0 # 7."),
    );
    case.fails("services/auth", 1, &["rxjs"]);
}

#[test]
fn a_registry_that_refuses_is_the_outside_worlds_fault() {
    let case = case();
    let store = case.dir.path().join("empty-store");
    case.write(".npmrc", "registry=http://127.0.0.1:9/\n");
    let output = format!("type=oci,dest={}", case.dir.path().join("out").display());
    let mut command =
        fourply(&case.root, &["build", "services/auth", "--base", "127.0.0.1:9/none:1", "-o", &output]);
    let text = error(command.env("FOURPLY_STORE", store), 3);
    assert!(text.contains("127.0.0.1:9"), "{text}");
    assert!(!case.dir.path().join("out").exists());
}

#[test]
fn a_failing_script_shows_what_it_printed() {
    let case = case();
    case.edit("services/auth/package.json", "tsc -p tsconfig.json", "echo before-the-end && exit 7");
    case.fails("services/auth", 1, &["services/auth", "before-the-end", "7"]);
}

#[test]
fn a_missing_output_says_what_was_expected_where() {
    let case = case();
    case.edit("services/auth/package.json", "tsc -p tsconfig.json", "true");
    case.fails("services/auth", 1, &["dist", "services/auth"]);
}

#[test]
fn an_unreadable_configuration_names_its_line() {
    let case = case();
    case.write("fourply.toml", "[image]\nprot = 1\n");
    case.fails("services/auth", 1, &["fourply.toml", "prot", "line 2"]);
    // A link that leads nowhere is no absent file: another base would be built on.
    std::fs::remove_file(case.root.join("fourply.toml")).unwrap();
    std::os::unix::fs::symlink("elsewhere.toml", case.root.join("fourply.toml")).unwrap();
    case.fails("services/auth", 1, &["fourply.toml", "remove it"]);
}

#[test]
fn a_base_without_the_platform() {
    let case = case();
    let output = format!("type=oci,dest={}", case.dir.path().join("out").display());
    let args = ["build", "services/auth", "--platform", "linux/s390x", "-o", &output];
    let text = error(&mut fourply(&case.root, &args), 1);
    assert!(text.contains("s390x"), "{text}");
}
