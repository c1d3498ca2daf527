//! Every tensor of a file, whoever wrote it and whatever network it is of.

use super::tensor::{Content, Tensor, Tensors, dotted};
use super::zipped::Zipped;
use super::{Number, keras, npz, torch};
use crate::data::memory::{Budget, elements};
use crate::words::{foreign, printable};
use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

/// A tensor of a file.
pub(crate) struct Every<'a> {
    /// As the file has it.
    pub name: String,
    /// With dots in the place of slashes, as names are compared.
    pub key: String,
    pub shape: Vec<usize>,
    /// The type of its numbers: `f32`, `i64`.
    pub dtype: String,
    pub numbers: Numbers<'a>,
}

/// The numbers of a tensor, the last axis running fastest.
pub(crate) enum Numbers<'a> {
    /// Where they lie, as many as the shape says.
    Bytes(Float, &'a [u8]),
    /// Read already.
    Values(Vec<f64>),
    /// No floating-point numbers.
    Other,
}

/// A type of floating-point numbers, the smallest byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Float {
    F64,
    F32,
    Bf16,
    F16,
    /// Eight bits, four of them the exponent's; there is no infinity.
    F8E4M3,
    /// Eight bits, five of them the exponent's.
    F8E5M2,
}

impl Float {
    fn of(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::F64 => Some(Self::F64),
            Dtype::F32 => Some(Self::F32),
            Dtype::BF16 => Some(Self::Bf16),
            Dtype::F16 => Some(Self::F16),
            Dtype::F8_E4M3 => Some(Self::F8E4M3),
            Dtype::F8_E5M2 => Some(Self::F8E5M2),
            _ => None,
        }
    }

    /// The bytes of one.
    pub fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::Bf16 | Self::F16 => 2,
            Self::F8E4M3 | Self::F8E5M2 => 1,
        }
    }

    /// The bits of a number behind its point.
    pub fn fraction_bits(self) -> i32 {
        match self {
            Self::F64 => 52,
            Self::F32 => 23,
            Self::Bf16 => 7,
            Self::F16 => 10,
            Self::F8E4M3 => 3,
            Self::F8E5M2 => 2,
        }
    }

    /// Numbers from bytes, behind those that there are.
    pub fn read(self, bytes: &[u8], to: &mut Vec<f64>) {
        match self {
            Self::F64 => to.extend(bytes.as_chunks().0.iter().map(|x| f64::from_le_bytes(*x))),
            Self::F32 => to.extend(bytes.as_chunks().0.iter().map(|x| f64::from(f32::from_le_bytes(*x)))),
            Self::Bf16 => to.extend(bytes.as_chunks().0.iter().map(|x| f64::from(bf16::from_le_bytes(*x).to_f32()))),
            Self::F16 => to.extend(bytes.as_chunks().0.iter().map(|x| f64::from(f16::from_le_bytes(*x).to_f32()))),
            Self::F8E4M3 => to.extend(bytes.iter().map(|x| e4m3(*x))),
            // The upper half of a float16.
            Self::F8E5M2 => to.extend(bytes.iter().map(|x| f16::from_le_bytes([0, *x]).to_f64())),
        }
    }
}

impl From<Number> for Float {
    fn from(number: Number) -> Self {
        match number {
            Number::F64 => Self::F64,
            Number::F32 => Self::F32,
            Number::Bf16 => Self::Bf16,
            Number::F16 => Self::F16,
        }
    }
}

/// Source: Micikevicius and others 2022, "FP8 formats for deep learning", table 1.
fn e4m3(bits: u8) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 3 & 15), f64::from(bits & 7));
    let size = match (exponent, bits & 7) {
        (15, 7) => f64::NAN,
        (0, _) => fraction * 2_f64.powi(-9),
        _ => (8.0 + fraction) * 2_f64.powi(exponent - 10),
    };
    if bits & 0x80 == 0 { size } else { -size }
}

/// Every tensor of a file of these bytes, in no order: safetensors, `PyTorch`, Keras or `NumPy`, told by its content.
///
/// Of safetensors and of `PyTorch` files, numbers stay where they lie; what Keras and `NumPy` write, and tensors of `PyTorch` that are
/// views of others, is read into memory as float64.
pub(crate) fn every<'a>(bytes: &'a [u8], budget: &Budget) -> Result<Vec<Every<'a>>, String> {
    if bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        let zip = Zipped::open(bytes)?;
        return match torch::pickle_in(&zip) {
            Some(pickle) => torch::lent(zip, &pickle, budget).map(listed),
            None if zip.names().iter().any(|name| name == keras::WEIGHTS) => keras::variables(zip, budget).map(listed),
            None => npz::arrays(bytes.to_vec(), |_| true, budget).map(listed),
        };
    }
    if hdf5_pure::is_hdf5_bytes(bytes) {
        return keras::hdf5(bytes.to_vec(), budget).map(listed);
    }
    if torch::is_legacy(bytes) {
        return Err(torch::LEGACY.to_owned());
    }
    safetensors(bytes)
}

fn safetensors<'a>(bytes: &'a [u8]) -> Result<Vec<Every<'a>>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| {
        let why = printable(&error.to_string()).into_owned();
        format!("it is no file of weights, or a damaged or cut off one: as safetensors it cannot be read ({why})")
    })?;
    let tensor = |(name, view): (String, TensorView<'a>)| {
        let shape = view.shape().to_vec();
        // As many as there are: the format's reader has seen to that, but of lengths whose product is no number.
        let count = if shape.contains(&0) { Some(0) } else { elements(&shape) };
        let is_whole = |float: Float| count.and_then(|n| n.checked_mul(float.size())) == Some(view.data().len());
        let numbers = match Float::of(view.dtype()) {
            Some(float) if is_whole(float) => Numbers::Bytes(float, view.data()),
            Some(_) => return Err(format!("{} has not as many numbers as its shape says", foreign(&name))),
            None => Numbers::Other,
        };
        let dtype = view.dtype().to_string().to_lowercase();
        Ok(Every { key: dotted(&name), name, shape, dtype, numbers })
    };
    file.tensors().into_iter().map(tensor).collect()
}

fn listed<'a>(tensors: Tensors<'a>) -> Vec<Every<'a>> {
    let of = |(key, Tensor { name, shape, content }): (String, Tensor<'a>)| {
        let (dtype, numbers) = match content {
            Content::Bytes(number, bytes) => (number.to_string(), Numbers::Bytes(number.into(), bytes)),
            Content::Numbers(numbers) => ("f64".to_owned(), Numbers::Values(numbers)),
            Content::Other(of) => (of.to_lowercase(), Numbers::Other),
        };
        Every { name, key, shape, dtype, numbers }
    };
    tensors.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_eight_bits_are_those_of_the_paper() {
        let read = |float: Float, byte: u8| {
            let mut numbers = Vec::new();
            float.read(&[byte], &mut numbers);
            numbers[0]
        };
        for (byte, x) in [(0x7e, 448.0), (0x38, 1.0), (0xb8, -1.0), (0x01, 2_f64.powi(-9)), (0x08, 2_f64.powi(-6))] {
            assert_eq!(read(Float::F8E4M3, byte), x, "{byte:x}");
        }
        for (byte, x) in [(0x7b, 57344.0), (0x3c, 1.0), (0x01, 2_f64.powi(-16)), (0x7c, f64::INFINITY)] {
            assert_eq!(read(Float::F8E5M2, byte), x, "{byte:x}");
        }
        assert!(read(Float::F8E4M3, 0x7f).is_nan() && read(Float::F8E5M2, 0x7f).is_nan());
    }
}
