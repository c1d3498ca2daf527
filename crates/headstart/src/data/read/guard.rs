//! A net under decoders that panic on damaged files.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `decode`, and gives what a panic in it says as an error. Nothing of it reaches stderr, where a person would
/// read about a line of a library before the message that is meant for them.
pub(super) fn no_panic<T>(decode: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        // Only this thread, and only in here: panics anywhere else are reported as ever.
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                usual(panic);
            }
        }));
    });
    QUIET.set(true);
    // What the decoder leaves half-done is dropped with it.
    let result = catch_unwind(AssertUnwindSafe(decode));
    QUIET.set(false);
    result.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        text.unwrap_or("the decoder failed").to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(no_panic(|| 1), Ok(1));
        assert_eq!(no_panic(|| panic!("no {}", "good")).unwrap_err(), "no good");
        assert_eq!(
            no_panic(|| std::hint::black_box::<&[u8]>(&[])[0]).unwrap_err().split(':').next(),
            Some("index out of bounds")
        );
    }
}
