//! Workspace paths that the program surely writes: `writeFileSync('server.pid')`, `new Database('data/app.db')`, the
//! files of loggers and schemas by their property names. In: the text of a file in the image, its location, the working
//! directory. Out: absolute paths. Calls in a condition or a `try` are excluded.

use super::folders::{Folders, in_image};
use super::tokens::{Placed, Token, tokens};

/// Functions that write the file in their argument.
const FILES: [&str; 4] = ["writeFileSync", "appendFileSync", "createWriteStream", "outputFileSync"];
/// Functions that create a folder.
const MAKES: [&str; 2] = ["mkdirSync", "ensureDirSync"];
/// Classes of file databases.
const DATABASES: [&str; 3] = ["Database", "DatabaseSync", "BetterSqlite3"];

/// A written path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OwnWrite {
    /// `writeFileSync server.pid`
    pub what: String,
    /// Absolute.
    pub path: String,
    /// Whether a folder is created.
    pub makes: bool,
}

/// The written paths, each once.
pub(super) fn own_writes(text: &[u8], file: &str, started: &str) -> Vec<OwnWrite> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let folders = Folders::of(&tokens, file, started);
    let has = |part: &str| {
        tokens.iter().any(
            |placed| matches!(placed.token, Token::Text(text) | Token::Word(text) if text.contains(part)),
        )
    };
    let code = Code { tokens: &tokens, folders, started, sqlite: has("sqlite"), pino: has("pino") };
    let mut found: Vec<OwnWrite> = Vec::new();
    for at in 0..tokens.len() {
        let write = code.write(at).filter(|write| !found.iter().any(|known| known.path == write.path));
        found.extend(write.filter(|_| !code.is_conditional(at)));
    }
    found
}

struct Code<'a, 't> {
    tokens: &'a [Placed<'t>],
    folders: Folders<'t>,
    started: &'a str,
    sqlite: bool,
    pino: bool,
}

