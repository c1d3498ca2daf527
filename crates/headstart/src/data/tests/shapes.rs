//! What shape samples have, from files on disk.

use super::super::read::testing::npy;
use super::*;

/// Bytes of `rows` samples of that many numbers, some of them bright.
fn bytes(rows: usize, features: usize) -> Vec<u8> {
    (0..rows * features).map(|i| (i * 37 % 256) as u8).collect()
}

/// An archive of ten samples of this shape for training, with two classes, and of five for testing, if they have one.
fn archive(train: &[usize], test: Option<&[usize]>) -> Vec<u8> {
    let images = |rows: usize, axes: &[usize]| {
        let shape: Vec<String> = [&[rows], axes].concat().iter().map(usize::to_string).collect();
        npy("'|u1'", false, &format!("({},)", shape.join(", ")), &bytes(rows, axes.iter().product()))
    };
    let labels = |rows: usize| npy("'|u1'", false, &format!("({rows},)"), &[0, 1, 0, 1, 0, 1, 0, 1, 0, 1][..rows]);
    let mut arrays = vec![("x_train", images(10, train)), ("y_train", labels(10))];
    if let Some(test) = test {
        arrays.extend([("x_test", images(5, test)), ("y_test", labels(5))]);
    }
    npz(&arrays, false)
}

