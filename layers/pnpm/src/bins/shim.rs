//! The shell scripts in `.bin`, byte for byte as each version of pnpm writes them. In: where the script and its target lie, and
//! what runs the target. Out: text. Pure.
//!
//! The heads of 11 and 12 are pnpm's own text (MIT), kept as files, since the promise is their bytes.

use super::commands::Target;
use super::runtime::Runtime;
use crate::Dialect;
use crate::layout::paths::relative;

const HEAD_V9: &str = "#!/bin/sh
basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")

case `uname` in
    *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;
esac

";
const HEAD_V10: &str = "#!/bin/sh
basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")

case `uname` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=`cygpath -w \"$basedir\"`
        fi
    ;;
esac

";
const HEAD_V11: &str = include_str!("shim/head-v11.sh");
const HEAD_V12: &str = include_str!("shim/head-v12.sh");

/// One script. Paths are relative to the workspace's root.
#[derive(Debug, Clone)]
pub(crate) struct Shim<'a> {
    /// Whose text.
    pub(crate) dialect: Dialect,
    /// The workspace's root in the image, absolute, without `/` at the end but for `/` itself.
    pub(crate) root: &'a str,
    /// The `.bin` that the script lies in.
    pub(crate) directory: &'a str,
    /// The file to run: by the path that pnpm takes to it, which may lead through a link.
    pub(crate) path: &'a str,
    /// What it is.
    pub(crate) target: Target,
    /// How to run it.
    pub(crate) runtime: &'a Runtime,
    /// The folders of NODE_PATH: absolute, but for 12, where they are relative to the root.
    pub(crate) node_path: &'a [String],
}

impl Shim<'_> {
    /// The script.
    pub(crate) fn text(&self) -> String {
        match self.dialect {
            Dialect::V9 => self.old(HEAD_V9),
            Dialect::V10 => self.old(HEAD_V10),
            Dialect::V11 => self.recent(HEAD_V11),
            Dialect::V12 => self.recent(HEAD_V12),
        }
    }

    fn old(&self, head: &str) -> String {
        let target = format!("\"$basedir/{}\"", relative(self.directory, self.path));
        let mut text = head.to_owned();
        if !self.node_path.is_empty() {
            let path = self.node_path.join(":");
            text += &export(&format!("\"{path}\""), &format!("\"{path}:$NODE_PATH\""));
        }
        let arguments = &self.runtime.arguments;
        text += &match &self.runtime.program {
            None => format!("{target}   \"$@\"\nexit $?\n"),
            Some(program) => {
                let beside = format!("\"$basedir/{program}\"");
                let plain = program.replace('\\', "/");
                format!(
                    "if [ -x {beside} ]; then\n  exec {beside} {arguments} {target} \"$@\"\nelse\n  exec {plain} {arguments} {target} \"$@\"\nfi\n"
                )
            }
        };
        text
    }

    fn recent(&self, head: &str) -> String {
        let target = single_quoted(&relative(self.directory, self.path));
        let mut text = head.to_owned();
        if !self.node_path.is_empty() {
            let path = self.quoted_node_path();
            text += &export(&path, &format!("{path}:\"$NODE_PATH\""));
        }
        text += &match &self.runtime.program {
            Some(program) => run_by(program, &self.runtime.arguments, &target),
            // 11 leaves one blank more where arguments and program would stand.
            None if self.dialect == Dialect::V11 => {
                format!("exec \"$basedir_abs\"/{target}   \"$@\"\nexit $?\n")
            }
            None => format!("exec \"$basedir_abs\"/{target}  \"$@\"\nexit $?\n"),
        };
        text + &self.trailer()
    }

    fn quoted_node_path(&self) -> String {
        match self.dialect {
            Dialect::V12 => {
                let quoted = |path: &String| {
                    format!("\"$basedir_abs\"/{}", single_quoted(&relative(self.directory, path)))
                };
                self.node_path.iter().map(quoted).collect::<Vec<_>>().join(":")
            }
            _ => single_quoted(&self.node_path.join(":")),
        }
    }

    /// What a later install would know the script by.
    fn trailer(&self) -> String {
        let missing = if self.target == Target::Missing && self.dialect == Dialect::V11 {
            "# cmd-shim-missing-target\n"
        } else {
            ""
        };
        let target = match self.dialect {
            Dialect::V12 => relative(self.directory, self.path),
            _ => absolute(self.root, self.path),
        };
        format!("{missing}# cmd-shim-target={target}\n")
    }
}

/// `path` below `root`.
pub(crate) fn absolute(root: &str, path: &str) -> String {
    format!("{}/{path}", root.trim_end_matches('/'))
}

fn export(alone: &str, before: &str) -> String {
    format!(
        "if [ -z \"$NODE_PATH\" ]; then\n  export NODE_PATH={alone}\nelse\n  export NODE_PATH={before}\nfi\n"
    )
}

/// The tail of 11 and 12 for a target that a program runs: beside the script or in PATH, as a Windows program too.
fn run_by(program: &str, arguments: &str, target: &str) -> String {
    let program = program.replace('\\', "/");
    let unix = format!("\"$basedir_abs\"/{target}");
    let windows = format!("\"$basedir_win\"/{target}");
    let (switch, arguments) = command_switch(&program, arguments);
    if program.to_lowercase().ends_with(".exe") {
        return format!(
            "{switch}if [ -x \"$basedir/{program}\" ]; then\n  exec \"$basedir/{program}\" {arguments} {windows} \"$@\"\nelse\n  exec {program} {arguments} {windows} \"$@\"\nfi\n"
        );
    }
    let branches = [
        (
            format!("if [ -n \"$exe\" ] && [ -x \"$basedir/{program}.exe\" ]; then"),
            format!("\"$basedir/{program}.exe\""),
            &windows,
        ),
        (format!("elif [ -x \"$basedir/{program}\" ]; then"), format!("\"$basedir/{program}\""), &unix),
        (
            format!("elif [ -n \"$msys\" ] && command -v {program} >/dev/null 2>&1; then"),
            program.clone(),
            &windows,
        ),
        (format!("elif command -v {program} >/dev/null 2>&1; then"), program.clone(), &unix),
        (
            format!("elif [ -n \"$exe\" ] && command -v {program}.exe >/dev/null 2>&1; then"),
            format!("{program}.exe"),
            &windows,
        ),
        ("else".to_owned(), program.clone(), &unix),
    ];
    let lines = branches
        .map(|(test, program, target)| format!("{test}\n  exec {program} {arguments} {target} \"$@\"\n"));
    format!("{switch}{}fi\n", lines.concat())
}

/// What has to stand before a run of Windows' `cmd`, so that MSYS takes its `/C` for no path; and the arguments.
fn command_switch(program: &str, arguments: &str) -> (String, String) {
    let is_switch = |word: &&str| word.eq_ignore_ascii_case("/c") || word.eq_ignore_ascii_case("/k");
    let found = arguments.split_whitespace().find(is_switch).filter(|_| matches!(program, "cmd" | "cmd.exe"));
    let Some(switch) = found else { return (String::new(), arguments.to_owned()) };
    let upper = switch.to_uppercase();
    let exclusion = format!(
        "if [ -n \"$msys\" ]; then\n  export MSYS2_ARG_CONV_EXCL=\"{upper}${{MSYS2_ARG_CONV_EXCL:+;$MSYS2_ARG_CONV_EXCL}}\"\nfi\n"
    );
    (exclusion, arguments.replacen(switch, &upper, 1))
}

fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests;
