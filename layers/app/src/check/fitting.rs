//! Files that code names by a pattern or with a computed part: `'./**/*.graphql'`, `` `./templates/${name}.hbs` ``,
//! `'./locales/{{lng}}/{{ns}}.json'`, `'config/' + name`. In: the text of a file in the image, its location, the
//! working directory. Out: the literal folder, and the ending of file names.

use super::folders::{Folders, in_image};
use super::named_files::looks_like_path;
use super::tokens::{Placed, Token, tokens};

/// Characters that stand for something else.
const SIGNS: [char; 7] = ['*', '?', '{', '[', '(', '!', '$'];
/// Extensions of code that Node.js does not load or that bundlers include.
const CODE: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "mjs", "cjs", "jsx"];

/// An absolute folder, and the ending of its files' names: `.graphql`, or empty for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fitting {
    pub folder: String,
    pub end: String,
}

/// The patterns in a text, each once.
pub(super) fn fittings(text: &[u8], file: &str, started: &str) -> Vec<Fitting> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let folders = Folders::of(&tokens, file, started);
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let place = Place { tokens: &tokens, at, file, started };
        found.extend(place.fitting(&folders).filter(|fitting| !found.contains(fitting)));
    }
    found
}

struct Place<'a, 't> {
    tokens: &'a [Placed<'t>],
    at: usize,
    file: &'a str,
    started: &'a str,
}

impl<'t> Place<'_, 't> {
    fn before(&self, count: usize) -> Option<Token<'t>> {
        self.at.checked_sub(count).and_then(|at| self.tokens.get(at)).map(|placed| placed.token)
    }

    fn after(&self, count: usize) -> Option<Token<'t>> {
        self.tokens.get(self.at + count).map(|placed| placed.token)
    }

    fn fitting(&self, folders: &Folders<'_>) -> Option<Fitting> {
        match self.after(0)? {
            Token::Text(text) if text.contains(['*', '{']) => self.of_pattern(text),
            Token::Text(text) if text.ends_with('/') && self.after(1) == Some(Token::Sign('+')) => {
                self.begun(text)
            }
            Token::Part(text) if !text.starts_with('/') => self.begun(text),
            Token::Word(_) | Token::Sign('(') if self.before(1) != Some(Token::Sign('.')) => {
                self.of_folder(folders)
            }
            _ => None,
        }
    }

    /// `'./**/*.graphql'`, relative to the working directory.
    fn of_pattern(&self, text: &str) -> Option<Fitting> {
        let joins = matches!(self.before(1), Some(Token::Sign('+')));
        let ignores = matches!(
            (self.before(3), self.before(2), self.before(1)),
            (Some(Token::Word("ignore" | "exclude")), ..) | (_, Some(Token::Word("ignore" | "exclude")), _)
        );
        let is_path = looks_like_path(text.split(SIGNS).next().unwrap_or_default())
            || text.starts_with("**/")
            || text.starts_with("*.");
        let (fixed, end) = parts(text)?;
        // Code that Node.js does not load is read for its comments.
        let read = self.before(1) == Some(Token::Sign('[')) && self.before(3) == Some(Token::Word("apis"));
        let whole = is_path && !text.starts_with('/') && !joins && !ignores && (read || !is_typescript(text));
        // A property, or a part of a longer expression.
        let alone = !matches!(self.after(1), Some(Token::Sign('+' | ':' | '.')));
        let known = !self.is_joined() && whole && alone;
        Some(Fitting { folder: in_image(self.started, fixed)?, end }).filter(|_| known)
    }

    /// Whether this is a later argument of a call that joins paths.
    fn is_joined(&self) -> bool {
        let depth = self.tokens.get(self.at).map_or(0, |placed| placed.depth);
        let before = self.tokens.get(..self.at).unwrap_or_default();
        let Some(open) = before.iter().rposition(|placed| placed.depth < depth) else { return false };
        let called = before.get(..open).unwrap_or_default().iter().rev().take(2);
        let joins = called.into_iter().any(|placed| matches!(placed.token, Token::Word("join" | "resolve")));
        joins && open + 1 < self.at
    }

    /// Text that begins as a path and continues with a value.
    fn begun(&self, text: &str) -> Option<Fitting> {
        let fixed = text.get(..=text.rfind('/')?)?.trim_end_matches('/');
        let named = fixed.trim_start_matches("./");
        let is_path = looks_like_path(&format!("{fixed}/")) && !named.is_empty() && named != "src";
        let loads = matches!(
            (self.before(2), self.before(1)),
            (Some(Token::Word("require" | "import")), Some(Token::Sign('(')))
        );
        let own = self.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let begins = !matches!(self.before(1), Some(Token::Sign('+'))) && !self.is_joined();
        let folder = in_image(if loads { own } else { self.started }, fixed)?;
        (is_path && begins).then_some(Fitting { folder, end: String::new() })
    }

    /// `join(__dirname, 'schema/**/*.graphql')`, `${process.cwd()}/templates/${name}.hbs`.
    fn of_folder(&self, folders: &Folders<'_>) -> Option<Fitting> {
        let rest = self.tokens.get(self.at..)?;
        let (path, length) = folders.value(rest, 0)?;
        if let Some(Token::Part(more)) = rest.get(length).map(|placed| placed.token) {
            let fixed = more.get(..more.rfind('/')?)?.trim_start_matches('/');
            let folder = in_image(&path, fixed)?;
            return (!fixed.is_empty() && !fixed.contains(SIGNS))
                .then_some(Fitting { folder, end: String::new() });
        }
        let (fixed, end) = parts(&path).filter(|_| path.contains('*') && !is_typescript(&path))?;
        Some(Fitting { folder: fixed.to_owned(), end })
    }
}

