#![allow(clippy::unwrap_used)]

use super::*;

static NONE: BTreeMap<String, String> = BTreeMap::new();

fn reading(pre_post: bool) -> ScriptReading<'static> {
    ScriptReading { pre_post, values: &NONE }
}

fn scripts(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn started(text: &str) -> StartScript {
    start_script(&scripts(&[("start", text), ("serve", "A=1 B=2 node x.js")]), "start", reading(true))
        .unwrap()
}

/// The variables, the words and special cases, in one line.
fn shown(text: &str) -> String {
    let StartScript { variables, words, plain, left_out, built, folder, downloads, shell: _ } = started(text);
    let variables =
        variables.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("?")));
    let mut line: Vec<String> = variables.collect();
    line.push(words.join("·"));
    line.extend((!plain).then(|| "shell".to_owned()));
    line.extend(left_out.iter().map(|text| format!("without {text}")));
    line.extend(built.iter().map(|text| format!("after {text}")));
    line.extend(folder.map(|folder| format!("in {folder}")));
    line.extend(downloads.is_some().then(|| "downloads".to_owned()));
    line.join(" ")
}

#[test]
fn what_stands_before_a_program_is_variables_and_runners() {
    for (text, expected) in [
        ("node dist/main.js", "node·dist/main.js"),
        ("PORT=4000 node x", "PORT=4000 node·x"),
        ("cross-env NODE_ENV=production PORT=1 node x -v", "NODE_ENV=production PORT=1 node·x·-v"),
        ("env A=1 exec node x", "A=1 node·x"),
        (
            r#"NODE_OPTIONS="--max-old-space-size=4096 -r x" node 'a b'"#,
            "NODE_OPTIONS=--max-old-space-size=4096 -r x node·a b",
        ),
        ("PORT=${PORT:-4000} node x -p ${P-3}", "PORT=4000 node·x·-p·3"),
        ("PORT=$P node x", "PORT=? node·x"),
        ("A=`date` B=\"$(hostname)\" node x", "A=? B=? node·x"),
        ("A=$(cat $(ls | head)) B=`date +%s` node x", "A=? B=? node·x"),
        ("npx tsx src/x.ts", "tsx·src/x.ts"),
        ("npx --no-install tsx src/x.ts", "tsx·src/x.ts"),
        ("pnpm exec tsx src/x.ts", "tsx·src/x.ts"),
        ("npm exec -- tsx src/x.ts", "tsx·src/x.ts"),
        ("pnpm tsx src/x.ts", "tsx·src/x.ts"),
        ("pnpm dlx tsx x", "tsx·x downloads"),
        ("npx -p tsx tsx x", "-p·tsx·tsx·x downloads"),
        ("npm run serve -- --port 1", "A=1 B=2 node·x.js·--port·1"),
        ("A=9 C=3 pnpm serve", "A=1 B=2 C=3 node·x.js"),
        ("node --run serve", "A=1 B=2 node·x.js"),
        ("prisma migrate deploy && node x", "node·x without prisma migrate deploy"),
        ("node a & node b", "node·a shell without node b"),
        ("next start | pino-pretty", "next·start shell without pino-pretty"),
        ("migrate && tsx x |& tee log", "tsx·x shell without migrate without tee log"),
        ("a || b", "b shell without a"),
        ("node x > log", "node·x shell"),
        ("node $X", "node·$X shell"),
        ("node dist/*.js", "node·dist/*.js shell"),
        ("node . # the server", "node·."),
        ("export A=1 B=2; set -e\nnode x", "A=1 B=2 node·x"),
        ("export A=$P && node x", "A=? node·x"),
        ("A=~/x node x", "A=? node·x"),
        ("cd dist && node main.js", "node·main.js in dist"),
        ("cd dist && cd ./x && A=1 node main.js", "A=1 node·main.js in dist/x"),
        ("cd .. && node main.js", "node·main.js shell"),
        ("cd / && node main.js", "node·main.js without cd /"),
        ("sh -c 'cd dist && A=1 node main.js api'", "A=1 node·main.js·api in dist"),
        ("bash -c \"node x | cat\"", "node·x shell without cat"),
        ("tsc -b && rimraf x && node x", "node·x after tsc -b after rimraf x"),
        ("prisma generate && npm run build && node x", "node·x without npm run build after prisma generate"),
        ("echo up && node x", "node·x"),
        ("echo up && node x && echo down", "node·x"),
        ("if [ -f x ]; then node x; fi", "node·x shell without if [ -f x ] without fi"),
        ("concurrently \"node a\" \"node b\"", "concurrently·node a·node b"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn a_shell_runs_the_rest() {
    let shell = |text: &str| {
        let ShellText { text, programs, unknown } = started(text).shell;
        format!(
            "{text} [{}]{}",
            programs.join(" "),
            unknown.map_or(String::new(), |word| format!(" {word}?"))
        )
    };
    for (text, expected) in [
        ("prisma migrate deploy && node x", "prisma migrate deploy && exec node x [prisma node]"),
        (
            "npx prisma db push;  cross-env A='b c' node x \"$P\"",
            "prisma db push;  A='b c' exec node x \"$P\" [prisma node]",
        ),
        ("tsc && migrate && node x", "migrate && exec node x [migrate node]"),
        ("A=1 node x > log 2>&1", "A=1 exec node x > log 2>&1 [node]"),
        ("node a & node b", "node a & node b [node]"),
        ("migrate || true; npm run serve -- $X", "migrate || true; A=1 B=2 node x.js $X [migrate node]"),
        ("migrate && npm run serve", "migrate && A=1 B=2 exec node x.js [migrate node]"),
        ("migrate && pnpm serve --port $P", "migrate && A=1 B=2 exec node x.js --port $P [migrate node]"),
        ("pnpm serve && after", "A=1 B=2 node x.js && exec after [node after]"),
        ("if [ -f x ]; then node x; fi", "if [ -f x ]; then node x; fi [node]"),
        ("$CMD x", "exec $CMD x [] $CMD?"),
        ("sh -c 'migrate; node x' && echo", "sh -c 'migrate; node x' && echo [migrate node sh]"),
    ] {
        assert_eq!(shell(text), expected, "{text}");
    }
    let first = |text: &str| first_commands(text).iter().map(|words| words.join(" ")).collect::<Vec<_>>();
    assert_eq!(first("A=1 migrate 'a b' && exec node x --to $Q"), ["migrate a b", "node x --to"]);
    assert_eq!(first("a || b; c"), ["a"]);
    assert_eq!(first("node x | pino-pretty -c"), ["node x", "pino-pretty -c"]);
    assert_eq!(first("a; cd x; b"), ["a"]);
    assert_eq!(own_path("PATH=/a/bin:$PATH; x"), Some("/a/bin"));
    assert_eq!(own_path("PATH=$X:$PATH; x"), None);
}

#[test]
fn scripts_that_lead_to_each_other_start_nothing() {
    assert_eq!(start_script(&scripts(&[("start", "npm start")]), "start", reading(true)), None);
    assert_eq!(start_script(&scripts(&[("start", "npm run x")]), "start", reading(true)), None);
    assert_eq!(start_script(&scripts(&[("start", "  ")]), "start", reading(true)), None);
}

#[test]
fn what_is_named_pre_runs_before() {
    let shown = |before: &str, text: &str| {
        let found = start_script(
            &scripts(&[("start", text), ("prestart", before), ("build", "tsc")]),
            "start",
            reading(true),
        );
        let StartScript { plain, left_out, built, shell, words, .. } = found.unwrap();
        let needs = !plain || !left_out.is_empty();
        let run = if needs { shell.text } else { words.join(" ") };
        format!("{run}{}", if built.is_empty() { "" } else { ", built" })
    };
    for (before, text, expected) in [
        ("node migrate.js", "node x", "node migrate.js && exec node x"),
        ("npm run build", "node x", "node x, built"),
        ("cd ../.. && pnpm build", "node x", "node x"),
        ("cd a && migrate", "node x", "(cd a && migrate) && node x"),
        ("migrate || true", "node x", "migrate || true && node x"),
        ("migrate;", "a; node x", "migrate && { a; node x; }"),
        (" ", "node x", "node x"),
    ] {
        assert_eq!(shown(before, text), expected, "{before} {text}");
    }
    let names = [("start", "npm run serve"), ("preserve", "migrate"), ("serve", "node x")];
    let found =
        |names: &[(&str, &str)], pre_post| start_script(&scripts(names), "start", reading(pre_post)).unwrap();
    assert_eq!(found(&names, true).shell.text, "migrate && exec node x");
    // npm runs it whatever pnpm's setting is, and `node --run` never does.
    let shell = |start: &str, pre_post| {
        let names = [("prestart", "first"), ("start", start), ("preserve", "migrate"), ("serve", "node x")];
        found(&names, pre_post).shell.text
    };
    assert_eq!(shell("npm run serve", false), "migrate && exec node x");
    assert_eq!(shell("pnpm run serve", false), "exec node x");
    assert_eq!(shell("pnpm run serve", true), "first && migrate && exec node x");
    assert_eq!(shell("node --run serve", true), "first && exec node x");
    assert_eq!(shell("pnpm prestart && node x", true), "first && exec node x");
}
