//! A package of the base's package manager that is nowhere. In: its name, and names that may have been meant. Out: what to do.

/// A package of the base's package manager that is nowhere.
pub(super) fn package_name(name: &str, alike: &[String], check: &str) -> String {
    let near = crate::nearest::nearest(name, &alike.iter().map(String::as_str).collect());
    let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    format!("{near}{name} stands in packages of [base] or in toolchain of [build]: {check}")
}
