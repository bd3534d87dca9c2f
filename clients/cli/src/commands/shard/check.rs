//! What is found out of a shard before it is committed to: whatever the validators would not count costs the bond.

use crate::{
    commands::{artifact_cache::cached, naming},
    context::Context,
    failure::{nothing_sent, usage, Failure, Result},
};
use quorate_client::Client;
use quorate_data_set::Checker;
use quorate_evaluation::{
    assessment::{counting, row_key, RowKey},
    Fit,
};
use quorate_primitives::{
    availability::ArtifactKind,
    policy::{Assessment, Contribution},
    ArtifactId, OrganisationId,
};
use quorate_program::Program;
use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Bytes that are read at a time.
const READ: usize = 1 << 20;

/// What shards of a model are measured with, as far as the supplier may read it.
pub struct Measure {
    program: Option<Program>,
    /// Rows of the benchmark: they count in no shard.
    public: Vec<RowKey>,
}

impl Measure {
    /// Program and benchmark of a policy, fetched if need be.
    pub async fn of(
        context: &Context,
        client: &Client,
        assessment: &Assessment,
        supplier: OrganisationId,
    ) -> Result<Self> {
        let unknown = Self {
            program: None,
            public: Vec::new(),
        };
        let file = readable(context, client, (assessment.program, ArtifactKind::Program), supplier);
        let Some(path) = file.await? else {
            return Ok(unknown);
        };
        let wrong = |error: &dyn std::fmt::Display| usage(format!("{}: {error}", path.display()));
        let bytes = std::fs::read(&path).map_err(|error| wrong(&error))?;
        let program = Program::decode(&bytes).map_err(|error| wrong(&error))?;
        let benchmark = match assessment.benchmark {
            Some(data) => readable(context, client, (data, ArtifactKind::DataSet), supplier).await?,
            None => None,
        };
        let public = match benchmark {
            Some(path) => read(&path, Some(&program))?.keys,
            None => Vec::new(),
        };
        Ok(Self {
            program: Some(program),
            public,
        })
    }

    /// Whether anything is known of what the program reads of a row.
    pub fn is_known(&self) -> bool {
        self.program.is_some()
    }

    /// The rows of a shard.
    ///
    /// # Errors
    /// `Usage` with the first fault for which validators would not count it.
    pub fn check(&self, path: &Path, rules: &Contribution) -> Result<u32> {
        let Set { rows, keys } = read(path, self.program.as_ref())?;
        let (fewest, most) = (rules.min_rows, rules.max_rows);
        let allowed = u32::try_from(rows).ok().filter(|rows| (fewest..=most).contains(rows));
        let rows = allowed.ok_or_else(|| {
            refused(format!(
                "{} has {rows} rows, and the policy asks for {fewest} to {most}",
                path.display()
            ))
        })?;
        if !self.is_known() {
            return Ok(rows);
        }
        let counted = counting(&self.public, &[keys]);
        let counted = counted.iter().flatten().filter(|&&counts| counts).count();
        match counted < fewest as usize {
            false => Ok(rows),
            true => Err(refused(format!(
                "{counted} of the {rows} rows of {} would count, and the policy asks for {fewest}: the others are in it twice, or are rows \
                 of the benchmark",
                path.display()
            ))),
        }
    }
}

fn refused(why: String) -> Failure {
    nothing_sent(why)
}

/// An artifact's file, where the supplier may read it.
async fn readable(
    context: &Context,
    client: &Client,
    (id, kind): (ArtifactId, ArtifactKind),
    supplier: OrganisationId,
) -> Result<Option<PathBuf>> {
    let known = client.artifact(id).await?;
    match known.access.admits(supplier, known.organisation, &known.readers) {
        true => cached(context, client, id, kind).await.map(Some),
        false => Ok(None),
    }
}

/// What a data set has.
struct Set {
    rows: u64,
    /// What the program reads of each row; none without a program.
    keys: Vec<RowKey>,
}

