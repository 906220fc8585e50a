//! The made-up packages: each is there for a rule of pnpm's that real packages seldom need, or for what a bad archive can hold.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Map, Value, json};

use crate::hostile;

const NODE: &str = "#!/usr/bin/env node\n";

/// A version of a package, as it was published.
pub struct Package {
    pub name: String,
    pub version: String,
    pub manifest: Value,
    pub tarball: Vec<u8>,
}

/// What goes into a package before it is packed.
struct Draft {
    name: String,
    version: String,
    manifest: Map<String, Value>,
    /// package.json as it stands in the tarball, where it is not the manifest.
    text: Option<String>,
    folder: &'static str,
    entries: Vec<(u8, String, u32, String)>,
}

fn draft(id: &str) -> Draft {
    let (name, version) = id.rsplit_once('@').unwrap();
    let mut manifest = Map::new();
    manifest.insert("name".to_owned(), name.into());
    manifest.insert("version".to_owned(), version.into());
    let (name, version) = (name.to_owned(), version.to_owned());
    Draft { name, version, manifest, text: None, folder: "package", entries: Vec::new() }
}

impl Draft {
    fn with(mut self, more: Value) -> Draft {
        let Value::Object(more) = more else { panic!("{more}") };
        self.manifest.extend(more);
        self
    }

    fn needs(self, dependencies: &[(&str, &str)]) -> Draft {
        let list: BTreeMap<&str, &str> = dependencies.iter().copied().collect();
        self.with(json!({ "dependencies": list }))
    }

    fn peers(self, peers: &[(&str, &str)]) -> Draft {
        let list: BTreeMap<&str, &str> = peers.iter().copied().collect();
        self.with(json!({ "peerDependencies": list }))
    }

    fn file(self, path: &str, content: &str) -> Draft {
        self.mode(path, 0o644, content)
    }

    fn mode(self, path: &str, mode: u32, content: &str) -> Draft {
        self.entry(b'0', path, mode, content)
    }

    fn entry(mut self, kind: u8, path: &str, mode: u32, content: &str) -> Draft {
        self.entries.push((kind, path.to_owned(), mode, content.to_owned()));
        self
    }

    /// The package of the registry, with a generated `index.js` where it has none of its own.
    fn publish(self) -> Package {
        let manifest = Value::Object(self.manifest);
        let text = self.text.unwrap_or_else(|| format!("{manifest:#}\n"));
        let index = format!("module.exports = \"{}@{}\"\n", self.name, self.version);
        let mut tar = Vec::new();
        let mut put = |kind, path: &str, mode, content: &str| {
            let (body, target) = if kind == b'0' { (content, "") } else { ("", content) };
            hostile::put(&mut tar, &format!("{}/{path}", self.folder), kind, mode, body.as_bytes(), target);
        };
        put(b'0', "package.json", 0o644, &text);
        if !self.entries.iter().any(|(_, path, ..)| path == "index.js") {
            put(b'0', "index.js", 0o644, &index);
        }
        for (kind, path, mode, content) in &self.entries {
            put(*kind, path, *mode, content);
        }
        tar.resize(tar.len() + 1024, 0);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&tar).unwrap();
        Package { name: self.name, version: self.version, manifest, tarball: gzip.finish().unwrap() }
    }
}

/// Every package of the registry.
pub fn packages() -> Vec<Package> {
    let groups =
        [plain(), peers(), natives(), bundles(), scripts(), archives(), commands(), hoisted(), graphs()];
    groups.into_iter().flatten().map(Draft::publish).collect()
}

fn plain() -> Vec<Draft> {
    let bare = [
        "plain-b@1.0.0",
        "plain-b@2.0.0",
        "plain-b@3.0.0",
        "UpperCase@1.0.0",
        "@Upper/Scoped@1.0.0",
        "dev-child@1.0.0",
        "buildmeta@1.0.0+build.5",
        "prerel@1.0.0-beta.1",
    ];
    let mut drafts: Vec<Draft> = bare.map(draft).into();
    drafts.push(
        draft("plain-a@1.0.0")
            .needs(&[("plain-b", "^1.0.0")])
            .with(json!({ "bin": { "plain-a": "cli.js" } }))
            .file("cli.js", &format!("{NODE}console.log('plain-a')\n")),
    );
    drafts.push(draft("dev-only@1.0.0").needs(&[("dev-child", "1.0.0")]));
    drafts.push(draft("deprecated-pkg@1.0.0").with(json!({ "deprecated": "there is a better one" })));
    drafts.push(draft("@scope/thing@1.0.0").with(json!({ "bin": "./bin.js" })).file("bin.js", NODE));
    drafts.push(
        draft("uses-alias@1.0.0")
            .needs(&[("b2", "npm:plain-b@2.0.0"), ("@al/ias", "npm:@scope/thing@1.0.0")]),
    );
    drafts
}

