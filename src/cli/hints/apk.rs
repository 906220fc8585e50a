//! Alpine's packages.

use fourply_apk::ApkError;
use fourply_store::StoreError;

use super::advice::Advice;
use super::package_name::package_name;

pub(super) fn advice(error: &ApkError) -> Advice<'_> {
    let text = match error {
        ApkError::NoSource { what, on_base, release, .. } => {
            return what_to_write(what, *on_base, release).into();
        }
        ApkError::Architecture { .. } => "build for linux/amd64 or linux/arm64, or choose another base",
        ApkError::OtherArchitecture { .. } => {
            "check the repository: its folders are named after the architecture"
        }
        ApkError::Signature { keys, .. } => {
            return format!("the keys that are trusted are {keys}; give others if the repository is another")
                .into();
        }
        ApkError::Adb { .. } => "use a repository in apk's version 2, as all of Alpine's are",
        ApkError::Unsatisfied { absent: Some((name, alike)), .. } => {
            return package_name(name, alike, "check the name and the release").into();
        }
        ApkError::Unsatisfied { .. } => "check the names, the versions and the release",
        ApkError::Incomplete { .. } => "resolve the base again: fourply lock",
        ApkError::Changes { .. } => {
            "leave out [base] upgrade = false, take a newer base, or repositories of the base's own date"
        }
        ApkError::Protected { .. } => {
            "leave the package out, or take a base that does not protect this folder"
        }
        ApkError::Conflict { .. } => "leave one of the two packages out",
        ApkError::Store(StoreError::Mismatch { .. }) => {
            "the mirror is being updated: try again, or another mirror; or its line in fourply.lock was changed: `fourply lock` writes it again"
        }
        ApkError::Store(StoreError::Absent { .. }) => {
            "check the release and the mirror, and the package's line in fourply.lock; a package that is gone needs `fourply lock`"
        }
        ApkError::Store(error) => return Advice::Ask(error),
        ApkError::Blob(error) => return Advice::Ask(error),
        ApkError::Setting { .. }
        | ApkError::Document { .. }
        | ApkError::Package { .. }
        | ApkError::Io(_)
        | ApkError::Path(_) => return Advice::Nothing,
    };
    text.into()
}

/// The very lines of fourply.toml. Alpine's own keys lie in each of its images, and in its package alpine-keys.
fn what_to_write(what: &str, on_base: bool, release: &str) -> String {
    let keys = "the *.rsa.pub of an Alpine image's /etc/apk/keys";
    match (what, on_base) {
        ("key", true) => format!("put {keys} into a folder keys, and write under [base]: keys = [\"keys\"]"),
        ("key", false) => {
            format!(
                "put {keys} into a folder keys, and write beside what is there: alpine = {{ …, keys = [\"keys\"] }}"
            )
        }
        (_, true) => format!(
            "write under [base], with your mirror's name: repositories = [\"https://MIRROR/alpine/{release}/main\"]"
        ),
        (_, false) => format!(
            "put {keys} into a folder keys, and write, with your mirror's name: alpine = {{ release = \"{release}\", mirror = \"https://MIRROR/alpine\", keys = [\"keys\"] }}"
        ),
    }
}
