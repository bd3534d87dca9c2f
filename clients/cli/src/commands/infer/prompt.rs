//! What is asked: the program's inputs, and how tokens are chosen.

use crate::{
    commands::{infer::text::Text, program::generates, program_inputs::inputs, whole_file::read},
    failure::{nothing_sent, usage, Result},
};
use quorate_ask::question::{self, Generating, Question};
use quorate_convert::names::shown;
use quorate_inference::SALT;
use quorate_primitives::job::infer::Choice;
use quorate_program::Program;
use std::path::PathBuf;

/// Where the inputs come from.
pub enum Given {
    /// NAME=FILE.npy, for a run.
    Files(Vec<String>),
    /// Text to continue.
    Text(String),
    /// A file with it.
    File(PathBuf),
    /// Tokens to continue.
    Tokens(Vec<u32>),
}

/// How tokens are chosen, as it was written.
pub struct Choosing {
    /// As many as fit, and no more than [`question::TOKENS`], unless given.
    pub max_tokens: Option<u32>,
    pub temperature: Option<f32>,
    pub top: u32,
    /// A number, or the text of a token.
    pub stop: Option<String>,
}

/// # Errors
/// `Usage` where validators would find it malformed, or its run would end in a fault that shows already, and so before anything is paid.
pub fn prompt(
    program: &Program,
    given: &Given,
    choosing: &Choosing,
    text: Option<&Text>,
    salt: [u8; SALT],
) -> Result<Question> {
    if let Some(text) = text {
        text.check_named(program.graph().tokenizer)?;
    }
    if !matches!(given, Given::Files(_)) {
        check_generates(program)?;
    }
    let tokens = match given {
        Given::Files(files) => {
            let values = question::Given::Inputs(inputs(program, files)?);
            return Ok(Question::new(program, values, salt)?);
        }
        Given::Tokens(tokens) => tokens.clone(),
        Given::Text(own) => tokens_of(text, own)?,
        Given::File(path) => {
            let own = String::from_utf8(read(path)?);
            let own = own.map_err(|_| usage(format!("{}: the prompt is no text (UTF-8)", path.display())))?;
            tokens_of(text, &own)?
        }
    };
    let tokens = question::Given::Tokens(tokens, generating(choosing, text)?);
    Ok(Question::new(program, tokens, salt)?)
}

/// That the program goes on from tokens. Another one is run once, with inputs.
fn check_generates(program: &Program) -> Result {
    let Err(why) = generates(program) else {
        return Ok(());
    };
    let inputs = program.graph().inputs.iter();
    let inputs: Vec<String> = inputs
        .map(|input| format!("--input {}=FILE.npy", shown(&input.name)))
        .collect();
    Err(nothing_sent(format!(
        "the program does not go on from a text: {why}. Run it once, with {}",
        inputs.join(" ")
    )))
}

fn tokens_of(text: Option<&Text>, own: &str) -> Result<Vec<u32>> {
    let text = text.ok_or_else(|| usage("text needs --tokenizer: the chain knows tokens alone"))?;
    text.tokens(own)
}

fn generating(choosing: &Choosing, text: Option<&Text>) -> Result<Generating> {
    let choice = match choosing.temperature {
        None => Choice::Largest,
        Some(temperature) => Choice::Drawn {
            temperature: temperature.to_bits(),
            top: choosing.top,
        },
    };
    let stop = choosing.stop.as_ref().map(|stop| {
        let number = stop.parse().ok();
        let token = number.or_else(|| text.and_then(|text| text.token(stop)));
        token.ok_or_else(|| {
            usage(format!(
                "--stop {stop}: the number of a token, or with --tokenizer the text of one, was expected"
            ))
        })
    });
    Ok(Generating {
        max_tokens: choosing.max_tokens,
        choice,
        stop: stop.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;
    use quorate_client::Error;
    use quorate_exact::infer::Tensor;
    use quorate_program::{op::Unary, Dimension, Expression, Graph, Input, Node, Op, Output, Type, Value};

    /// Runs take x f32 [n], and answer |x|.
    fn runs() -> Program {
        let node = Node {
            operands: vec![0],
            op: Op::Unary(Unary::Abs),
        };
        program(Type::F32, vec![node])
    }

    fn program(element: Type, nodes: Vec<Node>) -> Program {
        let value = nodes.len() as u32;
        let graph = Graph {
            dimensions: vec![Dimension {
                name: "n".into(),
                min: 1,
                max: 8,
            }],
            inputs: vec![Input {
                name: "x".into(),
                shape: vec![Expression::dimension("n")],
                element,
            }],
            nodes,
            outputs: vec![Output {
                name: "y".into(),
                value,
            }],
            ..Graph::default()
        };
        Program::new(graph).unwrap()
    }

    fn choosing(stop: Option<&str>) -> Choosing {
        Choosing {
            max_tokens: Some(3),
            temperature: Some(0.5),
            top: 40,
            stop: stop.map(String::from),
        }
    }

    fn npy(folder: &tempfile::TempDir, values: Vec<f32>) -> Given {
        let path = folder.path().join("x.npy");
        let value = Value::F32(Tensor::new(vec![values.len()], values).unwrap());
        std::fs::write(&path, quorate_compile::write_npy(&value)).unwrap();
        Given::Files(vec![format!("x={}", path.display())])
    }

    #[test]
    fn what_validators_would_find_malformed_should_not_be_sent() {
        let folder = tempfile::tempdir().unwrap();
        let long = npy(&folder, vec![0.0; 9]);
        for (given, program) in [
            (Given::Tokens(vec![1, 2]), runs()),
            (long, runs()),
            (
                Given::Tokens(vec![1]),
                program(
                    Type::I64,
                    vec![Node {
                        operands: vec![0],
                        op: Op::Cast { to: Type::F32 },
                    }],
                ),
            ),
        ] {
            let refused = prompt(&program, &given, &choosing(None), None, [7; SALT]);
            // Both are wrong usage, with the exit code of that.
            let wrong = matches!(refused, Err(Failure::Usage(_) | Failure::Client(Error::Input(_))));
            assert!(wrong, "it was taken");
        }
    }

    #[test]
    fn tokens_for_a_program_that_is_no_language_model_should_be_told_how_to_ask_it() {
        let refused = prompt(&runs(), &Given::Tokens(vec![1]), &choosing(None), None, [7; SALT]);
        let text = refused.err().unwrap().text();
        assert!(
            text.contains("does not go on from a text") && text.contains("--input x=FILE.npy"),
            "{text}"
        );
    }

    #[test]
    fn input_that_is_not_a_number_should_not_be_sent() {
        let folder = tempfile::tempdir().unwrap();
        let given = npy(&folder, vec![1.0]);
        let path = folder.path().join("x.npy");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.truncate(bytes.len() - 4);
        bytes.extend(f32::NAN.to_le_bytes());
        std::fs::write(&path, bytes).unwrap();
        assert!(prompt(&runs(), &given, &choosing(None), None, [7; SALT]).is_err());
    }

    #[test]
    fn stop_should_be_a_number_or_the_text_of_a_token() {
        assert_eq!(generating(&choosing(Some("7")), None).unwrap().stop, Some(7));
        assert!(generating(&choosing(Some("<end>")), None).is_err());
        let Choice::Drawn { temperature, top } = generating(&choosing(None), None).unwrap().choice else {
            panic!("nothing is drawn");
        };
        assert_eq!((f32::from_bits(temperature), top), (0.5, 40));
    }
}
