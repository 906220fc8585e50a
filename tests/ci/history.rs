//! A history that a seed decides, of a workspace that changes as workspaces do. The oracle is the program's own build: the digests of all services after
//! each commit. A service whose digest changed must be listed; one that is listed and has the same digest is counted.
//!
//! `FOURPLY_COMMITS` and `FOURPLY_SEED` make another history; `benches/affected/run` asks for 200 commits.

use std::collections::{BTreeMap, BTreeSet};

use fourply_testing::program::run;
use fourply_testing::tiny;
use serde_json::Value;
use sha2::Digest as _;

use super::packages::{self, COUNT, Importer};
use super::{Repository, said};

/// Marsaglia's xorshift64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

#[derive(Default)]
struct Package {
    files: BTreeMap<String, String>,
    links: BTreeSet<String>,
    packages: BTreeSet<usize>,
    development: BTreeSet<usize>,
    settings: BTreeMap<&'static str, String>,
}

/// The workspace, of which all files are written again for each commit.
struct Model {
    services: BTreeMap<String, Package>,
    shared: BTreeMap<String, Package>,
    versions: [usize; COUNT],
    root: BTreeMap<String, String>,
    tables: BTreeMap<&'static str, String>,
    sha256: String,
    counter: usize,
}

const BUILD: &str = "mkdir -p dist && cat src/*.js ../../tsconfig.base.json ../../shared/*/dist/index.js > dist/all.txt 2>/dev/null; \
                     echo 'setInterval(() => {}, 1000);' > dist/main.js";

impl Model {
    fn new() -> Model {
        let sha256 = sha2::Sha256::digest(tiny::rootfs()).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut model = Model {
            services: BTreeMap::new(),
            shared: BTreeMap::new(),
            versions: [0; COUNT],
            root: BTreeMap::new(),
            tables: BTreeMap::new(),
            sha256,
            counter: 0,
        };
        for name in ["kernel", "kit", "text"] {
            model.shared.insert(format!("shared/{name}"), Package::default());
        }
        for (at, name) in ["auth", "catalog", "orders", "web"].into_iter().enumerate() {
            let mut service = Package::default();
            service.links.extend((at > 0).then(|| "shared/kernel".to_owned()));
            service.links.extend((at > 1).then(|| "shared/kit".to_owned()));
            service.packages.extend([at, (at + 1) % COUNT]);
            service.development.insert(7 - at);
            model.services.insert(format!("services/{name}"), service);
        }
        model.shared.get_mut("shared/kit").unwrap().links.insert("shared/text".to_owned());
        model.shared.get_mut("shared/text").unwrap().packages.insert(3);
        let all: Vec<String> = model.services.keys().chain(model.shared.keys()).cloned().collect();
        all.iter().for_each(|folder| model.edit(folder, "src/a.js"));
        model.root.insert("tsconfig.base.json".to_owned(), "{}\n".to_owned());
        model
    }

    fn next(&mut self) -> usize {
        self.counter += 1;
        self.counter
    }

    fn package(&mut self, folder: &str) -> &mut Package {
        self.services.get_mut(folder).or_else(|| self.shared.get_mut(folder)).unwrap()
    }

    fn edit(&mut self, folder: &str, file: &str) {
        let text = format!("exports.a = {};\n", self.next());
        self.package(folder).files.insert(file.to_owned(), text);
    }

