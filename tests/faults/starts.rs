//! What an image starts, and what it is named, listens on and is given.

use serde_json::{Value, json};

use super::elf::{X64, shared_library};
use super::{BASE, Erp, built};

#[test]
#[ignore = "needs the fixtures"]
fn what_could_not_start() {
    let erp = Erp::new();
    let refuses =
        |key: &str, error: &str, hint: &str| erp.refuses(&format!("[services.auth]\n{key}"), error, hint);
    refuses(
        "cmd = [\"node\", \"dist/server.js\"]",
        "\"dist/server.js\", which its outputs do not have",
        "dist/main.js",
    );
    refuses("cmd = [\"node\"]", "starts node with nothing to run", "cmd");
    refuses("cmd = [\"bun\", \"dist/main.js\"]", "starts bun", "cmd");
    refuses("health = [\"curl\", \"localhost\"]", "the health check starts curl", "health");
    // An interpreter that the base does not have.
    erp.write("services/auth/src/run.py", "#!/usr/bin/python3\nprint(1)\n");
    erp.script("chmod +x dist/run.py");
    refuses("cmd = [\"./dist/run.py\"]", "/usr/bin/python3", "take a base that has it");
    // A library that the base does not have.
    erp.write("services/auth/src/addon.node", shared_library(X64, &["libmissing.so.1"], None));
    refuses("", "libmissing.so.1", "packages of [base]");
    erp.remove("services/auth/src/addon.node");
    // A workspace package that leads nowhere.
    erp.manifest("shared/kernel", |manifest| manifest["main"] = "lib/index.js".into());
    let error = "loads @vextrus/kernel, and the image does not have lib/index.js of shared/kernel";
    refuses("", error, "\"exports\" or \"main\"");
}

/// The image's configuration.
fn config(erp: &Erp) -> Value {
    let texts = erp.blobs().filter_map(|blob| std::fs::read_to_string(blob).ok());
    let found = texts.filter_map(|text| serde_json::from_str::<Value>(&text).ok());
    found.map(|value| value["config"].clone()).find(|config| config.get("Cmd").is_some()).unwrap()
}

