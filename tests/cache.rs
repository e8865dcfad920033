//! The token cache of the real program: reuse, sealing, files, single flight, refresh, trouble.
#![cfg(unix)]
#![allow(missing_docs, unreachable_pub, reason = "tests say what they are about by their names")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "cache/files.rs"]
mod files;
#[path = "cache/flight.rs"]
mod flight;
#[path = "cache/refresh.rs"]
mod refresh;
#[path = "cache/reuse.rs"]
mod reuse;
#[path = "cache/world.rs"]
mod world;
