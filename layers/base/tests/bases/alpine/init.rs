//! A base without an init gets one if its repositories have it, and a notice if they do not.

use fourply_apk::{AlpineSpec, ApkSources};
use fourply_base::{AddedToBase, Base, BaseSpec, Notice};

use super::made::{Put, Repo, package, smallest};

fn tini() -> Vec<Put> {
    vec![Put::File("sbin/tini", b"\x7fELF")]
}

fn asks(repo: &Repo) -> AddedToBase {
    let sources = ApkSources { refresh: true, ..repo.sources.clone() };
    AddedToBase { init: Some("tini".into()), sources, ..AddedToBase::default() }
}

fn notices(base: &Base) -> Vec<String> {
    let named = base.notices.iter().filter(|notice| matches!(notice, Notice::NoInit { .. }));
    named.map(ToString::to_string).collect()
}

#[test]
#[ignore = "needs openssl"]
fn a_base_of_packages_gets_it_with_them() {
    let repo = Repo::new(&smallest());
    let spec = || {
        let sources = ApkSources { refresh: true, ..repo.sources.clone() };
        BaseSpec::Alpine(AlpineSpec { sources, ..AlpineSpec::default() })
    };
    let without = repo.place.compose_with(&spec(), &asks(&repo), "linux/amd64").unwrap();
    assert!(without.rootfs.lookup("/sbin/tini").is_none());
    let told = notices(&without);
    assert!(
        told[0].starts_with("the base has no tini, and it could not be added (unable to select"),
        "{told:?}"
    );

    let put = tini();
    repo.publish(&smallest().into_iter().chain([package("tini", "", &put)]).collect::<Vec<_>>());
    let with = repo.place.compose_with(&spec(), &asks(&repo), "linux/amd64").unwrap();
    assert_eq!((with.layers.len(), notices(&with)), (1, Vec::new()));
    assert!(with.rootfs.lookup("/sbin/tini").is_some());
}
