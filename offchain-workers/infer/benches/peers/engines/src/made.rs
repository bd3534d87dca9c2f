//! Inputs of no meaning: the numbers that `models.py` and the example `speed` give the other engines.

/// An input by its name, with the shape of a whole batch.
pub struct Given {
    pub name: String,
    pub shape: Vec<usize>,
}

impl Given {
    /// As `input_ids=8,128`.
    pub fn read(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is not NAME=SHAPE, such as input_ids=8,128");
        let (name, shape) = text.split_once('=').ok_or_else(wrong)?;
        let shape: Result<Vec<usize>, _> = shape.split(',').map(str::parse).collect();
        Ok(Self {
            name: name.into(),
            shape: shape.map_err(|_| wrong())?,
        })
    }

    /// Each request of the batch has its own.
    fn words(&self) -> impl Iterator<Item = usize> {
        let one = self.shape[1..].iter().product::<usize>();
        (0..self.shape[0]).flat_map(move |seed| (0..one).map(move |i| (i * 7_919 + seed * 104_729) % 20_000))
    }

    pub fn floats(&self) -> Vec<f32> {
        self.words().map(|word| (word as f64 / 1e4 - 1.0) as f32).collect()
    }

    /// Masks of ones and types of zeros, by the names that exporters use; others are ids of tokens.
    pub fn integers(&self) -> Vec<i64> {
        let id = |word: usize| match self.name.as_str() {
            name if name.contains("mask") => 1,
            name if name.contains("type") => 0,
            _ => word as i64 + 1_000,
        };
        self.words().map(id).collect()
    }
}

/// The one of this name.
pub fn named<'a>(given: &'a [Given], name: &str) -> Result<&'a Given, String> {
    let found = given.iter().find(|given| given.name == name);
    found.ok_or_else(|| format!("the model's input {name} has no shape"))
}
