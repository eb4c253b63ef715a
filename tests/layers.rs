//! The house: data flows one way, down the list of rooms. A room imports only rooms
//! above it, and the few that hold whole profiles are named.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the top down.
const ROOMS: [&str; 22] = [
    "error",
    "types",
    "numeric",
    "envelope",
    "event",
    "catalog",
    "consent",
    "identity",
    "profile",
    "view",
    "reason",
    "rule",
    "learn",
    "segment",
    "recommend",
    "predict",
    "decide",
    "rights",
    "store",
    "engine",
    "evaluate",
    "lib",
];

/// Who may name a profile: the gate, the customer's own rights, and those who keep it.
const MAY_SEE_PROFILES: [&str; 4] = ["view", "rights", "store", "engine"];

/// Rooms that work side by side and never know of each other.
const NEIGHBOURS: [&str; 3] = ["segment", "recommend", "predict"];

/// The room of a file, and its code without comments.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    files
        .into_iter()
        .map(|file| {
            let inside = file.strip_prefix(&root).unwrap();
            let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
            let code = fs::read_to_string(&file).unwrap();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            (first.trim_end_matches(".rs").to_owned(), file, code.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The rooms that some code names as `crate::room`.
fn imports(code: &str) -> Vec<&str> {
    let named = code.split("crate::").skip(1);
    named
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

fn place(room: &str) -> usize {
    ROOMS.iter().position(|r| *r == room).unwrap_or_else(|| panic!("`{room}` is not in the house"))
}

#[test]
fn a_room_imports_only_rooms_above_it() {
    let rooms = rooms();
    assert!(rooms.len() > 40, "the house was not found");
    for (room, file, code) in &rooms {
        for import in imports(code).into_iter().filter(|import| ROOMS.contains(import)) {
            assert!(
                import == room || place(import) < place(room),
                "{}: `{room}` imports `{import}`, which is not above it",
                file.display(),
            );
        }
    }
}

#[test]
fn only_the_gate_and_the_keepers_name_a_profile() {
    for (room, file, code) in rooms() {
        if room != "profile" && !MAY_SEE_PROFILES.contains(&room.as_str()) {
            let profile = imports(&code).contains(&"profile");
            assert!(!profile, "{}: `{room}` names a profile", file.display());
        }
    }
}

#[test]
fn neighbours_do_not_know_of_each_other() {
    for (room, file, code) in rooms().iter().filter(|r| NEIGHBOURS.contains(&r.0.as_str())) {
        for import in imports(code) {
            let other = NEIGHBOURS.contains(&import) && import != room;
            assert!(!other, "{}: `{room}` imports `{import}`", file.display());
        }
    }
}

#[test]
fn only_the_engine_sees_the_store() {
    for (room, file, code) in rooms() {
        let seen = imports(&code).contains(&"store");
        let may = ["store", "engine", "lib"].contains(&room.as_str());
        assert!(may || !seen, "{}: `{room}` sees the store", file.display());
    }
}

/// What brings chance, clocks or a maker's types in; and comparisons that are no order.
#[test]
fn some_words_are_banned() {
    let everywhere = [".partial_cmp(", "SystemTime", "Instant::now", "thread_rng", "println!"];
    let public = ["ndarray", "hashbrown", "HashMap", "rand::", "chrono"];
    for (room, file, code) in rooms() {
        for word in everywhere {
            assert!(!code.contains(word), "{}: `{word}`", file.display());
        }
        let signatures = code.lines().filter(|line| line.trim_start().starts_with("pub fn"));
        for line in signatures {
            for word in public {
                assert!(!line.contains(word), "{} ({room}): `{word}` in {line}", file.display());
            }
        }
    }
}

/// Shared by threads, and no types of the host's in the way.
#[test]
fn the_engine_can_be_shared() {
    fn shared<T: Send + Sync + Sized + 'static>() {}
    shared::<confidant::Engine>();
    shared::<confidant::Error>();
    shared::<Box<dyn confidant::Store>>();
}