/// The literal folder of a pattern, and its ending.
fn parts(pattern: &str) -> Option<(&str, String)> {
    let first = pattern.find(SIGNS)?;
    let fixed = pattern.get(..pattern.get(..first)?.rfind('/').unwrap_or(0))?;
    let name = pattern.rsplit('/').next().unwrap_or(pattern);
    let end = name.rsplit(['*', '}']).next().unwrap_or_default();
    let end = if name.contains('*') && !name.contains('{') && end.starts_with('.') { end } else { "" };
    Some((fixed, end.to_owned()))
}

/// Whether a pattern may match TypeScript code, which a compiled program does not load.
fn is_typescript(pattern: &str) -> bool {
    let name = pattern.rsplit('/').next().unwrap_or(pattern);
    [".ts", "ts,", "ts}", "ts)", ",ts", ".mts"].iter().any(|part| name.contains(part))
}

/// Whether files with this ending are code.
pub(super) fn is_code(end: &str) -> bool {
    end.rsplit('.').next().is_some_and(|end| CODE.contains(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_folders_of_patterns_and_of_paths_with_values() {
        let found = |text: &str| {
            let found = fittings(text.as_bytes(), "/app/a/dist/main.js", "/app/a").into_iter();
            found.map(|it| format!("{} {}", it.folder, it.end)).collect::<Vec<_>>()
        };
        for (text, expected) in [
            ("x({ typePaths: ['./**/*.graphql'] })", "/app/a .graphql"),
            ("globSync('./**/*.graphql', { ignore: 'node_modules/**' })", "/app/a .graphql"),
            ("loadFilesSync(path.join(__dirname, 'schema/**/*.graphql'))", "/app/a/dist/schema .graphql"),
            (
                "(0, l.loadFilesSync)(node_path_1.default.join(__dirname, 'schema/*.graphql'))",
                "/app/a/dist/schema .graphql",
            ),
            ("x({ glob: 'migrations/*.js' })", "/app/a/migrations .js"),
            ("x({ apis: ['./src/routes/*.ts'] })", "/app/a/src/routes .ts"),
            ("x({ loadPath: './locales/{{lng}}/{{ns}}.json' })", "/app/a/locales "),
            ("read(`./templates/${n}.hbs`)", "/app/a/templates "),
            ("read(`${process.cwd()}/templates/${n}.hbs`)", "/app/a/templates "),
            ("path.resolve(`config/${env || 'x'}.json`)", "/app/a/config "),
            ("read('templates/' + n + '.hbs')", "/app/a/templates "),
            ("require('./locales/' + n)", "/app/a/dist/locales "),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
        for text in [
            "x({ entities: ['src/**/*.ts'] })",
            "x({ entities: ['dist/**/*.entity{.ts,.js}'] })",
            "x({ ignore: ['**/*.graphql'] })",
            "log(`reading from /x/${n}`)",
            "get('/users/' + id)",
            "get(`https://x/${n}`)",
            "app.get('/a/*')",
            "accept('image/*')",
        ] {
            let found: Vec<String> =
                found(text).into_iter().filter(|it| it != "/app/a/dist " && it != "/app/a/image ").collect();
            assert_eq!(found, [""; 0], "{text}");
        }
    }
}
