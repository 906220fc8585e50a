//! `fourply compare`: a team's image with what the service's lacks; the printed lines are put in, and nothing is missing any more.

use std::process::Output;

use serde_json::{Value, json};

use super::images::{File, Images, hex, layer, node};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

const SERVES: &str = "require('thing');require('http').createServer((q,r)=>r.end()).listen(process.env.PORT)";

/// A service that serves, on a base with node.
fn workspace(url: &str, package: &[u8]) -> Tiny {
    let tiny = Tiny::new(package, url);
    let put = |path: &str, text: &str| {
        let path = tiny.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    std::fs::write(tiny.root.join("base.tar.gz"), node()).unwrap();
    put(
        "fourply.toml",
        &format!(
            "[base]\nrootfs = {{ file = \"base.tar.gz\", sha256 = \"{}\" }}\n[build]\nscript = false\n[image]\nuser = \"node\"\n[services.a]\nfiles = [\"kept.json\"]\n",
            hex(node())
        ),
    );
    put("services/a/dist/main.js", SERVES);
    put("services/a/src/main.ts", "");
    for path in ["kept.json", "templates/mail/a.html", "templates/mail/b.html", "templates/README.md"] {
        put(&format!("services/a/{path}"), "x");
    }
    put("proto/a.proto", "x");
    tiny
}

fn team_image(images: &Images) -> String {
    const THING: &str = "app/node_modules/.pnpm/thing@1.0.0/node_modules/thing";
    let (manifest, index, readme) =
        (format!("{THING}/package.json"), format!("{THING}/index.js"), format!("{THING}/README.md"));
    let files: [File<'_>; 16] = [
        ("app/services/a/package.json", 0o644, 1001, "{}"),
        ("app/services/a/dist/main.js", 0o644, 1001, SERVES),
        ("app/services/a/src/main.ts", 0o644, 1001, ""),
        ("app/services/a/kept.json", 0o644, 1001, "other"),
        ("app/services/a/templates/mail/a.html", 0o644, 1001, "x"),
        ("app/services/a/templates/mail/b.html", 0o644, 1001, "x"),
        ("app/services/a/templates/README.md", 0o644, 1001, "x"),
        ("app/services/a/uploads/", 0o755, 1001, ""),
        (
            "app/services/a/node_modules/thing",
            0o777,
            0,
            "-> ../../../node_modules/.pnpm/thing@1.0.0/node_modules/thing",
        ),
        ("app/proto/a.proto", 0o644, 1001, "x"),
        (&manifest, 0o644, 0, r#"{"name":"thing","version":"1.0.0"}"#),
        (&index, 0o644, 0, "module.exports = 1;\n"),
        (&readme, 0o644, 0, "x"),
        ("app/node_modules/.pnpm/tool@2.0.0/node_modules/tool/index.js", 0o644, 0, "x"),
        ("data/out/", 0o755, 1001, ""),
        ("etc/os-release", 0o644, 0, "NAME=Team\u{1b}[31m\nVERSION_ID=1\n"),
    ];
    let check =
        "node -e \"fetch('http://localhost:'+process.env.PORT+'/live').then(r=>process.exit(r.ok?0:1))\"";
    let config = json!({
        "User": "node", "WorkingDir": "/app/services/a", "Env": ["PORT=3100", "MODE=a \"b\"", "NODE_ENV=production"],
        "Cmd": ["node", "dist/main.js"], "ExposedPorts": { "3100/tcp": {} },
        "Healthcheck": { "Test": ["CMD-SHELL", check], "Timeout": 3_000_000_000u64 },
    });
    format!("oci:{}", images.write(&[node(), &layer(&files)], config).display())
}

const DOCKERFILE: &str = r#"FROM node:20-slim AS build
WORKDIR /app
COPY . .
FROM node:20-slim
ARG PORT=3000
RUN groupadd -g 1001 node1 && useradd -u 1001 node1 && mkdir -p /data/out && chown node1 /data/out
WORKDIR /app/services/a
COPY --from=build --chown=node1 /app/services/a /app/services/a
COPY --from=build /app/proto /app/proto
ENV PORT=${PORT} NODE_ENV=production MODE="a \"b\""
USER node1
HEALTHCHECK --timeout=3s CMD curl -f http://localhost:${PORT}/live || exit 1
CMD node dist/main.js
"#;

fn printed(output: &Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_lines_that_are_printed_are_all_that_was_missing() {
    let package = tarball(&HARMLESS);
    let npm = Npm::start(Answer::Status(200, package.clone()));
    let tiny = workspace(&npm.url(), &package);
    let images = Images::new();
    let image = team_image(&images);
    let compare = |with: &str, more: &[&str]| {
        tiny.fourply(&[&["compare", "a", "--with", with], more].concat()).output().unwrap()
    };
    let before = compare(&image, &[]);
    let text = printed(&before, 1);
    let (_, lines) = text.split_once("missing in fourply.toml:\n\n").unwrap();
    let expected = [
        "[services.a]",
        r#"files = ["kept.json", "/proto", "templates/mail"]"#,
        r#"writable = ["/data/out", "uploads"]"#,
        r#"env = { MODE = "a \"b\"" }"#,
        "port = 3100",
        r#"health = { paths = ["/live"], timeout = "3s" }"#,
    ];
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected, "{text}");
    let words = [
        "Team [31m 1",
        "needed at run time",
        "of needed packages, left out",
        "started, the team's: well",
        "started, this one: well",
        "note: 2 files hold something else in the team's image (needed at run time): services/a/kept.json, services/a/package.json",
    ];
    words.iter().for_each(|word| assert!(text.contains(word), "{word}: {text}"));
    // What a Dockerfile alone tells.
    let dockerfile = tiny.dir.path().join("Dockerfile");
    std::fs::write(&dockerfile, DOCKERFILE).unwrap();
    let arguments = ["--no-smoke", "--format", "json", "--build-arg", "PORT=3100"];
    let of_file: Value =
        serde_json::from_str(&printed(&compare(dockerfile.to_str().unwrap(), &arguments), 1)).unwrap();
    assert_eq!(of_file["not-compared"], json!(["files", "size", "smoke"]));
    let told: Vec<&str> = of_file["lines"].as_str().unwrap().lines().collect();
    let without_uploads = expected.map(|line| line.replace(", \"uploads\"", ""));
    assert_eq!(told, without_uploads, "{of_file}");
    // With the lines, nothing is missing.
    let config = tiny.root.join("fourply.toml");
    let old = std::fs::read_to_string(&config).unwrap();
    let new = old.replace("[services.a]\nfiles = [\"kept.json\"]\n", lines);
    std::fs::write(&config, new).unwrap();
    let after = printed(&compare(&image, &[]), 0);
    assert!(after.ends_with("\nnothing is missing\n"), "{after}");
    assert!(printed(&compare(dockerfile.to_str().unwrap(), &arguments), 0).contains("\"complete\": true"));
}

#[test]
fn what_cannot_be_compared_is_said_before_anything_is_built() {
    let tiny = Tiny::new(&tarball(&HARMLESS), "http://127.0.0.1:9/");
    let refused = |with: &str, text: &[u8], more: &[&str], code: i32, words: &str| {
        std::fs::write(tiny.root.join("file"), text).unwrap();
        let output = tiny.fourply(&[&["compare", "a", "--with", with], more].concat()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && !said.contains("building"), "{said}");
    };
    refused("file", b"FRO x\n", &[], 1, "it is not a Dockerfile");
    refused("file", b"FROM a\nENV A=${B\n", &[], 1, "line 2: \"A=${B\": a ${ is not closed");
    refused("file", b"FROM a AS x\n", &["--target", "y"], 1, "it has no stage \"y\"; its stages are x");
    refused("file", b"\x1f\x8b\0\xff", &[], 1, "docker-archive:FILE");
    refused("nothing", b"", &[], 2, "is neither a Dockerfile nor an image");
    refused("oci:x", b"", &["--target", "y"], 2, "--target is for a Dockerfile");
}
