//! What a log says was not found. In: the text that a script printed. Out: names and paths, as they stand there. No file is looked at.

/// What node, TypeScript, webpack, esbuild, Rollup and Vite print before the name, in quotes, of what they did not find.
const WORDS: [&str; 7] = [
    "Cannot find module ",
    "Cannot find package ",
    "Can't resolve ",
    "Could not resolve ",
    "ailed to resolve import ",
    "Cannot resolve module ",
    "Unable to resolve ",
];
/// What the system, shells and programs print of a file that is not there.
const ABSENT: [&str; 6] =
    ["o such file", "ENOENT", "cannot stat", "cannot open", "an't open", "does not exist"];
/// No name or path is longer.
const LONGEST: usize = 4096;

/// What stands in quotes behind the words.
pub(crate) fn named(log: &str) -> impl Iterator<Item = &str> {
    let places = WORDS.iter().flat_map(|words| log.match_indices(words).map(|(at, words)| at + words.len()));
    let mut places: Vec<usize> = places.collect();
    places.sort_unstable();
    places.into_iter().filter_map(|at| {
        let rest = log.get(at..)?;
        let quote = rest.chars().next().filter(|quote| "'\"`".contains(*quote))?;
        let text = rest.get(1..)?.split([quote, '\n']).next()?;
        (!text.is_empty() && text.len() <= LONGEST).then_some(text)
    })
}

/// The paths in lines that tell of a file which is not there: what has a dot or a slash within, or stands in quotes.
pub(crate) fn absent(log: &str) -> impl Iterator<Item = &str> {
    let lines = log.lines().filter(|line| ABSENT.iter().any(|words| line.contains(words)));
    lines.flat_map(|line| {
        let bare = line.split(|c: char| c.is_whitespace() || "'\"`:,;()[]".contains(c)).filter(|word| {
            let inside = word.trim_start_matches("./").trim_matches('.');
            inside.contains(['.', '/'])
        });
        // What stands between two quotes; the words of `can't` have blanks.
        let quoted = ['\'', '"', '`'].into_iter().flat_map(move |quote| {
            let last = line.matches(quote).count();
            let parts = line.split(quote).enumerate().filter(move |(at, _)| *at > 0 && *at < last);
            parts.map(|(_, part)| part).filter(|part| !part.contains(char::is_whitespace))
        });
        bare.chain(quoted)
            .map(|word| word.trim_start_matches("./").trim_end_matches('/'))
            .filter(|word| !word.is_empty() && word.len() <= LONGEST && !word.starts_with("../"))
    })
}
