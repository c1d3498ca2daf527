//! Frames by the Arrow `PyCapsule` interface: <https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html>.

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_ipc::writer::FileWriter;
use headstart::data::given;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// What a frame gives as a file of Arrow, which is read as one from a disk would be: what there is of types is known in one place.
pub fn source(frame: &Bound<'_, PyAny>) -> PyResult<given::Source> {
    let capsule = frame.call_method0("__arrow_c_stream__")?;
    let capsule = capsule.cast::<PyCapsule>()?;
    let stream = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    let refused =
        |error: &dyn std::fmt::Display| PyValueError::new_err(format!("the frame gives no Arrow table: {error}"));
    // SAFETY: a capsule of this name holds such a stream, which is taken out of it: an empty one is left that nobody has to release.
    let reader = unsafe { RecordBatchStreamReader::from_raw(stream.as_ptr()) }.map_err(|error| refused(&error))?;
    let mut bytes = Vec::new();
    let schema = arrow_array::RecordBatchReader::schema(&reader);
    let mut writer = FileWriter::try_new(&mut bytes, &schema).map_err(|error| refused(&error))?;
    for batch in reader {
        batch.and_then(|batch| writer.write(&batch)).map_err(|error| refused(&error))?;
    }
    writer.finish().map_err(|error| refused(&error))?;
    drop(writer);
    Ok(given::Source::of_file(bytes))
}
