#![allow(clippy::unwrap_used)]

use super::*;

fn hint(code: &str, port: u16) -> String {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("services/auth");
    fs_err::create_dir_all(folder.join("src")).unwrap();
    fs_err::create_dir_all(folder.join("node_modules/x")).unwrap();
    fs_err::write(folder.join("node_modules/x/a.js"), "process.env.HTTP_PORT || 4000").unwrap();
    fs_err::write(folder.join("src/main.ts"), code).unwrap();
    let started = Started { service: "services/auth", writable: &[], files: &[], root: root.path() };
    other(Some(started), "[services.auth]", &[port], &[3000])
}

#[test]
fn the_variable_that_the_code_reads_gets_the_port() {
    let both = |name: &str| {
        format!(
            "its code reads {name}: [services.auth] env = {{ {name} = \"3000\" }}; or name the port that it listens on: [services.auth] port = 4000"
        )
    };
    assert_eq!(hint("app.listen(process.env.LISTENS_ON_PORT || 4000)", 4000), both("LISTENS_ON_PORT"));
    assert_eq!(hint("connect(env.DB_PORT)\nconst p = config.get('APP_PORT')", 4000), both("APP_PORT"));
    assert_eq!(hint("z.object({ AUTH_SERVICE_PORT: z.coerce.number() })", 4000), both("AUTH_SERVICE_PORT"));
    let port = "name the port that it listens on: [services.auth] port = 4000";
    assert_eq!(hint("connect(process.env.DB_PORT)", 4000), port);
    assert_eq!(hint("app.listen(4000)", 4000), port);
}

#[test]
fn a_port_at_random_is_never_named() {
    assert_eq!(
        hint("app.listen(process.env.API_PORT)", 41233),
        "its code reads API_PORT: [services.auth] env = { API_PORT = \"3000\" }"
    );
    assert!(!hint("app.listen(0)", 41233).contains("41233"));
}
