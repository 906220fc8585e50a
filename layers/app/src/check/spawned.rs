//! Code files that a program starts as a process or a thread: `fork('./dist/x.js')`, `new Worker(new URL('./w.js',
//! import.meta.url))`. In: the text of a file in the image, its location, the working directory. Out: absolute paths.
//! Only literal text counts.

use fourply_scripts::written::find;

use super::folders::{Folders, in_image};
use super::tokens::{Placed, Token, tokens};

/// Functions and classes that take such a file.
const CALLS: [&str; 2] = ["Worker", "fork"];
/// The property in which thread pools name their file.
const KEY: &str = "filename";
const ENDS: [&str; 3] = [".js", ".mjs", ".cjs"];

/// The started files in a text.
pub(super) fn spawned(text: &[u8], file: &str, started: &str) -> Vec<String> {
    if ["Worker", "fork", "filename"].iter().all(|word| find(text, word.as_bytes()).is_none()) {
        return Vec::new();
    }
    let Some(tokens) = tokens(text) else { return Vec::new() };
    let folders = Folders::of(&tokens, file, started);
    let mut found: Vec<String> =
        (0..tokens.len()).filter_map(|at| named(&tokens, at, &folders, started)).collect();
    found.retain(|path| ENDS.iter().any(|end| path.ends_with(end)));
    found.sort();
    found.dedup();
    found
}

fn named(tokens: &[Placed<'_>], at: usize, folders: &Folders<'_>, started: &str) -> Option<String> {
    let Token::Word(word) = tokens.get(at)?.token else { return None };
    let rest = tokens.get(at + 1..)?;
    let value = match rest.first()?.token {
        Token::Sign(':') if word == KEY => rest.get(1..)?,
        // `(0, child_process_1.fork)('./x.js')`
        Token::Sign(')') if CALLS.contains(&word) && rest.get(1)?.token == Token::Sign('(') => {
            rest.get(2..)?
        }
        Token::Sign('(') if CALLS.contains(&word) => rest.get(1..)?,
        _ => return None,
    };
    let (path, length) = match value.first()?.token {
        Token::Text(path) if !path.contains(':') && !path.starts_with('/') && word != KEY => {
            (in_image(started, path)?, 1)
        }
        Token::Text(_) => return None,
        _ => folders.value(value, 0)?,
    };
    matches!(value.get(length)?.token, Token::Sign(')' | ',' | '}')).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_processes_and_threads() {
        let of = |text: &str| spawned(text.as_bytes(), "/app/a/dist/main.js", "/app/a").join(" ");
        for text in [
            "fork('./dist/w.js')",
            "(0, child_process_1.fork)('dist/w.js', [])",
            "new Worker(new URL('./w.js', import.meta.url))",
            "new worker_threads_1.Worker(path.join(__dirname, 'w.js'), {})",
            "const here = dirname(fileURLToPath(import.meta.url)); fork(join(here, 'w.js'))",
            "new Piscina({ filename: path.resolve(__dirname, 'w.js') })",
        ] {
            assert_eq!(of(text), "/app/a/dist/w.js", "{text}");
        }
        for text in [
            "new Worker('queue', async () => {})",
            "fork(file)",
            "fork(dev ? './a.js' : './b.js')",
            "new Worker(join(__dirname, name + '.js'))",
            "new File({ filename: 'logs/x.js' })",
            "new Worker('./src/w.ts')",
        ] {
            assert_eq!(of(text), "", "{text}");
        }
    }
}
