//! The numbers in a file of weights.

use half::{bf16, f16};
use headstart_engine::names::GrammarError;
use safetensors::Dtype;
use std::fmt;
use std::str::FromStr;

/// What numbers are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Number {
    /// float64: the very bits that training starts from.
    #[default]
    F64,
    /// float32
    F32,
    /// bfloat16
    Bf16,
    /// float16
    F16,
}

impl Number {
    /// Every name in the grammar, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &["f64", "f32", "bf16", "f16"];

    /// Every type.
    pub const ALL: [Self; 4] = [Self::F64, Self::F32, Self::Bf16, Self::F16];

    /// What the format calls it.
    pub(super) fn dtype(self) -> Dtype {
        match self {
            Self::F64 => Dtype::F64,
            Self::F32 => Dtype::F32,
            Self::Bf16 => Dtype::BF16,
            Self::F16 => Dtype::F16,
        }
    }

    /// That type of the format; none if it is no type of weights.
    pub(super) fn of(dtype: Dtype) -> Option<Self> {
        Self::ALL.into_iter().find(|number| number.dtype() == dtype)
    }

    /// Numbers as bytes, rounded to nearest; none if there is one that is not finite, or not after rounding.
    pub(super) fn write(self, numbers: impl Iterator<Item = f64>) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        for x in numbers {
            let is_finite = match self {
                Self::F64 => {
                    bytes.extend(x.to_le_bytes());
                    x.is_finite()
                }
                Self::F32 => {
                    bytes.extend((x as f32).to_le_bytes());
                    (x as f32).is_finite()
                }
                Self::Bf16 => {
                    bytes.extend(bf16::from_f64(x).to_le_bytes());
                    bf16::from_f64(x).is_finite()
                }
                Self::F16 => {
                    bytes.extend(f16::from_f64(x).to_le_bytes());
                    f16::from_f64(x).is_finite()
                }
            };
            if !is_finite {
                return None;
            }
        }
        Some(bytes)
    }

    /// The bytes of one.
    pub(super) fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::Bf16 | Self::F16 => 2,
        }
    }

    /// Numbers from bytes.
    pub(super) fn read(self, bytes: &[u8]) -> Vec<f64> {
        match self {
            Self::F64 => bytes.as_chunks().0.iter().map(|x| f64::from_le_bytes(*x)).collect(),
            Self::F32 => bytes.as_chunks().0.iter().map(|x| f64::from(f32::from_le_bytes(*x))).collect(),
            Self::Bf16 => bytes.as_chunks().0.iter().map(|x| bf16::from_le_bytes(*x).to_f64()).collect(),
            Self::F16 => bytes.as_chunks().0.iter().map(|x| f16::from_le_bytes(*x).to_f64()).collect(),
        }
    }
}

impl FromStr for Number {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let found = Self::NAMES.iter().position(|name| *name == text.trim()).map(|i| Self::ALL[i]);
        found.ok_or_else(|| GrammarError::unknown("type of numbers", text.trim(), Self::NAMES))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}
