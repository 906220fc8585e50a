#![allow(clippy::unwrap_used)]

use super::*;

fn scripts(list: &[(&str, &str)]) -> BTreeMap<String, String> {
    list.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

fn started(text: &str) -> StartScript {
    start_script(&scripts(&[("start", text), ("serve", "A=1 B=2 node x.js")]), "start").unwrap()
}

/// The variables, the words and what is odd, in one line.
fn shown(text: &str) -> String {
    let StartScript { variables, words, plain, left_out, downloads } = started(text);
    let variables =
        variables.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("?")));
    let mut line: Vec<String> = variables.collect();
    line.push(words.join("·"));
    line.extend((!plain).then(|| "shell".to_owned()));
    line.extend(left_out.iter().map(|text| format!("without {text}")));
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
        ("node x > log", "node·x shell"),
        ("node $X", "node·$X shell"),
        ("node dist/*.js", "node·dist/*.js shell"),
        ("node . # the server", "node·."),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn scripts_that_lead_to_each_other_start_nothing() {
    assert_eq!(start_script(&scripts(&[("start", "npm start")]), "start"), None);
    assert_eq!(start_script(&scripts(&[("start", "npm run x")]), "start"), None);
    assert_eq!(start_script(&scripts(&[("start", "  ")]), "start"), None);
}

#[test]
fn a_start_script_with_arguments_or_several_programs_says_more_than_a_program() {
    let more = |text: &str| says_more(&scripts(&[("start", text)])).is_some();
    for text in [
        "node dist/main.js worker --queue $QUEUE",
        "cd dist && node main.js",
        "sh -c \"A=1 node dist/main.js api\"",
        "concurrently \"node dist/main.js\" \"node dist/other.js\"",
        "sirv dist --port 3100",
    ] {
        assert!(more(text), "{text}");
    }
    for text in [
        "node dist/main.js",
        "node .",
        "NODE_ENV=production node dist/main",
        "PORT=4000 node dist/main.js",
        "nest start --watch",
        "nest start",
    ] {
        assert!(!more(text), "{text}");
    }
}
