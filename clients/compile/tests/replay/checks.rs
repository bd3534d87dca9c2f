//! What holds of any bytes that are given to the compiler.

use quorate_compile::{onnx, Options, Sizes};
use quorate_program::Program;

/// They are refused in words, or the program is one that is read again from its own bytes.
pub fn model(bytes: &[u8]) {
    let sizes = Sizes {
        dimensions: vec!["tokens=1..8".into()],
        inputs: vec!["image=1,2,2*tokens,4".into()],
    };
    for (extract, sizes) in [(false, sizes), (true, Sizes::default())] {
        let options = Options {
            sizes,
            outputs: Vec::new(),
            extract,
            keep_nodes: extract,
            constants_at_most: 1 << 20,
            tokenizer: None,
        };
        match onnx(bytes, None, &options) {
            Ok(made) => assert_eq!(Program::decode(&made.program.encode()), Ok(made.program)),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}
