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