#[test]
#[ignore = "needs the fixtures"]
fn start_scripts() {
    let erp = Erp::new();
    let start =
        |text: &str| erp.manifest("services/auth", |manifest| manifest["scripts"]["start"] = text.into());
    let ports = || config(&erp)["ExposedPorts"].clone();
    start("NODE_ENV=production PORT=4000 LOG=info node --enable-source-maps dist/main.js");
    erp.builds("");
    let made = config(&erp);
    assert_eq!(made["Cmd"], json!(["node", "--enable-source-maps", "dist/main.js"]));
    let env: Vec<&str> = made["Env"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(env.contains(&"PORT=4000") && env.contains(&"LOG=info"), "{env:?}");
    assert_eq!(ports(), json!({"4000/tcp": {}}));
    // What is configured stays.
    erp.builds("[services.auth]\nport = 3001\nenv = { LOG = \"warn\" }");
    assert_eq!(ports(), json!({"3001/tcp": {}}));
    start("node dist/main.js --port 3100");
    erp.builds("");
    assert_eq!(ports(), json!({"3100/tcp": {}}));
    let error = "`node dist/main.js --port 3100`, and fourply.toml gives it port 3001";
    erp.refuses("[services.auth]\nport = 3001", error, "port = 3100");
    start("DATABASE_URL=$(cat url) node dist/main.js");
    erp.refuses("", "sets DATABASE_URL to what only a shell can tell", "env = { DATABASE_URL = ");
    erp.builds("[services.auth]\nenv = { DATABASE_URL = \"x\" }");
    // Variables that are known need none.
    start("MODE=$QUEUE node dist/main.js \"--queue=${QUEUE}\" --port $PORT");
    erp.builds("[services.auth]\nport = 3005\nenv = { QUEUE = \"mail\" }");
    assert_eq!(config(&erp)["Cmd"], json!(["node", "dist/main.js", "--queue=mail", "--port", "3005"]));
    start("typeorm migration:run && node dist/main.js");
    erp.refuses(
        "",
        "needs a shell, and the base has no /bin/sh",
        "without `typeorm migration:run`, which is then a step of its own: [services.auth] cmd = [\"node\", \"dist/main.js\"]",
    );
    erp.builds("[services.auth]\ncmd = [\"node\", \"dist/main.js\"]");
    start("tsc && export LOG=info; cd dist && node main.js api");
    let told = erp.builds("");
    assert!(told.contains("does not run `tsc`"), "{told}");
    let made = config(&erp);
    assert_eq!(made["Cmd"], json!(["node", "main.js", "api"]));
    assert_eq!(made["WorkingDir"], json!("/app/services/auth/dist"));
    start("A=~/x node dist/main.js worker \"$QUEUE\" -p4000 && after");
    let shell = BASE.replace("\"tini\"", "\"tini\", \"dash\"");
    erp.write("fourply.toml", &shell);
    erp.says(
        &["build", "auth"],
        "runs after, which the image does not have",
        "add the package that has after",
    );
    start("node dist/main.js");
    let before =
        |text: &str| erp.manifest("services/auth", |manifest| manifest["scripts"]["prestart"] = text.into());
    before("docker compose up -d");
    erp.says(
        &["build", "auth"],
        "script \"prestart\" of services/auth runs docker, which the image does not have",
        "take it out of the script, or name what the image starts: [services.auth] cmd = [\"node\", \"dist/main.js\"]",
    );
    before("");
    start("export A=1; A=~/x node dist/main.js worker \"$QUEUE\" -p4000");
    erp.ends(&["build", "auth"], 0);
    let text = "export A=1; A=~/x exec node dist/main.js worker \"$QUEUE\" -p4000";
    assert_eq!(config(&erp)["Cmd"], json!(["/bin/sh", "-c", text]));
    assert_eq!(ports(), json!({"4000/tcp": {}}));
    start("exec node dist/absent.js $QUEUE");
    let told = erp.ends(&["build", "auth"], 0);
    assert!(
        told.contains(
            "runs `node dist/absent.js $QUEUE`, and the outputs have no dist/absent.js; the image starts dist/main.js ("
        ),
        "{told}"
    );
    start("node --env-file=.env dist/main.js");
    erp.refuses("", "gives .env to node", "docker run --env-file");
}

#[test]
#[ignore = "needs the fixtures"]
fn start_scripts_of_commands_that_are_not_there() {
    let erp = Erp::new();
    erp.manifest("services/auth", |manifest| manifest["main"] = "absent.js".into());
    erp.script("mv dist/main.js dist/data.txt");
    for (start, error) in [
        ("tsx src/main.ts", "starts tsx, which the image does not have"),
        ("npx tsx src/main.ts", "starts tsx, which the image does not have"),
        ("pnpm dlx tsx src/main.ts", "downloads a package each time it starts"),
    ] {
        erp.manifest("services/auth", |manifest| manifest["scripts"]["start"] = start.into());
        erp.refuses("", error, "\"dependencies\"");
    }
}

#[test]
#[ignore = "needs the fixtures"]
fn names() {
    let erp = Erp::new();
    erp.says(&["build", "auht"], "auht", "did you mean services/auth");
    erp.refuses("[services.aut]\nport = 1", "[services.aut]", "auth");
    // Two folders of one name are told apart by path.
    erp.write("pnpm-workspace.yaml", "packages: ['services/*', 'shared/*', 'apps/*']\n");
    erp.add("apps/auth", "@vextrus/auth-app");
    erp.configure("");
    erp.says(&["build", "auth"], "fits more than one service", "apps/auth and services/auth");
    erp.refuses("[services.auth]\nport = 1", "auth", "services/auth");
    erp.configure("");
    erp.ends(&["build", "services/auth"], 0);
    erp.ends(&["build", "@vextrus/auth-service"], 0);
}

#[test]
#[ignore = "needs the fixtures"]
fn ports_and_health() {
    let erp = Erp::new();
    for (keys, error) in [
        ("prot = 1", "prot"),
        ("port = 0", "port"),
        ("port = 70000", "port"),
        ("port = false\nenv = { PORT = \"1\" }", "a worker listens nowhere"),
        ("port = 3001\nenv = { PORT = \"4000\" }", "two ports"),
        ("health = true", "health"),
        ("health = \"live\"", "health"),
        ("health = { paths = [] }", "health"),
        ("health = { paths = [\"/a\"], interval = \"soon\" }", "interval"),
        ("health = { paths = [\"/a\"], retries = 0 }", "retries"),
    ] {
        erp.refuses(&format!("[services.auth]\n{keys}"), error, "");
    }
    erp.builds("[services.auth]\nport = false");
    let made = config(&erp);
    assert!(made.get("ExposedPorts").is_none() && made.get("Healthcheck").is_none(), "{made}");
    erp.builds("[services.auth]\nhealth = { paths = [\"/a\", \"/b\"], interval = \"10s\" }");
    assert_eq!(config(&erp)["Healthcheck"]["Interval"], json!(10_000_000_000_i64));
}

#[test]
#[ignore = "needs the fixtures"]
fn scripts_and_values() {
    let erp = Erp::new();
    // A service without the script is passed over, its packages are built.
    erp.manifest("services/auth", |manifest| {
        manifest["scripts"] = json!({});
        manifest["main"] = "src/main.js".into();
    });
    erp.builds("");
    erp.has("services/auth/src/main.js", true);
    erp.has("shared/kernel/dist/index.js", true);
    // A script that nobody has; values of a build.
    let erp = Erp::new();
    erp.refuses("[build]\nscript = \"compile\"", "compile", "build");
    erp.configure("");
    erp.script("test \"$NEXT_PUBLIC_API\" = x && : next build");
    erp.append("services/auth/src/main.js", "process.env.NEXT_PUBLIC_API;");
    let told = erp.ends(&["build", "auth"], 1);
    assert!(told.contains("no value for NEXT_PUBLIC_API"), "{told}");
    let with_value = ["build", "auth", "--build-arg", "NEXT_PUBLIC_API=x"];
    erp.ends(&with_value, 0);
    assert!(!built(&erp.ends(&with_value, 0)));
}
