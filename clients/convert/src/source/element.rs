//! The element types of safetensors.

use quorate_exact::Dtype;

/// An element type that the reference loader knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementType {
    name: &'static str,
    bits: u64,
    dtype: Option<Dtype>,
}

/// Types that a canonical file does not have.
const FOREIGN: [(&str, u64); 7] = [
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("F8_E8M0", 8),
    ("F8_E4M3FNUZ", 8),
    ("F8_E5M2FNUZ", 8),
    ("C64", 64),
];

impl ElementType {
    /// The type with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        let canonical = Dtype::ALL.into_iter().find(|dtype| dtype.name() == name);
        let foreign = || FOREIGN.into_iter().find(|(foreign, _)| *foreign == name);
        canonical.map(Self::from).or_else(|| {
            foreign().map(|(name, bits)| Self {
                name,
                bits,
                dtype: None,
            })
        })
    }

    /// Its name in safetensors.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The same in a canonical file, where it may be there.
    pub fn dtype(self) -> Option<Dtype> {
        self.dtype
    }

    /// Bytes of so many elements; none where that is no whole number that fits.
    pub(crate) fn bytes(self, elements: u64) -> Option<u64> {
        let bits = elements.checked_mul(self.bits)?;
        (bits % 8 == 0).then_some(bits / 8)
    }
}

impl From<Dtype> for ElementType {
    fn from(dtype: Dtype) -> Self {
        Self {
            name: dtype.name(),
            bits: 8 * dtype.size(),
            dtype: Some(dtype),
        }
    }
}
