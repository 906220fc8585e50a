//! Whom TLS trusts, as whom it speaks, and by which proxy: against servers on loopback. What is right was seen with pnpm 9.15.9, 10.34.9, 11.28.11
//! and 12.21.0 on the same servers; docs/pnpm.md names where fourply takes more than some of these.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fourply_testing::program;

use super::{Case, tarball};

/// The servers.
struct Live {
    dir: tempfile::TempDir,
    ports: Vec<String>,
    child: Child,
}

impl Live {
    fn start() -> Live {
        let dir = tempfile::tempdir().unwrap();
        certificates(dir.path());
        std::fs::write(dir.path().join("lib.tgz"), tarball()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registries/live.py");
        let mut command = Command::new("python3");
        command.arg(script).arg(dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Live { dir, ports: line.split_whitespace().map(str::to_owned).collect(), child }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Fills in addresses, files and, as one line, their texts.
    fn fill(&self, text: &str) -> String {
        let [http, https, certified, proxy] = self.ports.as_slice() else { panic!("{:?}", self.ports) };
        let pem = |name: &str| std::fs::read_to_string(self.path(name)).unwrap().trim().replace('\n', "\\n");
        text.replace("{http}", http)
            .replace("{https}", https)
            .replace("{certified}", certified)
            .replace("{proxy}", &format!("127.0.0.1:{proxy}"))
            .replace("{dir}", self.dir.path().to_str().unwrap())
            .replace("{ca text}", &pem("ca.pem"))
            .replace("{cert text}", &pem("client.pem"))
            .replace("{key text}", &pem("client.key"))
    }

    /// Which server was asked, and with what, since the last time.
    fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        let _ = std::fs::remove_file(self.path("log"));
        log.lines().map(|line| line.trim_end_matches(" -").to_owned()).collect()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An authority, a server's and a client's certificate of it, and another authority.
fn certificates(dir: &Path) {
    const MAKE: &str = r#"
        set -eu
        authority() {
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out $1.pem -days 2 -subj /CN=$1
        }
        authority ca; authority other
        echo subjectAltName=IP:127.0.0.1 > names
        for name in server client; do
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out request -subj /CN=$name
            openssl x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -out $name.pem -days 2 -extfile names
        done"#;
    let output = Command::new("sh").args(["-c", MAKE]).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

const TRUST: &str = "cafile={dir}/ca.pem\n";
const CERTIFICATE: &str = "cafile={dir}/ca.pem\n//127.0.0.1:{certified}/:certfile={dir}/client.pem\n//127.0.0.1:{certified}/:keyfile={dir}/client.key\n";
const CERTIFICATE_TEXT: &str = "cafile={dir}/ca.pem\n//127.0.0.1:{certified}/:cert=\"{cert text}\"\n//127.0.0.1:{certified}/:key=\"{key text}\"\n";
const PROXY: &str = "cafile={dir}/ca.pem\nhttps-proxy=http://{proxy}\n";

/// A registry, the user's `.npmrc`, and who is asked, in order; nobody where the install fails.
const CASES: [(&str, &str, &[&str]); 25] = [
    ("https", "", &[]),
    ("https", TRUST, &["https"]),
    ("https", "cafile={dir}/other.pem\n", &[]),
    ("https", "cafile={dir}/absent.pem\n", &[]),
    ("https", "ca=\"{ca text}\"\n", &["https"]),
    ("https", "ca[]=\"{ca text}\"\n", &["https"]),
    ("https", "//127.0.0.1:{https}/:cafile={dir}/ca.pem\n", &["https"]),
    ("https", "//127.0.0.1:{https}/:ca=\"{ca text}\"\n", &["https"]),
    ("https", "//other.test/:cafile={dir}/ca.pem\n", &[]),
    ("https", "strict-ssl=false\n", &["https"]),
    ("certified", TRUST, &[]),
    ("certified", CERTIFICATE, &["certified"]),
    ("certified", CERTIFICATE_TEXT, &["certified"]),
    ("certified", "cafile={dir}/ca.pem\ncert=\"{cert text}\"\nkey=\"{key text}\"\n", &[]),
    ("https", PROXY, &["proxy", "https"]),
    ("https", "cafile={dir}/ca.pem\nhttps-proxy=http://me:pw@{proxy}\n", &["proxy password", "https"]),
    ("https", "cafile={dir}/ca.pem\nproxy=http://{proxy}\n", &["proxy", "https"]),
    ("https", "cafile={dir}/ca.pem\nhttps-proxy=http://{proxy}\nno-proxy=127.0.0.1\n", &["https"]),
    ("https", "cafile={dir}/ca.pem\nhttps-proxy=http://{proxy}\nnoproxy=127.0.0.1\n", &["https"]),
    ("https", "cafile={dir}/ca.pem\nhttps-proxy=http://{proxy}\nno-proxy=other.test\n", &["proxy", "https"]),
    ("http", "proxy=http://{proxy}\n", &["proxy", "http"]),
    ("http", "https-proxy=http://{proxy}\n", &["proxy", "http"]),
    ("http", "proxy=http://{proxy}\n//127.0.0.1:{http}/:_authToken=right\n", &["proxy", "http Bearer right"]),
    ("http", "", &["http"]),
    ("https", "cafile={dir}/ca.pem\n//127.0.0.1:{https}/:_authToken=right\n", &["https Bearer right"]),
];

/// A registry, variables of the environment, and who is asked.
type Named<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

/// `fourply tree` with a registry of these servers.
fn asks(
    live: &Live,
    case: &Case,
    registry: &str,
    own: &str,
    variables: &[(&str, &str)],
) -> (Vec<String>, String) {
    let scheme = if registry == "http" { "http" } else { "https" };
    let text = format!("@my:registry={scheme}://127.0.0.1:{{{registry}}}/\n{own}");
    std::fs::write(case.path("ws/.npmrc"), live.fill(&text)).unwrap();
    let mut command = case.tree();
    for name in ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().map(|(name, value)| (*name, live.fill(value))));
    let output = program::run(&mut command);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let asked = live.asked();
    assert_eq!(output.status.success(), !asked.is_empty(), "{said}");
    (asked, said)
}

#[test]
fn tls_and_proxies_are_as_the_user_says() {
    let live = Live::start();
    for version in ["10.34.9", "12.21.0"] {
        for (registry, user, expected) in CASES {
            let case = Case::new(version);
            case.write("home/.npmrc", &live.fill(&format!("fetch-retries=0\n{user}")));
            let (asked, said) = asks(&live, &case, registry, "", &[]);
            assert_eq!(asked, expected, "{version} {registry} {user} {said}");
            let tells = said.contains("hint: ") || said.contains("the cafile of .npmrc cannot be read");
            assert!(!expected.is_empty() || tells, "{said}");
        }
    }
}

#[test]
fn variables_name_proxies_and_authorities() {
    let live = Live::start();
    let proxy = "http://{proxy}";
    let cases: [Named<'_>; 7] = [
        ("https", &[("HTTPS_PROXY", proxy)], &["proxy", "https"]),
        ("https", &[("https_proxy", proxy)], &["proxy", "https"]),
        ("https", &[("HTTPS_PROXY", proxy), ("NO_PROXY", "127.0.0.1")], &["https"]),
        ("http", &[("HTTP_PROXY", proxy)], &["proxy", "http"]),
        ("http", &[("HTTP_PROXY", proxy), ("no_proxy", "127.0.0.1")], &["http"]),
        ("https", &[], &["https"]),
        ("http", &[], &["http"]),
    ];
    for version in ["10.34.9", "12.21.0"] {
        let case = Case::new(version);
        case.write("home/.npmrc", &live.fill(&format!("fetch-retries=0\n{TRUST}")));
        for (registry, variables, expected) in cases {
            let (asked, said) = asks(&live, &case, registry, "", variables);
            assert_eq!(asked, expected, "{version} {registry} {variables:?} {said}");
        }
    }
    // By the name that each version reads.
    for (version, name, other) in [
        ("10.34.9", "npm_config_cafile", "pnpm_config_cafile"),
        ("12.21.0", "pnpm_config_cafile", "npm_config_cafile"),
    ] {
        let case = Case::new(version);
        case.write("home/.npmrc", "fetch-retries=0\n");
        assert_eq!(asks(&live, &case, "https", "", &[(name, "{dir}/ca.pem")]).0, ["https"]);
        assert_eq!(asks(&live, &case, "https", "", &[(other, "{dir}/ca.pem")]).0, [""; 0]);
        assert_eq!(asks(&live, &case, "https", "", &[("NODE_EXTRA_CA_CERTS", "{dir}/ca.pem")]).0, ["https"]);
        let (asked, said) = asks(&live, &case, "http", "", &[("NODE_EXTRA_CA_CERTS", "{dir}/absent")]);
        assert!(asked == ["http"] && said.contains("NODE_EXTRA_CA_CERTS is ignored"), "{said}");
    }
}

/// The workspace's own file decides as well, but gets no credentials of the user's for it.
#[test]
fn the_workspace_may_trust_and_send_elsewhere_without_credentials() {
    let live = Live::start();
    for version in ["10.34.9", "12.21.0"] {
        for (registry, own, expected) in [
            ("https", "cafile={dir}/ca.pem\n", &["https"][..]),
            ("https", "strict-ssl=false\n", &["https"]),
            ("https", "cafile={dir}/ca.pem\nhttps-proxy=http://{proxy}\n", &["proxy", "https"]),
            ("http", "proxy=http://{proxy}\n", &["proxy", "http"]),
        ] {
            let case = Case::new(version);
            let token = "//127.0.0.1:{http}/:_authToken=right\n//127.0.0.1:{https}/:_authToken=right\n";
            case.write("home/.npmrc", &live.fill(&format!("fetch-retries=0\n{token}")));
            let (asked, said) = asks(&live, &case, registry, own, &[]);
            let through_proxy = own.contains("proxy");
            let named =
                |word: &str| if through_proxy { word.to_owned() } else { format!("{word} Bearer right") };
            let expected: Vec<String> = expected
                .iter()
                .map(|word| if *word == "proxy" { "proxy".to_owned() } else { named(word) })
                .collect();
            assert_eq!(asked, expected, "{version} {registry} {own} {said}");
        }
    }
}
