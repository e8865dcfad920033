//! One file per command, each telling its story in the order of the pipeline.

pub mod batch;
pub mod cache;
pub mod completions;
pub mod exec;
pub mod import;
pub mod profile;
pub mod request;
pub mod session;
pub mod token;

use std::path::{Path, PathBuf};

use crate::problem::{self, Problem};
use crate::settings::Environment;

/// What `what` names as the file system knows it.
fn expanded(what: &str, path: &str, env: &Environment) -> problem::Result<PathBuf> {
    let expanded = env.expanded(Path::new(path));
    expanded.map(Into::into).map_err(|error| Problem::usage(format!("{what}: {error}"), error.hint()))
}
