//! Files that the program names by a path of their own: `new URL('../x', import.meta.url)`, `join(__dirname, '../x')`, `readFileSync('x')`. In: the
//! text of a file of the image, and where it lies. Out: absolute paths in the image. Only what is written out counts.

use fourply_pnpm::join_inside;

use super::tokens::{Placed, Token, tokens};

/// What joins paths.
const JOINS: [&str; 2] = ["join", "resolve"];
/// What reads a file whose path is relative to the folder that the program is started in.
const READS: [&str; 3] = ["readFileSync", "readFile", "createReadStream"];

/// The paths that `text` names, which lies at `file` in the image, of a program that starts in `folder`; each once.
pub(super) fn named_files(text: &[u8], file: &str, folder: &str) -> Vec<String> {
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let own = file.rsplit_once('/').map_or("", |(own, _)| own);
    let mut found: Vec<String> = Vec::new();
    for (at, placed) in tokens.iter().enumerate() {
        let Token::Word(word) = placed.token else { continue };
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let path = match word {
            "URL" => of_url(rest).map(|path| format!("{own}/{path}")),
            word if JOINS.contains(&word) => of_join(rest).map(|path| format!("{own}/{path}")),
            word if READS.contains(&word) => of_read(rest).map(|path| format!("{folder}/{path}")),
            _ => None,
        };
        let path = path.and_then(|path| join_inside("", &path)).map(|path| format!("/{path}"));
        found.extend(path.filter(|path| !found.contains(path)));
    }
    found
}

/// The arguments of a call; a compiler may write `(0, fs_1.readFileSync)('x')`.
fn arguments<'a, 't>(rest: &'a [Placed<'t>]) -> Option<&'a [Placed<'t>]> {
    let rest = match rest.first()?.token {
        Token::Sign(')') => rest.get(1..)?,
        _ => rest,
    };
    (rest.first()?.token == Token::Sign('(')).then(|| rest.get(1..)).flatten()
}

fn of_url(rest: &[Placed<'_>]) -> Option<String> {
    let arguments = arguments(rest)?;
    let Token::Text(path) = arguments.first()?.token else { return None };
    let base = arguments.get(1)?.token == Token::Sign(',') && is_meta(arguments.get(2..)?, "url");
    (base && !path.contains(':') && !path.starts_with('/')).then(|| path.to_owned())
}

fn of_join(rest: &[Placed<'_>]) -> Option<String> {
    let arguments = arguments(rest)?;
    let mut rest = match arguments.first()?.token {
        Token::Word("__dirname") => arguments.get(1..)?,
        _ if is_meta(arguments, "dirname") => arguments.get(5..)?,
        _ => return None,
    };
    let mut parts = Vec::new();
    while let [Placed { token: Token::Sign(','), .. }, Placed { token: Token::Text(part), .. }, more @ ..] =
        rest
    {
        parts.push(*part);
        rest = more;
    }
    // What is joined further nobody can tell: the folder will do.
    let ends = matches!(rest.first()?.token, Token::Sign(')' | ','));
    let path = parts.join("/");
    (ends && !path.is_empty() && !parts.iter().any(|part| part.starts_with('/'))).then_some(path)
}

fn of_read(rest: &[Placed<'_>]) -> Option<String> {
    let arguments = arguments(rest)?;
    let Token::Text(path) = arguments.first()?.token else { return None };
    let whole = matches!(arguments.get(1)?.token, Token::Sign(')' | ','));
    (whole && !path.starts_with('/') && !path.is_empty()).then(|| path.to_owned())
}

/// Whether these begin with `import.meta.NAME`.
fn is_meta(tokens: &[Placed<'_>], name: &str) -> bool {
    let wanted =
        [Token::Word("import"), Token::Sign('.'), Token::Word("meta"), Token::Sign('.'), Token::Word(name)];
    tokens.len() >= wanted.len() && tokens.iter().zip(wanted).all(|(placed, wanted)| placed.token == wanted)
}

#[cfg(test)]
mod tests;
