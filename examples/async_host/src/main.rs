//! How an asynchronous host uses confidant: it loads and commits over its own client, here
//! of SQLite, and calls the pure middle in between. Many tasks record and decide for the
//! same few customers, meet in conflicts, back off, and lose nothing.

mod backoff;
mod blocking;
mod check;
mod host;
#[cfg(test)]
mod proof;
#[path = "../../support/say.rs"]
#[allow(dead_code, reason = "the examples share it")]
mod say;
mod shop;
mod sqlite;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use confidant::{Channel, Event, Identifier, IdentifierKind, Level, Purpose, Recorded, Request};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng, seq::IndexedRandom};
use serde_json::json;
use tokio::runtime::Handle;

use backoff::Backoff;
use blocking::Blocking;
use host::Host;
use sqlite::Sqlite;

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Many tasks record purchases and ask for decisions for the same few customers, each over
/// an asynchronous client of SQLite. Then it is counted whether anything was lost, and
/// whether caps and volumes held. The last line is a JSON object with the figures; what
/// tasks met in conflicts, and how often, differs from run to run, and nothing else does.
#[derive(Debug, Clone, Parser)]
#[command(name = "async_host")]
pub(crate) struct Arguments {
    /// How many customers
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    customers: u32,
    /// How many tasks work at the same time
    #[arg(long, default_value_t = 32)]
    tasks: u32,
    /// How many purchases each task records, and how many decisions it asks for
    #[arg(long, default_value_t = 25)]
    steps: u32,
    /// A new file to keep customers in; one that goes away afterwards, if not said
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Another seed, other customers in another order
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What a task did.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Done {
    pub(crate) events: usize,
    pub(crate) decisions: usize,
    pub(crate) emails: usize,
    pub(crate) gifts: usize,
    conflicts: usize,
    waited: Duration,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::try_parse() {
        Ok(arguments) => program(&arguments).await,
        Err(wanted) if !wanted.use_stderr() => {
            _ = wanted.print();
            return ExitCode::SUCCESS;
        }
        Err(wrong) => Err(one_line(&wrong.to_string()).into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn one_line(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let line = words.join(" ");
    format!("{} (try --help)", line.strip_prefix("error: ").unwrap_or(&line))
}

async fn program(arguments: &Arguments) -> Result<()> {
    let file = match &arguments.store {
        Some(file) if file.exists() => {
            let file = file.display();
            return Err(format!("--store {file}: expected a path where nothing is").into());
        }
        Some(file) => file.clone(),
        None => {
            let name = format!("confidant-async-host-{}.sqlite", std::process::id());
            std::env::temp_dir().join(name)
        }
    };
    let opened = Sqlite::open(&file).await;
    let wrong = |error| format!("--store {}: {error}", file.display());
    let outcome = run(arguments, opened.map_err(wrong)?).await;
    if arguments.store.is_none() {
        remove(&file);
    }
    outcome
}

/// The file, and what SQLite puts beside it.
fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        _ = std::fs::remove_file(name);
    }
}

async fn run(arguments: &Arguments, database: Sqlite) -> Result<()> {
    let started = Instant::now();
    let store = Blocking { runtime: Handle::current(), database: database.clone() };
    let build = || shop::builder()?.store(store).build();
    let engine = Arc::new(tokio::task::spawn_blocking(build).await??);
    let host = Arc::new(Host { engine, database });
    welcome(&host, arguments).await?;
    let start = |number| tokio::spawn(task(host.clone(), number, arguments.clone()));
    let tasks: Vec<_> = (0..arguments.tasks).map(start).collect();
    let mut done = Done::default();
    for task in tasks {
        let one = task.await??;
        done.events += one.events;
        done.decisions += one.decisions;
        done.emails += one.emails;
        done.gifts += one.gifts;
        done.conflicts += one.conflicts;
        done.waited += one.waited;
    }
    let seconds = started.elapsed().as_secs_f64();
    report(arguments, &done);
    let found = check::act(&host, arguments, &done).await?;
    println!();
    println!(
        "{}",
        json!({
            "customers": arguments.customers,
            "tasks": arguments.tasks,
            "events": found.events,
            "decisions": done.decisions,
            "emails": found.emails,
            "gifts": found.gifts,
            "conflicts": done.conflicts,
            "waited_ms": (done.waited.as_secs_f64() * 1e3).round(),
            "lost": done.events - found.events,
            "seconds": (seconds * 100.0).round() / 100.0,
        })
    );
    Ok(())
}

/// Every customer allows to be written to, and to be known by a card.
async fn welcome(host: &Host, arguments: &Arguments) -> Result<()> {
    let mut backoff = Backoff::new(arguments.seed);
    for number in 0..arguments.customers {
        let (customer, now) = (shop::customer(number), shop::opening());
        let consent = Event::consent(customer.as_str(), now)
            .level(Level::OwnHistory)
            .allow(Purpose::Personalisation)
            .allow(Purpose::DirectMarketing)
            .allow(Purpose::IdentityLinking);
        host.record(now, &consent.into(), &mut backoff).await?;
    }
    Ok(())
}

/// One task: at each step a purchase with somebody's card, and a question about somebody.
async fn task(host: Arc<Host>, number: u32, arguments: Arguments) -> Result<Done> {
    let Arguments { customers, steps, .. } = arguments;
    let seed = arguments.seed << 32 | u64::from(number);
    let (mut random, mut backoff) = (StdRng::seed_from_u64(seed), Backoff::new(!seed));
    let mut done = Done::default();
    for step in 0..steps {
        let now = shop::opening() + Duration::from_secs(u64::from(1 + step * 60 + number));
        let customer = random.random_range(0..customers);
        let card = Identifier::new(IdentifierKind::LoyaltyCard, shop::card(customer));
        // Whoever of the tasks comes first links the card; to the others it is known.
        let link = Event::linked(shop::customer(customer), shop::opening(), card.clone());
        host.link(now, link.into()).await?;
        let purchase = Event::purchased(card, now)
            .item(shop::ITEMS.choose(&mut random).copied().unwrap_or_default())
            .order(format!("{number}-{step}"));
        let recorded = host.record(now, &purchase.into(), &mut backoff).await?;
        done.events += usize::from(recorded == Recorded::Accepted);

        let customer = shop::customer(random.random_range(0..customers));
        let channel = if random.random() { Channel::Email } else { Channel::Web };
        let request = Request::new(customer, channel.clone(), now).seed(seed);
        let decision = host.decide(&request, now, &mut backoff).await?;
        done.decisions += 1;
        let action = decision.action().map(|action| action.as_str());
        done.gifts += usize::from(action == Some(shop::GIFT));
        done.emails += usize::from(action.is_some() && channel == Channel::Email);
    }
    Ok(Done { conflicts: backoff.conflicts, waited: backoff.waited, ..done })
}

fn report(arguments: &Arguments, done: &Done) {
    say::heading("Many at once, for the same few customers");
    let waited = done.waited.as_secs_f64() / f64::from(arguments.tasks.max(1));
    for (number, what) in [
        (arguments.tasks as usize, "tasks at the same time"),
        (arguments.customers as usize, "customers between them"),
        (done.events, "purchases recorded"),
        (done.decisions, "decisions"),
        (done.conflicts, "conflicts: somebody else had changed the same, and all was loaded again"),
        ((waited * 1e3) as usize, "milliseconds waited after conflicts, on average of the tasks"),
    ] {
        println!("  {:>7} {what}", say::thousands(number as u64));
    }
}