impl<'t> Code<'_, 't> {
    fn token(&self, at: Option<usize>) -> Option<Token<'t>> {
        self.tokens.get(at?).map(|placed| placed.token)
    }

    fn word(&self, at: Option<usize>) -> &'t str {
        match self.token(at) {
            Some(Token::Word(word)) => word,
            _ => "",
        }
    }

    fn write(&self, at: usize) -> Option<OwnWrite> {
        let word = self.word(Some(at));
        if word.is_empty() {
            return None;
        }
        if self.token(Some(at + 1)) == Some(Token::Sign(':')) {
            let makes = self.of_key(word, at)?;
            let (shown, path) = self.path(at + 2)?;
            return Some(OwnWrite { what: format!("{word}: {shown}"), path, makes });
        }
        // `(0, fs_1.writeFileSync)('x')`
        let wrapped = self.token(Some(at + 1)) == Some(Token::Sign(')'));
        let open = if wrapped { at + 2 } else { at + 1 };
        let called = self.token(Some(open)) == Some(Token::Sign('('))
            && self.word(at.checked_sub(1)) != "function"
            && (FILES.contains(&word) || MAKES.contains(&word) || self.is_database(word, at, open));
        let (shown, path) = self.path(open + 1).filter(|_| called)?;
        Some(OwnWrite { what: format!("{word} {shown}"), path, makes: MAKES.contains(&word) })
    }

    /// Whether a call opens a file database for writing.
    fn is_database(&self, word: &str, at: usize, open: usize) -> bool {
        // `new better_sqlite3_1.default('x')`
        let of_module = word == "default" && self.word(at.checked_sub(2)).contains("sqlite");
        let depth = self.tokens.get(open).map_or(0, |placed| placed.depth);
        let inside = self.tokens.get(open + 1..).unwrap_or_default().iter().take(40);
        let mut inside = inside.take_while(|placed| placed.depth > depth);
        let reads = inside
            .any(|placed| matches!(placed.token, Token::Word("readonly" | "readOnly" | "fileMustExist")));
        self.sqlite && (of_module || DATABASES.contains(&word)) && !reads
    }

    /// Whether the value of a property is written, and whether it is a folder.
    fn of_key(&self, word: &str, at: usize) -> Option<bool> {
        let object = self.enclosing(at).filter(|at| self.token(Some(*at)) == Some(Token::Sign('{')))?;
        let end = self
            .tokens
            .get(object + 1..)?
            .iter()
            .position(|placed| placed.depth == self.tokens.get(object).map_or(0, |open| open.depth))?;
        let inside = self.tokens.get(object + 1..object + 1 + end)?;
        let has = |wanted: &str| inside.iter().any(|placed| placed.token == Token::Word(wanted));
        let says = |wanted: &[&str]| {
            inside.iter().any(|placed| matches!(placed.token, Token::Text(text) if wanted.contains(&text)))
        };
        let (call, of) = self.call(object);
        let of_multer = [call, of].iter().any(|name| name.to_ascii_lowercase().contains("multer"));
        let logs = call == "File" || call.ends_with("RotateFile");
        match word {
            "filename" if logs && !has("dirname") => Some(false),
            "dirname" if logs => Some(true),
            "dest" if of_multer || call.ends_with("Interceptor") => Some(true),
            "destination" if call == "diskStorage" => Some(true),
            "destination" | "dest" if self.pino && (has("mkdir") || has("sync")) => Some(false),
            "autoSchemaFile" | "emitSchemaFile" => Some(false),
            "database" | "storage" if says(&["sqlite", "better-sqlite3"]) => Some(false),
            _ => None,
        }
    }

    /// The function whose argument is this object, and the word before it: `File`, `transports`.
    fn call(&self, object: usize) -> (&'t str, &'t str) {
        let open = match self.token(object.checked_sub(1)) {
            Some(Token::Sign('(')) => object.checked_sub(1),
            _ => self.enclosing(object).filter(|at| self.token(Some(*at)) == Some(Token::Sign('('))),
        };
        let Some(open) = open else { return ("", "") };
        let end = match self.token(open.checked_sub(1)) {
            Some(Token::Sign(')')) => open.checked_sub(2),
            _ => open.checked_sub(1),
        };
        let before = end.and_then(|end| end.checked_sub(2));
        (self.word(end), self.word(before))
    }

    /// The literal path at a position, as written and absolute.
    fn path(&self, at: usize) -> Option<(String, String)> {
        let value = self.tokens.get(at..)?;
        let (path, length) = match value.first()?.token {
            Token::Text("") => return None,
            Token::Text(text) if text.contains([':', '*', '{', ' ']) => return None,
            Token::Text(text) if text.starts_with('/') => (text.to_owned(), 1),
            Token::Text(text) => (in_image(self.started, text)?, 1),
            _ => self.folders.value(value, 0)?,
        };
        let ends = matches!(value.get(length)?.token, Token::Sign(')' | ',' | '}'));
        let shown = match value.first()?.token {
            Token::Text(text) => text.to_owned(),
            _ => path.strip_prefix(self.started).unwrap_or(&path).trim_start_matches('/').to_owned(),
        };
        ends.then_some((shown, path))
    }

    /// The bracket around a token.
    fn enclosing(&self, at: usize) -> Option<usize> {
        let depth = self.tokens.get(at)?.depth;
        self.tokens.get(..at)?.iter().rposition(|placed| placed.depth < depth)
    }

    /// Whether something may skip this position or catch its error. A check whether the created path exists does not
    /// count.
    fn is_conditional(&self, place: usize) -> bool {
        let mut at = place;
        loop {
            if self.depends(at) {
                return true;
            }
            let Some(open) = self.enclosing(at) else { return false };
            if self.token(Some(open)) == Some(Token::Sign('{')) && self.is_branch(open) {
                return true;
            }
            at = open;
        }
    }

    /// Whether the statement before a position makes it conditional.
    fn depends(&self, at: usize) -> bool {
        let depth = self.tokens.get(at).map_or(0, |placed| placed.depth);
        let before = self.tokens.get(..at).unwrap_or_default().iter().rev();
        let statement: Vec<Token<'_>> = before
            .take_while(|placed| {
                let ends = matches!(placed.token, Token::Sign(';' | '{' | '}' | ','));
                placed.depth >= depth && !(placed.depth == depth && ends)
            })
            .map(|placed| placed.token)
            .collect();
        let asks = statement.iter().any(|token| {
            matches!(token, Token::Word("if" | "else" | "while") | Token::Sign('?' | '&' | '|'))
        });
        asks && !statement.iter().any(asks_for_existence)
    }

    /// Whether a block belongs to a condition or a `try`.
    fn is_branch(&self, open: usize) -> bool {
        match self.token(open.checked_sub(1)) {
            Some(Token::Word("else" | "try" | "catch" | "finally")) => true,
            Some(Token::Sign(')')) => {
                let depth = self.tokens.get(open).map_or(0, |placed| placed.depth);
                let before = self.tokens.get(..open).unwrap_or_default();
                let head = before
                    .iter()
                    .rposition(|placed| placed.depth == depth && placed.token == Token::Sign('('));
                let word = self.word(head.and_then(|head| head.checked_sub(1)));
                let inside = head.and_then(|head| before.get(head..)).unwrap_or_default();
                ["if", "while", "switch", "catch", "for"].contains(&word)
                    && !inside.iter().any(|placed| asks_for_existence(&placed.token))
            }
            _ => false,
        }
    }
}

