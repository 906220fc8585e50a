//! Archives of git hosts, served in the hosts' names by a proxy of this machine, as each pnpm takes them.

use fourply_pnpm::Rules;
use fourply_pnpm::rules::{PNPM_9, PNPM_10, PNPM_11, PNPM_12};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fourply_store::Integrity;

use crate::planned::differences;
use crate::program::{error, fourply, run};
use crate::{alone, real_pnpm, rows, said};

const COMMIT: &str = "0123456789012345678901234567890123456789";

/// Package, host, and where the host has archives.
const HOSTS: [(&str, &str, &str); 3] = [
    ("on-github", "codeload.github.com", "owner/on-github/tar.gz/COMMIT"),
    ("on-gitlab", "gitlab.com", "owner/on-gitlab/-/archive/COMMIT/on-gitlab-COMMIT.tar.gz"),
    ("on-bitbucket", "bitbucket.org", "owner/on-bitbucket/get/COMMIT.tar.gz"),
];

/// Answers for every host with the archive that is named like it.
const PROXY: &str = r"
const http = require('http'), https = require('https'), fs = require('fs');
const options = { key: fs.readFileSync('leaf.key'), cert: fs.readFileSync('leaf.pem') };
const hosts = https.createServer(options, (request, response) => {
  response.end(fs.readFileSync(request.headers.host.split(':')[0] + '.tgz'));
});
const proxy = http.createServer();
proxy.on('connect', (request, socket) => { socket.write('HTTP/1.1 200 OK\r\n\r\n'); hosts.emit('connection', socket); });
proxy.listen(0, '127.0.0.1', () => console.log(proxy.address().port));
";

struct Proxy(Child, String);

impl Proxy {
    fn start(folder: &Path) -> Proxy {
        let mut command = Command::new("node");
        let mut child =
            command.args(["-e", PROXY]).current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Proxy(child, port.trim().to_owned())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn url(place: &(&str, &str, &str)) -> String {
    format!("https://{}/{}", place.1, place.2.replace("COMMIT", COMMIT))
}

/// The hosts' archives and certificates in a folder.
fn hosts(folder: &Path) {
    let shell = |text: &str| drop(run(Command::new("sh").args(["-ec", text]).current_dir(folder)));
    for (name, host, _) in HOSTS {
        let root = folder.join(format!("owner-{name}-0123456"));
        std::fs::create_dir_all(root.join("dist")).unwrap();
        let manifest = format!(
            r#"{{"name": "{name}", "version": "1.0.0", "files": ["dist"], "bin": "dist/{name}.js"}}"#
        );
        std::fs::write(root.join("package.json"), manifest).unwrap();
        std::fs::write(root.join(format!("dist/{name}.js")), format!("#!/usr/bin/env node\n// {name}\n"))
            .unwrap();
        std::fs::write(root.join("test.js"), "1").unwrap();
        shell(&format!("tar --mtime=@0 -czf {host}.tgz owner-{name}-0123456"));
    }
    let names: Vec<String> = HOSTS.iter().map(|(_, host, _)| format!("DNS:{host}")).collect();
    std::fs::write(folder.join("names"), format!("subjectAltName={}\n", names.join(","))).unwrap();
    shell(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=test 2>/dev/null
         openssl req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
         openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -days 2 -extfile names -out leaf.pem 2>/dev/null",
    );
}

fn project(rules: &'static Rules, hosts: &Path, port: &str, root: &Path) {
    let (mut dependencies, mut packages, mut snapshots) = (String::new(), String::new(), String::new());
    let mut manifest = serde_json::Map::new();
    for host in HOSTS.iter().rev() {
        let (name, url) = (host.0, url(host));
        let integrity = Integrity::of(&std::fs::read(hosts.join(format!("{}.tgz", host.1))).unwrap());
        let told = match rules.major() {
            9 | 10 => format!("{{tarball: {url}}}"),
            _ => format!("{{gitHosted: true, integrity: {integrity}, tarball: {url}}}"),
        };
        dependencies.push_str(&format!("      {name}:\n        specifier: {url}\n        version: {url}\n"));
        packages.push_str(&format!(
            "  {name}@{url}:\n    resolution: {told}\n    version: 1.0.0\n    hasBin: true\n"
        ));
        snapshots.push_str(&format!("  {name}@{url}: {{}}\n"));
        manifest.insert(name.to_owned(), url.into());
    }
    let lockfile = format!(
        "lockfileVersion: '9.0'\nsettings:\n  autoInstallPeers: true\n  excludeLinksFromLockfile: false\n\
         importers:\n  .:\n    dependencies:\n{dependencies}packages:\n{packages}snapshots:\n{snapshots}"
    );
    let manifest = serde_json::json!({"name": "x", "private": true, "dependencies": manifest});
    let proxy = format!("http://127.0.0.1:{port}");
    let certificate = hosts.join("ca.pem");
    let npmrc = format!("https-proxy={proxy}\ncafile={}\n", certificate.display());
    let yaml = if rules.major() < 11 { String::new() } else { format!("httpsProxy: {proxy}\n") };
    for (file, text) in [
        ("package.json", manifest.to_string()),
        ("pnpm-lock.yaml", lockfile),
        (".npmrc", npmrc),
        ("pnpm-workspace.yaml", format!("packages: ['.']\n{yaml}")),
    ] {
        std::fs::write(root.join(file), text).unwrap();
    }
}

#[test]
#[ignore = "needs openssl and real pnpm"]
fn archives_of_git_hosts_are_taken_as_each_pnpm_takes_them() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    hosts(folder.path());
    let proxy = Proxy::start(folder.path());
    for rules in [&PNPM_9, &PNPM_10, &PNPM_11, &PNPM_12] {
        let dir = tempfile::tempdir().unwrap();
        project(rules, folder.path(), &proxy.1, dir.path());
        let major = rules.major().to_string();
        let tree = ["tree", ".", "--libc", "glibc", "--pnpm", &major];
        // 9 and 10 record no integrity: each is refused until what is there now is pinned.
        let mut pins = "[packages.integrity]\n".to_owned();
        for _ in HOSTS.iter().filter(|_| rules.major() < 11) {
            let text = error(&mut fourply(dir.path(), &tree), 1);
            pins.push_str(text.split("[packages.integrity] ").nth(1).unwrap().lines().next().unwrap());
            pins.push('\n');
            std::fs::write(dir.path().join("fourply.toml"), &pins).unwrap();
        }
        let (ours, _) = said(&mut fourply(dir.path(), &tree));
        real_pnpm::install(rules, dir.path(), None, true).unwrap();
        let real = crate::comparable(real_pnpm::rows(dir.path()));
        let (count, shown) = differences(&rows(&ours), &real);
        assert!(count == 0, "pnpm {major}: {count} of {} paths differ\n{shown}", real.len());
        for (name, ..) in HOSTS {
            assert!(ours.contains(&format!("/node_modules/{name}/dist/{name}.js\tf\t0755\t")), "{ours}");
        }
        println!("pnpm {major}: {} paths, 0 differ", real.len());
    }
}
