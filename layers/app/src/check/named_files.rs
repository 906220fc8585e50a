//! Files that the program names by a literal path: `join(__dirname, '../x')`, `readdirSync('migrations')`,
//! `'./proto/a.proto'`. In: the text of a file in the image, and its location. Out: absolute paths in the image. Only
//! literal text counts.
//!
//! | written | relative to |
//! |---|---|
//! | `new URL('x', import.meta.url)`, `join(__dirname, 'x')`, `__dirname + '/x'`, `${here}/x` | the file's folder, or that of `folders` |
//! | `join(process.cwd(), 'x')`, `path.resolve('x')`, the argument of a call with a path | the working directory |
//! | another text that looks like a path, also after `../` | the same, or the file's folder |
//!
//! Loaded modules and written files are excluded.

use super::folders::{Folders, in_image};
use super::tokens::{Placed, Token, tokens};

/// Functions that join paths.
const JOINS: [&str; 2] = ["join", "resolve"];
/// Functions whose first argument is the path of a file or folder that must exist.
const READS: [&str; 20] = [
    "readFileSync",
    "readFile",
    "createReadStream",
    "readdirSync",
    "readdir",
    "opendirSync",
    "opendir",
    "cpSync",
    "copyFileSync",
    "readJson",
    "readJsonSync",
    "readJSON",
    "readJSONSync",
    "static",
    "serveStatic",
    "sendFile",
    "loadSync",
    "Worker",
    "fork",
    "setBaseViewsDir",
];
/// Functions that start a program with a list of arguments.
const STARTS: [&str; 4] = ["spawn", "spawnSync", "execFile", "execFileSync"];
/// Properties whose path must exist.
const KEYS: [&str; 14] = [
    "migrationsFolder",
    "migrationsDir",
    "protoPath",
    "root",
    "rootPath",
    "templates",
    "templatesDir",
    "viewsDir",
    "viewsPath",
    "partialsDir",
    "layoutsDir",
    "staticDir",
    "publicDir",
    "localesDir",
];
/// Properties whose path is written.
const WRITTEN_KEYS: [&str; 6] = ["autoSchemaFile", "dest", "destination", "output", "outDir", "outputPath"];
/// Prefixes of functions that write or remove.
const WRITERS: [&str; 7] = ["write", "append", "mkdir", "createWrite", "rm", "unlink", "output"];
/// Extensions of modules: text alone may be a module name, as bundlers write them.
const CODE: [&str; 9] = ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx", "vue"];
/// The most paths that are checked in one file.
const MOST: usize = 1000;

/// The paths in `text`, a file at `file` in the image, of a program with working directory `folder`; each once. A path
/// with several forms may mean any of them.
pub(super) fn named_files(text: &[u8], file: &str, folder: &str) -> Vec<Vec<String>> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let own = file.rsplit_once('/').map_or("", |(own, _)| own);
    let folders = Folders::of(&tokens, file, folder);
    let places = Places { own, folder, paths: names_of_path(&tokens), folders };
    let mut found: Vec<Vec<String>> = Vec::new();
    for at in 0..tokens.len() {
        for paths in (At { tokens: &tokens, at }).named(&places) {
            if !paths.is_empty() && !found.contains(&paths) {
                found.push(paths);
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// Whether text looks like the path of a file or folder.
pub(super) fn looks_like_path(text: &str) -> bool {
    const MEDIA: [&str; 7] = ["text/", "application/", "image/", "audio/", "video/", "font/", "multipart/"];
    text.len() <= 200
        && text.contains('/')
        && !text.starts_with('/')
        && !text.contains("//")
        && !text.contains(|c: char| {
            c.is_whitespace() || c.is_control() || ":*?<>{}()[]$|\\\"',;=&%#@!`".contains(c)
        })
        && !text.starts_with("node_modules/")
        && !MEDIA.iter().any(|media| text.starts_with(media))
}

struct Places<'a> {
    own: &'a str,
    folder: &'a str,
    /// The file's names for the module `path`.
    paths: Vec<&'a str>,
    folders: Folders<'a>,
}

/// The names that a file gives to the module `path`: `p = require('path')`, `import * as p from 'node:path'`.
fn names_of_path<'t>(tokens: &[Placed<'t>]) -> Vec<&'t str> {
    let names = tokens
        .iter()
        .enumerate()
        .filter(|(_, placed)| matches!(placed.token, Token::Text("path" | "node:path")));
    let before = |at: usize, count: usize| Some(tokens.get(at.checked_sub(count)?)?.token);
    let name = |at: usize| match (before(at, 1)?, before(at, 2)?) {
        (Token::Word("from"), Token::Word(name)) => Some(name),
        (Token::Sign('('), Token::Word("require")) => {
            match (before(at, 3).filter(|sign| *sign == Token::Sign('=')), before(at, 4)) {
                (Some(_), Some(Token::Word(name))) => Some(name),
                _ => None,
            }
        }
        _ => None,
    };
    names.filter_map(|(at, _)| name(at)).collect()
}

