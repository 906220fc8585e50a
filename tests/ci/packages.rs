//! Eight small packages in four versions each, from a registry of the test's own: `@my/p0` to `@my/p3` depend on `@my/p4` to `@my/p7`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;

use base64::Engine as _;
use fourply_testing::tiny::tarball;
use sha2::Digest as _;

pub const COUNT: usize = 8;
pub const VERSIONS: usize = 4;

/// `1.0.0` to `1.3.0`.
pub fn version(number: usize) -> String {
    format!("1.{}.0", number % VERSIONS)
}

pub fn name(package: usize) -> String {
    format!("@my/p{}", package % COUNT)
}

/// The package that one depends on.
pub fn needs(package: usize) -> Option<usize> {
    (package < COUNT / 2).then_some(package + COUNT / 2)
}

fn bytes(package: usize, number: usize) -> Vec<u8> {
    let dependencies =
        needs(package).map(|needed| format!(r#","dependencies":{{"{}":"^1.0.0"}}"#, name(needed)));
    let manifest = format!(
        r#"{{"name":"{}","version":"{}"{}}}"#,
        name(package),
        version(number),
        dependencies.unwrap_or_default()
    );
    let index = format!("module.exports = '{}@{}';\n", name(package), version(number));
    tarball(&[(b'0', "package/package.json", &manifest), (b'0', "package/index.js", &index)])
}

/// Where they are served from, such as `http://127.0.0.1:4000/`.
pub fn registry() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || listener.incoming().flatten().for_each(|client| drop(answer(client))));
        url
    })
}

/// `GET /@my/p0/-/p0-1.0.0.tgz`
fn answer(mut client: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut first, mut line) = (String::new(), String::new());
    reader.read_line(&mut first)?;
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let wanted = |package: usize, number: usize| {
        first.contains(&format!("/p{package}-{}.tgz", version(number))).then(|| bytes(package, number))
    };
    let body = (0..COUNT).flat_map(|package| (0..VERSIONS).map(move |number| (package, number)));
    let body = body.into_iter().find_map(|(package, number)| wanted(package, number));
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    write!(client, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())?;
    client.write_all(&body)
}

/// The importers' dependencies: by folder, links to folders and packages by number; both also for development.
pub struct Importer {
    pub links: BTreeSet<String>,
    pub packages: BTreeSet<usize>,
    pub development: BTreeSet<usize>,
}

/// The lockfile of pnpm 9 for these, with one version of each package.
pub fn lockfile(importers: &BTreeMap<String, Importer>, versions: &[usize; COUNT]) -> String {
    let mut text = "lockfileVersion: '9.0'\n\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\nimporters:\n\n  .: {}\n".to_owned();
    let mut all: BTreeSet<usize> = BTreeSet::new();
    for (folder, importer) in importers {
        let entry = |package: &usize| {
            (
                name(*package),
                format!(
                    "      '{}':\n        specifier: ^1.0.0\n        version: {}\n",
                    name(*package),
                    version(versions[*package])
                ),
            )
        };
        let mut lines: BTreeMap<String, String> = importer.packages.iter().map(entry).collect();
        let development: BTreeMap<String, String> = importer.development.iter().map(entry).collect();
        for link in &importer.links {
            let short = link.rsplit('/').next().unwrap();
            let line = format!(
                "      '@my/{short}':\n        specifier: workspace:*\n        version: link:../../{link}\n"
            );
            lines.insert(format!("@my/{short}"), line);
        }
        all.extend(importer.packages.iter().chain(&importer.development));
        if lines.is_empty() && development.is_empty() {
            text.push_str(&format!("\n  {folder}: {{}}\n"));
            continue;
        }
        text.push_str(&format!("\n  {folder}:\n"));
        for (list, lines) in [("dependencies", lines), ("devDependencies", development)] {
            if !lines.is_empty() {
                text.push_str(&format!("    {list}:\n{}", lines.into_values().collect::<String>()));
            }
        }
    }
    all.extend(all.clone().into_iter().filter_map(needs));
    text.push_str("\npackages:\n");
    for package in &all {
        let sum = sha2::Sha512::digest(bytes(*package, versions[*package]));
        let integrity = base64::engine::general_purpose::STANDARD.encode(sum);
        let id = format!("{}@{}", name(*package), version(versions[*package]));
        text.push_str(&format!("\n  '{id}':\n    resolution: {{integrity: sha512-{integrity}}}\n"));
    }
    text.push_str("\nsnapshots:\n");
    for package in &all {
        let id = format!("{}@{}", name(*package), version(versions[*package]));
        match needs(*package) {
            Some(needed) => text.push_str(&format!(
                "\n  '{id}':\n    dependencies:\n      '{}': {}\n",
                name(needed),
                version(versions[needed])
            )),
            None => text.push_str(&format!("\n  '{id}': {{}}\n")),
        }
    }
    text
}
