use super::*;

fn asks(word: &str, port: Option<&str>) -> Option<(u16, Vec<String>)> {
    let environment = port.map(|port| ("PORT".to_owned(), port.to_owned())).into_iter().collect();
    let found = question(&["node".to_owned(), word.to_owned()], &environment)?;
    Some((found.port, found.paths))
}

#[test]
fn what_a_check_asks_is_read_from_its_command() {
    let own =
        "const e=process.exit,p=[\"/healthz\",\"/health\"];x.get({port:process.env.PORT||8080,path:p[i]})";
    let paths = || vec!["/healthz".to_owned(), "/health".to_owned()];
    assert_eq!(asks(own, None), Some((8080, paths())));
    assert_eq!(asks(own, Some("3000")), Some((3000, paths())));
    assert_eq!(asks(own, Some("x")), None);
    let one = |port, path: &str| Some((port, vec![path.to_owned()]));
    assert_eq!(asks("curl -f http://localhost:3000/live || exit 1", None), one(3000, "/live"));
    assert_eq!(asks("fetch('http://127.0.0.1:80').then(x)", None), one(80, "/"));
    for other in
        ["pg_isready", "wget http://localhost:$PORT/x", "curl http://localhost:1/$P", "http://db:1/x"]
    {
        assert_eq!(asks(other, None), None, "{other}");
    }
}
