//! The folders and files of path expressions: `__dirname`, `dirname(fileURLToPath(import.meta.url))`, `process.cwd()`,
//! joins with them, and names that are assigned such a value. In: tokens, the file's location, the working directory.
//! Out: absolute paths in the image. A name counts if the file assigns it exactly once.

use std::collections::BTreeMap;

use fourply_pnpm::join_inside;

use super::tokens::{Placed, Token};

/// The depth limit of nested calls.
const MAX_DEPTH: usize = 8;
/// Functions that return a path unchanged.
const SAME: [&str; 4] = ["fileURLToPath", "normalize", "realpathSync", "pathToFileURL"];

/// The names in a file, each with its path.
pub(super) struct Folders<'t> {
    file: &'t str,
    started: &'t str,
    names: BTreeMap<&'t str, String>,
}

/// A path, and the number of its tokens.
type Value = (String, usize);

impl<'t> Folders<'t> {
    pub(super) fn of(tokens: &[Placed<'t>], file: &'t str, started: &'t str) -> Folders<'t> {
        let mut folders = Folders { file, started, names: BTreeMap::new() };
        let mut given: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, at) in assignments(tokens) {
            *given.entry(name).or_default() += 1;
            let value = tokens.get(at..).unwrap_or_default();
            if let Some((path, _)) = folders.value(value, 0).filter(|(_, end)| is_end(value.get(*end))) {
                folders.names.insert(name, path);
            }
        }
        folders.names.retain(|name, _| given.get(name) == Some(&1));
        folders
    }

    /// The path of a name.
    pub(super) fn name(&self, name: &str) -> Option<&str> {
        match name {
            "__dirname" => Some(self.names.get(name).map_or_else(|| parent(self.file), String::as_str)),
            "__filename" => Some(self.names.get(name).map_or(self.file, String::as_str)),
            _ => self.names.get(name).map(String::as_str),
        }
    }

    /// The path of the expression at the beginning.
    pub(super) fn value(&self, tokens: &[Placed<'_>], depth: usize) -> Option<Value> {
        if depth >= MAX_DEPTH {
            return None;
        }
        let token = |at: usize| tokens.get(at).map(|placed| placed.token);
        let (path, length) = match token(0)? {
            Token::Word("new") => {
                let (path, length) = self.url(tokens.get(1..)?, depth)?;
                (path, length + 1)
            }
            _ if is_meta(tokens, "dirname") => (parent(self.file).to_owned(), 5),
            _ if is_meta(tokens, "filename") || is_meta(tokens, "url") => (self.file.to_owned(), 5),
            _ if is_cwd(tokens) => (self.started.to_owned(), 5),
            Token::Word(word) => match self.name(word) {
                Some(path) => (path.to_owned(), 1),
                None => self.call(tokens, depth)?,
            },
            Token::Sign('(') => self.call(tokens, depth)?,
            _ => return None,
        };
        match (token(length), token(length + 1)) {
            (Some(Token::Sign('.')), Some(Token::Word("pathname" | "href"))) => Some((path, length + 2)),
            (Some(Token::Sign('+')), Some(Token::Text(more))) if more.starts_with('/') => {
                Some((in_image(&path, more)?, length + 2))
            }
            (Some(Token::Tail(more)), _) if more.starts_with('/') => {
                Some((in_image(&path, more)?, length + 1))
            }
            _ => Some((path, length)),
        }
    }

    /// `URL('..', import.meta.url)`
    fn url(&self, tokens: &[Placed<'_>], depth: usize) -> Option<Value> {
        let (name, open) = callee(tokens)?;
        let (Token::Text(path), Token::Sign(',')) = (tokens.get(open)?.token, tokens.get(open + 1)?.token)
        else {
            return None;
        };
        let (base, length) = self.value(tokens.get(open + 2..)?, depth + 1)?;
        let end = open + 2 + length;
        let whole = name == "URL" && tokens.get(end)?.token == Token::Sign(')');
        let relative = !path.contains(':') && !path.starts_with('/');
        let folder = if base.ends_with('/') { base.as_str() } else { parent(&base) };
        // The slash at the end of a folder matters when another path is added.
        let slash = if path.ends_with('/') || path.ends_with('.') { "/" } else { "" };
        (whole && relative).then_some((format!("{}{slash}", in_image(folder, path)?), end + 1))
    }

    /// A call that returns a path unchanged, takes its folder or joins to it.
    fn call(&self, tokens: &[Placed<'_>], depth: usize) -> Option<Value> {
        let (name, open) = callee(tokens)?;
        let (mut path, length) = self.value(tokens.get(open..)?, depth + 1)?;
        let mut at = open + length;
        match name {
            "dirname" => path = parent(path.trim_end_matches('/')).to_owned(),
            "join" | "resolve" => {
                while let (Some(Token::Sign(',')), Some(Token::Text(part))) =
                    (tokens.get(at).map(|it| it.token), tokens.get(at + 1).map(|it| it.token))
                {
                    let part = if name == "join" { part.trim_start_matches('/') } else { part };
                    path = in_image(&path, part).filter(|_| !part.starts_with('/'))?;
                    at += 2;
                }
            }
            name if SAME.contains(&name) => {}
            _ => return None,
        }
        (tokens.get(at)?.token == Token::Sign(')')).then_some((path, at + 1))
    }
}

/// The assigned names, each with the position of its value.
fn assignments<'t>(tokens: &[Placed<'t>]) -> Vec<(&'t str, usize)> {
    let token = |at: Option<usize>| tokens.get(at?).map(|placed| placed.token);
    let of = |at: usize| {
        let after = !matches!(token(Some(at + 1)), Some(Token::Sign('=' | '>')));
        let is_sign = token(Some(at)) == Some(Token::Sign('=')) && after;
        // `here: string = …`
        let typed = token(at.checked_sub(2)) == Some(Token::Sign(':'));
        let place = at.checked_sub(if typed { 3 } else { 1 })?;
        match (token(Some(place))?, token(place.checked_sub(1))) {
            (_, Some(Token::Sign('.'))) => None,
            (Token::Word(name), _) if is_sign => Some((name, at + 1)),
            _ => None,
        }
    };
    (0..tokens.len()).filter_map(of).collect()
}

/// The called function's name and the position of its arguments: `path.join(`, `(0, path_1.join)(`.
fn callee<'t>(tokens: &[Placed<'t>]) -> Option<(&'t str, usize)> {
    let token = |at: usize| tokens.get(at).map(|placed| placed.token);
    let wrapped = token(0)? == Token::Sign('(');
    if wrapped && (token(1)?, token(2)?) != (Token::Word("0"), Token::Sign(',')) {
        return None;
    }
    let mut at = if wrapped { 3 } else { 0 };
    let Token::Word(mut name) = token(at)? else { return None };
    while let (Some(Token::Sign('.')), Some(Token::Word(next))) = (token(at + 1), token(at + 2)) {
        (name, at) = (next, at + 2);
    }
    if wrapped {
        at += 1;
        (token(at)? == Token::Sign(')')).then_some(())?;
    }
    (token(at + 1)? == Token::Sign('(')).then_some((name, at + 2))
}

