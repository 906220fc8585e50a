use std::collections::{BTreeMap, BTreeSet};

use fourply_dockerfile::{DockerImage, Request};
use fourply_rootfs::{RootfsMetadata, TreeEntry};

use super::{files, matches};
use crate::files::Kinds;
use crate::folders::Folders;
use crate::known::tests::known;
use crate::model::{FileEntry, Note};
use crate::place::Place;

fn image(text: &str) -> DockerImage {
    let text =
        format!("FROM a AS builder\nWORKDIR /app\nCOPY . .\nFROM a\nWORKDIR /app/services/auth\n{text}");
    DockerImage::read(&Request { text: &text, args: &BTreeMap::new(), target: None }).unwrap()
}

type Found = (Vec<(String, Option<String>)>, Vec<Note>, Vec<FileEntry>);

fn copied(text: &str) -> Found {
    let known = known();
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let place = Place::find(&known, "/app/services/auth", &|_| false, std::iter::empty());
    let mut ours = RootfsMetadata::default();
    for path in ["app", "app/services", "app/services/auth", "app/services/auth/dist"] {
        ours.entries.insert(path.to_owned(), TreeEntry::implied_directory());
    }
    let (mut notes, mut foreign) = (Vec::new(), Vec::new());
    let found = files(&image(text), &kinds, place.as_ref(), &ours, (&mut notes, &mut foreign));
    (found.into_iter().map(|file| (file.path, file.source)).collect(), notes, foreign)
}

#[test]
fn copies_are_files_of_the_workspace() {
    let (found, notes, _) = copied(
        "COPY --from=builder /app/services/auth/dist ./dist\nCOPY --from=builder /app/node_modules /app/node_modules\n\
         COPY templates templates\nCOPY services/auth/templates/mail/*.html mail/\nCOPY proto/auth.proto /app/proto/\n",
    );
    let pair = |path: &str, source: Option<&str>| (path.to_owned(), source.map(str::to_owned));
    let expected = [
        pair("services/auth/templates/x.html", Some("templates/x.html")),
        pair("services/auth/mail/a.html", Some("services/auth/templates/mail/a.html")),
        pair("services/auth/mail/b.html", Some("services/auth/templates/mail/b.html")),
        pair("proto/auth.proto", None),
    ];
    assert_eq!(found, expected);
    assert_eq!(notes, []);
}

#[test]
fn what_nobody_can_know_is_told() {
    let (_, notes, foreign) = copied(
        "COPY --from=builder /prod/auth .\nCOPY --from=builder /app/services/auth/build ./build\nCOPY --from=builder /app/services/web/dist ./web\n",
    );
    let expected = [
        Note::FromElsewhere { source: "/prod/auth".to_owned(), to: "/app/services/auth".to_owned() },
        Note::NotInSources { path: "services/auth/build".to_owned(), count: 1 },
    ];
    assert_eq!(notes, expected);
    let client = FileEntry { from: "services/web/dist".to_owned(), to: Some("web".to_owned()), count: 1 };
    assert_eq!(foreign, [client]);
}

#[test]
fn pnpm_deploy_copies_the_package() {
    let text = "FROM a AS builder\nWORKDIR /app\nCOPY . .\nRUN pnpm deploy --filter=@erp/auth --prod /prod/auth\nFROM a\nWORKDIR /srv\n\
                COPY --from=builder /prod/auth /srv\n";
    let image = DockerImage::read(&Request { text, args: &BTreeMap::new(), target: None }).unwrap();
    let known = known();
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let place = Place::find(&known, "/srv", &|_| false, std::iter::empty());
    let mut notes = Vec::new();
    let found =
        files(&image, &kinds, place.as_ref(), &RootfsMetadata::default(), (&mut notes, &mut Vec::new()));
    assert!(
        found.iter().any(|file| file.path == "services/auth/templates/mail/a.html" && file.source.is_none())
    );
    assert_eq!(notes, []);
}

#[test]
fn parts_of_what_pnpm_deploy_filled_are_followed() {
    let text = "FROM a AS build\nWORKDIR /app\nCOPY . .\nRUN pnpm --filter auth deploy --prod /out\nFROM a\nWORKDIR /srv\n\
                COPY --from=build /out/node_modules ./node_modules\nCOPY --from=build /out/templates ./templates\n\
                COPY --from=build /out/package.json ./\nCOPY --from=build /out/built ./built\n";
    let image = DockerImage::read(&Request { text, args: &BTreeMap::new(), target: None }).unwrap();
    let known = known();
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let place = Place::find(&known, "/srv", &|_| false, std::iter::empty());
    let mut notes = Vec::new();
    let ours = RootfsMetadata::default();
    let found = files(&image, &kinds, place.as_ref(), &ours, (&mut notes, &mut Vec::new()));
    let paths: Vec<&str> = found.iter().map(|file| file.path.as_str()).collect();
    let expected = ["templates/README.md", "templates/mail/a.html", "templates/mail/b.html", "package.json"];
    assert_eq!(paths, expected.map(|path| format!("services/auth/{path}")));
    // The new image has no such folder.
    assert_eq!(notes, [Note::NotInSources { path: "services/auth/built".to_owned(), count: 1 }]);
}

#[test]
fn folders_that_are_made_for_the_user() {
    let known = known();
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let place = Place::find(&known, "/app/services/auth", &|_| false, std::iter::empty());
    let ours = RootfsMetadata::default();
    let folders =
        Folders { known: &known, kinds: &kinds, place: place.as_ref(), ours: &ours, our_user: 1001 };
    let text = "RUN mkdir -p /data/x logs /home/app/y && chown -R app /data/x /app logs dist\nVOLUME /v\nUSER app\n\
                COPY --chown=app:app services/auth /app/services/auth\n";
    let found = folders.of_dockerfile(&image(text));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/data/x", "/v", "logs", "uploads"]);
}

#[test]
fn globs_of_one_name() {
    for (pattern, name) in [
        ("package*.json", "package-lock.json"),
        ("*", "a"),
        ("?.x", "b.x"),
        ("[ab]c", "ac"),
        ("a*b*c", "aXbYbc"),
    ] {
        assert!(matches(pattern, name), "{pattern}");
    }
    assert!(!matches("*.json", "a.js") && !matches("", "a"));
    assert!(!matches(&"*a".repeat(200), &"a".repeat(150)));
}
