use super::{Words, runs_typescript, same};
use crate::known::tests::known;
use crate::place::Place;

fn plain(folder: &str, words: &[&str]) -> String {
    let known = known();
    let place = Place::find(&known, folder, &|path| path == "app/services/auth", std::iter::empty());
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    Words { known: &known, place: place.as_ref(), folder }.plain(&words).join(" ")
}

#[test]
fn what_only_passes_on_is_left_out() {
    let service = "/app/services/auth";
    assert_eq!(plain(service, &["/sbin/tini", "--", "node", "dist/main.js"]), "node dist/main.js");
    assert_eq!(plain(service, &["dumb-init", "/usr/local/bin/node", "./dist/main.js"]), "node dist/main.js");
    assert_eq!(plain(service, &["docker-entrypoint.sh", "node", "dist/main"]), "node dist/main");
    assert_eq!(
        plain(service, &["/bin/sh", "-c", "exec node --enable-source-maps dist/main.js"]),
        "node --enable-source-maps dist/main.js"
    );
    assert_eq!(plain("/app", &["node", "services/auth/dist/main.js"]), "node dist/main.js");
    assert_eq!(plain("/app", &["node", "/app/services/auth/dist/main.js"]), "node dist/main.js");
    assert_eq!(plain(service, &["pnpm", "dev"]), "pnpm dev");
    assert_eq!(plain(service, &["npm", "run", "start:prod"]), "node dist/main");
    assert_eq!(plain("/app", &["pnpm", "--filter", "auth", "start:prod"]), "node dist/main");
    assert_eq!(plain(service, &["node", ".next/standalone/services/auth/server.js"]), "node server.js");
    let two = ["sh", "-c", "prisma migrate deploy && node dist/main.js"];
    assert_eq!(plain(service, &two), two.join(" "));
    assert_eq!(plain(service, &["tini"]), "");
}

#[test]
fn node_finds_endings() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert!(same(&words("node dist/main"), &words("node dist/main.js")));
    assert!(!same(&words("node dist/main"), &words("node dist/src/main")));
    assert!(runs_typescript(&words("node --import tsx src/main.ts")));
    assert!(runs_typescript(&words("/app/node_modules/.bin/tsx watch")));
    assert!(!runs_typescript(&words("node dist/main.js")));
}
