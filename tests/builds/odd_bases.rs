//! Odd images as bases: each is built on, and what umoci unpacks of the result is what it unpacks of the base, but for what a build changes on purpose; or
//! it is refused with a reason and a way out. `tests/bases/run` does the same with every image of a registry.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use serde_json::{Value, json};
use sha2::Digest as _;

use super::base::tiny;
use super::program::{run, tool};
use super::tiny::{HARMLESS, Tiny, rootfs};
use super::user::is_root;
use super::{hostile::put, json as parse};

/// What is odd of a base: its upper layers, as they are compressed and named, and its configuration.
#[derive(Default)]
struct Odd {
    layers: Vec<(Vec<u8>, &'static str)>,
    config: Option<Value>,
    architecture: Option<&'static str>,
}

const GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const PLAIN: &str = "application/vnd.oci.image.layer.v1.tar";
const ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";

/// Path, kind, mode, content or target.
type Part<'p> = (&'p str, u8, u32, &'p str);

fn tar(parts: &[Part<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, kind, mode, text) in parts {
        let (content, target) = if matches!(kind, b'1' | b'2') { ("", *text) } else { (*text, "") };
        put(&mut bytes, path, *kind, *mode, content.as_bytes(), target);
    }
    bytes
}

fn ended(mut tar: Vec<u8>) -> Vec<u8> {
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// Layers of gzip, each ended as it has to be.
fn layers(parts: &[&[Part<'_>]]) -> Odd {
    Odd { layers: parts.iter().map(|parts| (gzip(&ended(tar(parts))), GZIP)).collect(), ..Odd::default() }
}

fn layer(bytes: Vec<u8>, media_type: &'static str) -> Odd {
    Odd { layers: vec![(bytes, media_type)], ..Odd::default() }
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&sha2::Sha256::digest(bytes)))
}

/// The plain bytes of a layer.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    match bytes {
        [0x1f, 0x8b, ..] => {
            drop(std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(bytes), &mut all))
        }
        [0x28, 0xb5, ..] => all = zstd::decode_all(bytes).unwrap(),
        _ => all = bytes.to_vec(),
    }
    all
}