/// A scope and a name so long that a folder named after a few of them needs a hash.
fn long_name(number: usize) -> String {
    format!("@long-scope-name/a-rather-long-peer-dependency-name-number-{number:02}")
}

fn peers() -> Vec<Draft> {
    let mut drafts: Vec<Draft> = ["peer-host@1.0.0", "peer-host@2.0.0"].map(draft).into();
    let names: Vec<String> = (0..30).map(long_name).collect();
    drafts.extend(names.iter().map(|name| draft(&format!("{name}@1.0.0"))));
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "*")).collect();
    drafts.push(draft("some-peers@1.0.0").peers(&all[..3]));
    drafts.push(draft("many-peers@1.0.0").peers(&all));
    drafts.push(draft("has-peer@1.0.0").peers(&[("peer-host", ">=1")]));
    drafts.push(draft("has-opt-peer@1.0.0").peers(&[("peer-host", ">=1"), ("never-there", "*")]).with(
        json!({ "peerDependenciesMeta": { "peer-host": { "optional": true }, "never-there": { "optional": true } } }),
    ));
    drafts.push(draft("trans-peer@1.0.0").needs(&[("has-peer", "1.0.0"), ("plain-b", "2.0.0")]));
    drafts.push(
        draft("nested-peer@1.0.0")
            .needs(&[("has-peer", "1.0.0")])
            .peers(&[("has-peer", "*"), ("peer-host", "*")]),
    );
    drafts.push(draft("peer-of-peer@1.0.0").peers(&[("has-peer", "*")]));
    drafts
}

fn natives() -> Vec<Draft> {
    let platforms = [
        ("linux-x64-gnu", json!({ "os": ["linux"], "cpu": ["x64"], "libc": ["glibc"] })),
        ("linux-x64-musl", json!({ "os": ["linux"], "cpu": ["x64"], "libc": ["musl"] })),
        ("linux-arm64-gnu", json!({ "os": ["linux"], "cpu": ["arm64"], "libc": ["glibc"] })),
        ("linux-arm64-musl", json!({ "os": ["linux"], "cpu": ["arm64"], "libc": ["musl"] })),
        (
            "darwin-arm64",
            json!({ "os": ["darwin"], "cpu": ["arm64"], "dependencies": { "only-via-darwin": "1.0.0" } }),
        ),
        ("win32-x64", json!({ "os": ["win32"], "cpu": ["x64"] })),
    ];
    let names: Vec<String> = platforms.iter().map(|(name, _)| format!("@native/{name}")).collect();
    let optional: BTreeMap<&str, &str> = names.iter().map(|name| (name.as_str(), "1.0.0")).collect();
    let mut drafts = vec![draft("native-parent@1.0.0").with(json!({ "optionalDependencies": optional }))];
    for (name, manifest) in platforms {
        drafts.push(draft(&format!("@native/{name}@1.0.0")).with(manifest).file("native.node", name));
    }
    drafts.extend(["only-via-darwin@1.0.0", "only-via-win@1.0.0"].map(draft));
    drafts.push(draft("not-darwin@1.0.0").with(json!({ "os": ["!darwin"] })));
    drafts.push(draft("bad-engine@1.0.0").with(json!({ "engines": { "node": ">=99" } })));
    drafts.push(draft("eng-parent@1.0.0").with(json!({ "optionalDependencies": { "bad-engine": "1.0.0" } })));
    drafts.push(
        draft("platform-required@1.0.0").needs(&[("only-via-win", "1.0.0")]).with(json!({ "os": ["win32"] })),
    );
    drafts
}

