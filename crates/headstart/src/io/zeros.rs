//! Large rooms of zeros, to be written by several threads.

/// So many zeros, in memory that nobody has touched yet. Where the system has large pages for whom asks, it is asked: the first touch of
/// each small page costs as much as reading a page of a file.
pub(crate) fn zeros<T: Copy + Zero>(count: usize) -> Vec<T> {
    let room = vec![T::ZERO; count];
    ask_for_large_pages(&room);
    room
}

/// Numbers whose zero is made of zero bytes, so that memory of the system is zeros already.
pub(crate) trait Zero {
    /// Zero.
    const ZERO: Self;
}

impl Zero for u8 {
    const ZERO: Self = 0;
}

impl Zero for f64 {
    const ZERO: Self = 0.0;
}

/// Smaller rooms have few pages of either size.
#[cfg(target_os = "linux")]
const LARGE: usize = 1 << 22;

#[cfg(target_os = "linux")]
fn ask_for_large_pages<T>(room: &[T]) {
    use rustix::mm::{Advice, madvise};
    let (bytes, page) = (size_of_val(room), rustix::param::page_size());
    if bytes < LARGE {
        return;
    }
    let begin = room.as_ptr().cast::<u8>();
    let skipped = begin.align_offset(page).min(bytes);
    let whole = (bytes - skipped) / page * page;
    // SAFETY: the range lies in the room, and large pages have the same bytes in them as small ones. That there are none is no error.
    let _ = unsafe { madvise(begin.add(skipped).cast_mut().cast(), whole, Advice::LinuxHugepage) };
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages<T>(_: &[T]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_zeros_whatever_their_number() {
        for count in [0, 1, 1000, (1 << 20) + 7, 3 << 20] {
            let room = zeros::<f64>(count);
            assert!(room.len() == count && room.iter().all(|zero| zero.to_bits() == 0), "{count}");
        }
        assert!(zeros::<u8>((1 << 23) + 1).iter().all(|zero| *zero == 0));
    }
}
