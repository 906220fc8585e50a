//! `build --twice`: whether scripts make the same when they run again. In: what was built, and how to build it once more. Out: nothing, or an
//! error with the files that differ. The second run has a folder of its own beside the store's build folder, which goes with it; a later time; and
//! none of what the first made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fourply_blob::Digest;
use fourply_scripts::twice::{Cause, ComparedRun, Comparison, Difference, MadeIn};
use fourply_scripts::{NoReport, place};
use fourply_store::Store;
use tempfile::TempDir;

use crate::Error;
use crate::cli::hints::twice::{hint, words};
use crate::context::Context;
use crate::pipeline::BuiltImage;
use crate::report::Terminal;
use crate::settings::Settings;

/// How many files of one cause are named.
const NAMED: usize = 10;

/// The first of two runs.
pub(crate) struct FirstRun<'a> {
    pub context: &'a Context<'a>,
    pub terminal: &'a Terminal,
    /// Any of the builds'.
    pub settings: &'a Settings,
    /// When it began, in seconds since 1970.
    pub began: i64,
    /// What it built.
    pub built: Vec<&'a BuiltImage>,
}

impl FirstRun<'_> {
    /// Builds again in another folder, and compares. Where the images differ, a third run in the folder of the second tells what differs because
    /// of the folder alone.
    ///
    /// # Errors
    /// Those of the build; files that differ in an image, though the folder was the same. Later builds find nothing of the first run then.
    pub(crate) fn check(
        &self,
        again: impl Fn(&Context<'_>) -> Result<Vec<BuiltImage>, Error>,
    ) -> Result<(), Error> {
        let checked = self.compared(again);
        if checked.is_err() {
            self.context.store.recorded().take_back()?;
            fourply_app::forget_installs(self.context.folder(), self.began)?;
        }
        checked
    }

    fn compared(&self, again: impl Fn(&Context<'_>) -> Result<Vec<BuiltImage>, Error>) -> Result<(), Error> {
        let (folder, _lock) = second_folder(&self.context.store)?;
        let folder = fs_err::canonicalize(folder.path())?;
        self.terminal.line("every script runs a second time, in another folder");
        let (second, built) = self.run(&folder, &again)?;
        let roots_of_second = roots(&built);
        let of_folder = self.compare(self.context, &second)?;
        if roots(self.built.iter().copied()) == roots_of_second {
            return self.same(&of_folder);
        }
        if !of_folder.is_empty() && of_folder.iter().all(|it| it.causes == [Cause::Folder]) {
            return self.differs_by_folder(&of_folder);
        }
        self.terminal.line("the images differ: a third run, in the folder of the second, tells whether that is because of the folder");
        let (third, built) = self.run(&folder, &again)?;
        let random = self.compare(&second, &third)?;
        let of_folder: Vec<Difference> =
            of_folder.into_iter().filter(|it| random.iter().all(|other| other.path != it.path)).collect();
        if roots_of_second == roots(&built) {
            return self.differs_by_folder(&of_folder);
        }
        let causes = random.iter().flat_map(|difference| difference.causes.iter().copied()).collect();
        let text = format!("two runs of the same scripts made different images{}", list(&random));
        Err(Error::user(text, hint(&causes)))
    }

    /// Builds in a folder. Whoever compares needs a clock that went on.
    fn run(
        &self,
        folder: &Path,
        again: &impl Fn(&Context<'_>) -> Result<Vec<BuiltImage>, Error>,
    ) -> Result<(Context<'_>, Vec<BuiltImage>), Error> {
        let began = seconds();
        while seconds() == began {
            std::thread::sleep(Duration::from_millis(20));
        }
        let run = ComparedRun::second(format!("{} {began}", folder.display()));
        let context =
            Context::open(self.settings, self.terminal)?.for_comparison(run, Some(folder.to_owned()));
        let built = again(&context)?;
        Ok((context, built))
    }

    /// The files that differ, by the paths that users know.
    fn compare(&self, one: &Context<'_>, other: &Context<'_>) -> Result<Vec<Difference>, Error> {
        let (Some(first), Some(second)) = (one.compared(), other.compared()) else { return Ok(Vec::new()) };
        let comparison = Comparison {
            store: &self.context.store,
            folders: [one.folder(), other.folder()],
            window: self.began..=seconds() + 1,
        };
        let mut all = comparison.differences(first, second)?;
        all.iter_mut().for_each(|difference| difference.path = shown(difference));
        let mut seen = BTreeSet::new();
        all.retain(|difference| seen.insert(difference.path.clone()));
        Ok(all)
    }

    /// What workspace packages made for builds alone, no image has.
    fn same(&self, differences: &[Difference]) -> Result<(), Error> {
        if !differences.is_empty() {
            let text = "two runs of the scripts made files differently, which no image holds";
            self.terminal.warn(&format!("{text}{}", list(differences)));
        }
        self.terminal.note(&match self.context.compared().map(ComparedRun::count) {
            None | Some(0) => "no script ran, so there was nothing to compare".to_owned(),
            Some(count) => {
                format!("the scripts ran twice and made the same images ({count} results compared)")
            }
        });
        Ok(())
    }

    fn differs_by_folder(&self, differences: &[Difference]) -> Result<(), Error> {
        let text = "the images depend on the folder in which they are built: they are the same on machines whose store has the same path, and differ on others";
        self.terminal.warn(&format!("{text}{}", list(differences)));
        Ok(())
    }
}

/// Now, in seconds since 1970.
pub(crate) fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or_default()
}

/// A new folder beside the build folder, with a lock that says that it is in use. Those of programs that were killed go.
fn second_folder(store: &Store) -> Result<(TempDir, std::fs::File), Error> {
    let parent = store.root().join("twice");
    fs_err::create_dir_all(&parent)?;
    for entry in fs_err::read_dir(&parent)? {
        let path = entry?.path();
        let unused = fourply_store::open_file(&path.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok());
        if unused {
            fs_err::remove_dir_all(&path)?;
        }
    }
    let folder = tempfile::Builder::new().prefix("second-run-").tempdir_in(&parent)?;
    let (_, lock) = place::take(folder.path(), &NoReport)?;
    Ok((folder, lock))
}

/// What tells images from each other.
fn roots<'b>(built: impl IntoIterator<Item = &'b BuiltImage>) -> Vec<Digest> {
    built.into_iter().map(|built| built.image.tree().root).collect()
}

/// A file's path as users know it.
fn shown(difference: &Difference) -> String {
    let Difference { place, who, path, .. } = difference;
    match place {
        MadeIn::Service | MadeIn::Generated | MadeIn::Project => path.clone(),
        MadeIn::Folder => format!("{who}/{path}"),
        MadeIn::Package | MadeIn::Prepared => format!("{who}: {path}"),
        MadeIn::Beside => format!("{who}: beside it, {path}"),
    }
}

/// The files, some of each cause, one on a line.
fn list(differences: &[Difference]) -> String {
    let mut groups: BTreeMap<&[Cause], Vec<&str>> = BTreeMap::new();
    for difference in differences {
        groups.entry(&difference.causes).or_default().push(&difference.path);
    }
    let mut text = String::new();
    for (causes, paths) in groups {
        let why = words(causes);
        for path in paths.iter().take(NAMED) {
            let _ = write!(text, "\n  {path}: {why}");
        }
        if let Some(more) = paths.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let _ = write!(text, "\n  and {more} more: {why}");
        }
    }
    text
}