fn bundles() -> Vec<Draft> {
    let inner = r#"{"name": "plain-b", "version": "1.0.0"}"#;
    let with_command = r#"{"name": "plain-b", "version": "1.0.0", "bin": {"bundled-bin": "b.js"}}"#;
    let code = "module.exports = 'bundled'\n";
    vec![
        draft("bundler@1.0.0")
            .needs(&[("plain-b", "^1.0.0"), ("plain-a", "1.0.0")])
            .with(json!({ "bundledDependencies": ["plain-b"] }))
            .file("node_modules/plain-b/package.json", with_command)
            .file("node_modules/plain-b/index.js", code)
            .file("node_modules/plain-b/b.js", NODE),
        draft("bundle-true@1.0.0")
            .needs(&[("plain-b", "^1.0.0")])
            .with(json!({ "bundleDependencies": true }))
            .file("node_modules/plain-b/package.json", inner)
            .file("node_modules/plain-b/index.js", code),
        // It was published with packages that nobody named.
        draft("stray-nm@1.0.0")
            .needs(&[("plain-b", "2.0.0")])
            .file("node_modules/stray/package.json", r#"{"name": "stray", "version": "1.0.0"}"#)
            .file("node_modules/plain-b/package.json", r#"{"name": "plain-b", "version": "0.0.1"}"#),
    ]
}

fn scripts() -> Vec<Draft> {
    let generator = "const fs = require('fs')\n\
        fs.writeFileSync('generated.txt', 'generated')\n\
        fs.writeFileSync('generated-bin.js', '#!/usr/bin/env node\\n')\n\
        fs.appendFileSync('index.js', '// changed by its script\\n')\n";
    vec![
        draft("scripts-post@1.0.0")
            .needs(&[("plain-b", "1.0.0")])
            .with(json!({
                "scripts": { "postinstall": "node gen.js" },
                "bin": { "scripts-post": "generated-bin.js" },
            }))
            .file("gen.js", generator),
        draft("scripts-gyp@1.0.0").file("binding.gyp", "{\"targets\": []}\n"),
        draft("opt-fail@1.0.0").with(json!({ "scripts": { "postinstall": "exit 1" } })),
    ]
}

fn archives() -> Vec<Draft> {
    let mut modes = draft("modes@1.0.0").with(json!({ "bin": {
        "modes-noexec": "noexec.js", "modes-crlf": "crlf.js", "modes-sh": "run.sh",
        "modes-nosheb": "nosheb.js", "modes-missing": "missing.js", "modes-elf": "elf",
    } }));
    for mode in [0o644, 0o600, 0o777, 0o444, 0o711, 0o654, 0o645] {
        modes = modes.mode(&format!("m{mode:o}.txt"), mode, &format!("{mode:o}"));
    }
    modes = modes
        .mode("m755.sh", 0o755, "#!/bin/sh\n")
        .mode("twin-1.txt", 0o644, "twins")
        .mode("twin-2.txt", 0o755, "twins")
        .file("empty.txt", "")
        .file("noexec.js", NODE)
        .file("crlf.js", "#!/usr/bin/env node\r\nconsole.log(1)\r\n")
        .mode("run.sh", 0o755, "#!/bin/sh\necho run\n")
        .file("nosheb.js", "console.log(1)\n")
        .mode("elf", 0o755, "\x7fELF");
    let mut top = draft("weird-top@1.0.0").file("deep/er/file.txt", "deep");
    top.folder = "another-top-folder";
    let mut mark = draft("bom-pkg@1.0.0");
    mark.text = Some("\u{feff}{\"name\": \"bom-pkg\", \"version\": \"1.0.0\"}".to_owned());
    vec![
        modes,
        top,
        mark,
        draft("lib-link@1.0.0")
            .entry(b'2', "sym.txt", 0o644, "index.js")
            .entry(b'1', "hard.txt", 0o644, "package/index.js")
            .entry(b'5', "dir/", 0o755, "")
            .entry(b'5', "emptydir/", 0o755, "")
            .file("real.txt", "real"),
        draft("dup-entries@1.0.0")
            .file("x.txt", "first")
            .file("./x.txt", "second")
            .file("Readme", "1")
            .file("README", "2"),
    ]
}

fn commands() -> Vec<Draft> {
    let conflicts = [
        ("bin-conflict-1@1.0.0", json!({ "conflict": "one.js", "extra": "one.js" }), "one.js"),
        ("bin-conflict-2@1.0.0", json!({ "conflict": "two.js" }), "two.js"),
        ("conflict@1.0.0", json!({ "conflict": "own.js" }), "own.js"),
    ];
    let mut drafts: Vec<Draft> = conflicts
        .into_iter()
        .map(|(id, bin, file)| draft(id).with(json!({ "bin": bin })).file(file, NODE))
        .collect();
    drafts.push(
        draft("dirbin@1.0.0")
            .with(json!({ "directories": { "bin": "bin" } }))
            .file("bin/tool-one.js", NODE)
            .file("bin/sub/tool-two", NODE)
            .file("bin/.hidden", "hidden"),
    );
    drafts.push(
        draft("bin-odd@1.0.0")
            .with(json!({ "bin": {
                "./dotslash": "./x.js", "../escape": "x.js", "ok-name": "../../outside.js",
                "@sc/named": "x.js", "sp ace": "x.js", "$": "x.js", "abs": "/x.js",
            } }))
            .file("x.js", NODE),
    );
    let shebangs = [
        ("sb-deno", "deno.ts", "#!/usr/bin/env deno\n"),
        ("sb-args", "args.js", "#!/usr/bin/env node --expose-gc --trace-warnings\n"),
        ("sb-envS", "envs.js", "#!/usr/bin/env -S node --expose-gc\n"),
        ("sb-py", "p.py", "print(1)\n"),
        ("sb-noext", "noext", "text\n"),
        ("sb-cmd", "w.cmd", "@echo off\n"),
        ("sb-ps1", "w.ps1", "text\n"),
        ("sb-ts", "t.ts", "text\n"),
        ("sb-abs", "abs.js", "#!/usr/local/bin/node\n"),
    ];
    let bin: BTreeMap<&str, &str> = shebangs.iter().map(|(name, path, _)| (*name, *path)).collect();
    let empty = draft("bin-shebang@1.0.0").with(json!({ "bin": bin }));
    drafts.push(shebangs.iter().fold(empty, |package, (_, path, text)| package.file(path, text)));
    drafts
}

/// What pnpm hoists to the root by its own patterns, and what it hoists of several versions.
fn hoisted() -> Vec<Draft> {
    let mut drafts: Vec<Draft> =
        ["@types/foo@1.0.0", "prettier-foo@1.0.0", "eslint@1.0.0", "prettier@1.0.0"].map(draft).into();
    drafts.push(draft("eslint-plugin-foo@1.0.0").with(json!({ "bin": { "eslint-foo": "index.js" } })));
    drafts.push(draft("uses-hoistable@1.0.0").needs(&[
        ("@types/foo", "1.0.0"),
        ("eslint-plugin-foo", "1.0.0"),
        ("prettier-foo", "1.0.0"),
        ("eslint", "1.0.0"),
        ("prettier", "1.0.0"),
    ]));
    drafts.push(draft("uses-b2@1.0.0").needs(&[("plain-b", "2.0.0")]));
    drafts.push(draft("uses-b3@1.0.0").needs(&[("plain-b", "3.0.0")]));
    drafts.push(draft("a-uses-b3@1.0.0").needs(&[("deep-b3", "1.0.0")]));
    drafts.push(draft("deep-b3@1.0.0").needs(&[("plain-b", "3.0.0")]));
    drafts
}

/// Circles, packages that need themselves, one package at several depths, and parents that no platform of the tests can take.
fn graphs() -> Vec<Draft> {
    let mut drafts: Vec<Draft> =
        ["self-dep@0.9.0", "self-old@0.9.0", "dup@1.0.0", "dup@2.0.0", "dup@3.0.0", "shared-child@1.0.0"]
            .map(draft)
            .into();
    let edges: [(&str, &[(&str, &str)]); 13] = [
        ("cyc-a@1.0.0", &[("cyc-b", "1.0.0")]),
        ("cyc-b@1.0.0", &[("cyc-a", "1.0.0")]),
        ("self-dep@1.0.0", &[("self-dep", "*")]),
        ("self-old@1.0.0", &[("self-old", "0.9.0")]),
        ("deep-0@1.0.0", &[("deep-1", "1.0.0")]),
        ("deep-1@1.0.0", &[("deep-2", "1.0.0")]),
        ("deep-2@1.0.0", &[("target-x", "1.0.0"), ("dup", "1.0.0")]),
        ("target-x@1.0.0", &[("dup", "2.0.0")]),
        ("zz-short@1.0.0", &[("zz-mid", "1.0.0")]),
        ("zz-mid@1.0.0", &[("target-x", "1.0.0")]),
        ("@a/b@1.0.0", &[("dup", "1.0.0")]),
        ("@a-b/c@1.0.0", &[("dup", "2.0.0")]),
        ("b-any@1.0.0", &[("shared-child", "1.0.0")]),
    ];
    drafts.extend(edges.map(|(id, needs)| draft(id).needs(needs)));
    drafts
        .push(draft("a-win-only@1.0.0").needs(&[("shared-child", "1.0.0")]).with(json!({ "os": ["win32"] })));
    drafts.push(
        draft("opt-and-dep@1.0.0")
            .needs(&[("plain-b", "1.0.0")])
            .with(json!({ "optionalDependencies": { "plain-b": "2.0.0" } })),
    );
    drafts
}
