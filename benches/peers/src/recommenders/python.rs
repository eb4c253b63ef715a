//! A Python beside, told line by line what to do.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::data::Folder;
use crate::Result;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/python/recommenders.py");

/// What tells the libraries below numpy, scipy and implicit to use one thread.
const ONE_THREAD: [&str; 4] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"];

pub(crate) struct Python {
    child: Child,
    told: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Of what takes part, and of Python itself.
    pub(crate) versions: BTreeMap<String, String>,
}

impl Python {
    /// # Errors
    /// What is to be installed.
    pub(crate) fn start(program: &Path, folder: &Folder, items: usize) -> Result<Self> {
        let name = program.display();
        let mut child = Command::new(program)
            .arg(SCRIPT)
            .envs(ONE_THREAD.map(|name| (name, "1")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} does not run ({error}); --python names another"))?;
        let (told, answers) = (child.stdin.take(), child.stdout.take());
        let answers = BufReader::new(answers.ok_or("no answers")?);
        let mut python = Self { child, told, answers, versions: BTreeMap::new() };
        let first: Value = python.answer()?;
        if let Some(missing) = first.get("missing") {
            let missing: Vec<String> = serde_json::from_value(missing.clone())?;
            return Err(format!(
                "{name} has no {}; `{name} -m pip install -r benches/peers/python/requirements.txt` \
                 installs what is needed",
                missing.join(", ")
            )
            .into());
        }
        python.versions = serde_json::from_value(first)?;
        let directory = folder.path();
        _ = python.tell::<Value>(json!({"do": "open", "directory": directory, "items": items}))?;
        Ok(python)
    }

    /// Tells it to do something, and waits for what it says.
    pub(crate) fn tell<A: DeserializeOwned>(&mut self, line: Value) -> Result<A> {
        let told = self.told.as_mut().ok_or("nobody to tell")?;
        writeln!(told, "{line}")?;
        told.flush()?;
        self.answer()
    }

    fn answer<A: DeserializeOwned>(&mut self) -> Result<A> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("Python ended; what it said stands above".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Python {
    /// It ends when nobody tells it any more.
    fn drop(&mut self) {
        self.told = None;
        _ = self.child.wait();
    }
}
