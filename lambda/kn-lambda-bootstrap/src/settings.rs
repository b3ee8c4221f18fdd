//! What the environment and the command line say.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use kn_func_runtime::{ConfigError, Error, Result};
use kn_lambda_gateway::FunctionInfo;

const PROCESSES: &str = "KN_LAMBDA_PROCESSES";
const CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";
const TASK_ROOT: &str = "LAMBDA_TASK_ROOT";
const RUNTIME_DIR: &str = "LAMBDA_RUNTIME_DIR";
const HANDLER: &str = "_HANDLER";

/// More processes than this are a slip of the hand.
const MOST_PROCESSES: usize = 1000;

/// More requests at once in one process than AWS's runtimes ask for.
const MOST_AT_ONCE: usize = 1000;

/// What is run, how often, and what its processes are told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) program: OsString,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) processes: usize,
    /// Requests that one process takes at once.
    pub(crate) at_once: usize,
    pub(crate) task_root: PathBuf,
    pub(crate) handler: OsString,
    variables: Vec<(&'static str, OsString)>,
}

impl Settings {
    /// Reads the environment; `command` is the command line without the name of this program. `concurrency` is how many requests
    /// may be at work at once, where that is limited.
    pub(crate) fn read(
        command: impl IntoIterator<Item = OsString>,
        function: &FunctionInfo,
        concurrency: Option<usize>,
    ) -> Result<Self> {
        Self::of(|name| env::var_os(name).filter(|value| !value.is_empty()), command, function, concurrency)
    }

