//! Every pair of `golden/*.jsonl`, answered by the reference in Wasm.

use std::{path::Path, process::Command};

use wasmi::{Engine, Instance, Linker, Memory, Module, Store};

/// The module, built for the runtime's target.
fn module() -> Vec<u8> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("module");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--lib", "--target", "wasm32v1-none"])
        .arg("--manifest-path")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("RUSTFLAGS")
        .status()
        .expect("cargo runs");
    assert!(
        built.success(),
        "building the module: {built}; 'rustup target add wasm32v1-none' if it is missing"
    );
    std::fs::read(target.join("wasm32v1-none/release/quorate_exact_wasm.wasm")).unwrap()
}

struct Reference {
    engine: Engine,
    module: Module,
}

impl Reference {
    fn answer(&self, case: &str) -> serde_json::Value {
        let mut store = Store::new(&self.engine, ());
        let linker = Linker::<()>::new(&self.engine);
        let instance: Instance = linker.instantiate_and_start(&mut store, &self.module).unwrap();
        let memory: Memory = instance.get_memory(&store, "memory").unwrap();
        let reserve = instance.get_typed_func::<i32, i32>(&store, "reserve").unwrap();
        let answer = instance.get_typed_func::<(i32, i32), i64>(&store, "answer").unwrap();
        let len = i32::try_from(case.len()).unwrap();
        let at = reserve.call(&mut store, len).unwrap();
        memory.write(&mut store, at as u32 as usize, case.as_bytes()).unwrap();
        let place = answer
            .call(&mut store, (at, len))
            .unwrap_or_else(|trap| panic!("{trap}: {case}")) as u64;
        let mut bytes = vec![0; place as u32 as usize];
        memory.read(&store, (place >> 32) as usize, &mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }
}

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../golden");

#[test]
fn reference_in_wasm_should_give_the_golden_answers() {
    let engine = Engine::default();
    let module = Module::new(&engine, module()).unwrap();
    let reference = Reference { engine, module };
    golden_cases(&reference);
    functions(&reference);
    operations(&reference);
}

fn golden_cases(reference: &Reference) {
    let mut files: Vec<_> = std::fs::read_dir(GOLDEN)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    assert!(files.len() >= 7, "{files:?}");
    let mut cases = 0;
    for path in files {
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let pair: serde_json::Value = serde_json::from_str(line).unwrap();
            let case = pair["case"].to_string();
            assert_eq!(reference.answer(&case), pair["answer"], "{}: {case}", path.display());
            cases += 1;
        }
    }
    println!("{cases} cases");
    assert!(cases > 900);
}

/// `functions-sampled.json` has pairs of bits: an input and its result.
fn functions(reference: &Reference) {
    let text = std::fs::read_to_string(format!("{GOLDEN}/functions-sampled.json")).unwrap();
    let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(all.len(), 10);
    let number = |digits: &str| u32::from_str_radix(digits, 16).unwrap();
    for (name, golden) in all {
        let pairs = golden["values"].as_array().unwrap();
        let pairs = pairs.iter().map(|pair| pair.as_str().unwrap().split_once(' ').unwrap());
        let (x, y): (Vec<u32>, Vec<u32>) = pairs.map(|(x, y)| (number(x), number(y))).unzip();
        let case = serde_json::json!({ "op": "function", "name": name, "x": x }).to_string();
        assert_eq!(reference.answer(&case), serde_json::json!({ "y": y }), "{name}");
    }
}

/// `infer.json` has a digest or a fault for each case.
fn operations(reference: &Reference) {
    let text = std::fs::read_to_string(format!("{GOLDEN}/infer.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(reference.answer(r#"{"op":"inference"}"#), golden);
}
