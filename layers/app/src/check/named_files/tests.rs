use super::*;

fn named(text: &str) -> Vec<String> {
    named_files(text.as_bytes(), "/app/apps/api/dist/main.js", "/app/apps/api")
}

#[test]
fn paths_beside_the_file_are_named() {
    for text in [
        "const x = new URL('../views/x.html', import.meta.url)",
        "readFileSync(path.join(__dirname, '..', 'views/x.html'))",
        "path.resolve(__dirname, '../views/x.html')",
        "(0, node_path_1.join)(__dirname, '../views', 'x.html')",
        "join(import.meta.dirname, '../views/x.html')",
        "readFileSync('views/x.html', 'utf8')",
        "(0, fs_1.readFileSync)('./views/x.html')",
    ] {
        assert_eq!(named(text), ["/app/apps/api/views/x.html"], "{text}");
    }
    assert_eq!(named("join(__dirname, '../locales', name)"), ["/app/apps/api/locales"]);
}

#[test]
fn what_is_not_written_out_is_not_named() {
    for text in [
        "new URL('https://example.test/x', import.meta.url)",
        "new URL('../x')",
        "join(folder, 'x')",
        "join(__dirname, name)",
        "readFileSync('/etc/hosts')",
        "readFileSync('views/' + name)",
        "['a'].join('x')",
    ] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
}
