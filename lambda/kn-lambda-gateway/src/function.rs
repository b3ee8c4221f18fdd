//! The function, as Lambda describes it.

use std::fs;

use kn_func_runtime::ConfigError;

use crate::settings::Lookup;

const ACCOUNT: &str = "000000000000";
const MEBIBYTE: u64 = 1024 * 1024;

/// What Lambda gives a function who has set nothing.
const LEAST_MEMORY: u64 = 128;

/// What a container may take, by the two versions of cgroups.
const MEMORY_LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Who the function is: what AWS's variables say, else what Knative's do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionInfo {
    /// `AWS_LAMBDA_FUNCTION_NAME`, `K_SERVICE`, `function`.
    pub name: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`, `K_REVISION`, `$LATEST`.
    pub version: String,
    /// In MiB: `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`, the memory limit of the container, 128.
    pub memory: i32,
    /// `AWS_LAMBDA_LOG_GROUP_NAME`, `/aws/lambda/` and the name.
    pub log_group: String,
    /// `AWS_LAMBDA_LOG_STREAM_NAME`, the name of the host.
    pub log_stream: String,
    /// Made of the name, the version and `AWS_REGION`.
    pub arn: String,
}

impl FunctionInfo {
    pub(crate) fn read(look: &Lookup<'_>) -> Result<Self, ConfigError> {
        let first = |names: &[&'static str]| first(look, names);
        let name = first(&["AWS_LAMBDA_FUNCTION_NAME", "K_SERVICE"])?.unwrap_or_else(|| "function".into());
        let version = first(&["AWS_LAMBDA_FUNCTION_VERSION", "K_REVISION"])?.unwrap_or_else(|| "$LATEST".into());
        let region = first(&["AWS_REGION", "AWS_DEFAULT_REGION"])?.unwrap_or_else(|| "knative".into());
        let memory = match first(&["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])? {
            Some(text) => text.parse().ok().filter(|memory| *memory > 0).ok_or_else(|| {
                ConfigError::new("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", text, "a number of MiB above 0, such as 128")
            })?,
            None => container_memory(),
        };
        Ok(Self {
            memory,
            log_group: first(&["AWS_LAMBDA_LOG_GROUP_NAME"])?.unwrap_or_else(|| format!("/aws/lambda/{name}")),
            log_stream: first(&["AWS_LAMBDA_LOG_STREAM_NAME", "HOSTNAME"])?.unwrap_or_else(|| name.clone()),
            arn: visible(&format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}:{version}")),
            name,
            version,
        })
    }
}

/// The first of these variables that says something.
fn first(look: &Lookup<'_>, names: &[&'static str]) -> Result<Option<String>, ConfigError> {
    for name in names {
        if let Some(value) = look(name)?.filter(|value| !value.is_empty()) {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// It travels in a header.
fn visible(arn: &str) -> String {
    arn.chars().map(|c| if c.is_ascii_graphic() { c } else { '-' }).collect()
}

fn container_memory() -> i32 {
    let limits = MEMORY_LIMITS.iter().filter_map(|path| fs::read_to_string(path).ok());
    let limit = limits.filter_map(|text| text.trim().parse::<u64>().ok()).next();
    // Without a limit the file holds the largest number there is.
    let limit = limit.map(|bytes| bytes / MEBIBYTE).filter(|memory| (1..1024 * 1024).contains(memory));
    i32::try_from(limit.unwrap_or(LEAST_MEMORY)).unwrap_or(i32::MAX)
}
