//! The file of `--har`: for its owner alone, there from the beginning, and valid JSON at every moment.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::crypto;
use crate::files;

/// What stands behind the last exchange.
const END: &str = "\n]}}\n";

/// One that is there.
pub(super) struct HarFile {
    path: PathBuf,
    file: File,
    /// Where the next exchange goes, or [`END`].
    at: u64,
    is_empty: bool,
    /// What kept something out.
    failed: Option<io::Error>,
    /// Nothing is added any more.
    is_closed: bool,
}

/// What stands before the first exchange.
fn start() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(r#"{{"log":{{"version":"1.2","creator":{{"name":"oauth2tok","version":"{version}"}},"entries":["#)
}

/// Exchanges one a line, as they stand behind others or at the beginning.
fn lines(entries: &[String], is_first: bool) -> String {
    let lines = entries.iter().enumerate();
    lines.map(|(at, entry)| format!("{}\n{entry}", if at == 0 && is_first { "" } else { "," })).collect()
}

impl HarFile {
    /// Puts one without exchanges in the place of what is at `path`: of a link, not of what it leads to.
    ///
    /// # Errors
    /// What is no regular file, and stays; what the system says.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        // Nobody who writes '-' means a file of that name; the result has stdout.
        let is_other = path.as_os_str() == "-" || fs::metadata(path).is_ok_and(|there| !there.is_file());
        if is_other || files::descriptor(path).is_some() {
            return Err(io::Error::other("it is no regular file"));
        }
        // It is the same place wherever this process goes.
        let path = std::path::absolute(path)?;
        let start = start();
        let file = put(&path, &format!("{start}{END}"))?;
        Ok(Self { path, file, at: start.len() as u64, is_empty: true, failed: None, is_closed: false })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds exchanges where they are the last: the file has all of them or none.
    pub(super) fn append(&mut self, entries: &[String]) {
        if self.is_closed || entries.is_empty() {
            return;
        }
        let lines = lines(entries, self.is_empty);
        let mut write = |text: &str| {
            self.file.seek(SeekFrom::Start(self.at))?;
            self.file.write_all(text.as_bytes())
        };
        match write(&format!("{lines}{END}")) {
            Ok(()) => {
                self.at += lines.len() as u64;
                self.is_empty = false;
            }
            Err(error) => {
                self.failed.get_or_insert(error);
                // There was room for the end before.
                let _ = write(END).and_then(|()| self.file.set_len(self.at + END.len() as u64));
            }
        }
    }

    /// Puts the last exchanges in the place of none, as a whole, or behind those that are there. What another thread would add
    /// then comes too late: the end of the process would cut it short.
    ///
    /// # Errors
    /// What stands in the way, or stood in it before; the file is as it was then.
    pub(super) fn finish(&mut self, entries: &[String]) -> io::Result<()> {
        if self.is_empty && !self.is_closed && !entries.is_empty() {
            put(&self.path, &format!("{}{}{END}", start(), lines(entries, true)))?;
        } else {
            self.append(entries);
        }
        self.is_closed = true;
        self.failed.take().map_or(Ok(()), Err)
    }
}

/// Puts a file that its owner alone can read in the place of what is at `path`, whole or not at all.
fn put(path: &Path, text: &str) -> io::Result<File> {
    #[cfg(unix)]
    crate::signals::outlive_file_limit();
    let number = u64::from_le_bytes(crypto::random().map_err(io::Error::other)?);
    let aside = path.with_file_name(format!(".oauth2tok-{number:016x}"));
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    let mut fill = || {
        // Whatever the mask takes away.
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        file.write_all(text.as_bytes())?;
        fs::rename(&aside, path)
    };
    // That it cannot be removed either is the smaller trouble.
    fill().inspect_err(|_| drop(fs::remove_file(&aside)))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(of: &[&str]) -> Vec<String> {
        of.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn it_is_whole_after_each_step_and_finished_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.har");
        let holds = || -> serde_json::Value {
            let har: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            har["log"]["entries"].clone()
        };
        let mut file = HarFile::create(&path).unwrap();
        assert_eq!(holds(), serde_json::json!([]));
        file.append(&entries(&[]));
        file.append(&entries(&["1", "2"]));
        assert_eq!(holds(), serde_json::json!([1, 2]));
        file.append(&entries(&["3"]));
        file.finish(&entries(&["4"])).unwrap();
        file.append(&entries(&["5"]));
        file.finish(&entries(&["6"])).unwrap();
        assert_eq!(holds(), serde_json::json!([1, 2, 3, 4]));
        let mut file = HarFile::create(&path).unwrap();
        file.finish(&entries(&["1"])).unwrap();
        file.finish(&entries(&["2"])).unwrap();
        assert_eq!(holds(), serde_json::json!([1]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
