//! Logs as JSON, one object a line, for collectors of logs. Substrate's own logger writes text only.

use crate::cli::Cli;
use sc_cli::{CliConfiguration, Runner, Signals, SubstrateCli};
use serde_json::{Map, Value};
use std::{fmt, io::Write};
use tracing::{field, Event, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::{
    fmt::{
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::{Context, Layer, SubscriberExt},
    util::SubscriberInitExt,
    EnvFilter,
};

/// As Substrate's own logger has it: libraries that say much.
const QUIET: &str =
    "info,ws=off,yamux=off,regalloc=off,cranelift_codegen=off,cranelift_wasm=warn,hyper=warn,trust_dns_proto=off,\
                     hickory_proto=off,libp2p_mdns::behaviour::iface=off,rustls::common_state=off,rustls::conn=off";

/// As [`SubstrateCli::create_runner`], with logs as JSON.
///
/// # Errors
/// As there.
pub fn json_runner(cli: &Cli) -> sc_cli::Result<Runner<Cli>> {
    let runtime = sc_cli::build_runtime()?;
    let signals = runtime.block_on(async { Signals::capture() })?;
    let config = cli.run.create_configuration(cli, runtime.handle().clone())?;
    sp_panic_handler::set(&Cli::support_url(), &Cli::impl_version());
    let asked = [std::env::var("RUST_LOG").unwrap_or_default(), cli.run.log_filters()?];
    let asked = asked.iter().filter(|filter| !filter.is_empty());
    let filter = asked.fold(QUIET.to_owned(), |all, more| format!("{all},{more}"));
    let filter =
        EnvFilter::try_new(&filter).map_err(|error| sc_cli::Error::Input(format!("--log {filter}: {error}")))?;
    tracing_subscriber::registry()
        .with(filter)
        .with(Json(std::io::stderr))
        .try_init()
        .map_err(|error| sc_cli::Error::Input(error.to_string()))?;
    if let Err(error) = fdlimit::raise_fd_limit() {
        log::warn!("The limit of open files cannot be raised: {error}");
    }
    Runner::new(config, runtime, signals)
}

/// Writes each event as one line.
struct Json<F>(F);

impl<S: Subscriber, W: Write, F: Fn() -> W + 'static> Layer<S> for Json<F> {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        // Events of the crate `log` say in their fields where they come from.
        let normalized = event.normalized_metadata();
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let line = line(metadata.level().as_str(), metadata.target(), fields);
        // A log that cannot be written is no reason to stop.
        let _ = (self.0)().write_all(line.as_bytes());
    }
}

fn line(level: &str, target: &str, Fields { message, mut others }: Fields) -> String {
    let mut time = String::new();
    // Into a string nothing fails.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    for (name, id) in ids(&message) {
        others.entry(name).or_insert(id);
    }
    let head = [
        ("time", time),
        ("level", level.to_lowercase()),
        ("target", target.to_owned()),
        ("message", message),
    ];
    let mut all: Map<String, Value> = head
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.into()))
        .collect();
    for (name, value) in others {
        all.entry(name).or_insert(value);
    }
    format!("{}\n", Value::Object(all))
}

/// The round, the model and the job that a message of this node is about: it begins with them, or names them as it goes on.
fn ids(message: &str) -> Vec<(String, Value)> {
    let after = |word: &str| {
        let (before, rest) = message.split_once(word)?;
        let is_a_word = before.is_empty() || before.ends_with([' ', '(']);
        let end = rest
            .find(|sign: char| !sign.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        is_a_word.then(|| &rest[..end])
    };
    let number = |word: &str| after(word)?.parse::<u64>().ok();
    let found = [
        ("round", number("Round ").or_else(|| number("round ")).map(Value::from)),
        ("model", number("Model ").or_else(|| number("model ")).map(Value::from)),
        ("job", after("Job ").filter(|id| id.starts_with("0x")).map(Value::from)),
    ];
    found
        .into_iter()
        .filter_map(|(name, id)| Some((name.to_owned(), id?)))
        .collect()
}

/// What an event carries.
#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn add(&mut self, field: &field::Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            (name, _) if name.starts_with("log.") => {}
            (name, value) => drop(self.others.insert(name.to_owned(), value)),
        }
    }
}

impl field::Visit for Fields {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &field::Field, value: &str) {
        self.add(field, value.into());
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        self.add(field, value.into());
    }

    fn record_i64(&mut self, field: &field::Field, value: i64) {
        self.add(field, value.into());
    }

    fn record_bool(&mut self, field: &field::Field, value: bool) {
        self.add(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn each_event_should_be_one_object_with_its_fields() {
        let lines = Lines::default();
        let to = lines.clone();
        let subscriber = tracing_subscriber::registry().with(Json(move || to.clone()));
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "quorate", peers = 3u64, "Round 7: \"settled\"\nand more");
            tracing::warn!("no id");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let objects: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects.len(), 2, "{text}");
        let first = &objects[0];
        assert_eq!((&first["level"], &first["target"]), (&"info".into(), &"quorate".into()));
        assert_eq!((&first["round"], &first["peers"]), (&7.into(), &3.into()));
        assert_eq!(first["message"], "Round 7: \"settled\"\nand more");
        assert!(
            first["time"].as_str().is_some_and(|time| time.ends_with('Z')),
            "{first}"
        );
        assert!(objects[1].get("round").is_none());
    }

    #[test]
    fn messages_should_tell_their_round_model_and_job() {
        let named = |message: &str| ids(message).into_iter().collect::<Map<_, _>>();
        let job = format!("0x{}", "77".repeat(32));
        let found = named(&format!("Job {job} (work of kind 0): computing"));
        assert_eq!((found.len(), &found["job"]), (1, &job.into()));
        let found = named("Round 3: version 2 of model 1 is recorded, scores are awaited (block 9)");
        assert_eq!((&found["round"], &found["model"]), (&3.into(), &1.into()));
        assert_eq!(
            named("Model 4, genesis version: voting 1 held, 0 malformed")["model"],
            4
        );
        for other in ["Round: none", "Background 5", "Job done", "a remodel 5", ""] {
            assert!(named(other).is_empty(), "{other}: {:?}", named(other));
        }
    }
}
