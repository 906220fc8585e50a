//! Debian's packages.

use fourply_deb::{DebianError, DebianRemedy};
use fourply_store::StoreError;

use super::advice::Advice;
use super::package_name::package_name;

pub(super) fn advice(error: &DebianError) -> Advice<'_> {
    let text = match error {
        DebianError::NoSource { wanted, known, .. } => {
            let known = known.iter().map(String::as_str).collect();
            if let Some(near) = crate::nearest::nearest(wanted, &known) {
                return format!(
                    "did you mean suite = {near:?}? Any other suite needs its archive: debian = {{ suite = {wanted:?}, mirror = URL, keyring = FILE }}"
                )
                .into();
            }
            "name the archive: [base] repositories = [\"deb URL SUITE main\"] with keys = [FILE], or debian = { suite = \"bookworm\", mirror = URL, keyring = FILE }"
        }
        DebianError::Source { .. } => {
            "write it as in sources.list(5): repositories = [\"deb [signed-by=KEYS] URL SUITE main\"]"
        }
        DebianError::Architecture { .. } | DebianError::Platform { .. } => {
            "build for linux/amd64 or linux/arm64, or choose another base"
        }
        DebianError::Keyring { .. } => {
            "install the archive's keyring, or name it: debian = { keyring = FILE }"
        }
        DebianError::Signature { keyring, .. } => {
            let trusted = "the keys that are trusted are those of";
            return format!("{trusted} {keyring}; give another one if the archive is another").into();
        }
        DebianError::Expired { .. } => {
            "use a mirror that is kept up to date; a snapshot is allowed to be old: repositories = [\"deb [check-valid-until=no] URL SUITE main\"]"
        }
        DebianError::Unsatisfied { remedy, .. } => {
            return remedy.as_ref().map_or(Advice::Nothing, unsatisfied);
        }
        DebianError::Incomplete { .. } => "resolve the base again: fourply lock",
        DebianError::Conflict { .. } => "leave one of the two packages out",
        DebianError::Store(StoreError::Mismatch { .. }) => {
            "the mirror is being updated, or serves files that Debian did not sign: try again, or another mirror; or its line in fourply.lock was changed: `fourply lock` writes it again"
        }
        DebianError::Store(StoreError::Absent { .. }) => {
            "check the suite and the mirror, and the package's line in fourply.lock; a package that is gone needs `fourply lock`"
        }
        DebianError::Store(error) => return Advice::Ask(error),
        DebianError::Blob(error) => return Advice::Ask(error),
        DebianError::Io(error) => return Advice::Ask(error),
        DebianError::Document { .. } | DebianError::Package { .. } | DebianError::Path(_) => {
            return Advice::Nothing;
        }
    };
    text.into()
}

fn unsatisfied(remedy: &DebianRemedy) -> Advice<'_> {
    match remedy {
        DebianRemedy::LeaveOneOut => "leave one of them out".into(),
        DebianRemedy::CheckName { name, alike } => package_name(
            name,
            alike,
            "check the name and the suite; only the suite's own components are looked into",
        )
        .into(),
        DebianRemedy::NameProvider { providers } => {
            format!("name one that provides it: {}", providers.join(", ")).into()
        }
    }
}
