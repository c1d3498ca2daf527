//! How much memory data may take.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::error::DataError;

/// The share of the available memory that data may fill: training keeps up to two more copies of it, sample after sample
/// and with samples along the lanes, and other programs need some as well.
const SHARE: f64 = 0.25;

/// The number of bytes that data may take, all its parts together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget(pub u64);

impl Budget {
    /// A quarter of the memory that is available now, within the limits of a container.
    pub fn of_this_machine() -> Self {
        // Some systems do not tell; then nothing is known to be too large.
        Self(available().map_or(u64::MAX, |available| (available as f64 * SHARE) as u64))
    }

    /// Refuses `bytes` if they are more than the budget. `None` stands for a number too large to be computed.
    pub fn check(self, file: &str, bytes: Option<u64>) -> Result<(), DataError> {
        match bytes {
            Some(needs) if needs <= self.0 => Ok(()),
            _ => Err(DataError::TooLarge { file: file.to_owned(), needs: bytes.unwrap_or(u64::MAX), limit: self.0 }),
        }
    }

    /// Refuses an array of `shape` if its values as float64 are more than the budget.
    pub fn check_shape(self, file: &str, shape: &[usize]) -> Result<(), DataError> {
        self.check(file, elements(shape).and_then(|count| u64::try_from(count).ok()?.checked_mul(8)))
    }
}

/// The bytes of memory that are available now, within the limits of a container; `None` where the system does not tell.
pub(crate) fn available() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let available = System::new_with_specifics(memory).map(|system| {
        // Not the limits' own figure for what is free: that counts the file cache as used.
        let in_container =
            system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory.saturating_sub(limits.rss));
        system.available_memory().min(in_container)
    });
    available.ok()
}

/// The number of elements of an array of `shape`; `None` if that overflows.
pub(crate) fn elements(shape: &[usize]) -> Option<usize> {
    // Without the zeros, as ndarray does: a shape like (0, 2^62, 2^62) is refused and not called empty.
    let nonzero = shape.iter().filter(|&&n| n != 0).try_fold(1usize, |product, &n| product.checked_mul(n))?;
    (isize::try_from(nonzero).is_ok()).then(|| if shape.contains(&0) { 0 } else { nonzero })
}

/// `12.3 GB`, in powers of ten.
pub(crate) fn human_bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut unit = "bytes";
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_refused_with_both_figures() {
        let error = Budget(8_000).check_shape("big.npz", &[1_001, 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "big.npz needs about 8.0 kB of memory as float64, and 8.0 kB may be used here; take fewer rows or columns"
        );
        assert!(Budget(8_000).check_shape("small.npz", &[1_000, 1]).is_ok());
    }

    #[test]
    fn shapes_that_overflow_are_refused() {
        assert_eq!(elements(&[usize::MAX, 2]), None);
        assert_eq!(elements(&[0, usize::MAX, 2]), None);
        assert_eq!(elements(&[0, 5]), Some(0));
        assert_eq!(elements(&[]), Some(1));
        assert!(Budget(u64::MAX - 1).check_shape("x", &[usize::MAX / 4, 1]).is_err());
    }

    #[test]
    fn this_machine_has_some_memory() {
        assert!(Budget::of_this_machine().0 > 1_000_000);
    }
}
