#![allow(clippy::unwrap_used)]

use super::*;
use crate::Rules;
use crate::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12, PnpmVersion};

fn all(dep_path: &str) -> [String; 4] {
    [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12].map(|rules| dir_name(dep_path, &rules.layout.dir_name, 120))
}

#[test]
fn a_plain_package_is_its_name_and_version() {
    assert_eq!(all("ms@2.1.3"), ["ms@2.1.3"; 4]);
    assert_eq!(all("@nestjs/common@10.4.22"), ["@nestjs+common@10.4.22"; 4]);
    assert_eq!(all("buildmeta@1.0.0+build.5"), ["buildmeta@1.0.0+build.5"; 4]);
}

#[test]
fn peers_are_joined_by_underscores() {
    let dep_path = "nested@1.0.0(has-peer@1.0.0(peer-host@1.0.0))(peer-host@1.0.0)";
    assert_eq!(all(dep_path), ["nested@1.0.0_has-peer@1.0.0_peer-host@1.0.0__peer-host@1.0.0"; 4]);
}

/// The results of the expressions in pnpm 8.15.1.
#[test]
fn inner_parentheses_stay_in_early_versions() {
    let rules = Rules::of_version(PnpmVersion::new(8, 15, 1));
    let name = |dep_path: &str| dir_name(dep_path, &rules.layout.dir_name, 120);
    assert_eq!(name("a@1.0.0(b@1.0.0)"), "a@1.0.0_b@1.0.0");
    let dep_path = "nested@1.0.0(has-peer@1.0.0(peer-host@1.0.0))(peer-host@1.0.0)";
    assert_eq!(name(dep_path), "nested@1.0.0_has-peer@1.0.0_peer-host@1.0.0)_peer-host@1.0.0");
}

/// As named by pnpm 9.14.2 and 10.34.9 in real trees.
#[test]
fn upper_case_is_hashed() {
    let [nine, ten, eleven, twelve] = all("UpperCase@1.0.0");
    assert_eq!(nine, "UpperCase@1.0.0_kael3c3nayx55uy65xkoaivxfq");
    assert_eq!(ten, "UpperCase@1.0.0_0bbb1de2e45c274038c6a969640683df");
    assert_eq!([&eleven, &twelve], [&ten, &ten]);
    assert_eq!(all("@Upper/Scoped@1.0.0")[0], "@Upper+Scoped@1.0.0_6ojncttc6gibeb524hiv6cgquq");
}

/// As named by pnpm 9.14.2 and 10.34.9 in the trees of the sample workspace.
#[test]
fn long_names_are_cut_and_hashed() {
    let dep_path = "@nestjs/terminus@10.3.0(@grpc/grpc-js@1.14.7)(@grpc/proto-loader@0.8.1)(@nestjs/common@10.4.22(class-transformer@0.5.1)(class-validator@0.14.4)(reflect-metadata@0.2.2)(rxjs@7.8.2))";
    let [nine, ten, ..] = all(dep_path);
    assert!(
        nine.starts_with(
            "@nestjs+terminus@10.3.0_@grpc+grpc-js@1.14.7_@grpc+proto-loader@0.8.1_@nestjs+common@10.4.22__"
        ),
        "{nine}"
    );
    assert!(
        ten.starts_with(
            "@nestjs+terminus@10.3.0_@grpc+grpc-js@1.14.7_@grpc+proto-loader@0.8.1_@nestjs+common@10_"
        ),
        "{ten}"
    );
    assert_eq!([nine.len(), ten.len()], [120, 120]);
}

#[test]
fn folders_keep_their_case() {
    assert_eq!(
        all("@acme/lib@file:packages/Lib(peer-host@2.0.0)")[0].len(),
        "@acme+lib@file+packages+Lib_peer-host@2.0.0".len() + 27
    );
    assert_eq!(all("file:vendor/Local.tgz")[1], "file+vendor+Local.tgz");
}

#[test]
fn a_git_location_is_hashed_from_eleven_on() {
    let dep_path = "git-dep@git+file:///srv/git-fixture#0123456";
    let [nine, ten, eleven, _] = all(dep_path);
    assert_eq!(nine, "git-dep@git+file++++srv+git-fixture#0123456");
    assert_eq!(ten, "git-dep@git+file++++srv+git-fixture+0123456");
    assert!(eleven.starts_with("git-dep@git+file++++srv+git-fixture+0123456_"), "{eleven}");
}

#[test]
fn a_registry_of_its_own_is_no_location() {
    assert!(!location_is_ambiguous("x@work:1.0.0+build"));
    assert!(location_is_ambiguous("x@work:1.0"[..].replace("1.0", "a#b").as_str()));
    assert!(!location_is_ambiguous("x@1.0.0+build"));
}

#[test]
fn trailing_dots_are_masked_from_eleven_on() {
    let [nine, _, eleven, _] = all("x@file:a..");
    assert_eq!(nine, "x@file+a..");
    assert!(eleven.starts_with("x@file+a++_"), "{eleven}");
}

#[test]
fn md5_is_written_as_pnpm_writes_it() {
    assert_eq!(md5_base32(b""), "2qoyzwmpaczaj2mabgmoz6ccpy");
}

proptest::proptest! {
    #[test]
    fn is_one_component(dep_path in "\\PC{1,300}") {
        for name in all(&format!("x@{dep_path}")) {
            proptest::prop_assert!(!name.contains('/') && !name.contains('\\'));
        }
    }
}

/// As named by real pnpm of each of these versions.
#[test]
fn a_url_is_hashed_from_these_versions_on() {
    let of = |version: &str| {
        let rules = Rules::of_version(PnpmVersion::parse(version).unwrap());
        dir_name("x@http://127.0.0.1:48731/x-1.0.0.tgz", &rules.layout.dir_name, 120)
    };
    let plain = "x@http+++127.0.0.1+48731+x-1.0.0.tgz";
    assert_eq!(["11.28.4", "12.9.1"].map(of), [plain; 2]);
    assert_eq!(
        ["11.28.5", "12.10.0"].map(of),
        [(); 2].map(|()| format!("{plain}_61a1d4ebd8645aa24d8f6afaab86fd36"))
    );
}