fn shape(text: &str) -> Shape {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Loads an archive of samples with these axes.
fn load(train: &[usize], test: Option<&[usize]>, given: Option<&str>) -> Result<Dataset, String> {
    let (directory, path) = file("a.npz", archive(train, test));
    let given = DataSpec { shape: given.map(shape), ..auto(path) };
    Dataset::load(&given).map_err(|error| error.to_string().replace(&format!("{}/", directory.path().display()), ""))
}

/// The shape that a file says, as text.
fn said(train: &[usize]) -> Option<String> {
    load(train, None, None).unwrap().shape.map(|shape| shape.to_string())
}

#[test]
fn a_file_of_images_says_their_shape() {
    assert_eq!(said(&[6, 7]).as_deref(), Some("6,7"));
    assert_eq!(said(&[6, 7, 3]).as_deref(), Some("6,7,3"));
    assert_eq!(said(&[42]), None);
    assert_eq!(said(&[2, 6, 7, 3]), None);
    // MNIST's format: the labels lie beside.
    let directory = tempfile::tempdir().unwrap();
    let idx = |name: &str, rank: u8, sizes: &[u8], data: &[u8]| {
        let sizes: Vec<u8> = sizes.iter().flat_map(|&size| [0, 0, 0, size]).collect();
        let path = directory.path().join(name);
        fs::write(&path, [&[0, 0, 8, rank], sizes.as_slice(), data].concat()).unwrap();
        path.display().to_string()
    };
    idx("t10k-labels-idx1-ubyte", 1, &[10], &[0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    let images = idx("t10k-images-idx3-ubyte", 3, &[10, 28, 28], &bytes(10, 784));
    let data = Dataset::load(&auto(images)).unwrap();
    assert_eq!((data.shape, data.train.x.ncols()), (Some(shape("28,28")), 784));
}

/// Whatever is done to the numbers, and whichever samples are left.
#[test]
fn a_shape_stays_while_features_stay_where_they_are() {
    let (_directory, path) = file("a.npz", archive(&[6, 7], None));
    for preprocess in [Preprocess::Auto, Preprocess::Pixels, Preprocess::Standardize, Preprocess::None] {
        let data = Dataset::load(&DataSpec { preprocess, validation_share: 0.3, ..auto(&path) }).unwrap();
        assert_eq!(data.shape, Some(shape("6,7")), "{preprocess:?}");
        assert_eq!(data.holding_out(0.3, 1).unwrap().shape, data.shape);
    }
    // The label among the pixels is none, and the others are no rectangle any more.
    let (_other, path) =
        file("x.npy", npy("'|u1'", false, "(4, 2, 2)", &[9, 2, 3, 0, 8, 7, 6, 1, 5, 4, 3, 0, 2, 1, 9, 1]));
    let data = Dataset::load(&DataSpec { label: Some("-1".parse().unwrap()), ..auto(path) }).unwrap();
    assert_eq!((data.train.x.ncols(), data.shape), (3, None));
}

#[test]
fn a_given_shape_is_taken_before_that_of_the_file() {
    let given = |axes: &[usize], given: &str| load(axes, None, Some(given)).map(|data| data.shape.unwrap().to_string());
    assert_eq!(given(&[42], "6,7").as_deref(), Ok("6,7"));
    assert_eq!(given(&[6, 7], "1,6,7").as_deref(), Ok("1,6,7"));
    assert_eq!(
        given(&[42], "6,6").unwrap_err(),
        "--shape 6,6: that is 36 numbers, but a.npz has 42 features, which has to be the same; give another shape, or leave \
         --shape out"
    );
    let circles = Dataset::load(&DataSpec { shape: Some(shape("2")), ..auto("circles") }).unwrap();
    assert_eq!(circles.shape, Some(shape("1,2,1")));
    assert!(Dataset::load(&DataSpec { shape: Some(shape("3")), ..auto("circles") }).unwrap_err().is_usage());
    assert_eq!(Dataset::load(&auto("digits")).unwrap().shape, Some(shape("8,8")));
}

#[test]
fn channels_that_come_first_are_left_there_and_that_is_said() {
    let data = load(&[3, 6, 7], None, None).unwrap();
    assert_eq!(data.shape, None);
    let note = "a.npz, x_train: samples of 3 x 6 x 7 are taken for 3 channels that come first, and have no shape here";
    assert!(data.notes.iter().any(|said| said.contains(note)), "{:?}", data.notes);
    // Who says the shape has said it.
    let data = load(&[3, 6, 7], None, Some("3,6,7")).unwrap();
    assert_eq!(data.shape, Some(shape("3,6,7")));
    assert!(data.notes.iter().all(|said| !said.contains("channels")), "{:?}", data.notes);
}

#[test]
fn test_samples_have_the_shape_of_those_for_training() {
    let tested =
        |train: &[usize], test: &[usize]| load(train, Some(test), None).map(|data| data.shape.unwrap().to_string());
    assert_eq!(tested(&[6, 8], &[6, 8]).as_deref(), Ok("6,8"));
    assert_eq!(tested(&[6, 8], &[6, 8, 1]).as_deref(), Ok("6,8"));
    // Rows say nothing against it.
    assert_eq!(tested(&[6, 8], &[48]).as_deref(), Ok("6,8"));
    assert_eq!(
        tested(&[6, 8], &[4, 12]).unwrap_err(),
        "a.npz, x_test: samples of 4 x 12, but those of a.npz, x_train are of 6 x 8: as many numbers in another order; give \
         both the same shape"
    );
    assert!(tested(&[3, 6, 7], &[6, 7, 3]).is_err());
    // Nor of another one than what is said of rows.
    let given = |test: &[usize]| load(&[48], Some(test), Some("6,8")).map(|data| data.shape.unwrap().to_string());
    assert_eq!(given(&[6, 8]).as_deref(), Ok("6,8"));
    assert!(given(&[8, 6]).unwrap_err().contains("samples of 8 x 6, but those of a.npz, x_train are of 6 x 8 x 1"));
}

/// Six pixels of which the first is always black, and a label.
const PIXELS: &str = "a,b,c,d,e,f,y\n0,01,20,255,40,9,0\n0,20,10,25,0,8,1\n0,5,90,35,44,7,0\n0,6,8,200,41,6,1\n";

#[test]
fn a_table_with_a_shape_keeps_what_is_always_the_same() {
    let (_directory, path) = file("pixels.csv", PIXELS);
    let table = |given: Option<&str>| DataSpec { shape: given.map(shape), test_share: 0.0, ..auto(&path) };
    let data = Dataset::load(&table(None)).unwrap();
    assert_eq!((data.train.x.ncols(), data.shape), (5, None));
    let data = Dataset::load(&table(Some("2x3"))).unwrap();
    assert_eq!((data.train.x.ncols(), data.shape), (6, Some(shape("2,3"))));
    // They are the bytes of an image, as few as they are.
    assert_eq!(data.scaling.features, Transform::Pixels);
    // What is kept of it makes the same again.
    let settled = table(Some("2x3")).settled().unwrap();
    assert_eq!(Dataset::load(&settled).unwrap().shape, data.shape);
    // Text is more features than one.
    let text = PIXELS.replace("\n0,0", "\nblue,0").replace("\n0,", "\nred,");
    let text = error_with("text.csv", text, |spec| spec.shape = Some(shape("2,3")));
    assert!(text.contains("text.csv has 7 features; its columns would be as many"), "{text}");
}
