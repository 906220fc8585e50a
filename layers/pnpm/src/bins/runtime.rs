//! Which program runs a script. In: a file's first bytes and its name. Out: [`Runtime`]. Pure.
//!
//! The rules are those of pnpm's `searchScriptRuntime`: the expression `^#!\s*(?:/usr/bin/env(?:\s+-S\s*)?)?\s*([^
//! \t]+)(.*)$` on the first line, otherwise the extension.

use serde::{Deserialize, Serialize};

use crate::rules::{CommandRules, ExtensionCase, Shebang};

/// The program that a shim starts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Runtime {
    /// The interpreter; `None` runs the file itself.
    pub(crate) program: Option<String>,
    /// Its arguments, with the leading blank.
    pub(crate) arguments: String,
}

/// How many bytes [`Shebang::FirstLine`] reads.
const HEAD: usize = 512;

/// The longest first line that is read here. The kernel itself reads 256 bytes.
pub(super) const MAX_LINE: usize = 64 * 1024;

/// The runtime of the file `name` with this content.
pub(crate) fn runtime(name: &str, bytes: &[u8], rules: &CommandRules) -> Runtime {
    first_line(bytes, rules.shebang).as_deref().and_then(shebang).unwrap_or_else(|| by_extension(name, rules))
}

/// The runtime of a missing file.
pub(crate) fn by_extension(name: &str, rules: &CommandRules) -> Runtime {
    let base = name.rsplit('/').next().unwrap_or(name);
    let extension =
        base.rfind('.').filter(|at| *at > 0).and_then(|at| base.get(at + 1..)).unwrap_or_default();
    let extension = match rules.extension_case {
        ExtensionCase::Any => extension.to_lowercase(),
        ExtensionCase::LowerOnly => extension.to_owned(),
    };
    let program = match extension.as_str() {
        "js" | "cjs" | "mjs" => "node",
        "cmd" | "bat" => "cmd",
        "ps1" => "pwsh",
        "sh" => "sh",
        _ => return Runtime::default(),
    };
    let switch = if program == "cmd" && rules.cmd_switch { "/C" } else { "" };
    Runtime { program: Some(program.to_owned()), arguments: switch.to_owned() }
}

fn first_line(bytes: &[u8], rule: Shebang) -> Option<String> {
    match rule {
        Shebang::FirstLine => {
            let head = bytes.get(..HEAD).unwrap_or(bytes);
            let line = head.split(|byte| *byte == b'\n').next()?;
            Some(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned())
        }
        Shebang::FirstTextLine => {
            let text = String::from_utf8_lossy(bytes.get(..MAX_LINE).unwrap_or(bytes));
            let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            let line = text.split('\n').next()?.trim_end_matches('\r');
            Some(if line.len() == text.len() { line.trim_end().to_owned() } else { line.to_owned() })
        }
    }
}

fn shebang(line: &str) -> Option<Runtime> {
    let rest = line.strip_prefix("#!")?.trim_start();
    let after_env = rest.strip_prefix("/usr/bin/env");
    let after_split = after_env
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .and_then(|rest| rest.trim_start().strip_prefix("-S"));
    [after_split, after_env, Some(rest)].into_iter().flatten().find_map(program)
}

fn program(text: &str) -> Option<Runtime> {
    let text = text.trim_start();
    let end = text.find([' ', '\t']).unwrap_or(text.len());
    let (program, arguments) = text.split_at_checked(end)?;
    let fits = !program.is_empty() && !arguments.contains(['\r', '\u{2028}', '\u{2029}']);
    fits.then(|| Runtime { program: Some(program.to_owned()), arguments: arguments.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{PNPM_9, PNPM_10, PNPM_12};

    fn of(name: &str, text: &str) -> (String, String) {
        let runtime = runtime(name, text.as_bytes(), &PNPM_10.bins.commands);
        (runtime.program.unwrap_or_default(), runtime.arguments)
    }

    fn pair(program: &str, arguments: &str) -> (String, String) {
        (program.to_owned(), arguments.to_owned())
    }

    #[test]
    fn a_shebang_decides() {
        assert_eq!(of("x", "#!/usr/bin/env node\n"), pair("node", ""));
        assert_eq!(of("x", "#!/usr/bin/env node\r\ncode"), pair("node", ""));
        assert_eq!(of("x", "#!/usr/bin/env -S node --flag\n"), pair("node", " --flag"));
        assert_eq!(of("x", "#! /usr/bin/env deno run\n"), pair("deno", " run"));
        assert_eq!(of("x", "#!/usr/local/bin/node\n"), pair("/usr/local/bin/node", ""));
        assert_eq!(of("x", "\n  #!/bin/sh\n"), pair("/bin/sh", ""));
        assert_eq!(of("x", "#!/usr/bin/env"), pair("/usr/bin/env", ""));
    }

    #[test]
    fn an_extension_decides_without_one() {
        assert_eq!(of("a/x.JS", "x"), pair("node", ""));
        assert_eq!(of("x.cmd", "x"), pair("cmd", "/C"));
        assert_eq!(of("x.ps1", "x"), pair("pwsh", ""));
        assert_eq!(of("x.ts", "#"), pair("", ""));
        assert_eq!(of(".js", ""), pair("", ""));
        assert_eq!(by_extension("x.bat", &PNPM_9.bins.commands).arguments, "");
        assert_eq!(by_extension("x.bat", &PNPM_10.bins.commands).arguments, "/C");
        assert_eq!(by_extension("x.JS", &PNPM_10.bins.commands).program.as_deref(), Some("node"));
        assert_eq!(by_extension("x.JS", &PNPM_12.bins.commands), Runtime::default());
    }

    #[test]
    fn twelve_wants_the_shebang_at_the_start() {
        assert_eq!(runtime("x", b"\n#!/bin/sh\n", &PNPM_12.bins.commands), Runtime::default());
    }
}
