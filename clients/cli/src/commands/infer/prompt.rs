//! What is asked: the program's inputs, and how tokens are chosen.

use crate::{
    commands::{infer::text::Text, program::generates, program_inputs::inputs, whole_file::read},
    failure::{nothing_sent, usage, Result},
};
use quorate_ask::inputs::check;
use quorate_convert::names::shown;
use quorate_exact::infer::Tensor;
use quorate_inference::{asked_for, memory, operations, write, Asked, SALT};
use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::{Program, Value};
use std::path::PathBuf;

/// Tokens that are generated at most unless it is said.
const TOKENS: u32 = 64;

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
    /// As many as fit, and no more than [`TOKENS`], unless given.
    pub max_tokens: Option<u32>,
    pub temperature: Option<f32>,
    pub top: u32,
    /// A number, or the text of a token.
    pub stop: Option<String>,
}

/// A request, before it is named.
pub struct Prompt {
    pub task: Task,
    /// Its blob.
    pub input: Vec<u8>,
    /// Millions of operations that it needs at most.
    pub operations: u64,
    /// MiB that it takes.
    pub memory: u32,
}

/// # Errors
/// `Usage` where validators would find it malformed, or its run would end in a fault that shows already, and so before anything is paid.
pub fn prompt(
    program: &Program,
    given: &Given,
    choosing: &Choosing,
    text: Option<&Text>,
    salt: [u8; SALT],
) -> Result<Prompt> {
    if let Some(text) = text {
        text.check_named(program.graph().tokenizer)?;
    }
    if !matches!(given, Given::Files(_)) {
        check_generates(program)?;
    }
    let values = match given {
        Given::Files(files) => inputs(program, files)?,
        Given::Text(own) => vec![ids(&tokens_of(text, own)?)?],
        Given::File(path) => {
            let own = String::from_utf8(read(path)?);
            let own = own.map_err(|_| usage(format!("{}: the prompt is no text (UTF-8)", path.display())))?;
            vec![ids(&tokens_of(text, &own)?)?]
        }
        Given::Tokens(tokens) => vec![ids(tokens)?],
    };
    check(program, &values)?;
    let task = match given {
        Given::Files(_) => Task::Run,
        _ => {
            let fit = fit(program, values.first());
            let max_tokens = choosing.max_tokens.unwrap_or(fit.clamp(1, TOKENS));
            Task::Generate(generation(choosing, max_tokens, text)?)
        }
    };
    let input = write(program, salt, values).map_err(nothing_sent)?;
    let asked = Asked::read(program, &task, &input).map_err(nothing_sent)?;
    let operations = operations(program, &task, &asked, asked_for(&task))
        .ok_or_else(|| nothing_sent("nobody pays for so many operations"))?;
    let memory = memory(program, &task, &asked).ok_or_else(|| nothing_sent("no machine has so much memory"))?;
    Ok(Prompt {
        task,
        input,
        operations,
        memory,
    })
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

fn ids(tokens: &[u32]) -> Result<Value> {
    let tokens: Vec<i64> = tokens.iter().map(|&token| token.into()).collect();
    let tensor = Tensor::new(vec![tokens.len()], tokens);
    tensor
        .map(Value::I64)
        .map_err(|fault| usage(format!("the prompt: {fault}")))
}

/// Tokens that the program takes beside those of the prompt.
fn fit(program: &Program, prompt: Option<&Value>) -> u32 {
    let most = program.graph().dimensions.first().map_or(0, |dimension| dimension.max);
    let prompt = prompt.and_then(|prompt| prompt.shape().first()).copied().unwrap_or(0);
    most.saturating_sub(u32::try_from(prompt).unwrap_or(u32::MAX))
}

fn generation(choosing: &Choosing, max_tokens: u32, text: Option<&Text>) -> Result<Generation> {
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
    Ok(Generation {
        max_tokens,
        choice,
        stop: stop.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;
    use quorate_client::Error;
    use quorate_program::{op::Unary, Dimension, Expression, Graph, Input, Node, Op, Output, Type};

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
    fn run_should_be_asked_with_its_salt_its_operations_and_its_memory() {
        let folder = tempfile::tempdir().unwrap();
        let asked = prompt(
            &runs(),
            &npy(&folder, vec![1.0, -2.0]),
            &choosing(None),
            None,
            [7; SALT],
        );
        let asked = asked.unwrap();
        assert_eq!((asked.task, asked.operations, asked.memory), (Task::Run, 1, 1));
        assert!(asked.input.starts_with(&[7; SALT]));
        assert_eq!(asked.input.len(), SALT + 4 + 8, "the size of n, and two numbers");
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
    fn token_outside_the_vocabulary_should_not_be_sent() {
        for (token, taken) in [(3, true), (4, false)] {
            let asked = prompt(
                &generates(),
                &Given::Tokens(vec![0, token]),
                &choosing(None),
                None,
                [7; SALT],
            );
            assert_eq!(asked.is_ok(), taken, "{token}");
        }
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

    /// The logits of a token are its row of a table.
    fn generates() -> Program {
        let table = quorate_program::Constant {
            shape: vec![4, 4],
            element: Type::F32,
            bytes: vec![0; 64],
        };
        let mut inputs = runs().graph().inputs.clone();
        inputs[0].element = Type::I64;
        let graph = Graph {
            inputs,
            constants: vec![table],
            ..runs().graph().clone()
        };
        let gather = Node {
            operands: vec![1, 0],
            op: Op::Gather { axis: 0 },
        };
        let outputs = vec![Output {
            name: "logits".into(),
            value: 2,
        }];
        let nodes = vec![gather];
        Program::new(Graph {
            nodes,
            outputs,
            ..graph
        })
        .unwrap()
    }

    #[test]
    fn as_many_tokens_as_fit_should_be_asked_for_unless_it_is_said() {
        let most = |tokens: usize, max_tokens| {
            let choosing = Choosing {
                max_tokens,
                ..choosing(None)
            };
            let asked = prompt(
                &generates(),
                &Given::Tokens(vec![1; tokens]),
                &choosing,
                None,
                [7; SALT],
            );
            asked.ok().map(|asked| match asked.task {
                Task::Generate(generation) => generation.max_tokens,
                Task::Run => panic!("tokens are generated"),
            })
        };
        assert_eq!((most(3, None), most(3, Some(5))), (Some(5), Some(5)));
        assert_eq!((most(3, Some(6)), most(8, None)), (None, None));
    }

    #[test]
    fn stop_should_be_a_number_or_the_text_of_a_token() {
        assert_eq!(generation(&choosing(Some("7")), 3, None).unwrap().stop, Some(7));
        assert!(generation(&choosing(Some("<end>")), 3, None).is_err());
        let Choice::Drawn { temperature, top } = generation(&choosing(None), 3, None).unwrap().choice else {
            panic!("nothing is drawn");
        };
        assert_eq!((f32::from_bits(temperature), top), (0.5, 40));
    }
}
