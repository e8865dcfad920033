//! Makes the program smaller than the compiler does: completion scripts and first config files are packed, and on Linux the tables are left out that
//! only unwinding needs, which are a twelfth of it.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use flate2::Compression;
use flate2::write::DeflateEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    pack("completions", Path::new(&out))?;
    pack("src/commands/profile/init", Path::new(&out))?;
    leave_tables_out(Path::new(&out))
}

fn pack(folder: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={folder}");
    for entry in fs::read_dir(folder)? {
        let file = entry?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(file.path())?)?;
        fs::write(out.join(file.file_name()), encoder.finish()?)?;
    }
    Ok(())
}

/// A release ends where it panics (`panic = "abort"`) and has no names that could be told of a stack. But the standard library
/// comes with tables for both, and the compiler adds some of its own on this system.
fn leave_tables_out(out: &Path) -> Result<(), Box<dyn Error>> {
    let script = "scripts/no-unwinding.ld";
    println!("cargo::rerun-if-changed={script}");
    // Tests unwind, and whoever asks for debugging information wants to see stacks.
    let wanted = env::var("PROFILE")? == "release" && env::var("DEBUG")? == "false";
    // libgcc, where it is a part of the program, ends it if it does not find the table of its own functions.
    let static_gnu = env::var("CARGO_CFG_TARGET_ENV")? == "gnu"
        && env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|features| features.contains("crt-static"));
    if !wanted || static_gnu || env::var("CARGO_CFG_TARGET_OS")? != "linux" {
        return Ok(());
    }
    let arguments =
        ["-Wl,--no-eh-frame-hdr".to_owned(), format!("-Wl,-T,{}/{script}", env::var("CARGO_MANIFEST_DIR")?)];
    // Not every linker takes such a script (mold does not), and there is no telling which one it will be: it is tried.
    let source = out.join("probe.rs");
    fs::write(&source, "fn main() {}\n")?;
    let mut probe = Command::new(env::var_os("RUSTC").ok_or("no RUSTC")?);
    probe.args(env::var("CARGO_ENCODED_RUSTFLAGS")?.split('\x1f').filter(|flag| !flag.is_empty()));
    probe.args(["--target", &env::var("TARGET")?, "-C", "panic=abort", "-o"]).arg(out.join("probe")).arg(&source);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        probe.arg("-C").arg(format!("linker={}", linker.display()));
    }
    for argument in &arguments {
        probe.args(["-C", &format!("link-arg={argument}")]);
    }
    if probe.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        for argument in arguments {
            println!("cargo::rustc-link-arg-bins={argument}");
        }
    }
    Ok(())
}
