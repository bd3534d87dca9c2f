//! The corpus of the fuzz target for programs, replayed and spoilt.

mod checks;
#[path = "../../../../fuzz/replay.rs"]
mod replay;

#[test]
fn programs_should_run_at_the_sizes_that_they_have_or_be_refused() {
    // Those of the oracle, each operation among them.
    let text = include_str!("../../../exact/golden/programs.jsonl");
    let files = text.lines().map(|line| {
        let pair: serde_json::Value = serde_json::from_str(line).unwrap();
        hex::decode(pair["case"]["file"].as_str().unwrap()).unwrap()
    });
    let seeds: Vec<(String, Vec<u8>)> = files
        .enumerate()
        .map(|(i, file)| (format!("golden_{i:02}"), file))
        .collect();
    let seeds: Vec<_> = seeds.iter().map(|(name, file)| (name.as_str(), file.clone())).collect();
    replay::run("program", &seeds, 20_000, checks::program);
}
