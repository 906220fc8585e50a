//! What a build sees, what its image holds, and who may write to it.

use std::path::PathBuf;
use std::process::Command;

use super::program::{fourply, run};
use super::{BUILD, Erp, built, own};

#[test]
#[ignore = "needs the fixtures"]
fn inputs() {
    let erp = Erp::new();
    // What compilers remember, what .dockerignore names, what an earlier build left, and files that no build reads are not there.
    erp.append(".dockerignore", "services/auth/src/draft.txt\n**/*.md");
    let absent = [
        "services/auth/tsconfig.build.tsbuildinfo",
        "services/auth/src/draft.txt",
        "services/auth/dist/stale.js",
    ];
    for path in absent.iter().chain(&["docs/a.txt", "docker-compose.yml"]) {
        erp.write(path, "x");
    }
    let check = "set -e\nfor file in tsconfig.build.tsbuildinfo src/draft.txt dist/stale.js ../../docs; do test ! -e $file; done\ntest -e ../../tsconfig.base.json\n";
    erp.write("services/auth/src/check.sh", check);
    erp.manifest("services/auth", |manifest| {
        manifest["scripts"]["build"] = format!("sh src/check.sh && {BUILD}").into()
    });
    erp.builds("");
    erp.has("services/auth/dist/main.js", true);
    erp.has("dist/stale.js", false);
    erp.has("shared/kernel/dist/money.js", true);
    // bcrypt brings binaries for all machines.
    let listed = erp.listed();
    let binaries: Vec<&str> = listed.lines().filter(|line| line.ends_with(".node")).collect();
    assert!(
        matches!(&binaries[..], [one] if one.contains("linux-x64") && one.contains("glibc")),
        "{binaries:?}"
    );
}

#[test]
#[ignore = "needs the fixtures"]
fn what_builds_again() {
    let erp = Erp::new();
    // What no earlier run of this test had, so that the store knows nothing.
    let run = format!("[build.env]\nRUN = {:?}", erp.root.display().to_string());
    assert!(built(&erp.builds(&run)));
    let others = [
        "README.md",
        "docs/a.txt",
        "docker-compose.yml",
        "LICENSE",
        ".github/workflows/ci.yml",
        "services/finance/src/main.js",
    ];
    for path in others {
        erp.append(path, "changed");
    }
    erp.add("services/new", "@vextrus/new");
    let told = erp.builds(&run);
    assert!(!built(&told), "{told}");
    // Another folder of the base runs nothing; a line of a shared source does, and says so.
    let told = erp.builds(&format!("folders = [{{ path = \"/data\", owner = \"nodejs\" }}]\n{run}"));
    assert!(!built(&told), "{told}");
    erp.append("shared/kernel/src/money.ts", "export const CENT = 1;");
    let told = erp.builds(&run);
    assert!(told.contains("services/auth: building (shared/kernel/src/money.ts changed)"), "{told}");
    // A script that wants what is no input.
    erp.write("services/auth/src/docs.sh", "cat ../../docs/a.txt\n");
    erp.script("sh src/docs.sh");
    erp.refuses("", "the script \"build\" of services/auth ended with exit code 1", "[build] inputs");
    erp.builds("[build]\ninputs = [\"docs/**\", \"tsconfig*.json\"]");
}

#[test]
#[ignore = "needs the fixtures"]
fn images_in_the_tree() {
    let erp = Erp::new();
    erp.script("true # with an image beside the sources");
    let build = || {
        let done =
            run(&mut fourply(&erp.root, &["build", "auth", "-o", "type=oci,dest=services/auth/image"]));
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{told}");
        built(&told)
    };
    build();
    assert!(!build() && !build());
    erp.builds("");
    erp.has("image/blobs", false);
}

