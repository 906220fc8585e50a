//! Lines after a clue → a more precise clue. In: a clue, and the next lines of output, such as its stack frames. Out:
//! the more precise clue. It does not know earlier output.

use crate::clues::{Clue, Denial};

/// Calls that create a file or folder, by their names in node's stack frames.
const WRITES: [&str; 20] = [
    "writeFileSync",
    "writeFile",
    "appendFileSync",
    "appendFile",
    "WriteStream",
    "mkdirSync",
    "mkdir",
    "mkdtempSync",
    "mkdtemp",
    "copyFileSync",
    "copyFile",
    "cpSync",
    "renameSync",
    "rename",
    "symlinkSync",
    "symlink",
    "outputFile",
    "outputFileSync",
    "createWriteStream",
    "truncateSync",
];
const READS: [&str; 8] = [
    "readFileSync",
    "readFile",
    "ReadStream",
    "createReadStream",
    "readdirSync",
    "readdir",
    "loadEnvFile",
    "statSync",
];

/// Makes a clue more precise with a line after it. Returns whether the line belongs to the clue.
pub(crate) fn follow(clue: &mut Clue, line: &str) -> bool {
    match clue {
        Clue::Unbuilt { package: package @ None, .. } => {
            *package = package_of(line);
            package.is_some()
        }
        Clue::File { path, read } if !*read => {
            if calls(line, &WRITES) {
                let line = format!("ENOENT: no such file or directory, open '{path}'");
                *clue = Clue::Denied { denial: Denial::NoFolder, path: Some(path.clone()), line };
            } else if calls(line, &READS) {
                *read = true;
            } else {
                return false;
            }
            true
        }
        _ => false,
    }
}

/// Whether a frame is one of these calls, or an event of such a stream.
fn calls(line: &str, names: &[&str]) -> bool {
    let line = line.trim();
    let of_event = line.starts_with("Emitted 'error' event on ");
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
    (of_event || line.starts_with("at ")) && words.into_iter().any(|word| names.contains(&word))
}

/// The package of ` → /app/node_modules/.pnpm/x@1.0.0/node_modules/x/build/x.node`.
fn package_of(line: &str) -> Option<String> {
    let (_, rest) = line.rsplit_once("/node_modules/")?;
    let mut parts = rest.trim().split('/');
    let first = parts.next().filter(|name| !name.is_empty() && !name.contains(['(', ')', ' ']))?;
    // Packages that search for native modules are not meant.
    if ["bindings", "node-gyp-build", "node-pre-gyp"].contains(&first) {
        return None;
    }
    match first.starts_with('@') {
        true => Some(format!("{first}/{}", parts.next()?)),
        false => Some(first.to_owned()),
    }
}
