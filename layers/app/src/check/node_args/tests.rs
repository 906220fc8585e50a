#![allow(clippy::unwrap_used)]

use super::NodeArgs;

fn parse(text: &str) -> NodeArgs {
    NodeArgs::parse(text.split_whitespace())
}

fn file(text: &str) -> Option<String> {
    parse(text).file
}

#[test]
fn the_program_is_the_first_word_that_is_no_option_and_no_value() {
    assert_eq!(file("dist/main.js --port 1").as_deref(), Some("dist/main.js"));
    assert_eq!(
        file("--enable-source-maps -r dotenv/config --max-old-space-size=512 dist/main").as_deref(),
        Some("dist/main")
    );
    assert_eq!(file("--title x -C source -- main.js").as_deref(), Some("main.js"));
    assert_eq!(file("-e 1 x").as_deref(), None);
    assert_eq!(file("-p process.version"), None);
    assert_eq!(file("--version"), None);
    assert_eq!(file("-"), None);
    assert_eq!(file(""), None);
}

#[test]
fn what_is_loaded_before_it() {
    let args =
        parse("--import tsx --require=./trace.cjs --env-file .env --conditions=source -C other src/index.ts");
    assert_eq!(args.modules, ["tsx", "./trace.cjs"]);
    assert_eq!(args.env_files, [".env"]);
    assert_eq!(args.conditions, ["source", "other"]);
    assert_eq!(args.file.as_deref(), Some("src/index.ts"));
    assert_eq!(parse("--run start").run.as_deref(), Some("start"));
    let with = parse("main.js").with_options("--import tsx --conditions=a");
    assert_eq!(
        (with.modules, with.conditions, with.file.as_deref()),
        (vec!["tsx".to_owned()], vec!["a".to_owned()], Some("main.js"))
    );
}

/// Source of the versions: Node.js documentation, "Modules: TypeScript".
#[test]
fn typescript_runs_from_the_versions_that_node_says() {
    let runs = |words: &str, node: &str| parse(words).runs_typescript(Some(&node.parse().unwrap()));
    for (node, expected) in [
        ("20.20.2", false),
        ("22.17.1", false),
        ("22.18.0", true),
        ("23.5.0", false),
        ("23.6.0", true),
        ("24.0.0", true),
    ] {
        assert_eq!(runs("a.ts", node), expected, "{node}");
    }
    assert!(runs("--experimental-strip-types a.ts", "22.6.0"));
    assert!(!runs("--experimental-strip-types a.ts", "20.20.2"));
    assert!(!runs("--no-experimental-strip-types a.ts", "24.0.0"));
    assert!(runs("--import tsx a.ts", "20.20.2"));
    assert!(parse("a.ts").runs_typescript(None));
}

#[test]
fn a_program_of_a_package_may_compile_what_it_runs() {
    let compiles = |words: &str| parse(words).compiles();
    assert!(compiles("node_modules/tsx/dist/cli.mjs src/main.ts") && compiles("--import tsx main.ts"));
    assert!(!compiles("dist/main.js node_modules/x"));
}

#[test]
fn quoted_words_of_node_options_may_hold_spaces() {
    let with = parse("main.js").with_options("--require \"./a \\\"b\\\" c.js\"  -C x");
    assert_eq!((with.modules, with.conditions), (vec!["./a \"b\" c.js".to_owned()], vec!["x".to_owned()]));
}

#[test]
fn what_may_resolve_names_in_another_way() {
    for words in [
        "--import tsx a.js",
        "--loader ./x.mjs a.js",
        "--experimental-specifier-resolution=node a.js",
        "node_modules/x/y.js",
    ] {
        assert!(parse(words).may_change_names(), "{words}");
    }
    for words in ["a.js", "-r dotenv/config a.js", "--import ./dist/inst.mjs -r ./b.cjs a.js"] {
        assert!(!parse(words).may_change_names(), "{words}");
    }
    assert!(parse("a.js").with_options("--loader=./x.mjs").may_change_names());
    assert_eq!(parse("-r a --import b c.js").imports, ["b"]);
}
