//! docker-registry behind a token server: it verifies the signature and the scope of every token, so what is asked for has to be
//! exactly what is done. And accounts by path, identity tokens, HTTP proxies and slow lines.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use program::{digest, fourply};

use super::*;

/// A key and its certificate.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let (key, pem) = (folder.join("token.key"), folder.join("token.pem"));
    let args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=tests"];
    let output = Command::new("openssl").args(args).arg("-keyout").arg(&key).arg("-out").arg(&pem).output();
    let output = output.expect("openssl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    (key, pem)
}

/// A signed token for what the account may do of what was asked for.
fn token(key: &Path, pem: &Path, account: &str, scopes: &[String]) -> String {
    let may = |repository: &str, action: &str| match account {
        "me" => repository.starts_with("erp/"),
        "reader" => repository.starts_with("base/") && action == "pull",
        _ => false,
    };
    let access: Vec<Value> = scopes
        .iter()
        .map(|scope| {
            let [kind, name, actions] = scope.splitn(3, ':').collect::<Vec<_>>()[..] else {
                panic!("{scope}")
            };
            let actions: Vec<&str> = actions.split(',').filter(|action| may(name, action)).collect();
            json!({ "type": kind, "name": name, "actions": actions })
        })
        .collect();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let text = std::fs::read_to_string(pem).unwrap();
    let der: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let header = json!({ "typ": "JWT", "alg": "RS256", "x5c": [der] });
    let claims = json!({
        "iss": "tests", "sub": account, "aud": "tests", "exp": now + 300, "nbf": now - 10, "iat": now,
        "jti": format!("{now}"), "access": access,
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signed");
    std::fs::write(&file, &signed).unwrap();
    let output =
        Command::new("openssl").args(["dgst", "-sha256", "-sign"]).arg(key).arg(&file).output().unwrap();
    assert!(output.status.success());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(output.stdout))
}

/// A token server: by password (`me:hunter2`, `reader:secret`), or by me's identity token.
fn token_server(key: PathBuf, pem: PathBuf) -> Proxy {
    Proxy::start("127.0.0.1:1", move |request| {
        let url = url::Url::parse(&format!("http://x{}", request.target)).unwrap();
        let fields: Vec<(String, String)> = match request.method.as_str() {
            "GET" => url.query_pairs().into_owned().collect(),
            _ => url::form_urlencoded::parse(request.form.as_bytes()).into_owned().collect(),
        };
        let all = |wanted: &str| {
            let found = fields.iter().filter(|(name, _)| name == wanted);
            found.flat_map(|(_, value)| value.split(' ').map(str::to_owned)).collect::<Vec<String>>()
        };
        let basic = |user: &str| format!("Basic {}", STANDARD.encode(user));
        let account = match request.header("authorization") {
            Some(header) if header == basic("me:hunter2") => "me",
            Some(header) if header == basic("reader:secret") => "reader",
            None if all("refresh_token") == ["identity"] && all("grant_type") == ["refresh_token"] => "me",
            None if request.method == "GET" => "nobody",
            _ => return Action::Answer(401, Vec::new(), String::new()),
        };
        let token = token(&key, &pem, account, &all("scope"));
        let name = if request.method == "GET" { "token" } else { "access_token" };
        Action::Answer(200, Vec::new(), json!({ name: token }).to_string())
    })
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn tokens_have_the_scope_that_is_used_and_accounts_go_by_path() {
    let sample = Sample::new();
    let folder = sample.folder.path();
    let (key, pem) = certificate(folder);
    let server = token_server(key, pem.clone());
    let registry = Registry::with_tokens(&server.host(), &pem);
    let host = registry.host();
    let entry = |user: &str| json!({ "auth": STANDARD.encode(user) });
    let client = |auths: Value| {
        let path = folder.join("config.json");
        std::fs::write(&path, json!({ "auths": auths }).to_string()).unwrap();
        Client::with(|settings| settings.credentials = Credentials::from_files(vec![path.clone()]))
    };
    let image = image(&sample, Some(&format!("{host}/base/node:22")));
    let name = format!("{host}/erp/auth:1");

    let error = client(json!({})).push(&image, &[&name]).unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
    // Whoever may only read the one must not write the other, and the base's repository cannot be mounted from with this account.
    let by_path =
        json!({ format!("{host}/erp"): entry("me:hunter2"), format!("{host}/base"): entry("reader:secret") });
    let report = client(by_path.clone()).push(&image, &[&name]).unwrap();
    assert_eq!((report.uploaded, report.mounted), (6, 0));
    assert!(client(by_path).push(&image, &[&format!("{host}/base/node:22")]).is_err());

    // An identity token makes tokens that push; those that were made are asked for once for each scope.
    let identity = json!({ &host: { "auth": STANDARD.encode("<token>:"), "identitytoken": "identity" } });
    let before = server.seen().len();
    let identified = client(identity);
    let second = format!("{host}/erp/other:1");
    let alone = self::image(&sample, None);
    let report = identified.push(&alone, &[&second]).unwrap();
    assert_eq!((report.uploaded, server.seen().len() - before), (6, 1));
    // Mounting needs a token that may read the source: me may.
    let known = format!("{host}/erp/auth:1");
    let third = Client::with(|settings| {
        settings.credentials = Credentials::from_files(vec![folder.join("config.json")]);
    });
    let again = self::image(&sample, Some(&known));
    let report = third.push(&again, &[&format!("{host}/erp/third:1")]).unwrap();
    assert_eq!(report.mounted, 2);
    assert!(server.seen().iter().all(|request| !request.target.contains("hunter2")));
    let pulled = third.source(&second);
    assert_eq!(pull(&pulled).unwrap().0, alone.manifest);
}

#[test]
#[ignore = "needs docker-registry and skopeo"]
fn a_proxy_is_gone_through_and_a_slow_line_is_no_dead_one() {
    let (registry, sample) = (Registry::start(), Sample::new());
    let folder = sample.folder.path();
    let image = copy::layout(&sample, &folder.join("one"), &[]);
    let proxy = Proxy::start(&registry.host(), |_| Action::Pass);
    let copy = |args: &[&str]| {
        let mut command = fourply(folder, &[&["copy", "oci:one:app"], args].concat());
        command.env("http_proxy", format!("http://{}", proxy.host())).env("no_proxy", "");
        digest(command.env("https_proxy", "http://127.0.0.1:1"))
    };
    // A name that only the proxy knows the way to.
    assert_eq!(copy(&["registry.invalid/erp/auth:1", "--insecure"]), image.digest().to_string());
    let asked = proxy.seen();
    assert!(asked.len() > 10, "{:?}", asked.len());
    assert!(asked.iter().all(|request| request.target.starts_with("http://registry.invalid/v2/")));
    // And no proxy knows the way to this machine.
    assert_eq!(copy(&[&format!("{}/erp/here:1", registry.host())]), image.digest().to_string());
    assert_eq!(proxy.seen().len(), asked.len());

    // Longer on its way than the line may be silent, but never silent.
    let slow = Proxy::start(&registry.host(), |request| match request.is("GET", "/blobs/") {
        true => Action::Slow(500_000, Duration::from_millis(60)),
        false => Action::Pass,
    });
    let client = Client::with(|settings| {
        settings.stall = Duration::from_millis(250);
        settings.retries = 0;
    });
    let source = client.source(&format!("{}/erp/auth:1", slow.host()));
    assert_eq!(Digest::of(&pull(&source).unwrap().1[2]), image.layers[2].blob.descriptor.digest);
}
