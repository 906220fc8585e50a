//! Planted secrets: passwords of URLs, tokens, values of a `fourply.toml` that is broken. After builds that go well and builds that fail, none of them stands in
//! an output, an error, the store, a bundle or an image.

use std::io::Read as _;
use std::path::Path;
use std::process::Output;

use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

const PLANTED: &str = "PLANTED";

/// What a program printed, which must hold none of it, whether it went well or not.
fn clean(output: &Output, well: bool) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains(PLANTED), "{text}");
    assert_eq!(output.status.success(), well, "{text}");
    text
}

/// Files below a folder that hold it, as they are or unzipped, at any depth of archives.
fn found(folder: &Path, hits: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found(&path, hits);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            // Members of archives are gzip streams of their own.
            let zipped = bytes.windows(3).enumerate().filter(|(_, window)| *window == [0x1f, 0x8b, 8]);
            let unzipped = zipped.filter_map(|(at, _)| {
                let mut text = Vec::new();
                flate2::read::MultiGzDecoder::new(&bytes[at..]).read_to_end(&mut text).ok()?;
                Some(text)
            });
            let holds =
                |bytes: &[u8]| bytes.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes());
            if holds(&bytes) || unzipped.into_iter().any(|text| holds(&text)) {
                hits.push(path.display().to_string());
            }
        }
    }
}

#[test]
fn planted_secrets_are_found_nowhere() {
    let package = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, package.clone()));
    let refusing = Npm::start(Answer::Status(401, b"no".to_vec()));
    let tiny = Tiny::new(&package, &npm.url());
    let host = |npm: &Npm| npm.url().trim_start_matches("http://").trim_end_matches('/').to_owned();
    let write = |name: &str, text: &str| std::fs::write(tiny.root.join(name), text).unwrap();
    let npmrc = |npm: &Npm| {
        let host = host(npm);
        format!("registry=http://user:PLANTED1@{host}/\n//{host}/:_authToken=PLANTED2\nfetch-retries=0\n")
    };
    let lock = std::fs::read_to_string(tiny.root.join("pnpm-lock.yaml")).unwrap();
    let config = std::fs::read_to_string(tiny.root.join("fourply.toml")).unwrap();
    write("services/a/.npmrc", "//example.org/:_authToken=PLANTED3\n");
    write(".npmrc", &npmrc(&npm));
    clean(&tiny.build().output().unwrap(), true);
    let bundle = tiny.dir.path().join("bundle.tar");
    let bundle = ["bundle", bundle.to_str().unwrap(), "--build", "services/a"];
    clean(&tiny.fourply(&bundle).output().unwrap(), true);

    let fails = || {
        std::fs::remove_dir_all(tiny.store().join("v2/sources")).unwrap_or_default();
        for kind in ["records/stage-layers", "records/layer"] {
            std::fs::remove_dir_all(tiny.store().join("v2").join(kind)).unwrap_or_default();
        }
        clean(&tiny.build().output().unwrap(), false)
    };
    write(".npmrc", &npmrc(&refusing));
    assert!(fails().contains("401"));
    write(".npmrc", "registry=http://u:PLANTED4@ x/\n");
    fails();
    write(".npmrc", "registry=http://u:PLANTED5@127.0.0.1:1/\nfetch-retries=0\n");
    fails();
    write(".npmrc", &npmrc(&npm));
    for tarball in
        ["http://u:PLANTED6@127.0.0.1:1/x.tgz?token=PLANTED7", "ht tp://u:PLANTED8@h/x.tgz?t=PLANTED9"]
    {
        write(
            "pnpm-lock.yaml",
            &lock.replace("resolution: {", &format!("resolution: {{tarball: '{tarball}', ")),
        );
        fails();
    }
    write("pnpm-lock.yaml", &lock);
    for broken in [
        "[build]\nenv = { KEY = \"PLANTED\"\n",
        "[build]\nenv = { KEY = [\"PLANTED\"] }\n",
        "[image]\nport = \"PLANTED\"\n",
        "[build]\nsecrets = \"PLANTED\"\n",
        "[base]\nimage = \"https://u:PLANTED@h/x\"\n",
        "[store]\nkeep = \"PLANTED\"\n",
        "[registry]\nmirrors = { x = \"http://u:PLANTED@x y/\" }\n",
        "[image]\nenv = { PORT = \"PLANTED\" }\n",
        "[image]\nport = 1\nenv = { PORT = \"PLANTED\" }\n",
    ] {
        write("fourply.toml", broken);
        clean(&tiny.build().output().unwrap(), false);
    }
    write("fourply.toml", &config);
    for tag in ["u:PLANTED@127.0.0.1:1/x:1", "http://u:PLANTED@127.0.0.1:1/x:1"] {
        clean(&tiny.fourply(&["build", "services/a", "-t", tag, "--push"]).output().unwrap(), false);
        clean(&tiny.fourply(&["build", "services/a", "--cache-to", tag]).output().unwrap(), false);
    }
    let mut hits = Vec::new();
    found(tiny.dir.path(), &mut hits);
    hits.retain(|path| !path.starts_with(tiny.root.to_str().unwrap()));
    assert_eq!(hits, Vec::<String>::new());
}
