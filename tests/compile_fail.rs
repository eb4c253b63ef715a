//! What types forbid. Each file of `tests/compile_fail` tries one way around a customer's
//! consent and says, with `//~^ CODE: message` below the line that must stop it, what the
//! compiler answers there. It must answer so, and nothing else. A file without such a word
//! is a control: it uses the same names in the ways that are open, and must compile.
//!
//! The line and the code count under every compiler, the message, or the part of it that
//! stands there, under [`PINNED`] only. To add a case, add a file and run
//! `cargo test --test compile_fail`: it prints what is to be written below which line.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value as Json;

/// The compiler whose messages stand in the files.
const PINNED: &str = "1.95.0";

/// The features of this very build: no feature may open a way.
const FEATURES: [(&str, bool); 4] = [
    ("json", cfg!(feature = "json")),
    ("redb", cfg!(feature = "redb")),
    ("encryption", cfg!(feature = "encryption")),
    ("cache", cfg!(feature = "cache")),
];

/// An answer of the compiler: where, and what. Its message ends with what it says right
/// below the place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    line: u64,
    code: String,
    message: String,
}

struct Case {
    name: String,
    path: PathBuf,
    text: String,
}

impl Case {
    /// The answers that the file states.
    fn stated(&self) -> BTreeSet<Answer> {
        let lines = (0..).zip(self.text.lines());
        let stated = lines.filter_map(|(above, text)| Some((above, text.split_once("//~^ ")?.1)));
        let answer = |(line, text): (u64, &str)| {
            let (code, message) = text.split_once(": ").expect("a code, a colon, a message");
            Answer { line, code: code.into(), message: message.into() }
        };
        stated.map(answer).collect()
    }
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn cases() -> Vec<Case> {
    let files = fs::read_dir(here("tests/compile_fail")).unwrap();
    let paths: BTreeSet<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    let case = |path: PathBuf| Case {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        text: fs::read_to_string(&path).unwrap(),
        path,
    };
    paths.into_iter().map(case).collect()
}

/// A package for the cases, of which warnings do not matter.
const MANIFEST: &str = r#"
[package]
name = "compile-fail"
edition = "2024"
autoexamples = false

[workspace]

[lib]
path = "lib.rs"

[lints.rust]
unused = "allow"

[dependencies]
confidant = { path = HERE, default-features = false, features = FEATURES }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
postcard = { version = "1", default-features = false, features = ["alloc"] }
"#;

/// Writes the package, with every case as an example of its own, so that none hides another.
fn package(cases: &[Case]) -> PathBuf {
    let features: Vec<&str> = FEATURES.iter().filter(|f| f.1).map(|f| f.0).collect();
    let mut manifest = MANIFEST
        .replace("HERE", &format!("{:?}", here(".")))
        .replace("FEATURES", &format!("{features:?}"));
    for Case { name, path, .. } in cases {
        let (head, kind) = ("\n[[example]]\nname", "crate-type = [\"lib\"]");
        write!(manifest, "{head} = {name:?}\npath = {path:?}\n{kind}\n").unwrap();
    }
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail");
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::write(package.join("lib.rs"), "").unwrap();
    // The same versions of everything, so that nothing is fetched.
    fs::copy(here("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    package
}

/// What the compiler answers to each case; nothing, to one that compiles.
fn answers(cases: &[Case]) -> BTreeMap<String, BTreeSet<Answer>> {
    let package = package(cases);
    let run = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()))
        .args(["check", "--offline", "--examples", "--keep-going", "--message-format=json"])
        .arg("--manifest-path")
        .arg(package.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(package.join("target"))
        .output()
        .unwrap();
    let lines = String::from_utf8(run.stdout).unwrap();
    let told: Vec<Json> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut answers: BTreeMap<String, BTreeSet<Answer>> = BTreeMap::new();
    for one in told {
        let name = one["target"]["name"].as_str().unwrap_or_default().to_owned();
        match one["reason"].as_str() {
            Some("compiler-artifact") => _ = answers.entry(name).or_default(),
            Some("compiler-message") => answers.entry(name).or_default().extend(answer(&one)),
            _ => {}
        }
    }
    let built = answers.get("confidant").is_some_and(BTreeSet::is_empty);
    assert!(built, "{}", String::from_utf8_lossy(&run.stderr));
    answers
}

/// An error that says where it is; neither a warning nor the count of errors at the end.
fn answer(told: &Json) -> Option<Answer> {
    let message = &told["message"];
    let spans = message["spans"].as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let text = |text: &Json| text.as_str().unwrap_or_default().to_owned();
    (message["level"] == "error").then(|| Answer {
        line: span["line_start"].as_u64().unwrap(),
        code: message["code"]["code"].as_str().unwrap_or("no code").to_owned(),
        message: format!("{}; {}", text(&message["message"]), text(&span["label"])),
    })
}

/// Whether the compiler is the one whose messages stand in the files.
fn is_pinned() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let version = Command::new(rustc).arg("--version").output().unwrap().stdout;
    String::from_utf8(version).unwrap().split(' ').nth(1) == Some(PINNED)
}

/// Whether the compiler answers as is stated: by places and codes, and by the messages too
/// if they are its own.
fn agree(stated: &BTreeSet<Answer>, found: &BTreeSet<Answer>, pinned: bool) -> bool {
    let place = |answer: &Answer| (answer.line, answer.code.clone());
    let places = |answers: &BTreeSet<Answer>| answers.iter().map(place).collect::<BTreeSet<_>>();
    let told = |(stated, found): (&Answer, &Answer)| found.message.contains(&stated.message);
    let worded = stated.len() == found.len() && stated.iter().zip(found).all(told);
    places(stated) == places(found) && (worded || !pinned)
}

#[test]
fn no_way_around_consent_compiles() {
    let (cases, pinned) = (cases(), is_pinned());
    let answers = answers(&cases);
    let mut wrong = String::new();
    for case in &cases {
        let found = answers.get(&case.name).expect("every case is compiled");
        if !agree(&case.stated(), found, pinned) {
            let what = if found.is_empty() { "compiles" } else { "does not compile, because" };
            writeln!(wrong, "{}.rs {what}", case.name).unwrap();
            for Answer { line, code, message } in found {
                writeln!(wrong, "  line {line}: //~^ {code}: {message}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "what the compiler answers is not what is stated\n{wrong}");
}

#[test]
fn many_ways_are_tried_and_some_are_open() {
    let (open, tried): (Vec<_>, Vec<_>) =
        cases().into_iter().partition(|case| case.stated().is_empty());
    assert!(tried.len() >= 100, "{} files", tried.len());
    assert!(!open.is_empty());
}