#[test]
#[ignore = "needs the fixtures"]
fn outputs_and_files() {
    let erp = Erp::new();
    erp.append(".gitignore", "public");
    erp.write("services/auth/public/logo.svg", "x");
    erp.write("services/auth/mails/hello.hbs", "x");
    for (keys, error, hint) in [
        ("output = [\"dist\", \"public\"]", "services/auth has no output public", ".gitignore"),
        ("output = [\"dist\", \"absent\"]", "has no output absent", "output"),
        ("files = [\"absent\"]", "names nothing: there is no services/auth/absent", "name in files"),
        ("files = [\"/pnpm-lock.yaml\"]", "no build has the lockfile", ""),
        ("files = [\"../finance\"]", "it leaves its folder", "from the workspace's root"),
    ] {
        erp.refuses(&format!("[services.auth]\n{keys}"), error, hint);
    }
    // Files of the service, and of another project, which is built for it.
    erp.builds(
        "[services.auth]\nfiles = [\"mails\", { from = \"/services/finance/dist\", to = \"client\" }]",
    );
    erp.has("services/auth/mails/hello.hbs", true);
    erp.has("services/auth/client/main.js", true);
    // node_modules in an output, and links to the build folder.
    erp.script("mkdir -p dist/node_modules/own && echo 1 > dist/node_modules/own/index.js && ln -s $PWD/dist/main.js dist/link.js");
    erp.builds("");
    erp.has("services/auth/dist/node_modules/own/index.js", true);
    erp.has("dist/link.js -> /app/services/auth/dist/main.js", true);
    erp.script("ln -s /etc/hostname dist/host");
    erp.refuses("", "dist/host", "let it copy the file there");
}

/// A key in PEM, with digits of none.
fn key() -> String {
    let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDExampleExampleExa";
    let word = "PRIVATE";
    format!("-----BEGIN {word} KEY-----\n{line}\n{line}\n-----END {word} KEY-----\n")
}

#[test]
#[ignore = "needs the fixtures"]
fn secret_files() {
    let erp = Erp::new();
    for (name, text, what) in [
        ("tls.txt", key(), "a private key"),
        (".env.production", "A=1".to_owned(), "an environment file"),
        (".npmrc", "//x/:_authToken=1".to_owned(), "an .npmrc"),
    ] {
        erp.write(&format!("services/auth/src/{name}"), text);
        let error =
            format!("services/auth/dist/{name} would go into the image of services/auth, and is {what}");
        erp.refuses("", &error, &format!("files = [\"dist/{name}\"]"));
        erp.builds(&format!("[services.auth]\nfiles = [\"dist/{name}\"]"));
        erp.remove(&format!("services/auth/src/{name}"));
    }
}

#[test]
#[ignore = "needs the fixtures"]
fn secrets_of_a_build() {
    let erp = Erp::new();
    let given = ["build", "auth", "--secret", "id=UPLOAD_TOKEN,src=token"];
    let config = "[services.auth.build]\nsecrets = [\"UPLOAD_TOKEN\"]";
    erp.refuses(config, "UPLOAD_TOKEN", "--secret id=UPLOAD_TOKEN");
    erp.write("token", "tok-0123456789");
    erp.script("test -n \"$UPLOAD_TOKEN\" && echo \"the token is $UPLOAD_TOKEN\" && touch dist/now-$RANDOM");
    let told = erp.ends(&given, 0);
    assert!(!told.contains("tok-01"), "{told}");
    erp.script("echo \"$UPLOAD_TOKEN\" > dist/token.js");
    erp.says(&given, "dist/token.js holds the value of the secret UPLOAD_TOKEN", "leave the value out");
    erp.configure("");
    erp.says(&given, "UPLOAD_TOKEN", "secrets");
}

#[test]
#[ignore = "needs the fixtures"]
fn who_may_write() {
    let erp = Erp::new();
    for (folder, reason) in [
        ("/app/services", "the service lies there"),
        ("/app", "all packages of the image"),
        ("/app/shared", "whole packages"),
        ("../finance", "it leaves its folder"),
        ("node_modules", "packages lie there"),
        ("/etc", "belongs to the system"),
    ] {
        erp.refuses(&format!("[services.auth]\nwritable = [{folder:?}]"), reason, "name folders");
    }
    erp.builds("[services.auth]\nwritable = [\"uploads\"]");
    let listed = erp.listed();
    let is_users = |line: &str| line.contains("1001/1001") && line.ends_with("services/auth/uploads/");
    assert!(listed.lines().any(is_users), "{}", own(&listed));
}

#[test]
#[ignore = "needs the fixtures"]
fn an_edit_of_a_package_that_hides_itself() {
    let erp = Erp::new();
    let edit = "F=$(realpath node_modules/bcrypt/promises.js) && touch -r $F time && sed -i s/return/RETURN/ $F && touch -r time $F && rm time";
    erp.script(edit);
    erp.builds("");
    let is_edited = |blob: &PathBuf| {
        let done = Command::new("tar")
            .args(["--wildcards", "-xzO", "-f"])
            .arg(blob)
            .arg("*bcrypt/promises.js")
            .output();
        String::from_utf8_lossy(&done.unwrap().stdout).contains("RETURN")
    };
    assert_eq!(erp.blobs().filter(is_edited).count(), 1);
}
