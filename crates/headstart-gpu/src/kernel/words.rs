//! What texts of kernels are written with.

/// A line of a kernel, or several.
macro_rules! line {
    ($to:expr, $($words:tt)*) => {{
        use std::fmt::Write as _;
        writeln!($to, $($words)*).expect("a text grows")
    }};
}
pub(super) use line;

/// A number of float32, as it stands in a kernel.
///
/// # Panics
/// If it is none, or infinite in float32: what trains has been checked for that.
pub(super) fn number(x: f64) -> String {
    let x = x as f32;
    assert!(x.is_finite(), "{x} cannot stand in a kernel");
    format!("{x:?}f")
}