/// Whether a value ends before this token.
fn is_end(next: Option<&Placed<'_>>) -> bool {
    let next = next.map(|next| next.token);
    matches!(next, None | Some(Token::Sign(';' | ',' | ')' | '}') | Token::Word(_)))
}

/// The absolute path in the image for a path relative to `folder`.
pub(super) fn in_image(folder: &str, path: &str) -> Option<String> {
    join_inside("", &format!("{folder}/{path}")).map(|path| format!("/{path}"))
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether these begin with `import.meta.NAME`.
fn is_meta(tokens: &[Placed<'_>], name: &str) -> bool {
    let wanted =
        [Token::Word("import"), Token::Sign('.'), Token::Word("meta"), Token::Sign('.'), Token::Word(name)];
    begins(tokens, &wanted)
}

/// Whether these begin with `process.cwd()`.
fn is_cwd(tokens: &[Placed<'_>]) -> bool {
    let wanted =
        [Token::Word("process"), Token::Sign('.'), Token::Word("cwd"), Token::Sign('('), Token::Sign(')')];
    begins(tokens, &wanted)
}

fn begins(tokens: &[Placed<'_>], wanted: &[Token<'_>]) -> bool {
    tokens.len() >= wanted.len() && tokens.iter().zip(wanted).all(|(placed, wanted)| placed.token == *wanted)
}