    /// Changes something, and says what.
    fn step(&mut self, dice: &mut Dice) -> String {
        let services: Vec<String> = self.services.keys().cloned().collect();
        let shared: Vec<String> = self.shared.keys().cloned().collect();
        let (service, package) = (dice.one_of(&services), dice.one_of(&shared));
        let number = self.next();
        let pick = dice.below(COUNT);
        match dice.below(100) {
            0..24 => {
                let file = dice.one_of(&["src/a.js", "src/b.js"]);
                self.edit(&service, file);
                format!("{file} of {service}")
            }
            24..36 => {
                self.edit(&package, "src/a.js");
                format!("src/a.js of {package}")
            }
            36..50 => {
                self.versions[pick] += 1;
                format!("{} is {}", packages::name(pick), packages::version(self.versions[pick]))
            }
            50..58 => {
                let list = &mut self.package(&service).packages;
                let was = list.remove(&pick) || !list.insert(pick);
                format!("{service} and {}: {}", packages::name(pick), if was { "no more" } else { "new" })
            }
            58..62 => {
                let list = &mut self.package(&service).links;
                let was = list.remove(&package) || !list.insert(package.clone());
                format!("{service} and {package}: {}", if was { "no more" } else { "new" })
            }
            62..72 => {
                let file =
                    dice.one_of(&["README.md", "docs/x.md", ".github/workflows/ci.yml", "compose.yml"]);
                self.root.insert(file.to_owned(), format!("{number}\n"));
                file.to_owned()
            }
            72..77 => {
                let value = format!("port = {}", 3000 + number);
                self.package(&service).settings.insert("port", value);
                format!("the port of {service}")
            }
            77..79 => {
                self.tables.insert("image", format!("[image]\nenv = {{ NUMBER = \"{number}\" }}\n"));
                "env of all images".to_owned()
            }
            79..82 => {
                self.root.insert("tsconfig.base.json".to_owned(), format!("{{ \"x\": {number} }}\n"));
                "tsconfig.base.json".to_owned()
            }
            82..84 => {
                let folder = format!("shared/new{number}");
                self.shared.insert(folder.clone(), Package::default());
                self.edit(&folder, "src/a.js");
                format!("a new package {folder}")
            }
            84..86 if services.len() > 3 => {
                self.services.remove(&service);
                format!("{service} goes")
            }
            84..88 => {
                let folder = format!("services/s{number}");
                self.services.insert(folder.clone(), Package::default());
                self.edit(&folder, "src/a.js");
                self.package(&folder).packages.insert(pick);
                format!("a new service {folder}")
            }
            88..90 => {
                self.root.insert(".dockerignore".to_owned(), format!("**/b.js\n# {number}\n"));
                ".dockerignore".to_owned()
            }
            90..92 => {
                self.root.insert(".gitignore".to_owned(), format!("dist\nnode_modules\nx{number}\n"));
                ".gitignore".to_owned()
            }
            92..94 => {
                let text =
                    format!("files = [\"note.txt\", \"/docs/{service}.txt\"]").replace("services/", "");
                self.package(&service).settings.insert("files", text);
                self.package(&service).files.insert("note.txt".to_owned(), format!("{number}\n"));
                let name = service.trim_start_matches("services/");
                self.root.insert(format!("docs/{name}.txt"), format!("{number}\n"));
                format!("files of {service}")
            }
            94..96 => {
                self.tables.insert("prune", format!("[prune]\nkeep = [\"x{number}/**\"]\n"));
                "what is pruned".to_owned()
            }
            96..98 => {
                let file = dice.one_of(&["src/a.js", "src/b.js"]);
                let moved =
                    self.package(&service).files.remove(file).unwrap_or_else(|| "// moved\n".to_owned());
                self.package(&service).files.insert(format!("src/moved{number}.js"), moved);
                format!("{file} of {service} moves")
            }
            98 => {
                self.edit(&service, "test/a.test.js");
                format!("a test of {service}")
            }
            _ => {
                let hoist = format!("hoist-pattern[]=*p{}*\n", pick);
                self.root.insert(".npmrc".to_owned(), hoist);
                ".npmrc".to_owned()
            }
        }
    }

