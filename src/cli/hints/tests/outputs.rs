//! Hints for outputs and entries that are not there.

use super::*;

#[test]
fn a_script_or_output_that_is_not_there() {
    let service = || ImporterId::new("services/a").unwrap();
    let script = |available: &[&str]| AppError::NoScript {
        script: "build".to_owned(),
        service: service(),
        available: strings(available),
    };
    let expected = "there are compile: name one of them in [build] script, or take what is there: [services.a] script = false";
    assert_eq!(hint(&script(&["compile", "test"])).unwrap(), expected);
    assert!(
        hint(&script(&["start", "test:unit"]))
            .unwrap()
            .ends_with("[services.a] script = false, output = [\"src\"]")
    );
    assert_eq!(hint(&script(&["biuld", "compile"])).unwrap(), "did you mean \"biuld\"?");
    assert!(hint(&script(&[])).unwrap().starts_with("add it to \"scripts\" of package.json"));
    let program = |found: &[&str]| {
        let (script, path, found) = ("start".to_owned(), "sevrer.js".to_owned(), strings(found));
        hint(&AppError::NoProgram { service: service(), script, path, found }).unwrap()
    };
    let correct = "correct \"start\" in the package.json of services/a";
    assert_eq!(program(&["index.js", "server.js"]), format!("did you mean server.js? {correct}"));
    assert!(program(&["index.js"]).starts_with(&format!("{correct}: it has index.js")));
    let output = |found: &[&str], built, of_service| AppError::MissingOutput {
        elsewhere: None,
        package: service(),
        folder: "/x".into(),
        patterns: strings(&["dist"]),
        found: strings(found),
        built,
        of_service,
    };
    let told = |found: &[&str], built| hint(&output(found, built, true)).unwrap();
    assert!(told(&["src/"], true).ends_with("[services.a] output = [\"FOLDER\"]"));
    assert!(told(&["build/", "src/"], true).ends_with("set [services.a] output = [\"build\"]"));
    assert!(told(&["src/", "package.json"], false).contains("[services.a] output = [\"src\"]"));
    assert!(told(&[".next/", "public/"], true).starts_with("Next.js writes .next"));
    assert!(hint(&output(&[], true, false)).unwrap().starts_with("let \"files\""));
}

fn no_entry(found: &[&str]) -> String {
    let service = ImporterId::new("services/a").unwrap();
    let looked_for = strings(&["dist/main", "dist/main.js"]);
    hint(&AppError::NoEntry { service, looked_for, found: strings(found) }).unwrap()
}

