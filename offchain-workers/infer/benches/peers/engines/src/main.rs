//! Times runs of an ONNX model by rten: `quorate-infer-peers rten MODEL.onnx THREADS SECONDS NAME=SHAPE …`, where a shape is as 8,128, its batch
//! first. One JSON line: milliseconds of the median run, and of the processor for each; and the mean amount of the first
//! output of floats, by which whoever reads it sees that the same was computed.

mod made;
mod rten_engine;

use std::{error::Error, time::Instant};

use made::Given;

/// Runs once, and answers the first output of floats.
pub type Run = Box<dyn FnMut() -> Result<Vec<f32>, Box<dyn Error>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [engine, model, threads, seconds, shapes @ ..] = arguments.as_slice() else {
        return Err("rten MODEL.onnx THREADS SECONDS NAME=SHAPE …".into());
    };
    let given = shapes
        .iter()
        .map(|text| Given::read(text))
        .collect::<Result<Vec<_>, _>>()?;
    let (threads, seconds): (usize, f64) = (threads.parse()?, seconds.parse()?);
    let mut run = match engine.as_str() {
        "rten" => rten_engine::load(model, threads, &given)?,
        other => return Err(format!("{other} is not rten").into()),
    };
    let output = run()?;
    let mean = output.iter().map(|x| f64::from(x.abs())).sum::<f64>() / output.len().max(1) as f64;
    let (start, busy, mut times) = (Instant::now(), busy(), Vec::new());
    while times.len() < 3 || start.elapsed().as_secs_f64() < seconds {
        let begin = Instant::now();
        run()?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    let cpu = (self::busy() - busy) / times.len() as f64;
    times.sort_by(f64::total_cmp);
    let ms = times[times.len() / 2];
    println!("{{\"engine\":\"{engine}\",\"ms\":{ms:.3},\"cpu_ms\":{cpu:.3},\"mean\":{mean:.6}}}");
    Ok(())
}

/// Milliseconds that all threads have had the processor.
fn busy() -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else {
        return 0.0;
    };
    let of = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    tasks.flatten().filter_map(of).sum::<f64>() / 1e6
}