/// Writes an image of these layers upon a root file system with a node.
fn write(folder: &Path, odd: &Odd) {
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let put = |bytes: &[u8]| {
        let digest = sha256(bytes);
        std::fs::write(blobs.join(&digest[7..]), bytes).unwrap();
        json!({ "digest": digest, "size": bytes.len() })
    };
    let all: Vec<(Vec<u8>, &str)> =
        [(rootfs(), GZIP)].into_iter().chain(odd.layers.iter().cloned()).collect();
    let descriptor = |bytes: &[u8], media_type: &str| {
        let mut descriptor = put(bytes);
        descriptor["mediaType"] = json!(media_type);
        descriptor
    };
    let described: Vec<Value> = all.iter().map(|(bytes, media_type)| descriptor(bytes, media_type)).collect();
    let diff_ids: Vec<String> = all.iter().map(|(bytes, _)| sha256(&plain(bytes))).collect();
    let config = json!({
        "architecture": odd.architecture.unwrap_or("amd64"), "os": "linux",
        "config": odd.config.clone().unwrap_or(json!({ "Env": ["PATH=/usr/bin:/bin"] })),
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let config = descriptor(config.to_string().as_bytes(), "application/vnd.oci.image.config.v1+json");
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({ "schemaVersion": 2, "mediaType": kind, "config": config, "layers": described });
    let mut manifest = descriptor(manifest.to_string().as_bytes(), kind);
    manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    std::fs::write(
        folder.join("index.json"),
        json!({ "schemaVersion": 2, "manifests": [manifest] }).to_string(),
    )
    .unwrap();
}

/// Builds on it; the message where that fails.
fn build(tiny: &Tiny, odd: &Odd) -> Result<(), String> {
    let (base, built) = (tiny.dir.path().join("base"), tiny.dir.path().join("built"));
    for folder in [&base, &built] {
        let _ = std::fs::remove_dir_all(folder);
    }
    write(&base, odd);
    let text = format!(
        "[base]\nimage = \"oci:{}:latest\"\n[build]\nscript = false\n[image]\nentrypoint = []\n",
        base.display()
    );
    std::fs::write(tiny.root.join("fourply.toml"), text).unwrap();
    let output = format!("type=oci,dest={}", built.display());
    let output = run(&mut tiny.fourply(&["build", "services/a", "-q", "-o", &output]));
    output.status.success().then_some(()).ok_or_else(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What umoci unpacks of an image: kind, mode and owner, content or target, by path.
fn unpacked(tiny: &Tiny, image: &str, has_other_layers: bool) -> BTreeMap<String, String> {
    let rootfs = tiny.dir.path().join(format!("{image}-rootfs"));
    let _ = std::process::Command::new("chmod").args(["-R", "u+rwx"]).arg(&rootfs).output();
    let _ = std::fs::remove_dir_all(&rootfs);
    let mut source = format!("{}:latest", tiny.dir.path().join(image).display());
    // umoci knows no zstd, and goes by the names of layers alone.
    if has_other_layers {
        let (folder, copy) = (tiny.dir.path().join("layers"), tiny.dir.path().join("copy"));
        [&folder, &copy].into_iter().for_each(|folder| drop(std::fs::remove_dir_all(folder)));
        let (folder, to) = (format!("dir:{}", folder.display()), format!("{}:latest", copy.display()));
        let args = ["--insecure-policy", "copy", "-q"];
        tool("skopeo", &[&args[..], &["--dest-decompress", &format!("oci:{source}"), &folder]].concat());
        tool("skopeo", &[&args[..], &[&folder, &format!("oci:{to}")]].concat());
        source = to;
    }
    let rootless: &[&str] = if is_root() { &[] } else { &["--rootless"] };
    tool("umoci", &[&["raw", "unpack", "--image", &source], rootless, &[rootfs.to_str().unwrap()]].concat());
    let mut found = BTreeMap::new();
    read(&rootfs, &rootfs, &mut found);
    found
}

fn read(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = std::fs::symlink_metadata(&path).unwrap();
        let what = match (meta.is_dir(), std::fs::read_link(&path)) {
            (true, _) => {
                read(root, &path, found);
                "folder".to_owned()
            }
            (_, Ok(target)) => format!("-> {}", target.display()),
            (_, Err(_)) => format!("{} names, {}", meta.nlink(), sha256(&std::fs::read(&path).unwrap())),
        };
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let mode = if meta.is_symlink() { 0 } else { meta.permissions().mode() & 0o7777 };
        found.insert(name, format!("{mode:o} {}:{} {what}", meta.uid(), meta.gid()));
    }
}

/// What a build changes: accounts, the user's home, /app.
fn is_own(path: &str) -> bool {
    let below =
        |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let accounts = ["passwd", "group", "shadow", "gshadow"];
    ["app", "home/nodejs"].iter().any(|folder| below(folder))
        || ["etc", "home"].contains(&path)
        || accounts
            .iter()
            .any(|name| [format!("etc/{name}"), format!("opt/{name}")].iter().any(|file| file == path))
}

#[test]
#[ignore = "needs skopeo and umoci"]
fn odd_bases_are_built_on_as_umoci_reads_them() {
    let (tiny, _npm) = tiny("");
    assert_eq!(HARMLESS.len(), 2);
    let (file, folder, link, hard) = (b'0', b'5', b'2', b'1');
    let hidden: &[&[Part<'_>]] = &[
        &[
            ("opt/", folder, 0o755, ""),
            ("opt/a", file, 0o644, "a"),
            ("opt/dir/x", file, 0o644, "x"),
            ("opt/to-dir", file, 0o644, ""),
            ("opt/to-file/z", file, 0o644, ""),
            ("opt/to-link/q", file, 0o600, ""),
            ("opt/gone/1", file, 0o644, ""),
        ],
        &[
            ("opt/.wh.a", file, 0o644, ""),
            ("opt/dir/.wh..wh..opq", file, 0o644, ""),
            ("opt/dir/new", file, 0o755, ""),
            ("opt/to-dir", folder, 0o750, ""),
            ("opt/to-dir/in", file, 0o644, ""),
            ("opt/to-file", file, 0o644, "now"),
            ("opt/to-link", link, 0o777, "/tmp"),
            ("opt/.wh.gone", file, 0o644, ""),
        ],
        &[("opt/gone/2", file, 0o644, ""), ("opt/a", file, 0o600, "again")],
    ];
    let one = tar(&[("opt/one", file, 0o4755, "one")]);
    let halves = {
        let all = ended(one.clone());
        let (left, right) = all.split_at(512);
        [gzip(left), gzip(right)].concat()
    };
    let skippable = [
        zstd::encode_all(ended(one.clone()).as_slice(), 1).unwrap(),
        b"\x50\x2a\x4d\x18\x05\0\0\0abcde".to_vec(),
    ]
    .concat();
    let long = format!("opt/{}", "n".repeat(95));
    let passwd = "root:x:0:0:root:/root:/bin/sh\n";
    let settings = json!({
        "Env": ["PATH=/opt/bin:/usr/bin:/bin", "A=B=C", "EMPTY="], "User": "node", "WorkingDir": "/srv", "Volumes": { "/data": {} },
        "Labels": { "x": "y" }, "StopSignal": "SIGQUIT", "ExposedPorts": { "9229/tcp": {} },
    });
    let odd = [
        ("hidden paths", layers(hidden)),
        (
            "hard links across layers",
            layers(&[
                &[("opt/a", file, 0o644, "a"), ("opt/b", hard, 0o644, "opt/a")],
                &[("opt/c", hard, 0o644, "/opt/a")],
            ]),
        ),
        ("no compression", layer(ended(one.clone()), PLAIN)),
        ("gzip that is called plain", layer(gzip(&ended(one.clone())), PLAIN)),
        ("several members of gzip", layer(halves, GZIP)),
        ("zstd with a frame to skip", layer(skippable, ZSTD)),
        ("a tar without an end", layer(gzip(&one), GZIP)),
        (
            "odd names",
            layers(&[&[
                ("./opt/d", file, 0o644, "1"),
                ("opt/d", file, 0o644, "2"),
                ("/opt/abs", file, 0o644, "3"),
                (&long, file, 0o644, "4"),
            ]]),
        ),
        (
            "folders that nobody may write to",
            layers(&[&[
                ("etc/", folder, 0o555, ""),
                ("home/", folder, 0o555, ""),
                ("etc/passwd", file, 0o444, passwd),
            ]]),
        ),
        (
            "accounts behind links",
            layers(&[
                &[("opt/passwd", file, 0o644, passwd), ("opt/group", file, 0o644, "root:x:0:\n")],
                &[("etc/passwd", link, 0o777, "/opt/passwd"), ("etc/group", link, 0o777, "../opt/group")],
            ]),
        ),
        (
            "accounts of another system",
            layers(&[&[
                ("etc/passwd", file, 0o644, "root:x:0:0:root:/root:/bin/sh\r\n+::::::\n"),
                ("etc/group", file, 0o644, "root:x:0:"),
            ]]),
        ),
        (
            "an /app of its own",
            layers(&[&[
                ("app/", folder, 0o700, ""),
                ("app/old", file, 0o644, ""),
                ("app/services/", folder, 0o755, ""),
            ]]),
        ),
        (
            "a usr that has all",
            layers(&[
                &[
                    ("lib/.wh..wh..opq", file, 0o644, ""),
                    ("usr/lib/ld-musl-x86_64.so.1", file, 0o755, "a loader"),
                ],
                &[(".wh.lib", file, 0o644, "")],
                &[("lib", link, 0o777, "usr/lib"), ("lib/x", file, 0o644, "x")],
            ]),
        ),
        (
            "settings",
            Odd {
                config: Some(settings),
                ..layers(&[&[("etc/passwd", file, 0o644, &format!("{passwd}node:x:1000:1000::/:/bin/sh\n"))]])
            },
        ),
    ];
    for (name, odd) in &odd {
        println!("{name}");
        let has_other_layers = odd
            .layers
            .iter()
            .any(|(bytes, name)| *name != if bytes.starts_with(&[0x1f, 0x8b]) { GZIP } else { PLAIN });
        build(&tiny, odd).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut base, mut built) =
            (unpacked(&tiny, "base", has_other_layers), unpacked(&tiny, "built", has_other_layers));
        assert!(built.keys().any(|path| path.starts_with("app/services/a/")), "{name}");
        [&mut base, &mut built].into_iter().for_each(|all| all.retain(|path, _| !is_own(path)));
        assert_eq!(built, base, "{name}");
        assert!(base.len() > 4, "{name}");
    }
    let inherited = parse(&tool(
        "skopeo",
        &["inspect", "--config", &format!("oci:{}:latest", tiny.dir.path().join("built").display())],
    ));
    let inherited = &inherited["config"];
    assert_eq!(inherited["Labels"]["x"], "y");
    assert_eq!(
        (&inherited["Volumes"], &inherited["StopSignal"]),
        (&json!({ "/data": {} }), &json!("SIGQUIT"))
    );
    let has = |variable: &str| inherited["Env"].as_array().unwrap().iter().any(|known| known == variable);
    assert!(
        ["PATH=/opt/bin:/usr/bin:/bin", "A=B=C", "EMPTY="].iter().all(|variable| has(variable)),
        "{inherited}"
    );
}

#[test]
#[ignore = "needs skopeo and umoci"]
fn odd_bases_that_cannot_be_built_on_are_refused_with_a_way_out() {
    let (tiny, _npm) = tiny("");
    let file = b'0';
    let one = |number: usize| (gzip(&ended(tar(&[(&format!("opt/{number}"), file, 0o644, "x")]))), GZIP);
    let group = "root:x:0:\napp:x:1001:\n";
    let without_node = layers(&[&[("usr/bin/.wh.node", file, 0o644, "")]]);
    for (odd, expected) in [
        (Odd { layers: (0..124).map(one).collect(), ..Odd::default() }, "docker takes 125 in all"),
        (Odd { architecture: Some("arm64"), ..layers(&[]) }, "linux/arm64"),
        (layers(&[&[("etc/group", file, 0o644, group)]]), "group number 1001"),
        (without_node, "no node"),
    ] {
        let message = build(&tiny, &odd).unwrap_err();
        assert!(message.contains(expected) && message.contains("hint: "), "{expected}: {message}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
