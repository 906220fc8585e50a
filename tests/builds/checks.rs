//! An image that could not start is not written: the error says what is wrong and which key helps.

use super::program::{digest, error};
use super::tiny::{Answer, HARMLESS, Npm, Tiny, tarball};

struct Bed {
    tiny: Tiny,
    config: String,
    _npm: Npm,
}

impl Bed {
    fn new() -> Bed {
        let package = tarball(&HARMLESS);
        let npm = Npm::start(Answer::Status(200, package.clone()));
        let tiny = Tiny::new(&package, &npm.url());
        let config = std::fs::read_to_string(tiny.root.join("fourply.toml")).unwrap();
        Bed { tiny, config, _npm: npm }
    }

    fn configure(&self, more: &str) {
        std::fs::write(self.tiny.root.join("fourply.toml"), format!("{}{more}\n", self.config)).unwrap();
    }

    fn refused(&self, more: &str) -> String {
        self.configure(more);
        let text = error(&mut self.tiny.build(), 1);
        assert!(!self.tiny.image().exists(), "{text}");
        text
    }
}

#[test]
fn each_command_that_cannot_start_is_an_error_with_the_key_that_helps() {
    let bed = Bed::new();
    for (more, expected, hint) in [
        (
            "[services.a]\ncmd = [\"tsx\", \"x.ts\"]",
            "the command starts tsx, which is in no folder",
            "[services.a] cmd",
        ),
        (
            "[services.a]\ncmd = [\"node\", \"/app/x.js\"]",
            "gives /app/x.js to node",
            "name the right one in cmd",
        ),
        (
            "[services.a]\ncmd = [\"node\", \"node_modules/thing/no.js\"]",
            "gives node_modules/thing/no.js to node",
            "\"dependencies\"",
        ),
        ("[services.a]\ncmd = [\"sh\", \"-c\", \"node dist/main.js\"]", "starts sh", "packages of [base]"),
        ("[image]\nhealth = [\"curl\", \"x\"]", "the health check starts curl", "[services.a] health"),
        (
            "[image]\nentrypoint = [\"/app/run\"]",
            "the command starts /app/run, which is not in the image",
            "cmd",
        ),
        (
            "[image]\nenv = { NODE_OPTIONS = \"--import @x/trace\" }",
            "lets node load @x/trace first",
            "NODE_OPTIONS",
        ),
    ] {
        let text = bed.refused(more);
        assert!(text.contains(expected), "{more}: {text}");
        let hints = text.split_once("hint: ").unwrap().1;
        assert!(hints.contains(hint), "{more}: {text}");
    }
    // Several at once are told at once.
    let text = bed.refused("[services.a]\ncmd = [\"bun\", \"x\"]\nhealth = [\"curl\", \"x\"]");
    assert!(text.contains("starts bun") && text.contains("starts curl"), "{text}");
    bed.configure("[services.a]\ncmd = [\"node\", \"node_modules/thing/index.js\"]");
    digest(&mut bed.tiny.build());
}

#[test]
fn a_table_says_what_weighs_unless_the_build_is_quiet() {
    let bed = Bed::new();
    let output = super::program::run(&mut bed.tiny.build());
    let text = String::from_utf8(output.stderr).unwrap();
    let table: Vec<&str> = text.lines().skip_while(|line| !line.contains("compressed")).collect();
    assert!(table.len() <= 12, "{text}");
    for row in ["base ", "node_modules ", "dist ", "image "] {
        assert!(table.iter().any(|line| line.starts_with(row)), "{text}");
    }
    assert!(table.iter().any(|line| line.ends_with("services/a › thing")), "{text}");
    let output = super::program::run(bed.tiny.build().arg("--quiet"));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
