//! Pictures of ten classes: MNIST's digits from their files, or patterns in noise that stand in for them.

use crate::data::{DataSpec, Dataset, Kind, LabelKind, Preprocess, Samples, Scaling, Targets};
use crate::error::Error;
use headstart_engine::rng::{Native, Stream};
use ndarray::{Array2, s};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CLASSES: usize = 10;

/// Pixels of a pattern.
const PIXELS: usize = 100;

/// Shares of the pattern and of the noise in a picture: pixels have a second moment of 1, and two pictures of a class a
/// correlation of 0.64.
const PATTERN: f64 = 0.8;
const NOISE: f64 = 0.6;

/// So many training samples and nothing to test on: the first ones of MNIST where there is a folder with its files, otherwise
/// patterns in noise.
///
/// # Errors
/// If the folder has not the files, or they cannot be read.
pub fn digits(folder: Option<&Path>, samples: usize) -> Result<Arc<Dataset>, Error> {
    let mut digits = folder.map_or_else(|| Ok(patterns(samples)), mnist)?;
    let kept = samples.min(digits.train.x.nrows());
    digits.train.x = digits.train.x.slice(s![..kept, ..]).to_owned();
    if let Targets::Classes(classes) = &mut digits.train.y {
        classes.truncate(kept);
    }
    Ok(Arc::new(digits))
}

/// Every class is a picture of pixels from N(0,1), and every sample such a picture with noise over it.
fn patterns(samples: usize) -> Dataset {
    let mut stream = Native::new(0, 0);
    let patterns = Array2::from_shape_simple_fn((CLASSES, PIXELS), || stream.normal());
    let classes: Vec<usize> = (0..samples).map(|i| i % CLASSES).collect();
    let x = Array2::from_shape_fn((samples, PIXELS), |(i, pixel)| {
        PATTERN * patterns[[classes[i], pixel]] + NOISE * stream.normal()
    });
    Dataset {
        name: "patterns in noise".to_owned(),
        train: Samples { x, y: Targets::Classes(classes) },
        test: None,
        kind: Kind::Classes((0..CLASSES).map(|class| class.to_string()).collect()),
        scaling: Scaling::default(),
        notes: Vec::new(),
    }
}

/// The names of MNIST's files.
pub fn names() -> impl Iterator<Item = String> {
    let of_set = |set| ["images-idx3", "labels-idx1"].map(|what| format!("{set}-{what}-ubyte"));
    ["train", "t10k"].into_iter().flat_map(of_set).flat_map(|name| [format!("{name}.gz"), name])
}

/// MNIST's training files, or those of its test set where a folder has only these.
fn mnist(folder: &Path) -> Result<Dataset, Error> {
    let file = |name: &str| -> Option<PathBuf> {
        [name.to_owned(), format!("{name}.gz")].iter().map(|name| folder.join(name)).find(|path| path.is_file())
    };
    let pair = |set: &str| file(&format!("{set}-images-idx3-ubyte")).zip(file(&format!("{set}-labels-idx1-ubyte")));
    let (images, labels) = pair("train").or_else(|| pair("t10k")).ok_or_else(|| {
        Error::Usage(format!(
            "--data-dir {}: no train-images-idx3-ubyte and train-labels-idx1-ubyte in it, nor the two of t10k, with or \
             without .gz; without --data-dir patterns in noise stand in for MNIST",
            folder.display()
        ))
    })?;
    let spec = DataSpec {
        data: images.display().to_string(),
        labels: Some(labels),
        preprocess: Preprocess::Pixels,
        task: Some(LabelKind::Classes),
        test_share: 0.0,
        ..DataSpec::default()
    };
    Ok(Dataset { name: "MNIST".to_owned(), ..Dataset::load(&spec)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_ten_classes_that_differ_more_than_their_pictures() {
        let digits = digits(None, 200).unwrap();
        let x = &digits.train.x;
        let moment = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        assert!((moment - 1.0).abs() < 0.05, "{moment}");
        let correlation = |i: usize, j: usize| x.row(i).dot(&x.row(j)) / PIXELS as f64;
        assert!(correlation(0, 10) > 0.3 && correlation(0, 1) < 0.3);
        let Targets::Classes(classes) = &digits.train.y else { panic!() };
        assert!((0..CLASSES).all(|class| classes.iter().filter(|c| **c == class).count() == 20));
    }

    #[test]
    fn a_folder_without_mnist_is_met_with_help() {
        let empty = tempfile::tempdir().unwrap();
        let message = digits(Some(empty.path()), 10).unwrap_err().to_string();
        assert!(message.contains("no train-images-idx3-ubyte") && message.contains("stand in"), "{message}");
    }

    /// As the files of MNIST are: a magic number, the sizes, and bytes.
    #[test]
    fn the_first_samples_of_the_files_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let idx = |sizes: &[u32], bytes: &[u8]| -> Vec<u8> {
            let head = [0, 0, 8, sizes.len() as u8];
            head.into_iter()
                .chain(sizes.iter().flat_map(|size| size.to_be_bytes()))
                .chain(bytes.iter().copied())
                .collect()
        };
        let images = idx(&[3, 2, 2], &[0, 51, 102, 255, 1, 2, 3, 4, 5, 6, 7, 8]);
        std::fs::write(folder.path().join("t10k-images-idx3-ubyte"), images).unwrap();
        std::fs::write(folder.path().join("t10k-labels-idx1-ubyte"), idx(&[3], &[2, 0, 1])).unwrap();
        let digits = digits(Some(folder.path()), 2).unwrap();
        assert_eq!(
            (digits.train.x.dim(), digits.train.x[[0, 1]], &digits.train.y),
            ((2, 4), 0.2, &Targets::Classes(vec![2, 0]))
        );
    }
}