/// One token of a file.
struct At<'a, 't> {
    tokens: &'a [Placed<'t>],
    at: usize,
}

impl<'a, 't> At<'a, 't> {
    fn rest(&self) -> &'a [Placed<'t>] {
        self.tokens.get(self.at + 1..).unwrap_or_default()
    }

    fn before(&self, count: usize) -> Option<Token<'t>> {
        self.at.checked_sub(count).and_then(|at| self.tokens.get(at)).map(|placed| placed.token)
    }

    /// The forms of each path that is named here.
    fn named(&self, places: &Places<'_>) -> Vec<Vec<String>> {
        let Some(placed) = self.tokens.get(self.at) else { return Vec::new() };
        let in_folder = |(folder, path): (String, String)| in_image(&folder, &path).into_iter().collect();
        let started = |path: String| in_image(places.folder, &path).into_iter().collect::<Vec<_>>();
        let rest = self.rest();
        let one = match placed.token {
            Token::Word("new") => of_url(self.with_this(), &places.folders),
            Token::Word(word) if JOINS.contains(&word) => self.of_join(places).map(in_folder),
            Token::Word(word) if READS.contains(&word) => of_read(rest).map(started),
            Token::Word("set") => of_views(rest).map(started),
            Token::Word(word) if KEYS.contains(&word) && self.is_key() => of_key(rest).map(started),
            Token::Word(word) if STARTS.contains(&word) => {
                return listed(rest).into_iter().map(started).collect();
            }
            Token::Word(_) if self.before(1) != Some(Token::Sign('.')) => {
                self.of_folder(&places.folders).map(in_folder)
            }
            Token::Text(text) if self.may_be_path(text) => {
                let upwards = text.starts_with("../").then(|| in_image(places.own, text)).flatten();
                Some(in_image(places.folder, text).into_iter().chain(upwards).collect())
            }
            _ => None,
        };
        one.into_iter().collect()
    }

    /// Whether this is a property's name.
    fn is_key(&self) -> bool {
        self.rest().first().is_some_and(|next| next.token == Token::Sign(':'))
    }

    fn with_this(&self) -> &'a [Placed<'t>] {
        self.tokens.get(self.at..).unwrap_or_default()
    }

    /// Whether text outside known arguments may be a path that the program reads.
    fn may_be_path(&self, text: &str) -> bool {
        let code = text.rsplit_once('.').is_some_and(|(_, end)| CODE.contains(&end));
        let loads = |word: &str| ["require", "import", "mock"].iter().any(|part| word.contains(part));
        // Such arguments were checked with their call.
        let known = |word: &str| word == "URL" || READS.contains(&word) || JOINS.contains(&word);
        let loaded = match (self.before(1), self.before(2)) {
            (Some(Token::Word("from" | "import" | "case")), _) => true,
            (Some(Token::Sign('(')), Some(Token::Word(word))) => loads(word) || known(word),
            (Some(Token::Sign('(')), Some(Token::Sign(')'))) => {
                matches!(self.before(3), Some(Token::Word(word)) if known(word))
            }
            _ => false,
        };
        // A part of a longer text, or a property: bundlers name modules this way.
        let part = matches!(self.before(1), Some(Token::Sign('+' | ',')) if self.joins_on())
            || matches!(self.rest().first().map(|next| next.token), Some(Token::Sign(':' | '(' | '+' | '.')));
        looks_like_path(text) && !code && !loaded && !part && !self.is_written()
    }

    /// Whether text after a comma or a plus belongs to a longer path: `join(x, 'y')`, `x + 'y'`.
    fn joins_on(&self) -> bool {
        if self.before(1) == Some(Token::Sign('+')) {
            return true;
        }
        let depth = self.tokens.get(self.at).map_or(0, |placed| placed.depth);
        let before = self.tokens.get(..self.at).unwrap_or_default();
        let open = before.iter().rposition(|placed| placed.depth < depth);
        let called = open.and_then(|at| self.tokens.get(at.checked_sub(1)?)).map(|placed| placed.token);
        match called {
            Some(Token::Word(word)) => JOINS.contains(&word),
            Some(Token::Sign(')')) => {
                let word = open.and_then(|at| self.tokens.get(at.checked_sub(2)?)).map(|placed| placed.token);
                matches!(word, Some(Token::Word(word)) if JOINS.contains(&word))
            }
            _ => false,
        }
    }

    /// Whether the program writes the path that begins here.
    fn is_written(&self) -> bool {
        let mut at = self.at;
        let token = |at: Option<usize>| at.and_then(|at| self.tokens.get(at)).map(|placed| placed.token);
        // `path.join`, `(0, path_1.join)`
        while token(at.checked_sub(1)) == Some(Token::Sign('.'))
            && matches!(token(at.checked_sub(2)), Some(Token::Word(_)))
        {
            at -= 2;
        }
        if token(at.checked_sub(1)) == Some(Token::Sign(','))
            && token(at.checked_sub(2)) == Some(Token::Word("0"))
        {
            at = at.saturating_sub(3);
        }
        let called = |word: &str| WRITERS.iter().any(|writer| word.starts_with(writer));
        match (token(at.checked_sub(1)), token(at.checked_sub(2)), token(at.checked_sub(3))) {
            (Some(Token::Sign('(')), Some(Token::Word(word)), _)
            | (Some(Token::Sign('(')), Some(Token::Sign(')')), Some(Token::Word(word))) => called(word),
            (Some(Token::Sign(':')), Some(Token::Word(word)), _) => WRITTEN_KEYS.contains(&word),
            _ => false,
        }
    }

    /// A folder and the text that follows it: `here + '/x'`, `${here}/x`.
    fn of_folder(&self, folders: &Folders<'_>) -> Option<(String, String)> {
        let this = self.with_this();
        let length = if matches!(this.get(1)?.token, Token::Sign('.')) { 5 } else { 1 };
        let (folder, _) = folders.value(this.get(..length)?, 0)?;
        let path = joined(this.get(length..)?).filter(|_| !self.is_written())?;
        Some((folder, path))
    }

    /// A call of `join` or `resolve`: a folder, and the joined text.
    fn of_join(&self, places: &Places<'_>) -> Option<(String, String)> {
        let arguments = arguments(self.rest())?;
        let of_path = matches!((self.before(1), self.before(2)),
            (Some(Token::Sign('.')), Some(Token::Word(object)))
                if places.paths.contains(&object) || object.to_ascii_lowercase().contains("path"));
        let (base, mut rest, mut parts) = match arguments.first()?.token {
            Token::Text(path)
                if of_path || looks_like_path(path) && self.before(1) != Some(Token::Sign('.')) =>
            {
                (places.folder.to_owned(), arguments.get(1..)?, vec![path])
            }
            _ => {
                let (base, length) = places.folders.value(arguments, 0)?;
                (base, arguments.get(length..)?, Vec::new())
            }
        };
        // `join` ignores a slash at the beginning of a part.
        let joins = self.with_this().first()?.token == Token::Word("join");
        while let [
            Placed { token: Token::Sign(','), .. },
            Placed { token: Token::Text(part), .. },
            more @ ..,
        ] = rest
        {
            parts.push(if joins { part.trim_start_matches('/') } else { part });
            rest = more;
        }
        // Further parts are unknown, so the folder is used.
        let ends = matches!(rest.first()?.token, Token::Sign(')' | ','));
        let path = parts.join("/");
        let whole = ends && !path.is_empty() && !parts.iter().any(|part| part.starts_with('/'));
        (whole && !self.is_written()).then_some((base, path))
    }
}

