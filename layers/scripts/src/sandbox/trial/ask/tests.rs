#![allow(clippy::unwrap_used)]

use std::net::TcpListener;

use super::*;

#[test]
fn the_last_path_that_was_asked_is_told_with_its_status() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let served = std::thread::spawn(move || {
        for answer in ["HTTP/1.1 404 Not Found\r\n\r\n", "HTTP/1.1 503 No\r\n\r\n", "SSH-2.0\r\n"] {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 1024]);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let question = |paths: &[&str]| Question { port, paths: paths.iter().map(|&path| path.into()).collect() };
    let found = ask(&question(&["/a", "/b", "/c"]));
    assert_eq!(found, Some(Asked { path: "/b".to_owned(), status: Some(503) }));
    assert_eq!(ask(&question(&["/d"])), Some(Asked { path: "/d".to_owned(), status: None }));
    served.join().unwrap();
    assert_eq!(ask(&question(&["/e"])), None, "nobody listens");
}
