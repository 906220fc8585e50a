//! All stages → the image of the last one, or of a named one. This is the entry point of the crate.

use std::collections::{BTreeMap, BTreeSet};

use parse_dockerfile::Instruction;

use crate::copies::CopiedPath;
use crate::error::{DockerfileError, Result};
use crate::expand::Variables;
use crate::run::Ran;
use crate::stage::{Context, HealthCheck, Stage, find};

/// The longest text, in bytes.
const LONGEST: usize = 1 << 20;
const MOST_INSTRUCTIONS: usize = 5_000;
const MOST_STAGES: usize = 200;

/// The inputs of reading.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub text: &'a str,
    /// Build arguments.
    pub args: &'a BTreeMap<String, String>,
    /// A stage, by name or number; `None` means the last one.
    pub target: Option<&'a str>,
}

/// The image that the file describes. Absent values are those of the base image, which is not read here.
#[derive(Debug, Clone, Default)]
pub struct DockerImage {
    /// The name of its base image.
    pub base: String,
    /// Including those of ENV in lower stages.
    pub env: BTreeMap<String, String>,
    pub user: Option<String>,
    pub folder: Option<String>,
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    pub ports: BTreeSet<u16>,
    pub volumes: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: Option<String>,
    pub health: Option<HealthCheck>,
    /// In order.
    pub copies: Vec<CopiedPath>,
    /// The effects of commands; paths are absolute.
    pub ran: Ran,
    /// Variables without a value; they count as empty.
    pub unknown: BTreeSet<String>,
    /// Build arguments that the user did not give, with their defaults in the file.
    pub defaults: BTreeMap<String, String>,
}

impl DockerImage {
    /// Reads a Dockerfile.
    ///
    /// # Errors
    /// A text that is invalid or too large, a stage that does not exist, a value that cannot be expanded.
    pub fn read(request: &Request<'_>) -> Result<DockerImage> {
        let Request { text, args: given, target } = *request;
        too_large(text.len(), LONGEST, "bytes")?;
        let file =
            parse_dockerfile::parse(text).map_err(|error| DockerfileError::Syntax(error.to_string()))?;
        too_large(file.instructions.len(), MOST_INSTRUCTIONS, "instructions")?;
        too_large(file.stages().len(), MOST_STAGES, "stages")?;
        let escape = file.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
        let mut global = Stage::default();
        let mut context = Context { text, escape, global: &BTreeMap::new(), given, stages: &[] };
        let before = file.instructions.iter().take_while(|one| !matches!(one, Instruction::From(_)));
        for instruction in before {
            global.apply(instruction, &context)?;
        }
        context.global = &global.args;
        let mut stages: Vec<Stage> = Vec::new();
        let last = |stages: &[Stage]| stages.len().checked_sub(1);
        let mut wanted = None;
        for stage in file.stages() {
            let next = one(&stage, &Context { stages: &stages, ..context }, &stages)?;
            stages.push(next);
            wanted = wanted.or_else(|| target.and_then(|target| find(&stages, target)));
        }
        let number = match target {
            Some(name) => wanted.ok_or_else(|| unknown(name, &stages))?,
            None => last(&stages).ok_or(DockerfileError::NoStage)?,
        };
        let stage = stages.get(number).ok_or(DockerfileError::NoStage)?;
        let mut image = of(stage, &stages);
        image.defaults = defaults(&stages, &global, given);
        Ok(image)
    }
}

fn one(stage: &parse_dockerfile::Stage<'_, '_>, context: &Context<'_>, stages: &[Stage]) -> Result<Stage> {
    let mut variables = Variables::new(context.global, context.global);
    let text = &stage.from.image;
    let image =
        variables.expand(text.value.trim(), context.escape).map_err(|reason| context.failed(text, reason))?;
    let mut next = match find(stages, &image).and_then(|number| stages.get(number)) {
        Some(below) => below.clone(),
        None => Stage { image, ..Stage::default() },
    };
    next.unknown.extend(variables.unknown);
    next.name = stage.from.as_.as_ref().map(|(_, name)| name.value.trim().to_owned());
    stage.instructions.iter().try_for_each(|instruction| next.apply(instruction, context))?;
    Ok(next)
}

fn of(stage: &Stage, stages: &[Stage]) -> DockerImage {
    let Stage {
        image,
        env,
        user,
        folder,
        entrypoint,
        cmd,
        ports,
        volumes,
        labels,
        stop_signal,
        health,
        ran,
        unknown,
        ..
    } = stage.clone();
    let copies = stage.copies.iter().map(|copied| copied.resolve(stages)).collect();
    let defaults = BTreeMap::new();
    DockerImage {
        base: image,
        env,
        user,
        folder,
        entrypoint,
        cmd,
        ports,
        volumes,
        labels,
        stop_signal,
        health,
        copies,
        ran,
        unknown,
        defaults,
    }
}

/// Arguments of the file that the user did not give.
fn defaults(stages: &[Stage], global: &Stage, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let all = global.args.iter().chain(stages.iter().flat_map(|stage| &stage.args));
    let open = all.filter(|(name, _)| !given.contains_key(*name));
    open.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn unknown(name: &str, stages: &[Stage]) -> DockerfileError {
    let known = stages.iter().enumerate();
    let known = known.map(|(number, stage)| stage.name.clone().unwrap_or_else(|| number.to_string()));
    DockerfileError::UnknownStage { name: name.to_owned(), known: known.collect() }
}

fn too_large(count: usize, most: usize, what: &'static str) -> Result<()> {
    if count > most { Err(DockerfileError::TooLarge { what, most }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