/// Reads all of a data set, as validators do.
fn read(path: &Path, program: Option<&Program>) -> Result<Set> {
    let no_data_set = |error: &dyn std::fmt::Display| refused(format!("{} is no data set: {error}", path.display()));
    let (mut file, mut checker, mut buffer) = (naming::open(path)?, Checker::default(), vec![0; READ]);
    let (mut fit, mut misfit, mut keys) = (None, None, Vec::new());
    let set = loop {
        match file.read(&mut buffer) {
            Ok(0) => break checker.finish().map_err(|error| no_data_set(&error))?,
            Ok(count) => {
                let pushed = checker.push(buffer.get(..count).unwrap_or_default(), |set, row| {
                    if let (None, None, Some(program)) = (&fit, &misfit, program) {
                        match Fit::new(program, set) {
                            Ok(found) => fit = Some(found),
                            Err(error) => misfit = Some(error),
                        }
                    }
                    if let Some(fit) = &fit {
                        keys.push(row_key(&fit.inputs(&row)));
                    }
                });
                pushed.map_err(|error| no_data_set(&error))?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(usage(format!("{}: {error}", path.display()))),
        }
    };
    match misfit {
        Some(misfit) => Err(refused(format!(
            "the policy's program does not fit {}: {misfit}",
            path.display()
        ))),
        None => Ok(Set { rows: set.rows(), keys }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quorate_client::policy_file::contribution;
    use quorate_data_set::{DataSet, Row};
    use quorate_exact::infer::Tensor;
    use quorate_program::{op::Unary, Graph, Input, Node, Op, Output, Type, Value};

    fn column(name: &str) -> Input {
        Input {
            name: name.into(),
            shape: vec![],
            element: Type::F32,
        }
    }

    /// Its loss is |x|.
    fn program() -> Program {
        let graph = Graph {
            inputs: vec![column("x")],
            nodes: vec![Node {
                operands: vec![0],
                op: Op::Unary(Unary::Abs),
            }],
            outputs: vec![Output {
                name: "loss".into(),
                value: 1,
            }],
            ..Graph::default()
        };
        Program::new(graph).unwrap()
    }

    /// Rows of two columns: what the program reads, and a number of their own.
    fn data(name: &str, rows: impl ExactSizeIterator<Item = u32>) -> Vec<u8> {
        let columns = vec![column(name), column("number")];
        let set = DataSet::new(columns, vec![], rows.len() as u64).unwrap();
        let mut bytes = set.header();
        for (number, x) in rows.enumerate() {
            let value = |value: f32| Value::F32(Tensor::new(vec![], vec![value]).unwrap());
            let row = Row {
                sizes: Default::default(),
                values: vec![value(x as f32), value(number as f32)],
            };
            bytes.extend(set.write_row(&row).unwrap());
        }
        bytes
    }

    fn check(measure: &Measure, bytes: &[u8]) -> std::result::Result<u32, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shard.data");
        std::fs::write(&path, bytes).unwrap();
        let checked = measure.check(&path, &contribution(1_000));
        checked.map_err(|failure| match failure {
            Failure::Usage(text) => text,
            other => panic!("{other}"),
        })
    }

    fn measure(public: &[u8]) -> Measure {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("benchmark.data");
        std::fs::write(&path, public).unwrap();
        let program = program();
        Measure {
            public: read(&path, Some(&program)).unwrap().keys,
            program: Some(program),
        }
    }

    #[test]
    fn shard_should_have_as_many_rows_as_the_policy_asks_for() {
        let measure = measure(&data("x", 5_000..5_001));
        assert_eq!(check(&measure, &data("x", 0..1_000)), Ok(1_000));
        assert_eq!(check(&measure, &data("x", 0..2_000)), Ok(2_000));
        for rows in [999, 2_001] {
            let error = check(&measure, &data("x", 0..rows)).unwrap_err();
            assert!(
                error.contains(&format!("has {rows} rows")) && error.contains("1000 to 2000"),
                "{error}"
            );
        }
    }

    #[test]
    fn rows_that_would_not_count_should_be_counted_off() {
        let measure = measure(&data("x", 0..10));
        // Ten rows of the benchmark; one row twice, whatever its other column has.
        assert_eq!(check(&measure, &data("x", 0..1_010)), Ok(1_010));
        let twice: Vec<u32> = (10..1_009).chain([10, 11]).collect();
        for rows in [(1..1_001).collect(), twice] {
            let error = check(&measure, &data("x", rows.into_iter())).unwrap_err();
            assert!(
                error.contains("991 of the 1000") || error.contains("999 of the 1001"),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_no_data_set_or_does_not_fit_should_be_named() {
        let known = measure(&data("x", 0..10));
        let error = check(&known, &data("y", 0..1_000)).unwrap_err();
        assert!(error.contains("does not fit") && error.contains('x'), "{error}");
        let whole = data("x", 0..1_000);
        for wrong in [&whole[..whole.len() - 1], &[&whole[..], &[0]].concat(), b""] {
            let error = check(&known, wrong).unwrap_err();
            assert!(error.contains("no data set"), "{error}");
        }
    }

    #[test]
    fn supplier_who_may_not_read_the_program_should_have_its_rows_counted_all_the_same() {
        let unknown = Measure {
            program: None,
            public: Vec::new(),
        };
        assert_eq!(check(&unknown, &data("y", 0..1_000)), Ok(1_000));
        assert!(check(&unknown, &data("y", 0..999)).is_err());
    }
}
