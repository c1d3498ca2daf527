//! The axes of samples in an array of a file, and the shape that they say.

use super::shape::Shape;

/// No image has more channels, so that a last axis that is longer is a width.
const MOST_CHANNELS: usize = 4;

/// The lengths along the axes of one sample, as the array has them that it is from: one axis of samples that are rows, none of those
/// that are made of the columns of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Axes(Vec<usize>);

/// What axes say of the shape: which it is, if they say it, and what a person should know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub shape: Option<Shape>,
    pub note: Option<String>,
}

impl Axes {
    /// Of an array, whose first axis counts the samples.
    pub fn of_array(shape: &[usize]) -> Self {
        Self(shape.iter().skip(1).copied().collect())
    }

    /// Those of a shape that somebody says.
    pub fn of_shape(shape: Shape) -> Self {
        Self(vec![shape.height(), shape.width(), shape.channels()])
    }

    /// Whether there are several, so that samples were images, or other arrays of more than one dimension.
    pub fn are_several(&self) -> bool {
        self.0.len() > 1
    }

    /// Numbers of a sample.
    pub fn features(&self) -> usize {
        self.0.iter().product()
    }

    /// The shape that they say. Two axes are height and width, or where the last is of length 1 a sequence; three are height, width
    /// and channels. Channels that come first are not moved, so that there is no shape, unless it is one, which lies as if it came last.
    pub fn said(&self) -> Said {
        let shape = |height, width, channels| Said { shape: Shape::new(height, width, channels), note: None };
        match *self.0.as_slice() {
            [length, 1] => shape(1, length, 1),
            [height, width] => shape(height, width, 1),
            [1, height, width] if width > MOST_CHANNELS => Said {
                note: Some(format!(
                    "samples of 1 x {height} x {width} are taken for one channel of {height} x {width}; --shape 1,{height},{width} \
                     makes them sequences of {width} channels"
                )),
                ..shape(height, width, 1)
            },
            [channels @ ..=MOST_CHANNELS, height, width] if width > MOST_CHANNELS => Said {
                note: Some(format!(
                    "samples of {channels} x {height} x {width} are taken for {channels} channels that come first, and have no \
                     shape here: move the channels to the end, as x.transpose(0, 2, 3, 1) does, or say \
                     --shape {channels},{height},{width} if they are there"
                )),
                shape: None,
            },
            [height, width, channels] => shape(height, width, channels),
            _ => Said::default(),
        }
    }

    /// Whether samples of both have their numbers in one order, as far as is known: of samples that are rows it is not.
    pub fn fit(&self, other: &Self) -> bool {
        // An axis of length 1 changes no order.
        let long = |axes: &Self| axes.0.iter().copied().filter(|&length| length > 1).collect::<Vec<_>>();
        !self.are_several() || !other.are_several() || long(self) == long(other)
    }

    /// As messages have them: `28 x 28`.
    pub fn in_words(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape of the samples of an array, and what is said of it.
    fn said(shape: &[usize]) -> String {
        let Said { shape, note } = Axes::of_array(shape).said();
        let shape = shape.map_or_else(|| "nothing".to_owned(), |shape| shape.to_string());
        note.map_or_else(|| shape.clone(), |note| format!("{shape}: {note}"))
    }

    #[test]
    fn channels_come_last() {
        assert_eq!(said(&[9, 28, 28]), "28,28");
        assert_eq!(said(&[9, 32, 32, 3]), "32,32,3");
        assert_eq!(said(&[9, 28, 28, 1]), "28,28");
        assert_eq!(said(&[9, 2, 2, 4]), "2,2,4");
        assert_eq!(said(&[9, 7, 7, 64]), "7,7,64");
    }

    #[test]
    fn a_sequence_has_height_one() {
        assert_eq!((said(&[9, 100, 1]), said(&[9, 1, 100])), ("100".to_owned(), "100".to_owned()));
        assert_eq!(said(&[9, 1, 100, 3]), "1,100,3");
    }

    #[test]
    fn rows_and_films_have_none() {
        assert_eq!((said(&[9, 784]), said(&[9])), ("nothing".to_owned(), "nothing".to_owned()));
        assert_eq!(said(&[9, 10, 32, 32, 3]), "nothing");
    }

    #[test]
    fn channels_that_come_first_are_not_moved() {
        assert_eq!(
            said(&[9, 3, 32, 32]),
            "nothing: samples of 3 x 32 x 32 are taken for 3 channels that come first, and have no shape here: move the channels to the \
             end, as x.transpose(0, 2, 3, 1) does, or say --shape 3,32,32 if they are there"
        );
        // One channel lies the same either way.
        assert_eq!(
            said(&[9, 1, 28, 28]),
            "28,28: samples of 1 x 28 x 28 are taken for one channel of 28 x 28; --shape 1,28,28 makes them sequences of 28 channels"
        );
    }

    #[test]
    fn axes_of_length_one_change_no_order() {
        let fit = |a: &[usize], b: &[usize]| Axes::of_array(a).fit(&Axes::of_array(b));
        assert!(fit(&[9, 28, 28], &[5, 28, 28, 1]) && fit(&[9, 28, 28], &[5, 784]) && fit(&[9, 784], &[5, 28, 28]));
        assert!(!fit(&[9, 28, 28], &[5, 14, 56]) && !fit(&[9, 3, 32, 32], &[5, 32, 32, 3]));
    }
}
