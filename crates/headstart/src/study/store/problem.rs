//! What is wrong with a store, in a sentence that says what to do.

use super::connection;
use super::names::beside;
use crate::error::Error;
use crate::words::foreign;
use rusqlite::ErrorCode;
use std::path::Path;

pub fn problem(path: &Path, problem: String) -> Error {
    Error::Store { path: path.display().to_string(), problem }
}

pub fn damaged(path: &Path, how: &str) -> Error {
    problem(path, format!("it is damaged: {how}; use a copy, or begin anew"))
}

pub fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    let text = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "the disk is full; what was committed before is kept: make room, then go on with headstart study resume"
                .to_owned()
        }
        Some(ErrorCode::SystemIoFailure) => format!(
            "it cannot be written or read ({error}); what was committed before is kept: mend that, then go on with \
             headstart study resume"
        ),
        // What is none of SQLite's own is a value that is not what it has to be.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            return damaged(path, &foreign(&error.to_string()));
        }
        Some(ErrorCode::TooBig) => format!(
            "a value of it is longer than the {} MiB that one may have; if it is a trace, use a larger --record-every",
            connection::MOST_BYTES >> 20
        ),
        Some(ErrorCode::OperationInterrupted) => "interrupted".to_owned(),
        Some(ErrorCode::DatabaseBusy) => "another process is reading it; wait for that one, and try again".to_owned(),
        Some(ErrorCode::CannotOpen) if beside(path, "-wal").exists() => format!(
            "it cannot be opened ({error}): the process that wrote it was killed, and nothing can be written in its folder; \
             copy it and its -wal file to another folder, and look at it there"
        ),
        _ => error.to_string(),
    };
    problem(path, text)
}