fn asks_for_existence(token: &Token<'_>) -> bool {
    matches!(token, Token::Word(word) if word.contains("xists"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_surely_writes() {
        let of = |text: &str| {
            let found = own_writes(text.as_bytes(), "/app/a/dist/main.js", "/app/a").into_iter();
            found.map(|it| format!("{}{}", it.path, if it.makes { "/" } else { "" })).collect::<Vec<_>>()
        };
        for (text, expected) in [
            ("new winston.transports.File({ filename: 'logs/app.log' })", "/app/a/logs/app.log"),
            ("const up = multer({ dest: 'uploads/' })", "/app/a/uploads/"),
            ("(0, p.FileInterceptor)('file', { dest: './uploads' })", "/app/a/uploads/"),
            ("multer.diskStorage({ destination: 'up', filename: (r, f, c) => c() })", "/app/a/up/"),
            ("G.forRoot({ autoSchemaFile: 'src/schema.gql' })", "/app/a/src/schema.gql"),
            ("G.forRoot({ autoSchemaFile: join(process.cwd(), 'src/s.gql') })", "/app/a/src/s.gql"),
            ("async function f() { (0, fs_1.writeFileSync)('./openapi.json', x) }", "/app/a/openapi.json"),
            ("require('fs').writeFileSync('server.pid', 1)", "/app/a/server.pid"),
            ("T.forRoot({ type: 'better-sqlite3', database: 'data/db.sqlite' })", "/app/a/data/db.sqlite"),
            ("const D = require('better-sqlite3'); new D.Database('data/app.db')", "/app/a/data/app.db"),
            ("const { DatabaseSync } = require('node:sqlite'); new DatabaseSync('app.db')", "/app/a/app.db"),
            ("if (!fs.existsSync('data')) fs.mkdirSync('data')", "/app/a/data/"),
            ("if (!existsSync(d)) { mkdirSync(path.join(__dirname, '../data')) }", "/app/a/data/"),
            (
                "pino({ transport: { target: 'pino/file', options: { destination: './logs/a', mkdir: true } } })",
                "/app/a/logs/a",
            ),
        ] {
            assert_eq!(of(text), [expected], "{text}");
        }
        for text in [
            "if (dev) writeFileSync('x.json', 1)",
            "if (process.env.NODE_ENV !== 'production') { writeFileSync('x.json', 1) }",
            "try { mkdirSync('x') } catch {}",
            "const t = dev ? new File({ filename: 'x.log' }) : y",
            "x.push(...(prod ? [] : [new winston.transports.File({ filename: 'x.log' })]))",
            "const D = require('better-sqlite3'); new D.Database(':memory:')",
            "const D = require('better-sqlite3'); new D.Database('x.db', { readonly: true })",
            "T.forRoot({ type: 'postgres', database: 'app' })",
            "new Form({ filename: 'a.png' })",
            "writeFileSync(name, 1); createWriteStream(`x/${n}`)",
            "function writeFileSync('x') {}",
        ] {
            assert_eq!(of(text), [""; 0], "{text}");
        }
    }
}
