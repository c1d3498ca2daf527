//! What is to be drawn.

/// A picture of one or several panels.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// What is seen, in a few words.
    pub title: String,
    /// Of what: the data, the network, the training.
    pub subtitle: String,
}

/// How large a picture is, and on what it stands.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Its width in CSS pixels.
    pub width: f64,
    /// Its height, where it is not the picture's own.
    pub height: Option<f64>,
}

impl Picture {
    /// The picture as an `<svg>` element to stand in a page: its colours are those of the page, light or dark (the custom properties
    /// `--ink`, `--quiet`, `--grid`, `--paper` of the page's styles), and it is as wide as there is room.
    pub fn in_page(&self) -> String {
        format!("<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 720 360\"></svg>", self.title)
    }
}
