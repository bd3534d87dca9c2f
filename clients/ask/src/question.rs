//! What is asked of a program, found to be what validators take before anything is sent.

use crate::{inputs, nothing_sent};
use quorate_client::{Error, Result};
use quorate_exact::infer::Tensor;
use quorate_inference::{asked_for, memory, operations, write, Asked, SALT};
use quorate_primitives::job::infer::{Choice, Generation, Task};
use quorate_program::{Program, Value};
use rand::{rngs::OsRng, TryRngCore};

/// Tokens that are generated at most unless it is said.
pub const TOKENS: u32 = 64;

/// What the program is given.
#[derive(Clone, Debug)]
pub enum Given {
    /// Its inputs, in its order: it runs once.
    Inputs(Vec<Value>),
    /// Tokens that it continues.
    Tokens(Vec<u32>, Generating),
}

/// How tokens are chosen, and when that ends.
#[derive(Clone, Copy, Debug)]
pub struct Generating {
    /// As many as fit, and no more than [`TOKENS`], unless given.
    pub max_tokens: Option<u32>,
    pub choice: Choice,
    /// The token after which nothing is generated.
    pub stop: Option<u32>,
}

/// A question to a program, before it is a request.
#[derive(Clone, Debug)]
pub struct Question {
    pub task: Task,
    /// The bytes of its blob.
    pub input: Vec<u8>,
    /// Millions of operations that it needs at most.
    pub operations: u64,
    /// MiB that it takes.
    pub memory: u32,
}

impl Question {
    /// # Errors
    /// `Input` for what the program does not take, and validators would find malformed.
    pub fn new(program: &Program, given: Given, salt: [u8; SALT]) -> Result<Self> {
        let (task, values) = match given {
            Given::Inputs(values) => (Task::Run, values),
            Given::Tokens(tokens, generating) => {
                let prompt = ids(&tokens)?;
                let max_tokens = generating
                    .max_tokens
                    .unwrap_or_else(|| fit(program, tokens.len()).clamp(1, TOKENS));
                let generation = Generation {
                    max_tokens,
                    choice: generating.choice,
                    stop: generating.stop,
                };
                (Task::Generate(generation), vec![prompt])
            }
        };
        inputs::check(program, &values)?;
        let input = write(program, salt, values).map_err(nothing_sent)?;
        let asked = Asked::read(program, &task, &input).map_err(nothing_sent)?;
        let operations = operations(program, &task, &asked, asked_for(&task))
            .ok_or_else(|| nothing_sent("nobody pays for so many operations"))?;
        let memory = memory(program, &task, &asked).ok_or_else(|| nothing_sent("no machine has so much memory"))?;
        Ok(Self {
            task,
            input,
            operations,
            memory,
        })
    }
}

fn ids(tokens: &[u32]) -> Result<Value> {
    if tokens.is_empty() {
        return Err(Error::Input("the prompt has no tokens".into()));
    }
    let tokens: Vec<i64> = tokens.iter().map(|&token| token.into()).collect();
    let tensor = Tensor::new(vec![tokens.len()], tokens);
    tensor
        .map(Value::I64)
        .map_err(|fault| Error::Input(format!("the prompt: {fault}")))
}

/// Tokens that the program takes beside those of the prompt.
fn fit(program: &Program, prompt: usize) -> u32 {
    let most = program.graph().dimensions.first().map_or(0, |dimension| dimension.max);
    most.saturating_sub(u32::try_from(prompt).unwrap_or(u32::MAX))
}

