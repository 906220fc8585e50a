use super::Place;
use crate::known::tests::known;

fn place(folder: &str, paths: &[&str]) -> Option<Place> {
    Place::find(&known(), folder, &|path| paths.contains(&path), paths.iter().copied())
}

#[test]
fn the_workspace_lies_in_many_places() {
    let of = |place: Option<Place>, path: &str| place.and_then(|place| place.of(path, &known()));
    let whole = || place("/app/services/auth", &[]);
    assert_eq!(of(whole(), "app/services/auth/dist/x").as_deref(), Some("services/auth/dist/x"));
    assert_eq!(of(whole(), "app/proto/x").as_deref(), Some("proto/x"));
    assert_eq!(of(whole(), "usr/bin/node"), None);
    assert_eq!(of(whole(), "application/x"), None);
    let root = || place("/srv", &["srv/services/auth"]);
    assert_eq!(of(root(), "srv/services/auth/x").as_deref(), Some("services/auth/x"));
    let deployed = || place("/app", &[]);
    assert_eq!(of(deployed(), "app/dist/main.js").as_deref(), Some("services/auth/dist/main.js"));
    let found = || place("/", &["repo/services/auth/package.json"]);
    assert_eq!(of(found(), "repo/proto/x").as_deref(), Some("proto/x"));
    assert_eq!(place("/", &[]), None);
    let top = || place("/services/auth", &[]);
    assert_eq!(of(top(), "proto/x").as_deref(), Some("proto/x"));
    assert_eq!(of(top(), "usr/bin/node"), None);
}
