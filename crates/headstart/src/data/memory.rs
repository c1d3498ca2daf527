//! How much memory data may take.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::error::DataError;

/// The share of the available memory that data may fill: training keeps up to two more copies of it, sample after sample
/// and with samples along the lanes, and other programs need some as well.
const SHARE: f64 = 0.25;

/// The bytes that data may take, all its parts together, and those that are taken. Copies are accounts of the same bytes.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limit: u64,
    taken: Arc<AtomicU64>,
}

impl Budget {
    /// So many bytes.
    pub fn of(limit: u64) -> Self {
        Self { limit, taken: Arc::default() }
    }

    /// A quarter of the memory that is available now, within the limits of a container and of the shell.
    pub fn of_this_machine() -> Self {
        // Some systems do not tell; then nothing is known to be too large.
        Self::of(available().map_or(u64::MAX, |available| (available as f64 * SHARE) as u64))
    }

    /// The bytes that are left.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.taken.load(Relaxed))
    }

    /// Takes so many bytes, before they are allocated, or refuses them. `None` stands for a number too large to be computed.
    pub fn take(&self, file: &str, bytes: Option<u64>) -> Result<(), DataError> {
        let add = |taken: u64| taken.checked_add(bytes?).filter(|&sum| sum <= self.limit);
        self.taken.fetch_update(Relaxed, Relaxed, add).map(drop).map_err(|taken| DataError::TooLarge {
            file: file.to_owned(),
            needs: bytes.and_then(|bytes| taken.checked_add(bytes)),
            limit: self.limit,
        })
    }

    /// Takes what an array of `shape` needs as float64.
    pub fn take_shape(&self, file: &str, shape: &[usize]) -> Result<(), DataError> {
        self.take_each(file, elements(shape), 8)
    }

    /// Takes so many bytes for each of some things.
    pub fn take_each(&self, file: &str, count: Option<usize>, bytes: u64) -> Result<(), DataError> {
        self.take(file, count.and_then(|count| u64::try_from(count).ok()?.checked_mul(bytes)))
    }

    /// Bytes that were taken and are free again.
    pub fn give_back(&self, bytes: u64) {
        // The closure always has something to set.
        let _ = self.taken.fetch_update(Relaxed, Relaxed, |taken| Some(taken.saturating_sub(bytes)));
    }
}

/// The bytes of memory that are available now, within the limits of a container and of the shell (`ulimit -v`); `None` where
/// the system does not tell.
pub(crate) fn available() -> Option<u64> {
    let memory = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let of_machine = System::new_with_specifics(memory).ok().map(|system| system.available_memory());
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let of_groups = within_groups(Path::new("/sys/fs/cgroup"), &groups);
    [of_machine, of_groups, of_process()].into_iter().flatten().min()
}

/// What control groups leave: those of this process, by `/proc/self/cgroup`, and all around them, each of which has its own limit.
/// Source: <https://docs.kernel.org/admin-guide/cgroup-v2.html> and `cgroup-v1/memory.html`.
fn within_groups(mount: &Path, groups: &str) -> Option<u64> {
    let mut least = None;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else { continue };
        let version = match controllers {
            "" => {
                Version { mounts: &["", "unified"], limits: &["memory.max", "memory.high"], used: &["anon", "shmem"] }
            }
            _ if controllers.split(',').any(|name| name == "memory") => {
                Version { mounts: &["memory"], limits: &["memory.limit_in_bytes"], used: &["total_rss", "total_shmem"] }
            }
            _ => continue,
        };
        for root in version.mounts {
            let root = if root.is_empty() { mount.to_owned() } else { mount.join(root) };
            // In a container the path may be that of the host, and the root is the container's own.
            let own = root.join(group.trim_start_matches('/'));
            let around = own.ancestors().take_while(|folder| folder.starts_with(&root));
            least = around.filter_map(|folder| version.left(folder)).chain(least).min();
        }
    }
    least
}

