//! Commands of packages that nobody named by their path. In: the image's tree. Out: where they are.

use super::Commands;
use crate::check::shim::target_of;

impl Commands<'_> {
    pub(super) fn in_bin(&self, program: &str) -> Option<String> {
        let folders = self.folders().map(|folder| format!("{folder}/node_modules/.bin/{program}"));
        let path = folders.filter(|_| !program.contains('/')).find(|path| self.tree.is_executable(path))?;
        let shown = path.strip_prefix(&format!("{}/", self.folder)).unwrap_or(&path);
        let text = self.tree.text(&path).filter(|_| !self.tree.is_executable("/bin/sh"));
        let file = text.and_then(|text| target_of(shown, std::str::from_utf8(&text).ok()?));
        Some(file.unwrap_or_else(|| shown.to_owned()))
    }
}