#[test]
fn a_moved_entry_is_told_with_the_line_that_names_it() {
    let deep = no_entry(&["dist/apps/a/src/app.js", "dist/apps/a/src/main.js", "dist/shared/kit/index.js"]);
    assert!(deep.starts_with("the outputs have dist/apps/a/src/main.js, where a compiler"), "{deep}");
    assert!(deep.ends_with(r#"[services.a] cmd = ["node", "dist/apps/a/src/main.js"]"#), "{deep}");
}

#[test]
fn a_file_of_the_name_that_was_looked_for_is_told_first() {
    let two = no_entry(&["dist/apps/a/app.js", "dist/apps/a/main.js", "dist/apps/b/main.js"]);
    let expected = "the outputs have dist/apps/a/main.js, dist/apps/b/main.js, dist/apps/a/app.js: name the right one in [services.a] cmd";
    assert_eq!(two, expected);
    let other = "the outputs have dist/server.js: name the right one in [services.a] cmd";
    assert_eq!(no_entry(&["dist/server.js"]), other);
    assert_eq!(no_entry(&[]), "name the program to start in cmd");
}

#[test]
fn what_a_framework_made_is_started_as_it_says() {
    let chunks: Vec<String> = (0..30).map(|n| format!(".next/server/chunks/{n}.js")).collect();
    let with = |more: &[&str]| {
        let all: Vec<&str> = chunks.iter().map(String::as_str).chain(more.iter().copied()).collect();
        no_entry(&all)
    };
    let next = with(&[".next/server/app/page.js"]);
    assert!(next.contains(r#"cmd = ["node", "node_modules/next/dist/bin/next", "start"]"#), "{next}");
    let server = ".next/standalone/apps/a/server.js";
    let inside = ".next/standalone/node_modules/next/dist/server.js";
    let standalone = with(&[server, ".next/standalone/apps/a/.next/server/page.js", inside]);
    assert!(standalone.contains(&format!(r#"[services.a] cmd = ["node", "{server}"]"#)), "{standalone}");
    let nitro = no_entry(&[".output/server/chunks/x.mjs", ".output/server/index.mjs"]);
    assert!(nitro.contains(r#"cmd = ["node", ".output/server/index.mjs"]"#), "{nitro}");
    let bundled = no_entry(&["out/chunk-1.js", "out/lib/a.js", "out/server.js", "out/worker.js"]);
    assert!(bundled.starts_with("the outputs have out/server.js, out/worker.js, out/lib/a.js"), "{bundled}");
}

#[test]
fn a_program_that_only_the_sources_have_is_told_with_the_line_that_takes_it_along() {
    let service = ImporterId::new("services/a").unwrap();
    let path = "src/main.js".to_owned();
    let error = AppError::EntryMissing { service, path, found: strings(&["dist/main.js"]), in_sources: true };
    assert!(hint(&error).unwrap().contains(r#"[services.a] files = ["src"]"#));
}

#[test]
fn what_a_build_leaves_elsewhere_is_told_with_the_lines_that_take_it() {
    let service = ImporterId::new("services/a").unwrap();
    let at_root = fourply_app::Elsewhere::AtRoot("dist/services/a/main.js".to_owned());
    let elsewhere = AppError::MissingOutput {
        package: service.clone(),
        folder: "/x".into(),
        patterns: strings(&["dist"]),
        found: Vec::new(),
        built: true,
        of_service: true,
        elsewhere: Some(Box::new(at_root)),
    };
    let told = hint(&elsewhere).unwrap();
    let lines =
        r#"[services.a] files = ["/dist/services/a"], cmd = ["node", "../../dist/services/a/main.js"]"#;
    assert!(told.contains(lines), "{told}");
    let (fault, target) = (fourply_app::LinkFault::Made, "/data".to_owned());
    let link = hint(&AppError::LinkOut { path: "/x".into(), fault, target }).unwrap();
    assert!(link.starts_with("the build makes that link") && !link.contains(".gitignore"), "{link}");
    let (path, found) = ("dist/old.js".to_owned(), Vec::new());
    let stale = hint(&AppError::EntryMissing { service, path, found, in_sources: true }).unwrap();
    assert!(stale.ends_with(r#"[services.a] output = ["dist"]"#), "{stale}");
}

#[test]
fn a_script_that_was_not_run_is_offered_for_what_is_missing() {
    let service = ImporterId::new("services/a").unwrap();
    let [user, path] = ["services/a/dist/main.js", "./gen/c"].map(str::to_owned);
    let finding = [Finding::Path { path, user, sure: true }];
    let (unrun, scripts) = (strings(&["generate"]), strings(&["build"]));
    let origins = StartOrigins { unrun, scripts, ..StartOrigins::default() };
    let told = check::advice(&service, &finding, &origins);
    assert!(told.contains(r#"[build] script = ["generate", "build"]"#), "{told}");
    assert!(!check::advice(&service, &finding, &StartOrigins::default()).contains("script"));
    let [script, interpreter] = ["./bin/server", "/usr/bin/env"].map(str::to_owned);
    let env = [Finding::Interpreter { by: Asker::Start, script, interpreter, file: None }];
    let told = check::advice(&service, &env, &origins);
    assert!(told.contains(r#"cmd = ["node", "./bin/server"]"#) && told.contains("coreutils"), "{told}");
}

#[test]
fn what_holds_secrets_is_not_let_into_an_image() {
    let absent = |entry: &str, ignored| {
        let (entry, path) = (entry.to_owned(), format!("services/mail/{entry}"));
        hint(&AppError::MissingIncluded { entry, path, found: Vec::new(), ignored }).unwrap()
    };
    for entry in [".env", ".env.production", "certs/tls.key", ".npmrc"] {
        let text = absent(entry, true);
        assert!(text.contains("out of files"), "{entry}: {text}");
        assert!(!text.contains("let the build make it"), "{entry}: {text}");
    }
    assert!(absent("generated", true).contains("let the build make it"));
    assert!(absent("src/token.ts", true).contains("let the build make it"));
    assert!(absent("services/mail/views", false).contains(r#"did you mean "views"?"#));
}