/// Where a version of control groups keeps its figures.
struct Version {
    mounts: &'static [&'static str],
    limits: &'static [&'static str],
    /// What cannot be dropped as the cache of files can be, in `memory.stat`.
    used: &'static [&'static str],
}

impl Version {
    /// What one group leaves; `None` if it has no limit.
    fn left(&self, group: &Path) -> Option<u64> {
        let read = |name: &str| std::fs::read_to_string(group.join(name)).ok();
        let limit = self.limits.iter().filter_map(|name| read(name)?.trim().parse::<u64>().ok()).min()?;
        let figures = read("memory.stat").unwrap_or_default();
        let figures = figures.lines().filter_map(|line| line.split_once(' '));
        let used = figures.filter(|(name, _)| self.used.contains(name)).filter_map(|(_, bytes)| bytes.parse().ok());
        Some(limit.saturating_sub(used.fold(0, u64::saturating_add)))
    }
}

/// What the limits of this process leave: of its addresses and of its data.
#[cfg(target_os = "linux")]
fn of_process() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let used = |field: usize| -> u64 {
        let pages = pages.split_whitespace().nth(field).and_then(|pages| pages.parse::<u64>().ok());
        pages.unwrap_or(0).saturating_mul(rustix::param::page_size() as u64)
    };
    let limits = [(Resource::As, 0), (Resource::Data, 5)];
    limits.into_iter().filter_map(|(limit, field)| Some(getrlimit(limit).current?.saturating_sub(used(field)))).min()
}

#[cfg(not(target_os = "linux"))]
fn of_process() -> Option<u64> {
    None
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
        let error = Budget::of(8_000).take_shape("big.npz", &[1_001, 1]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "big.npz needs about 8.0 kB of memory as float64, and 8.0 kB may be used here; take fewer rows or columns"
        );
        assert!(Budget::of(8_000).take_shape("small.npz", &[1_000, 1]).is_ok());
    }

    #[test]
    fn all_parts_count_together() {
        let budget = Budget::of(100);
        let part = budget.clone();
        part.take("a", Some(60)).unwrap();
        assert_eq!(budget.left(), 40);
        assert!(budget.take("b", Some(41)).is_err());
        part.give_back(60);
        assert!(budget.take("b", Some(100)).is_ok());
        assert!(budget.take("c", None).unwrap_err().to_string().starts_with("c needs more memory than the 100 bytes"));
    }

    #[test]
    fn shapes_that_overflow_are_refused() {
        assert_eq!(elements(&[usize::MAX, 2]), None);
        assert_eq!(elements(&[0, usize::MAX, 2]), None);
        assert_eq!(elements(&[0, 5]), Some(0));
        assert_eq!(elements(&[]), Some(1));
        assert!(Budget::of(u64::MAX - 1).take_shape("x", &[usize::MAX / 4, 1]).is_err());
    }

    #[test]
    fn this_machine_has_some_memory() {
        assert!(Budget::of_this_machine().left() > 1_000_000);
    }

    #[test]
    fn every_group_around_a_process_has_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let left = |groups: &str| within_groups(folder.path(), groups);
        assert_eq!(left("0::/a/b\n"), None);
        // Version 2: the group itself has no limit, the one around it has.
        write("a/b/memory.max", "max\n");
        write("a/memory.max", "1000\n");
        write("a/memory.stat", "anon 100\nfile 700\nshmem 50\n");
        assert_eq!(left("0::/a/b\n"), Some(850));
        write("a/b/memory.high", "500\n");
        assert_eq!(left("0::/a/b\n"), Some(500));
        // Version 1, where the path is that of the host and the root that of a container.
        write("memory/memory.limit_in_bytes", "400\n");
        write("memory/memory.stat", "cache 300\ntotal_rss 150\n");
        assert_eq!(left("5:cpu:/x\n4:memory:/docker/1234\n"), Some(250));
        assert_eq!(left("4:memory:/docker/1234\n0::/a/b\n"), Some(250));
    }
}
