//! Commands that make updates, run for real.

use super::*;
use quorate_client::fixtures::collecting;
use quorate_convert::{check_update, read_header, Options};
use std::cell::RefCell;

const CONTRIBUTOR: Account = Account([0xc0; 32]);

/// A safetensors file of two numbers.
fn write_weights(path: &Path, values: [f32; 2]) {
    let header = r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    fs::write(path, bytes).unwrap();
}

struct Scene {
    scratch: tempfile::TempDir,
    base: Hashed,
    round: RoundView,
}

impl Scene {
    /// A base and trained weights, `trained`.
    fn new() -> Self {
        let scratch = tempfile::tempdir().unwrap();
        let at = |name: &str| scratch.path().join(name);
        write_weights(&at("weights"), [1.0, 2.0]);
        write_weights(&at("trained"), [1.5, 1.0]);
        let (input, base) = (at("weights"), at("base"));
        let conversion = Conversion {
            output: &base,
            job: Job::Model(Options::default()),
            strip: Vec::new(),
            existing: Existing::Replace,
        };
        conversion.run(Input::open(&input).unwrap(), &|_, _| ()).unwrap();
        fs::create_dir(at("round")).unwrap();
        let round = collecting(7, (2, 4));
        Self {
            scratch,
            base: Hashed::of(base).unwrap(),
            round,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn maker<'a>(&'a self, source: &'a Source) -> Maker<'a> {
        Maker {
            source,
            folder: self.at("round"),
            base: &self.base,
            contributor: CONTRIBUTOR,
            round: &self.round,
        }
    }

    /// What is made, and the failures before it.
    async fn make(&self, way: Way, weight: Option<u32>) -> (Made, Vec<String>) {
        let source = Source {
            way,
            weight,
            delta: false,
        };
        let maker = self.maker(&source);
        let failures = RefCell::new(Vec::new());
        let made = maker.make(&|text| failures.borrow_mut().push(text.into())).await;
        (made.unwrap(), failures.into_inner())
    }

    fn check(&self, made: &Made) {
        let header = read_header(&self.base.path).unwrap();
        check_update(&made.file, &header, &self.base.root.0, &CONTRIBUTOR).unwrap();
    }
}

fn run(command: &str) -> Way {
    Way::Run(command.into())
}

const TRAIN: &str = r#"cp ../trained "$QUORATE_OUTPUT" && echo 12 > "$QUORATE_WEIGHT_FILE""#;

#[tokio::test]
async fn command_should_make_an_update_and_say_its_weight() {
    let scene = Scene::new();
    let (made, failures) = scene.make(run(TRAIN), Some(3)).await;
    assert_eq!((made.weight, failures), (12, vec![]));
    scene.check(&made);
}

#[tokio::test]
async fn command_should_learn_what_it_needs() {
    let scene = Scene::new();
    let command = format!(
        r#"echo "$QUORATE_MODEL $QUORATE_ROUND $QUORATE_BASE_VERSION" > ../seen; cmp "$QUORATE_BASE" ../base && {TRAIN}"#
    );
    let (_, failures) = scene.make(run(&command), None).await;
    assert_eq!(failures, Vec::<String>::new());
    assert_eq!(fs::read_to_string(scene.at("seen")).unwrap(), "2 7 4\n");
}

#[tokio::test]
async fn command_that_writes_to_the_base_should_end_the_making() {
    let scene = Scene::new();
    let command = format!(r#"{TRAIN} && printf x >> "$QUORATE_BASE""#);
    let source = Source {
        way: run(&command),
        weight: None,
        delta: false,
    };
    let maker = scene.maker(&source);
    let error = maker.make(&|text| panic!("{text}")).await.err().unwrap();
    assert!(error.text().contains("written to"), "{}", error.text());
    assert!(!update_in(&scene.at("round")).exists());
}

#[tokio::test]
async fn update_that_was_made_should_not_be_made_again() {
    let scene = Scene::new();
    let (first, _) = scene.make(run(TRAIN), None).await;
    let (second, failures) = scene.make(run("exit 1"), None).await;
    assert_eq!((second.file, second.weight, failures), (first.file, 12, vec![]));
}

#[tokio::test]
async fn update_that_was_made_to_another_base_should_be_kept_beside_and_made_again() {
    let mut scene = Scene::new();
    let (first, _) = scene.make(run(TRAIN), None).await;
    let bytes = fs::read(&first.file).unwrap();
    // A fork has opened the round on another version.
    let other = scene.at("other");
    write_weights(&scene.at("weights"), [5.0, 6.0]);
    quorate_convert::convert(
        &scene.at("weights"),
        &other,
        &Job::Model(Options::default()),
        &|_, _| (),
    )
    .unwrap();
    scene.base = Hashed::of(other).unwrap();
    let (second, told) = scene.make(run(TRAIN), None).await;
    assert!(told.len() == 1 && told[0].contains("is to another version"), "{told:?}");
    scene.check(&second);
    let beside = fs::read_dir(scene.at("round"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    assert!(beside
        .into_iter()
        .any(|path| fs::read(path).is_ok_and(|kept| kept == bytes)));
}

#[tokio::test(start_paused = true)]
async fn command_that_fails_should_be_run_again() {
    let scene = Scene::new();
    let command = format!("test -e ../tried || {{ touch ../tried; exit 3; }}; {TRAIN}");
    let (made, failures) = scene.make(run(&command), None).await;
    assert_eq!(failures.len(), 1);
    assert!(failures[0].contains("exit status: 3"), "{}", failures[0]);
    scene.check(&made);
}

#[tokio::test(start_paused = true)]
async fn command_may_write_a_folder_and_be_run_again() {
    let scene = Scene::new();
    let command = r#"mkdir "$QUORATE_OUTPUT" && cp ../trained "$QUORATE_OUTPUT/model.safetensors" && echo 12 > "$QUORATE_WEIGHT_FILE"
        test -e ../tried || { touch ../tried; exit 3; }"#;
    let (made, failures) = scene.make(run(command), None).await;
    assert_eq!(failures.len(), 1, "{failures:?}");
    scene.check(&made);
}

#[tokio::test(start_paused = true)]
async fn what_the_command_leaves_wrong_should_be_said() {
    let scene = Scene::new();
    let command = format!(
        r#"case $(ls .. | grep -c try) in
            0) touch ../try1; cp ../trained "$QUORATE_OUTPUT";;
            1) touch ../try2; {TRAIN}; echo 0 > "$QUORATE_WEIGHT_FILE";;
            2) touch ../try3; echo 5 > "$QUORATE_WEIGHT_FILE";;
            *) {TRAIN};;
        esac"#
    );
    let (_, failures) = scene.make(run(&command), None).await;
    let said = [
        "number of samples is not known",
        "the weight is 0",
        "trained.safetensors",
    ];
    assert_eq!(failures.len(), said.len(), "{failures:?}");
    for (failure, said) in failures.iter().zip(said) {
        assert!(failure.contains(said), "{failure:?} does not say {said:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn file_should_be_awaited_under_the_rounds_name() {
    let scene = Scene::new();
    let template = scene
        .at("drop-{model}-{round}-{version}.safetensors")
        .display()
        .to_string();
    let bring = async {
        tokio::time::sleep(10 * LOOK).await;
        fs::copy(scene.at("trained"), scene.at("drop-2-7-4.safetensors")).unwrap();
    };
    let ((made, failures), ()) = tokio::join!(scene.make(Way::From(template), Some(3)), bring);
    assert_eq!((made.weight, failures), (3, vec![]));
    scene.check(&made);
}

/// For what must come.
const DEADLINE: Duration = Duration::from_secs(60);

/// Whether a process does anything any more.
fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn command_should_end_with_all_its_processes_when_it_is_not_wanted_any_more() {
    let scene = Scene::new();
    let pid = scene.at("pid");
    let started = async {
        while fs::read_to_string(&pid).map_or(true, |text| !text.ends_with('\n')) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = scene.make(run("sleep 1000 & echo $! > ../pid; wait"), Some(1)) => panic!("it does not end"),
        started = tokio::time::timeout(DEADLINE, started) => started.expect("the command does not start"),
    }
    let pid = fs::read_to_string(&pid).unwrap();
    let ended = async {
        while is_running(&pid) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(DEADLINE, ended).await.expect("a process goes on");
}

#[test]
fn command_should_not_inherit_what_holds_a_secret() {
    let scene = Scene::new();
    let source = Source {
        way: Way::Run("true".into()),
        weight: Some(1),
        delta: false,
    };
    let maker = scene.maker(&source);
    let command = maker.command("true".as_ref(), &scene.at("output"), &scene.at("samples"));
    let removed: Vec<_> = command
        .as_std()
        .get_envs()
        .filter(|(_, value)| value.is_none())
        .collect();
    for secret in ["QUORATE_ACCOUNT", "QUORATE_READER_KEY", "QUORATE_PASSPHRASE_FILE"] {
        assert!(removed.contains(&(secret.as_ref(), None)), "{secret}");
    }
}
