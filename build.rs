//! Packs the completion scripts.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::{env, fs};

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=completions");
    let out = env::var("OUT_DIR")?;
    for entry in fs::read_dir("completions")? {
        let script = entry?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(script.path())?)?;
        fs::write(Path::new(&out).join(script.file_name()), encoder.finish()?)?;
    }
    Ok(())
}