    fn write(&self, repository: &Repository) {
        for entry in std::fs::read_dir(&repository.root).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with(".git") => {}
                true => std::fs::remove_dir_all(path).unwrap(),
                false => std::fs::remove_file(path).unwrap(),
            }
        }
        let mut importers = BTreeMap::new();
        let mut settings = String::new();
        for (folder, package) in self.services.iter().chain(&self.shared) {
            let (name, is_service) = (folder.rsplit('/').next().unwrap(), folder.starts_with("services/"));
            let dependencies =
                package.packages.iter().map(|number| (packages::name(*number), "^1.0.0".to_owned()));
            let links = package
                .links
                .iter()
                .map(|link| (format!("@my/{}", link.rsplit('/').next().unwrap()), "workspace:*".to_owned()));
            let dependencies: BTreeMap<String, String> = dependencies.chain(links).collect();
            let development: BTreeSet<usize> =
                package.development.difference(&package.packages).copied().collect();
            let of_development: BTreeMap<String, &str> =
                development.iter().map(|number| (packages::name(*number), "^1.0.0")).collect();
            let build = if is_service { BUILD } else { "mkdir -p dist && cat src/*.js > dist/index.js" };
            let manifest = serde_json::json!({
                "name": format!("@my/{name}"), "version": "1.0.0", "main": "dist/index.js", "scripts": { "build": build },
                "dependencies": dependencies, "devDependencies": of_development,
            });
            repository.write(&format!("{folder}/package.json"), &format!("{manifest:#}\n"));
            for (path, text) in &package.files {
                repository.write(&format!("{folder}/{path}"), text);
            }
            if !package.settings.is_empty() {
                let lines: Vec<&str> = package.settings.values().map(String::as_str).collect();
                settings.push_str(&format!("[services.{name}]\n{}\n", lines.join("\n")));
            }
            let Package { links, packages, .. } = package;
            let importer = Importer { links: links.clone(), packages: packages.clone(), development };
            importers.insert(folder.clone(), importer);
        }
        let tables: String = self.tables.values().map(String::as_str).collect();
        let base = format!(
            "[base]\nrootfs = {{ file = \"base.tar.gz\", sha256 = \"{}\" }}\n[build]\nnode = \"20.20.2\"\n",
            self.sha256
        );
        repository.write("fourply.toml", &format!("{base}{tables}{settings}"));
        repository
            .write("package.json", r#"{"name":"history","private":true,"packageManager":"pnpm@9.14.2"}"#);
        repository.write("pnpm-workspace.yaml", "packages: ['services/*', 'shared/*']\n");
        repository.write("pnpm-lock.yaml", &packages::lockfile(&importers, &self.versions));
        repository.write(".npmrc", "");
        for (path, text) in &self.root {
            repository.write(path, text);
        }
        let npmrc = repository.root.join(".npmrc");
        let text = std::fs::read_to_string(&npmrc).unwrap();
        std::fs::write(npmrc, format!("@my:registry={}\n{text}", packages::registry())).unwrap();
        std::fs::write(repository.root.join("base.tar.gz"), tiny::rootfs()).unwrap();
    }
}

fn digests(repository: &Repository) -> BTreeMap<String, String> {
    let layout = format!("type=oci,dest={}", repository.dir.path().join("layout").display());
    let (text, _) = said(&run(&mut repository.fourply(&["build", "--all", "-o", &layout])));
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    lines.map(|(service, digest)| (service.to_owned(), digest.to_owned())).collect()
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

#[test]
fn no_service_whose_digest_changes_is_missed_and_few_others_are_listed() {
    let commits = number("FOURPLY_COMMITS", 12);
    let mut dice = Dice(number("FOURPLY_SEED", 20) | 1);
    for _ in 0..20 {
        dice.below(2);
    }
    let (mut model, repository) = (Model::new(), Repository::new());
    model.write(&repository);
    repository.commit();
    let mut before = digests(&repository);
    let (mut all, mut changed, mut missed, mut more) = (0, 0, Vec::new(), Vec::new());
    for _ in 0..commits {
        let what = model.step(&mut dice);
        model.write(&repository);
        repository.commit();
        let now = digests(&repository);
        let (text, told) = repository.affected(&["--since", "HEAD~1", "--format", "json"]);
        assert!(!told.contains("warning"), "{what}: {told}");
        let found: Value = serde_json::from_str(&text).unwrap();
        let listed: BTreeMap<&str, &Value> = found["services"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (one["service"].as_str().unwrap(), &one["reasons"]))
            .collect();
        for (service, digest) in &now {
            all += 1;
            let differs = before.get(service) != Some(digest);
            changed += usize::from(differs);
            match listed.get(service.as_str()) {
                None if differs => missed.push(format!("{what}: {service}")),
                Some(reasons) if !differs => more.push(format!("{what}: {service}: {}", reasons[0]["text"])),
                _ => {}
            }
        }
        let removed: Vec<&str> =
            found["removed"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        let gone: Vec<&str> =
            before.keys().filter(|service| !now.contains_key(*service)).map(String::as_str).collect();
        assert_eq!(removed, gone, "{what}");
        before = now;
    }
    println!(
        "{commits} commits, {all} images, {changed} changed, {} missed, {} too many",
        missed.len(),
        more.len()
    );
    more.iter().for_each(|line| println!("too many: {line}"));
    assert!(missed.is_empty(), "{missed:#?}");
    assert!(changed * 10 > all, "the history changes too little to prove anything");
    assert!(more.len() * 10 <= all, "{more:#?}");
}
