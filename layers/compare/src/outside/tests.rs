use std::collections::{BTreeMap, BTreeSet};

use fourply_dockerfile::{DockerImage, Request};

use super::{Outside, files};
use crate::files::Kinds;
use crate::known::tests::known;
use crate::model::Note;
use crate::place::Place;

fn outside(text: &str, configured: &[&str]) -> Outside {
    let text = format!("FROM a\nWORKDIR /app/services/auth\n{text}");
    let image = DockerImage::read(&Request { text: &text, args: &BTreeMap::new(), target: None }).unwrap();
    let mut known = known();
    let more = ["ca.pem", "client-key.pem", "entry.sh", "nginx/site.conf", "nginx/README.md"];
    known.sources.extend(more.map(|name| format!("docker/{name}")));
    let kinds = Kinds { known: &known, compiled: true, named: BTreeSet::new() };
    let place = Place::find(&known, "/app/services/auth", &|_| false, std::iter::empty()).unwrap();
    let configured = configured.iter().map(|path| (*path).to_owned()).collect();
    files(&image, &kinds, &place, &configured)
}

#[test]
fn files_outside_of_the_workspace_are_told() {
    let found = outside(
        "COPY docker/entry.sh /entry.sh\nCOPY docker/client-key.pem /etc/ssl/\nCOPY docker/nginx /etc/nginx\n\
         COPY services/web/dist /usr/share/html\nCOPY docker/ca.pem certs/ca.pem\nCOPY package.json /tmp/\nCOPY . /src\n\
         COPY services/auth /src/auth\nCOPY node_modules /node_modules\n",
        &[],
    );
    let note = |source: &str, to: &str| Note::OtherPlace { source: source.to_owned(), to: to.to_owned() };
    let expected = [
        note("docker/entry.sh", "/entry.sh"),
        note("docker/client-key.pem", "/etc/ssl/client-key.pem"),
        note("docker/nginx", "/etc/nginx"),
        note("services/web/dist", "/usr/share/html"),
    ];
    assert_eq!(found, Outside { notes: expected.to_vec(), ..Outside::default() });
}

#[test]
fn certificates_are_the_bases() {
    let certificate = |text: &str, configured: &[&str]| {
        let found = outside(text, configured);
        (found.certificates.into_iter().collect::<Vec<_>>(), found.trusted.len(), found.notes.len())
    };
    let own = || vec!["docker/ca.pem".to_owned()];
    assert_eq!(certificate("COPY docker/ca.pem /etc/ssl/own.pem\n", &[]), (own(), 1, 0));
    assert_eq!(certificate("COPY docker/ca.pem /etc/ssl/own.pem\n", &["docker/ca.pem"]), (Vec::new(), 1, 0));
    let of_node = "ENV NODE_EXTRA_CA_CERTS=/opt/ca.pem\nCOPY docker/ca.pem /opt/ca.pem\n";
    assert_eq!(certificate(of_node, &[]), (own(), 1, 0));
    assert_eq!(certificate("COPY docker/ca.pem /opt/ca.pem\n", &[]), (Vec::new(), 0, 1));
}
