//! Numbers of every size and byte order, as they lie in files, to float64.

use half::f16;

/// A number type with a fixed layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    pub kind: ScalarKind,
    /// Bytes.
    pub size: usize,
    pub big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScalarKind {
    Bool,
    Signed,
    Unsigned,
    Float,
}

impl Scalar {
    /// Whether values of this type can be read.
    pub fn is_supported(self) -> bool {
        match self.kind {
            ScalarKind::Bool => self.size == 1,
            ScalarKind::Signed | ScalarKind::Unsigned => matches!(self.size, 1 | 2 | 4 | 8),
            ScalarKind::Float => matches!(self.size, 2 | 4 | 8),
        }
    }

    /// Whether one of the values in `bytes` is a whole number that float64 does not have.
    pub fn rounds(self, bytes: &[u8]) -> bool {
        let chunks = bytes.as_chunks().0.iter();
        let value =
            |&chunk: &[u8; 8]| if self.big_endian { u64::from_be_bytes(chunk) } else { u64::from_le_bytes(chunk) };
        match (self.kind, self.size) {
            (ScalarKind::Signed, 8) => chunks.map(value).any(|v| !is_exact(v.cast_signed().into())),
            (ScalarKind::Unsigned, 8) => chunks.map(value).any(|v| !is_exact(v.into())),
            _ => false,
        }
    }

    /// All values in `bytes`, each rounded to the nearest float64; `None` if this type is not supported.
    pub fn read(self, bytes: &[u8]) -> Option<Vec<f64>> {
        macro_rules! read {
            ($type:ty, $to_f64:expr) => {{
                let (chunks, _) = bytes.as_chunks();
                let to_f64: fn($type) -> f64 = $to_f64;
                if self.big_endian {
                    chunks.iter().map(|&chunk| to_f64(<$type>::from_be_bytes(chunk))).collect()
                } else {
                    chunks.iter().map(|&chunk| to_f64(<$type>::from_le_bytes(chunk))).collect()
                }
            }};
        }
        Some(match (self.kind, self.size) {
            (ScalarKind::Bool, 1) => read!(u8, |v| f64::from(u8::from(v != 0))),
            (ScalarKind::Signed, 1) => read!(i8, f64::from),
            (ScalarKind::Signed, 2) => read!(i16, f64::from),
            (ScalarKind::Signed, 4) => read!(i32, f64::from),
            (ScalarKind::Signed, 8) => read!(i64, |v| v as f64),
            (ScalarKind::Unsigned, 1) => read!(u8, f64::from),
            (ScalarKind::Unsigned, 2) => read!(u16, f64::from),
            (ScalarKind::Unsigned, 4) => read!(u32, f64::from),
            (ScalarKind::Unsigned, 8) => read!(u64, |v| v as f64),
            (ScalarKind::Float, 2) => read!(f16, f64::from),
            (ScalarKind::Float, 4) => read!(f32, f64::from),
            (ScalarKind::Float, 8) => read!(f64, |v| v),
            _ => return None,
        })
    }
}

/// Whether float64 has this whole number.
pub(super) fn is_exact(value: i128) -> bool {
    value as f64 as i128 == value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders() {
        let scalar = |kind, size, big_endian| Scalar { kind, size, big_endian };
        let read = |scalar: Scalar, bytes: &[u8]| scalar.read(bytes).unwrap();
        assert_eq!(read(scalar(ScalarKind::Bool, 1, false), &[0, 1, 7]), [0.0, 1.0, 1.0]);
        assert_eq!(read(scalar(ScalarKind::Signed, 2, true), &[0xff, 0xfe, 0, 1]), [-2.0, 1.0]);
        assert_eq!(read(scalar(ScalarKind::Unsigned, 2, false), &[0xfe, 0xff]), [65534.0]);
        assert_eq!(read(scalar(ScalarKind::Float, 2, true), &[0x3c, 0x00, 0xc0, 0x00]), [1.0, -2.0]);
        assert_eq!(read(scalar(ScalarKind::Float, 4, false), &0.1f32.to_le_bytes()), [f64::from(0.1f32)]);
        assert_eq!(read(scalar(ScalarKind::Float, 8, true), &0.1f64.to_be_bytes()), [0.1]);
        assert_eq!(scalar(ScalarKind::Float, 16, false).read(&[0; 16]), None);
    }

    #[test]
    fn whole_numbers_beyond_2_to_the_53_are_noticed() {
        let rounds = |kind, value: u64| {
            let of = |big_endian| Scalar { kind, size: 8, big_endian };
            assert_eq!(of(true).rounds(&value.to_be_bytes()), of(false).rounds(&value.to_le_bytes()));
            of(false).rounds(&value.to_le_bytes())
        };
        assert!(!rounds(ScalarKind::Signed, 1 << 53) && rounds(ScalarKind::Signed, (1 << 53) + 1));
        assert!(!rounds(ScalarKind::Signed, u64::MAX) && rounds(ScalarKind::Unsigned, u64::MAX));
        assert!(!rounds(ScalarKind::Float, u64::MAX));
    }
}
