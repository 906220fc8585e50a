//! The shell scripts in `.bin`, byte for byte as pnpm writes them. In: rules, where the script and its target lie, and
//! what runs the target. Out: text. Pure.
//!
//! The long heads are pnpm's own text (MIT), kept as files, since the promise is their bytes.

use super::commands::Target;
use super::runtime::Runtime;
use crate::layout::paths::relative;
use crate::rules::{BareExec, ShimBody, ShimHead, ShimNodePath, ShimRules, ShimTrailer};

const CYGWIN: &str = "#!/bin/sh
basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")

case `uname` in
    *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;
esac

";
const CYGWIN_OR_MSYS: &str = "#!/bin/sh
basedir=$(dirname \"$(echo \"$0\" | sed -e 's,\\\\,/,g')\")

case `uname` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=`cygpath -w \"$basedir\"`
        fi
    ;;
esac

";
const FOLLOWS_LINKS: &str = include_str!("shim/follows-links.sh");
const FOLLOWS_LINKS_CHEAPLY: &str = include_str!("shim/follows-links-cheaply.sh");

/// One script. Paths are relative to the workspace's root.
#[derive(Debug, Clone)]
pub(crate) struct Shim<'a> {
    pub(crate) rules: &'a ShimRules,
    /// The workspace's root in the image, absolute, without `/` at the end but for `/` itself.
    pub(crate) root: &'a str,
    /// The `.bin` that the script lies in.
    pub(crate) directory: &'a str,
    /// The file to run: by the path that pnpm takes to it, which may lead through a link.
    pub(crate) path: &'a str,
    pub(crate) target: Target,
    /// How to run it.
    pub(crate) runtime: &'a Runtime,
    /// The folders of NODE_PATH: absolute, or relative to the root, as the rules for them say.
    pub(crate) node_path: &'a [String],
}

impl Shim<'_> {
    pub(crate) fn text(&self) -> String {
        let head = match self.rules.head {
            ShimHead::Cygwin => CYGWIN,
            ShimHead::CygwinOrMsys => CYGWIN_OR_MSYS,
            ShimHead::FollowsLinks => FOLLOWS_LINKS,
            ShimHead::FollowsLinksCheaply => FOLLOWS_LINKS_CHEAPLY,
        };
        match self.rules.body {
            ShimBody::TwoBranches => self.two_branches(head),
            ShimBody::WindowsBranches { bare_exec, node_path, marks_missing_target, trailer } => {
                let mut text = head.to_owned();
                text += &self.export_node_path(node_path);
                text += &self.windows_branches(bare_exec);
                if marks_missing_target && self.target == Target::Missing {
                    text += "# cmd-shim-missing-target\n";
                }
                text + &self.trailer(trailer)
            }
        }
    }

    fn two_branches(&self, head: &str) -> String {
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

    fn windows_branches(&self, bare_exec: BareExec) -> String {
        let target = single_quoted(&relative(self.directory, self.path));
        match (&self.runtime.program, bare_exec) {
            (Some(program), _) => run_by(program, &self.runtime.arguments, &target),
            (None, BareExec::ThreeBlanks) => format!("exec \"$basedir_abs\"/{target}   \"$@\"\nexit $?\n"),
            (None, BareExec::TwoBlanks) => format!("exec \"$basedir_abs\"/{target}  \"$@\"\nexit $?\n"),
        }
    }

    fn export_node_path(&self, rule: ShimNodePath) -> String {
        if self.node_path.is_empty() {
            return String::new();
        }
        let path = self.quoted_node_path(rule);
        export(&path, &format!("{path}:\"$NODE_PATH\""))
    }

    fn quoted_node_path(&self, rule: ShimNodePath) -> String {
        match rule {
            ShimNodePath::RelativeToScript => {
                let quoted = |path: &String| {
                    format!("\"$basedir_abs\"/{}", single_quoted(&relative(self.directory, path)))
                };
                self.node_path.iter().map(quoted).collect::<Vec<_>>().join(":")
            }
            ShimNodePath::Absolute => single_quoted(&self.node_path.join(":")),
        }
    }

    /// What a later install would know the script by.
    fn trailer(&self, rule: ShimTrailer) -> String {
        let target = match rule {
            ShimTrailer::AbsoluteTarget => absolute(self.root, self.path),
            ShimTrailer::RelativeTarget => relative(self.directory, self.path),
        };
        format!("# cmd-shim-target={target}\n")
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

/// The tail of [`ShimBody::WindowsBranches`] for a target that a program runs: beside the script or in PATH, as a Windows program too.
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
