//! Commands that make files of the application: run when something has changed for them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::files::{FilesError, fingerprint};
use crate::Timestamp;
use crate::config::{BuildCommand, Files, Project};
use crate::digest::Sha256;
use crate::event::{Event, Observer};
use crate::sys::files::{self, FileError};
use crate::sys::lock::{Lock, LockError};
use crate::sys::process::{CommandError, Invocation, Runner, SystemRunner};

/// How long another build of the same project is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// A command of the project has not made what it is there for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The record of earlier builds cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Another process builds the same project.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Inputs or outputs cannot be read.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The command cannot be run, or has failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// No file of the project is an input of it.
    #[error("no file of the project is an input of `{command}`: {}", patterns.join(", "))]
    NoInput {
        /// The command line.
        command: String,
        /// What was looked for.
        patterns: Vec<String>,
    },
    /// It has ended with success and made nothing.
    #[error("`{command}` has made no file that is an output of it: {}", patterns.join(", "))]
    NoOutput {
        /// The command line.
        command: String,
        /// What was looked for.
        patterns: Vec<String>,
    },
}

impl BuildError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::File(error) => return error.hint(),
            Self::Files(error) => return error.hint(),
            Self::Lock(_) => "wait until it has ended".to_owned(),
            Self::Command(error) if error.is_missing_program() => {
                "install it on this machine; `[[tool.pydeploy.build]]` in pyproject.toml names it".to_owned()
            }
            Self::Command(_) => "it runs in the project's folder: try it there".to_owned(),
            Self::NoInput { .. } | Self::NoOutput { .. } => {
                "check `inputs` and `outputs` of `[[tool.pydeploy.build]]` in pyproject.toml".to_owned()
            }
        })
    }
}

/// Runs the commands of `[[tool.pydeploy.build]]` in the project's folder, in order, those for which something changed.
///
/// One is run when its inputs or its outputs are not those of its last run. `state` is a folder of the project's own, where
/// that is recorded; commands find `at` in `SOURCE_DATE_EPOCH`.
///
/// What a command reads beside its inputs is not noticed, and what it leaves of older outputs is not removed.
///
/// ```
/// use pydeploy::Timestamp;
/// use pydeploy::config::Project;
/// use pydeploy::event::Silent;
/// use pydeploy::release::run_builds;
///
/// let dir = tempfile::tempdir()?;
/// let project = "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\ninclude = [\"*.css\"]\n\
///                service.command = [\"python\", \"app.py\"]\n\
///                [[tool.pydeploy.build]]\ncommand = [\"cp\", \"site.scss\", \"site.css\"]\n\
///                inputs = [\"*.scss\"]\noutputs = [\"*.css\"]\n";
/// std::fs::write(dir.path().join("pyproject.toml"), project)?;
/// std::fs::write(dir.path().join("site.scss"), "body { margin: 0 }\n")?;
/// let state = tempfile::tempdir()?;
/// run_builds(&Project::load(dir.path())?, state.path(), Timestamp::EPOCH, &mut Silent)?;
/// assert!(dir.path().join("site.css").exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a command fails, cannot be run, has no input or makes no output.
pub fn run_builds(
    project: &Project,
    state: &Path,
    at: Timestamp,
    observer: &mut dyn Observer,
) -> Result<(), BuildError> {
    if project.build.is_empty() {
        return Ok(());
    }
    let _alone = Lock::acquire(&state.join("builds.lock"), PATIENCE)?;
    let builds = Builds {
        project,
        record: &state.join("builds.json"),
        at,
        runner: &SystemRunner,
    };
    builds.run(observer)
}

struct Builds<'a> {
    project: &'a Project,
    record: &'a Path,
    at: Timestamp,
    runner: &'a dyn Runner,
}

/// By what was run on what, what came of it. Only a command's last run counts.
type Record = BTreeMap<String, Run>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Run {
    inputs: Sha256,
    outputs: Sha256,
}

