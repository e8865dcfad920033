//! The token cache of the real program: reuse, sealing, files, single flight, refresh, trouble.

mod files;
mod flight;
mod identity;
mod metadata;
mod refresh;
mod reuse;
mod secret;
mod world;
