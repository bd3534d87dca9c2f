//! Making one update: by a command, or from a file that somebody else brings; then its conversion.

use crate::{
    failure::{usage, Failure, Result},
    keyring::ACCOUNT,
};
use quorate_client::{Error, Hashed};
use quorate_contribute::{
    kept::kept_for,
    place::{made, read_weight, update_in, weight_in, write_weight, Made},
};
use quorate_convert::{Against, Conversion, Existing, Job, Source as Input};
use quorate_exact::Account;
use quorate_primitives::views::RoundView;
use rustix::process::{kill_process_group, Pid, Signal};
use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::ExitStatus,
    time::Duration,
};
use tokio::process::{Child, Command};

/// First and longest pause before a command that failed is run again.
const PAUSES: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(300));
/// Between two looks for a file.
const LOOK: Duration = Duration::from_secs(1);

/// Of this program's environment, what may hold a secret or lead to one: a command that trains needs none of it.
const SECRETS: [&str; 3] = [ACCOUNT, "QUORATE_READER_KEY", "QUORATE_PASSPHRASE_FILE"];

/// Where updates come from.
pub struct Source {
    pub way: Way,
    /// Number of samples, unless the command writes it.
    pub weight: Option<u32>,
    /// Whether the files hold differences to the base.
    pub delta: bool,
}

pub enum Way {
    /// A shell command.
    Run(OsString),
    /// The path of a file, with `{model}`, `{round}` and `{version}` for numbers.
    From(String),
}

/// Makes the update of one round.
pub struct Maker<'a> {
    pub source: &'a Source,
    /// For this round alone.
    pub folder: PathBuf,
    /// The round's base.
    pub base: &'a Hashed,
    /// Whose update it is.
    pub contributor: Account,
    pub round: &'a RoundView,
}

impl Maker<'_> {
    /// Make it, unless an earlier process did, to the same base. A command that fails is run again, after `told` was told why.
    ///
    /// # Errors
    /// Of the place; where somebody wrote to the base.
    pub async fn make(&self, told: &impl Fn(&str)) -> Result<Made> {
        let file = update_in(&self.folder);
        let earlier = kept_for(&self.folder, self.round, self.base.root, false)?;
        earlier.notes.iter().for_each(|note| told(note));
        if let Some(weight) = earlier.weight {
            return Ok(Made {
                file,
                hashed: None,
                weight,
            });
        }
        let mut pause = PAUSES.0;
        loop {
            match self.try_make(&file, &weight_in(&self.folder)).await {
                Ok((hashed, weight)) => {
                    return Ok(Made {
                        file,
                        hashed: Some(hashed),
                        weight,
                    })
                }
                // It would not become another one.
                Err(failure) if self.base.check().is_err() => return Err(failure),
                Err(failure) => told(&format!("{}; once more in {} s", failure.text(), pause.as_secs())),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn try_make(&self, file: &Path, kept: &Path) -> Result<(Hashed, u32)> {
        let given = self.folder.join("samples");
        let trained = match &self.source.way {
            Way::From(template) => {
                let path = self.path_of(template);
                while !path.exists() {
                    tokio::time::sleep(LOOK).await;
                }
                path
            }
            Way::Run(command) => {
                let output = self.folder.join("trained.safetensors");
                for old in [&output, &given] {
                    match old.is_dir() {
                        // What save_pretrained wrote.
                        true => fs::remove_dir_all(old).map_err(Error::io(old))?,
                        false => quorate_output::remove(old).map_err(Error::from)?,
                    }
                }
                let status = Group::start(self.command(command, &output, &given))?.wait().await?;
                if !status.success() {
                    return Err(Failure::Check(format!("the command failed: {status}")));
                }
                output
            }
        };
        let weight = match self.round.policy.max_weight {
            // Every update has it: numbers of samples do not count in this round.
            1 => 1,
            _ => read_weight(&given)?.or(self.source.weight).ok_or_else(|| {
                usage("the number of samples is not known: give --weight, or let the command write it to $QUORATE_WEIGHT_FILE")
            })?,
        };
        quorate_client::contribution::check_weight(&self.round.policy, weight)?;
        // The number first: an update that is there is there with its number.
        write_weight(kept, weight)?;
        Ok((self.convert(trained, file.into()).await?, weight))
    }

    /// Makes the update.
    async fn convert(&self, input: PathBuf, output: PathBuf) -> Result<Hashed> {
        let (base, contributor, delta) = (self.base.clone(), self.contributor, self.source.delta);
        let converted = tokio::task::spawn_blocking(move || {
            // The command that trained had its path.
            base.check()?;
            let against = Against {
                base: &base.path,
                root: Some(base.root.0),
                contributor,
            };
            let conversion = Conversion {
                output: &output,
                job: match delta {
                    true => Job::Delta(against),
                    false => Job::Difference(against),
                },
                strip: Vec::new(),
                existing: Existing::Replace,
            };
            let report = conversion.run(Input::open(&input)?, &|_, _| ())?;
            Ok(made(&base, output, report.root.into())?)
        });
        converted
            .await
            .map_err(|error| Failure::Check(format!("the conversion: {error}")))?
    }

    fn path_of(&self, template: &str) -> PathBuf {
        let RoundView { model, id, base, .. } = self.round;
        let text = template
            .replace("{model}", &model.to_string())
            .replace("{round}", &id.to_string())
            .replace("{version}", &base.to_string());
        text.into()
    }

    fn command(&self, command: &OsStr, output: &Path, samples: &Path) -> Command {
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(command)
            .current_dir(&self.folder)
            .stdin(std::process::Stdio::null());
        for secret in SECRETS {
            shell.env_remove(secret);
        }
        shell
            .env("QUORATE_MODEL", self.round.model.to_string())
            .env("QUORATE_ROUND", self.round.id.to_string())
            .env("QUORATE_BASE_VERSION", self.round.base.to_string())
            .env("QUORATE_BASE", &self.base.path)
            .env("QUORATE_OUTPUT", output)
            .env("QUORATE_WEIGHT_FILE", samples);
        shell
    }
}

/// A command with all processes that it starts: they end when this is dropped.
struct Group(Option<Child>);

impl Group {
    fn start(mut command: Command) -> Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn();
        Ok(Self(Some(child.map_err(Error::io("sh"))?)))
    }

    async fn wait(mut self) -> Result<ExitStatus> {
        let child = self
            .0
            .as_mut()
            .ok_or_else(|| usage("the command has not been started"))?;
        let status = child.wait().await.map_err(Error::io("the command"))?;
        // What it left behind in the background is its own matter.
        self.0 = None;
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let child = self.0.take();
        let group = child.and_then(|child| Pid::from_raw(child.id()?.try_into().ok()?));
        if let Some(group) = group {
            // It may have ended just now.
            let _ = kill_process_group(group, Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests;
