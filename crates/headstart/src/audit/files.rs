//! Files of one model: one, or several that it was cut into.

use crate::data::memory::Budget;
use crate::error::Error;
use crate::io::{Mapped, read_at_most};
use crate::weights::{Every, every};
use crate::words::{foreign, in_a_line};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How the index of a model that was cut into several files ends.
const INDEX: &str = ".index.json";

/// More than this no index needs.
const MOST_OF_INDEX: u64 = 1 << 28;

/// Which file has which tensor, as `save_pretrained` of Hugging Face writes it.
#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// The files that were opened.
pub(super) struct Files {
    pub paths: Vec<PathBuf>,
    pub maps: Vec<Mapped>,
    /// What indices promise: which tensor is in which file.
    promised: Vec<(String, PathBuf, PathBuf)>,
}

pub(super) fn problem(path: &Path, problem: impl Into<String>) -> Error {
    Error::Weights { path: path.display().to_string(), problem: problem.into() }
}

impl Files {
    /// Opens files, and in the place of an index those that it names.
    pub fn open(given: &[PathBuf]) -> Result<Self, Error> {
        let mut files = Self { paths: Vec::new(), maps: Vec::new(), promised: Vec::new() };
        for path in given {
            if path.to_string_lossy().ends_with(INDEX) {
                files.add_index(path)?;
            } else {
                files.paths.push(path.clone());
            }
        }
        if let Some((i, same)) = (1..files.paths.len())
            .find_map(|i| Some((i, files.paths[..i].iter().position(|path| *path == files.paths[i])?)))
        {
            return Err(problem(
                &files.paths[same],
                format!("it is given twice, as file {} and {}: give it once", same + 1, i + 1),
            ));
        }
        for path in &files.paths {
            files.maps.push(Mapped::open(path).map_err(|error| problem(path, format!("cannot be read: {error}")))?);
        }
        Ok(files)
    }

    fn add_index(&mut self, path: &Path) -> Result<(), Error> {
        let bytes =
            read_at_most(path, MOST_OF_INDEX).map_err(|error| problem(path, format!("cannot be read: {error}")))?;
        let index: Index = serde_json::from_slice(&bytes).map_err(|error| {
            problem(path, format!("it is no index of a model's files: {}", in_a_line(&error.to_string())))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut files = BTreeSet::new();
        for (tensor, file) in index.weight_map {
            let is_name = Path::new(&file).file_name().is_some_and(|name| name == file.as_str());
            if !is_name {
                return Err(problem(path, format!("it names {}, which is not a file beside it", foreign(&file))));
            }
            self.promised.push((tensor, folder.join(&file), path.to_owned()));
            files.insert(folder.join(file));
        }
        if files.is_empty() {
            return Err(problem(path, "it names no files"));
        }
        self.paths.extend(files);
        Ok(())
    }

    /// All tensors of all files, each with the number of its file.
    pub fn tensors(&self) -> Result<Vec<(usize, Every<'_>)>, Error> {
        let budget = Budget::of_this_machine();
        let mut all = Vec::new();
        let mut homes: BTreeMap<String, usize> = BTreeMap::new();
        for (i, (path, map)) in self.paths.iter().zip(&self.maps).enumerate() {
            for tensor in every(map, &budget).map_err(|why| problem(path, why))? {
                if let Some(other) = homes.insert(tensor.name.clone(), i) {
                    let (name, other) = (foreign(&tensor.name), in_a_line(&self.paths[other].display().to_string()));
                    return Err(problem(path, format!("{name} is in {other}, too: give the files of one model")));
                }
                all.push((i, tensor));
            }
        }
        for (tensor, file, index) in &self.promised {
            let has_it = homes.get(tensor).is_some_and(|home| self.paths[*home] == *file);
            if !has_it {
                let why = format!(
                    "{} is to be in it, as {} says, and is not",
                    foreign(tensor),
                    in_a_line(&index.display().to_string())
                );
                return Err(problem(file, why));
            }
        }
        match (all.is_empty(), self.paths.first()) {
            (true, Some(path)) => Err(problem(path, "there are no tensors in it")),
            _ => Ok(all),
        }
    }
}