impl Builds<'_> {
    fn run(&self, observer: &mut dyn Observer) -> Result<(), BuildError> {
        let old = self.read()?;
        let mut new = Record::new();
        for build in &self.project.build {
            let key = build.command.join("\0");
            let run = match old.get(&key) {
                Some(last) if self.now(build)? == Some(*last) => *last,
                _ => self.execute(build, observer)?,
            };
            new.insert(key, run);
            // What is done is not done again when a later command fails.
            self.write(&new)?;
        }
        Ok(())
    }

    /// A record that cannot be read says nothing.
    fn read(&self) -> Result<Record, BuildError> {
        let bytes = files::read_if_exists(self.record)?;
        Ok(bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    fn write(&self, record: &Record) -> Result<(), BuildError> {
        let text = serde_json::to_vec(record).unwrap_or_default();
        Ok(files::write_atomic(self.record, &text, 0o644)?)
    }

    /// What is there, when there is both.
    fn now(&self, build: &BuildCommand) -> Result<Option<Run>, BuildError> {
        let (inputs, outputs) = (self.inputs(build)?, self.outputs(build)?);
        Ok(inputs.zip(outputs).map(|(inputs, outputs)| Run { inputs, outputs }))
    }

    fn inputs(&self, build: &BuildCommand) -> Result<Option<Sha256>, FilesError> {
        self.fingerprint(&build.inputs, &build.outputs)
    }

    fn outputs(&self, build: &BuildCommand) -> Result<Option<Sha256>, FilesError> {
        self.fingerprint(&build.outputs, &[])
    }

    fn fingerprint(&self, include: &[String], exclude: &[String]) -> Result<Option<Sha256>, FilesError> {
        let patterns = Files {
            include: include.to_vec(),
            exclude: exclude.to_vec(),
        };
        fingerprint(&self.project.root, &patterns)
    }

    fn execute(&self, build: &BuildCommand, observer: &mut dyn Observer) -> Result<Run, BuildError> {
        let invocation = self.invocation(build);
        let command = invocation.to_string();
        let Some(inputs) = self.inputs(build)? else {
            let patterns = build.inputs.clone();
            return Err(BuildError::NoInput { command, patterns });
        };
        self.runner.run(&invocation)?;
        observer.observe(Event::Note {
            text: format!("ran `{command}`"),
        });
        // Inputs that changed while it ran make it run again the next time.
        match self.outputs(build)? {
            Some(outputs) => Ok(Run { inputs, outputs }),
            None => Err(BuildError::NoOutput {
                command,
                patterns: build.outputs.clone(),
            }),
        }
    }

    fn invocation(&self, build: &BuildCommand) -> Invocation {
        let mut words = build.command.iter();
        let program = words.next().map_or("", String::as_str);
        Invocation::new(program, &self.project.root)
            .args(words)
            .env("SOURCE_DATE_EPOCH", self.at.as_second().to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Site {
        dir: tempfile::TempDir,
    }

    impl Site {
        fn new(builds: &str) -> Self {
            let dir = tempfile::tempdir().unwrap();
            let text = format!(
                "[project]\nname = \"site\"\n[tool.pydeploy]\ntargets = [\"debian12\"]\nservice.command = [\"gunicorn\"]\n{builds}"
            );
            fs::write(dir.path().join("pyproject.toml"), text).unwrap();
            Self { dir }
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn read(&self, path: &str) -> String {
            fs::read_to_string(self.dir.path().join(path)).unwrap()
        }

        /// The commands that ran, or the error.
        fn build(&self) -> Result<Vec<String>, String> {
            let project = Project::load(self.dir.path()).map_err(|error| error.to_string())?;
            let mut events: Vec<Event> = Vec::new();
            let at = "1700000000".parse().unwrap();
            let state = self.dir.path().join(".pydeploy");
            run_builds(&project, &state, at, &mut events).map_err(|error| error.to_string())?;
            Ok(events
                .into_iter()
                .map(|event| match event {
                    Event::Note { text } => text,
                    other => format!("{other:?}"),
                })
                .collect())
        }
    }

    const COPY: &str = "[[tool.pydeploy.build]]\ncommand = [\"sh\", \"build.sh\"]\ninputs = [\"src/**\", \"build.sh\"]\noutputs = [\"dist/**\"]\n";

    #[test]
    fn a_command_runs_when_an_input_or_an_output_is_not_as_it_left_it() {
        let site = Site::new(COPY);
        site.write(
            "build.sh",
            "mkdir -p dist; cat src/* >dist/all; echo $SOURCE_DATE_EPOCH >dist/at; echo x >>runs",
        );
        site.write("src/a.css", "a");
        let ran = vec!["ran `sh build.sh`".to_owned()];
        assert_eq!(site.build(), Ok(ran.clone()));
        assert_eq!(
            (site.read("dist/all"), site.read("dist/at")),
            ("a".into(), "1700000000\n".into())
        );
        assert_eq!(site.build(), Ok(vec![]));
        site.write("other.txt", "not an input");
        assert_eq!(site.build(), Ok(vec![]));
        site.write("src/b.css", "b");
        assert_eq!(site.build(), Ok(ran.clone()));
        assert_eq!(site.read("dist/all"), "ab");
        site.write("dist/all", "edited");
        assert_eq!(site.build(), Ok(ran.clone()));
        fs::remove_file(site.dir.path().join("dist/at")).unwrap();
        assert_eq!(site.build(), Ok(ran));
        assert_eq!(site.build(), Ok(vec![]));
        site.write(".pydeploy/builds.json", "not JSON");
        assert_eq!(site.build().unwrap().len(), 1);
        assert_eq!(site.read("runs"), "x\n".repeat(5));
    }

    #[test]
    fn what_succeeded_is_not_run_again_after_a_later_failure() {
        let second = "[[tool.pydeploy.build]]\ncommand = [\"sh\", \"-c\", \"echo no >&2; test -e ok; cp ok made\"]\ninputs = [\"src/**\"]\noutputs = [\"made\"]\n";
        let site = Site::new(&format!("{COPY}{second}"));
        site.write("build.sh", "mkdir -p dist; cat src/* >dist/all");
        site.write("src/a.css", "a");
        let error = site.build().unwrap_err();
        assert!(error.contains("ended with exit status: 1:\nno"), "{error}");
        site.write("ok", "");
        assert_eq!(site.build().unwrap().len(), 1);
        assert_eq!(site.build(), Ok(vec![]));
    }

    #[test]
    fn a_command_without_inputs_or_outputs_is_refused() {
        let with = |text: &str| Site::new(&COPY.replace("sh\", \"build.sh", text));
        let site = with("true");
        assert_eq!(
            site.build().unwrap_err(),
            "no file of the project is an input of `true`: src/**, build.sh"
        );
        site.write("src/a", "");
        assert_eq!(
            site.build().unwrap_err(),
            "`true` has made no file that is an output of it: dist/**"
        );
        let site = with("no-such-program");
        site.write("src/a", "");
        assert_eq!(site.build().unwrap_err(), "cannot run `no-such-program`");
        for (from, to, key) in [
            ("[\"sh\", \"build.sh\"]", "[]", "command"),
            ("[\"src/**\", \"build.sh\"]", "[]", "inputs"),
            ("[\"dist/**\"]", "[\"\"]", "outputs"),
        ] {
            let error = Site::new(&COPY.replace(from, to)).build().unwrap_err();
            assert!(
                error.ends_with(&format!("`tool.pydeploy.build`: `{key}` is empty")),
                "{error}"
            );
        }
    }
}
