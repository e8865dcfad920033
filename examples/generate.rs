//! Writes what is made from the command line's definition: completions, man pages and the JSON Schema.
//!
//! `cargo run --example generate` brings the repository up to date; the test suite says when that is needed.

use std::path::Path;

#[path = "../tests/generated/mod.rs"]
mod generated;

fn main() -> std::io::Result<()> {
    for (path, text) in generated::files()? {
        if let Some(folder) = Path::new(&path).parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
