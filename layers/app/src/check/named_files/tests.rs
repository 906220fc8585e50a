use super::*;

fn named(text: &str) -> Vec<String> {
    named_files(text.as_bytes(), "/app/apps/api/dist/main.js", "/app/apps/api").concat()
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
        "fs.readFileSync(`${__dirname}/../views/x.html`)",
        "f(__dirname + '/../views/x.html')",
        "f(`${process.cwd()}/views/x.html`)",
        "path.join(process.cwd(), 'views', 'x.html')",
        "path.resolve('views', 'x.html')",
        "load('./views/x.html')",
        "const x = { specification: 'views/x.html' }",
        "spawn('cat', ['-n', './views/x.html'])",
    ] {
        assert_eq!(named(text), ["/app/apps/api/views/x.html"], "{text}");
    }
    assert_eq!(named("join(__dirname, '../locales', name)"), ["/app/apps/api/locales"]);
}

#[test]
fn a_single_name_is_a_path_only_for_what_takes_paths() {
    for text in [
        "readdirSync('views')",
        "express.static('views')",
        "app.set('views', './views')",
        "path.join(process.cwd(), 'views')",
        "path.resolve('views')",
        "const p = require('path'); p.resolve('views')",
        "import * as p from 'node:path'; p.join('views')",
        "migrate(db, { migrationsFolder: 'views' })",
        "new Worker('./views')",
    ] {
        assert_eq!(named(text), ["/app/apps/api/views"], "{text}");
    }
    for text in ["f('views')", "resolve('views')", "map.set('views', x)", "const dist = 'dist'"] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
}

#[test]
fn folders_have_names() {
    for text in [
        "const here = dirname(fileURLToPath(import.meta.url)); readFileSync(join(here, '../views'))",
        "const __dirname = path.dirname(url.fileURLToPath(import.meta.url)); path.join(__dirname, '..', 'views')",
        "const f = fileURLToPath(import.meta.url)\nconst here = dirname(f)\nx(`${here}/../views`)",
        "const here: string = import.meta.dirname; f(here + '/../views')",
        "const ROOT = process.cwd(); f(path.join(ROOT, '/views'))",
        "const root = path_1.default.resolve(__dirname, '..'), x = 1; (0, path_1.join)(root, 'views')",
        "var here = (0, path_1.dirname)((0, url_1.fileURLToPath)(import.meta.url)); join(here, '../views')",
        "const root = new URL('..', import.meta.url); f(new URL('views', root))",
        "const root = fileURLToPath(new URL('../', import.meta.url)); join(root, 'views')",
        "const root = new URL('../', import.meta.url).pathname; f(root + '/views')",
        "join(dirname(fileURLToPath(import.meta.url)), '..', 'views')",
        "app.register(fastifyStatic, { root: 'views' })",
    ] {
        let named: Vec<String> = named(text).into_iter().filter(|path| path != "/app/apps/api").collect();
        assert_eq!(named, ["/app/apps/api/views"], "{text}");
    }
    for text in [
        "let root = process.cwd(); root = other; join(root, 'views')",
        "const root = process.env.ROOT ?? process.cwd(); join(root, 'views')",
        "const root = process.cwd().split('/'); join(root, 'views')",
        "const root = () => process.cwd(); join(root, 'views')",
        "x.root = process.cwd(); join(root, 'views')",
        "const root = process.cwd(); writeFileSync(join(root, 'views'), '')",
        "const root = process.cwd(); join(o.root, 'views')",
    ] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
}

#[test]
fn modules_and_what_is_written_are_not_named() {
    for text in [
        "require('./views/x')",
        "import x from './views/x'",
        "export * from './views/x'",
        "await import('./views/x.json')",
        "__webpack_require__('./src/x.json')",
        "var m = { './src/x.json': (e) => {} }",
        "var x = __commonJS({ 'src/x.json'(exports) {} })",
        "const id = './src/x.ts'",
        "writeFileSync('logs/x.txt', '')",
        "(0, fs_1.writeFileSync)((0, path_1.join)(process.cwd(), 'logs/x'), '')",
        "forRoot({ autoSchemaFile: join(process.cwd(), 'src/schema.gql') })",
        "forRoot({ autoSchemaFile: 'src/schema.gql' })",
        "f('text/html', 'https://example.test/a', '/users/list', 'a b/c', 'src/**/x', '@erp/kernel')",
        "join(root, 'views/x')",
        "f(root + 'views/x')",
    ] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
}

#[test]
fn what_is_not_written_out_is_not_named() {
    for text in [
        "new URL('https://example.com/x', import.meta.url)",
        "new URL('x')",
        "join(folder, 'x')",
        "join(__dirname, name)",
        "readFileSync('/etc/hosts')",
        "readFileSync('views/' + name)",
        "['a'].join('x')",
        "`${other}/views/x`",
    ] {
        assert_eq!(named(text), [""; 0], "{text}");
    }
}
