use super::*;
use crate::testing::{deb, scanned};

/// The packages that apt 2.6 and dpkg 1.21 installed in a chroot of bookworm, in the order of configuration: name,
/// `Pre-Depends`, `Depends`, and whether it is essential.
const REAL: &str = include_str!("real.txt");

#[test]
fn packages_are_configured_in_the_order_of_apt() {
    let mut packages = Vec::new();
    for line in REAL.lines() {
        let fields: Vec<&str> = line.split(';').collect();
        let named = ["Pre-Depends", "Depends", "Essential"].iter().zip(&fields[1..]);
        let named = named.filter(|(_, value)| !value.is_empty());
        let control: String = named.map(|(name, value)| format!("{name}: {value}\n")).collect();
        packages.push(scanned(fields[0], &deb(fields[0], &control, &[])).unwrap());
    }
    packages.sort_by(|one, other| one.pin.name.cmp(&other.pin.name));
    let names: Vec<&str> =
        order(&packages, &[]).into_iter().map(|number| packages[number].pin.name.as_str()).collect();
    let real: Vec<&str> = REAL.lines().map(|line| line.split(';').next().unwrap()).collect();
    assert_eq!(names, real);
}

#[test]
fn packages_that_wait_for_each_other_have_an_order() {
    let packages = [("a", "Depends: b\n"), ("b", "Depends: c\n"), ("c", "Pre-Depends: b\nDepends: a\n")];
    let packages = packages.map(|(name, fields)| scanned(name, &deb(name, fields, &[])).unwrap());
    let mut order = order(&packages, &[]);
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2]);
}
