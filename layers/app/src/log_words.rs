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