/// The arguments of a call. A compiler may write `(0, fs_1.readFileSync)('x')`.
fn arguments<'a, 't>(rest: &'a [Placed<'t>]) -> Option<&'a [Placed<'t>]> {
    let rest = match rest.first()?.token {
        Token::Sign(')') => rest.get(1..)?,
        _ => rest,
    };
    (rest.first()?.token == Token::Sign('(')).then(|| rest.get(1..)).flatten()
}

/// `new URL('x', import.meta.url)`
fn of_url(tokens: &[Placed<'_>], folders: &Folders<'_>) -> Option<Vec<String>> {
    let (path, _) = folders.value(tokens, 0)?;
    Some(vec![path.trim_end_matches('/').to_owned()])
}

fn of_read(rest: &[Placed<'_>]) -> Option<String> {
    let arguments = arguments(rest)?;
    let Token::Text(path) = arguments.first()?.token else { return None };
    relative(path, arguments.get(1)?)
}

/// `app.set('views', 'x')`
fn of_views(rest: &[Placed<'_>]) -> Option<String> {
    match arguments(rest)? {
        [
            Placed { token: Token::Text("views"), .. },
            comma,
            Placed { token: Token::Text(path), .. },
            end,
            ..,
        ] if comma.token == Token::Sign(',') => relative(path, end),
        _ => None,
    }
}

fn of_key(rest: &[Placed<'_>]) -> Option<String> {
    match rest {
        [colon, Placed { token: Token::Text(path), .. }, end, ..] if colon.token == Token::Sign(':') => {
            // A path with the sources' folder name is often for a compiler.
            relative(path, end).filter(|path| path != "src")
        }
        _ => None,
    }
}

/// A path that ends with this text.
fn relative(path: &str, end: &Placed<'_>) -> Option<String> {
    let whole = matches!(end.token, Token::Sign(')' | ',' | '}'));
    (whole && !path.starts_with('/') && !path.is_empty()).then(|| path.to_owned())
}

/// The paths in a program's argument list.
fn listed(rest: &[Placed<'_>]) -> Vec<String> {
    let Some(arguments) = arguments(rest) else { return Vec::new() };
    let depth = arguments.first().map_or(0, |first| first.depth);
    let inside = arguments.iter().take(32).take_while(|placed| placed.depth >= depth);
    let texts = inside.filter(|placed| placed.depth > depth).filter_map(|placed| match placed.token {
        Token::Text(text) if looks_like_path(text) => Some(text.to_owned()),
        _ => None,
    });
    texts.collect()
}

/// The text after a folder: `+ '/x'`, or the end of a template, `}/x`.
fn joined(rest: &[Placed<'_>]) -> Option<String> {
    let path = match rest {
        [Placed { token: Token::Tail(path), .. }, ..] => *path,
        [plus, Placed { token: Token::Text(path), .. }, end, ..]
            if plus.token == Token::Sign('+') && end.token != Token::Sign('+') =>
        {
            *path
        }
        _ => return None,
    };
    (path.starts_with('/') && path.len() > 1).then(|| path.to_owned())
}

#[cfg(test)]
mod tests;