    fn of(
        variable: impl Fn(&str) -> Option<OsString>,
        command: impl IntoIterator<Item = OsString>,
        function: &FunctionInfo,
        concurrency: Option<usize>,
    ) -> Result<Self> {
        let at_once = count(CONCURRENCY, variable(CONCURRENCY), MOST_AT_ONCE)?.unwrap_or(1);
        let most = concurrency.map_or(Ok(MOST_PROCESSES), |limit| most_processes(limit, at_once))?;
        let cpus = || available_parallelism().map_or(1, usize::from);
        let usual = || if concurrency.is_some() { most } else { cpus().min(most) };
        let processes = count(PROCESSES, variable(PROCESSES), most)?.unwrap_or_else(usual);
        let task_root = task_root(variable(TASK_ROOT))?;
        let runtime_dir = variable(RUNTIME_DIR).unwrap_or_else(|| "/var/runtime".into());
        let handler = variable(HANDLER).unwrap_or_else(|| "bootstrap".into());
        let mut command = command.into_iter();
        let program = command.next().unwrap_or_else(|| bootstrap(&task_root, Path::new(&runtime_dir)).into());
        let mut variables: Vec<(_, OsString)> = vec![
            ("AWS_LAMBDA_FUNCTION_NAME", (&function.name).into()),
            ("AWS_LAMBDA_FUNCTION_VERSION", (&function.version).into()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory.to_string().into()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", (&function.log_group).into()),
            ("AWS_LAMBDA_LOG_STREAM_NAME", (&function.log_stream).into()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
            (TASK_ROOT, task_root.clone().into()),
            (RUNTIME_DIR, runtime_dir),
            (HANDLER, handler.clone()),
        ];
        for (name, default) in [("AWS_EXECUTION_ENV", "AWS_Lambda_provided"), ("TZ", ":UTC")] {
            if variable(name).is_none() {
                variables.push((name, default.into()));
            }
        }
        // SDKs look for either.
        let regions = ("AWS_REGION", "AWS_DEFAULT_REGION");
        match (variable(regions.0), variable(regions.1)) {
            (Some(region), None) => variables.push((regions.1, region)),
            (None, Some(region)) => variables.push((regions.0, region)),
            _ => {}
        }
        Ok(Self { program, arguments: command.collect(), processes, at_once, task_root, handler, variables })
    }

    /// What a process finds in its environment beside what is in ours.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &OsStr)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_os_str()))
    }

    /// The command, for those who read about it.
    pub(crate) fn command(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.arguments);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

fn count(name: &'static str, value: Option<OsString>, most: usize) -> Result<Option<usize>> {
    let Some(value) = value else { return Ok(None) };
    let text = value.to_string_lossy();
    let number = text.trim().parse().ok().filter(|number| (1..=most).contains(number));
    match number {
        Some(number) => Ok(Some(number)),
        None => Err(ConfigError::new(name, text, format!("a number from 1 to {most}")).into()),
    }
}

/// How many processes may be there, so that no more requests are at work than `limit`.
fn most_processes(limit: usize, at_once: usize) -> Result<usize> {
    match limit / at_once {
        0 => {
            let expected = format!("a number from 1 to {limit}, as KN_LAMBDA_CONCURRENCY says");
            Err(ConfigError::new(CONCURRENCY, at_once.to_string(), expected).into())
        }
        most => Ok(most.min(MOST_PROCESSES)),
    }
}

/// Where the function lies: what is set, Lambda's place if there is one, else where we are.
fn task_root(set: Option<OsString>) -> Result<PathBuf> {
    let usual = Path::new("/var/task");
    let root = match set {
        Some(root) => PathBuf::from(root),
        None if usual.is_dir() => usual.to_owned(),
        None => return Ok(env::current_dir()?),
    };
    if root.is_dir() {
        return Ok(std::path::absolute(root)?);
    }
    Err(Error::from(ConfigError::new(TASK_ROOT, root.to_string_lossy(), "a folder that is there")))
}

fn bootstrap(task_root: &Path, runtime_dir: &Path) -> PathBuf {
    let in_task = task_root.join("bootstrap");
    if in_task.exists() { in_task } else { runtime_dir.join("bootstrap") }
}

#[cfg(test)]
mod tests {
    use kn_lambda_gateway::Gateway;

    use super::*;

    fn settings(variables: &[(&str, &str)], command: &[&str], concurrency: Option<usize>) -> Result<Settings> {
        let gateway = Gateway::from_env()?;
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        Settings::of(variable, command.iter().map(OsString::from), gateway.function(), concurrency)
    }

    fn value(settings: &Settings, name: &str) -> Option<OsString> {
        settings.variables().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    #[test]
    fn what_the_user_sets_is_kept() {
        let root = env::temp_dir();
        let root = root.to_str().unwrap();
        let set =
            [("_HANDLER", "app.handler"), ("TZ", "Europe/Berlin"), ("LAMBDA_TASK_ROOT", root), ("AWS_REGION", "eu")];
        let settings = settings(&set, &["python", "-m", "awslambdaric"], None).unwrap();
        assert_eq!(settings.command(), "python -m awslambdaric");
        assert_eq!(value(&settings, "_HANDLER").unwrap(), "app.handler");
        assert_eq!(value(&settings, "LAMBDA_TASK_ROOT").unwrap(), root);
        assert_eq!(value(&settings, "TZ"), None);
        assert_eq!(value(&settings, "AWS_REGION"), None);
        assert_eq!(value(&settings, "AWS_DEFAULT_REGION").unwrap(), "eu");
        assert_eq!(value(&settings, "AWS_LAMBDA_INITIALIZATION_TYPE").unwrap(), "on-demand");
    }

    #[test]
    fn without_a_command_the_bootstrap_is_run() {
        let folder = kn_func_e2e::scratch();
        let root = folder.path().to_str().unwrap();
        let none = settings(&[("LAMBDA_TASK_ROOT", root), ("LAMBDA_RUNTIME_DIR", "/runtime")], &[], None).unwrap();
        assert_eq!(none.command(), "/runtime/bootstrap");
        std::fs::write(folder.path().join("bootstrap"), "").unwrap();
        let some = settings(&[("LAMBDA_TASK_ROOT", root)], &[], None).unwrap();
        assert_eq!(some.command(), format!("{root}/bootstrap"));
    }

    #[test]
    fn there_are_as_many_processes_as_can_be_at_work() {
        let processes = |set: &[(&str, &str)], most| settings(set, &["x"], most).unwrap().processes;
        assert_eq!(processes(&[], None), available_parallelism().unwrap().get());
        assert_eq!(processes(&[], Some(3)), 3);
        assert_eq!(processes(&[("AWS_LAMBDA_MAX_CONCURRENCY", "2")], Some(5)), 2);
        assert_eq!(processes(&[("KN_LAMBDA_PROCESSES", "7")], None), 7);
        assert_eq!(processes(&[("KN_LAMBDA_PROCESSES", "2")], Some(3)), 2);
    }

    #[test]
    fn no_more_can_be_at_work_than_may_be() {
        let fault = |set: &[(&str, &str)]| settings(set, &["x"], Some(3)).unwrap_err().cause().unwrap().to_string();
        let processes = [("KN_LAMBDA_PROCESSES", "2"), ("AWS_LAMBDA_MAX_CONCURRENCY", "2")];
        assert_eq!(fault(&processes), "KN_LAMBDA_PROCESSES is `2`; expected a number from 1 to 1");
        let at_once = [("AWS_LAMBDA_MAX_CONCURRENCY", "4")];
        let words = "AWS_LAMBDA_MAX_CONCURRENCY is `4`; expected a number from 1 to 3, as KN_LAMBDA_CONCURRENCY says";
        assert_eq!(fault(&at_once), words);
    }

    #[test]
    fn a_wrong_value_is_named() {
        let fault = |set: &[(&str, &str)]| settings(set, &["x"], None).unwrap_err().cause().unwrap().to_string();
        assert_eq!(
            fault(&[("KN_LAMBDA_PROCESSES", "0")]),
            "KN_LAMBDA_PROCESSES is `0`; expected a number from 1 to 1000"
        );
        assert_eq!(
            fault(&[("KN_LAMBDA_PROCESSES", "many")]),
            "KN_LAMBDA_PROCESSES is `many`; expected a number from 1 to 1000"
        );
        assert_eq!(
            fault(&[("LAMBDA_TASK_ROOT", "/no/such")]),
            "LAMBDA_TASK_ROOT is `/no/such`; expected a folder that is there"
        );
    }
}
