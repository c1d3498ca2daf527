//! Headstart finds the weights a neural network should start from, and shows why.
//!
//! A [`spec::TaskSpec`] says what is wanted; [`task::Task`] is that with its data, ready to run; [`run`] does many runs, of
//! one task or of several. [`compare`] puts initializations side by side, with the intervals and tests of [`stats`]; a
//! [`study`] goes over any axes and keeps what it has done, and a [`map`] is the picture of one over two axes; [`replicate`]
//! reruns what was published. [`probe`] looks at a start without training from it, [`explain`] says what is wrong with it,
//! [`theory`] needs no data, and [`advise`] finds where to start. [`weights`] writes starts and trained networks to files and
//! reads them, and a [`model::Model`] says what a trained one makes of new samples; an [`audit`] looks at files of
//! weights alone. [`report`] puts results into tables, pictures and files, in the numbers of [`words`]; [`io`] sees that files are written whole or
//! not at all, and [`outputs`] that none takes the place of another. The numbers themselves
//! come from the crate `headstart-engine`, which is [`engine`] here.
//!
//! ```
//! use headstart::spec::TaskSpec;
//! use headstart::task::Task;
//!
//! let spec = TaskSpec::from_toml(
//!     r#"
//!     [data]
//!     data = "circles"
//!     [init]
//!     init = "normal:10,he"
//!     [training]
//!     steps = 100
//!     "#,
//! )?;
//! let runs = Task::new(spec)?.run_all(2);
//! assert_eq!(runs.len(), 2);
//! assert!(runs[1].train.loss < runs[0].train.loss);
//! # Ok::<(), headstart::error::Error>(())
//! ```

pub mod advise;
pub mod audit;
pub mod budget;
pub mod compare;
pub mod convergence;
pub mod coordinates;
pub mod data;
pub mod error;
pub mod events;
pub mod executor;
pub mod explain;
pub mod flags;
pub mod heat;
pub mod host;
pub mod io;
pub mod live;
pub mod map;
pub mod model;
pub mod outputs;
pub mod plot;
pub mod probe;
pub mod pulse;
pub mod replicate;
pub mod report;
pub mod run;
pub mod save;
mod serial;
pub mod spec;
pub mod stats;
pub mod study;
pub mod task;
pub mod theory;
pub mod units;
pub mod weights;
pub mod words;

pub use headstart_engine as engine;