/// Bytes that nobody else knows: whoever guesses an input could else tell it, and its answer, by the roots.
///
/// # Errors
/// `Input` when the system gives none.
pub fn salt() -> Result<[u8; SALT]> {
    let mut salt = [0; SALT];
    let drawn = OsRng.try_fill_bytes(&mut salt);
    drawn.map_err(|error| Error::Input(format!("the system gives no random bytes: {error}")))?;
    Ok(salt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_program::{op::Unary, Constant, Dimension, Expression, Graph, Input, Node, Op, Output, Type};

    fn x(element: Type) -> Input {
        Input {
            name: "x".into(),
            shape: vec![Expression::dimension("n")],
            element,
        }
    }

    fn program(input: Input, constants: Vec<Constant>, node: Node) -> Program {
        let value = 1 + constants.len() as u32;
        let dimension = Dimension {
            name: "n".into(),
            min: 1,
            max: 8,
        };
        let graph = Graph {
            dimensions: vec![dimension],
            inputs: vec![input],
            constants,
            nodes: vec![node],
            outputs: vec![Output {
                name: "y".into(),
                value,
            }],
            ..Graph::default()
        };
        Program::new(graph).unwrap()
    }

    /// Takes x f32 [n], and answers |x|.
    fn runs() -> Program {
        let node = Node {
            operands: vec![0],
            op: Op::Unary(Unary::Abs),
        };
        program(x(Type::F32), vec![], node)
    }

    /// The logits of a token are its row of a table with four.
    fn generates() -> Program {
        let table = Constant {
            shape: vec![4, 4],
            element: Type::F32,
            bytes: vec![0; 64],
        };
        let node = Node {
            operands: vec![1, 0],
            op: Op::Gather { axis: 0 },
        };
        program(x(Type::I64), vec![table], node)
    }

    fn floats(values: Vec<f32>) -> Given {
        Given::Inputs(vec![Value::F32(Tensor::new(vec![values.len()], values).unwrap())])
    }

    fn tokens(tokens: Vec<u32>, max_tokens: Option<u32>) -> Given {
        let generating = Generating {
            max_tokens,
            choice: Choice::Largest,
            stop: None,
        };
        Given::Tokens(tokens, generating)
    }

    #[test]
    fn run_should_be_asked_with_its_salt_its_operations_and_its_memory() {
        let asked = Question::new(&runs(), floats(vec![1.0, -2.0]), [7; SALT]).unwrap();
        assert_eq!((asked.task, asked.operations, asked.memory), (Task::Run, 1, 1));
        assert!(asked.input.starts_with(&[7; SALT]));
        assert_eq!(asked.input.len(), SALT + 4 + 8, "the size of n, and two numbers");
    }

    #[test]
    fn what_validators_would_find_malformed_should_not_be_asked() {
        for (given, program, named) in [
            (
                tokens(vec![1, 2], Some(3)),
                runs(),
                "input x is i64 [2]; f32 [n] was expected",
            ),
            (floats(vec![0.0; 9]), runs(), "takes 1 to 8"),
            (floats(vec![1.0]), generates(), "i64 [n] was expected"),
            (
                Given::Inputs(vec![]),
                runs(),
                "0 inputs were given, and the program has 1: x",
            ),
            (tokens(vec![1, 4], Some(3)), generates(), "element 1 is 4"),
            (tokens(vec![], Some(3)), generates(), "the prompt has no tokens"),
        ] {
            let refused = Question::new(&program, given, [7; SALT]).unwrap_err().to_string();
            assert!(refused.contains(named), "{refused}");
        }
        assert!(Question::new(&runs(), floats(vec![1.0]), [7; SALT]).is_ok());
    }

    #[test]
    fn as_many_tokens_as_fit_should_be_asked_for_unless_it_is_said() {
        let most = |prompt: usize, max_tokens| {
            let asked = Question::new(&generates(), tokens(vec![1; prompt], max_tokens), [7; SALT]);
            asked.ok().map(|asked| asked_for(&asked.task))
        };
        assert_eq!((most(3, None), most(3, Some(5))), (Some(5), Some(5)));
        assert_eq!((most(3, Some(6)), most(8, None)), (None, None));
    }

    #[test]
    fn salts_should_differ() {
        assert_ne!(salt().unwrap(), salt().unwrap());
    }
}
