//! How are a server's writes and syncs made to fail while it runs?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What fails.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    None,
    /// Every `fsync` and `fdatasync`, as on a broken disk.
    Sync,
    /// Every write, as on a full disk.
    Write,
}

/// The compiled shim and its switch.
pub(crate) struct Shim {
    library: PathBuf,
    control: PathBuf,
    data: PathBuf,
}

impl Shim {
    /// Compiles it into `folder`; only files below `data` will fail.
    pub(crate) fn compile(folder: &Path, data: &Path) -> Result<Self, String> {
        let (source, library) = (folder.join("shim.c"), folder.join("shim.so"));
        fs::write(&source, include_str!("shim.c")).map_err(|error| error.to_string())?;
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).arg("-ldl");
        let output = compiler.output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("cc: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let shim = Self { library, control: folder.join("control"), data: data.to_owned() };
        shim.set(Fault::None)?;
        Ok(shim)
    }

    /// Lets a server be started with it.
    pub(crate) fn preload(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library);
        command.env("FAULTS_CONTROL", &self.control).env("FAULTS_FOLDER", &self.data);
    }

    /// Switches what fails, from the next call on.
    pub(crate) fn set(&self, fault: Fault) -> Result<(), String> {
        let letter = match fault {
            Fault::None => b"-",
            Fault::Sync => b"s",
            Fault::Write => b"w",
        };
        // The server has mapped the file, so it is written in place and never replaced.
        let file = fs::OpenOptions::new().write(true).create(true).truncate(false).open(&self.control);
        let written = file.and_then(|file| std::os::unix::fs::FileExt::write_all_at(&file, letter, 0));
        written.map_err(|error| error.to_string())
    }
}
