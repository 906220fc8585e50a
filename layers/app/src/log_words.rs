//! Missing files in a log. In: the output of a script. Out: names and paths as written. No file is read.

/// The texts that Node.js, TypeScript, webpack, esbuild, Rollup and Vite print before the quoted name of a missing
/// module.
const WORDS: [&str; 7] = [
    "Cannot find module ",
    "Cannot find package ",
    "Can't resolve ",
    "Could not resolve ",
    "ailed to resolve import ",
    "Cannot resolve module ",
    "Unable to resolve ",
];
/// The texts that the system, shells and programs print about a missing file.
const ABSENT: [&str; 6] =
    ["o such file", "ENOENT", "cannot stat", "cannot open", "an't open", "does not exist"];
/// The longest name or path.
const LONGEST: usize = 4096;

/// The quoted names after these texts.
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

/// The paths in lines about a missing file: words with a dot or a slash inside, or in quotes.
pub(crate) fn absent(log: &str) -> impl Iterator<Item = &str> {
    let lines = log.lines().filter(|line| ABSENT.iter().any(|words| line.contains(words)));
    lines.flat_map(|line| {
        let bare = line.split(|c: char| c.is_whitespace() || "'\"`:,;()[]".contains(c)).filter(|word| {
            let inside = word.trim_start_matches("./").trim_matches('.');
            inside.contains(['.', '/'])
        });
        // Text between two quotes; after the quote in `can't` there are spaces.
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
