//! rten.

use std::{error::Error, sync::Arc};

use rten::{DataType, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueOrView, ValueType};
use rten_tensor::Tensor;

use crate::{
    made::{named, Given},
    Run,
};

pub fn load(path: &str, threads: usize, given: &[Given]) -> Result<Run, Box<dyn Error>> {
    // As we do: weights are put in order once.
    let model = ModelOptions::with_all_ops().prepack_weights(true).load_file(path)?;
    let pool = Arc::new(ThreadPool::with_num_threads(threads));
    let mut inputs: Vec<(NodeId, Value)> = Vec::new();
    for &id in model.input_ids() {
        let node = model.node_info(id).ok_or("an input that is none")?;
        let given = named(given, node.name().unwrap_or_default())?;
        let value = match node.dtype() {
            Some(ValueType::Tensor(DataType::Float)) => Tensor::from_data(&given.shape, given.floats()).into(),
            // It has no i64.
            _ => {
                let numbers: Vec<i32> = given.integers().into_iter().map(|number| number as i32).collect();
                Tensor::from_data(&given.shape, numbers).into()
            }
        };
        inputs.push((id, value));
    }
    Ok(Box::new(move || {
        let options = RunOptions::default().with_thread_pool(Some(pool.clone()));
        let inputs = inputs
            .iter()
            .map(|(id, value)| (*id, ValueOrView::from(value)))
            .collect();
        let outputs = model.run(inputs, model.output_ids(), Some(options))?;
        let floats = outputs
            .into_iter()
            .find_map(|output| Tensor::<f32>::try_from(output).ok());
        Ok(floats.ok_or("no output of floats")?.into_data())
    }))
}
