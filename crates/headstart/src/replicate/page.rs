//! What an experiment says as a page.

use crate::error::Error;
use crate::executor::Device;
use crate::io::write_whole;
use crate::words;
use serde::Serialize;
use std::path::Path;

/// What an experiment says as a page in Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// What comes before its picture.
    pub head: String,
    /// What the picture shows.
    pub caption: String,
    /// What comes behind it.
    pub rest: String,
}

impl Page {
    /// The same, of what this computed, where that was not the processor.
    pub(super) fn by(self, device: Option<&Device>) -> Self {
        let said = device.map_or_else(String::new, |device| format!("\n\n{}", device.in_words()));
        Self { head: self.head + &said, ..self }
    }

    /// The page, with its picture where there is one, by a path from the page's folder.
    pub fn text(&self, picture: Option<&Path>) -> String {
        let Self { head, caption, rest } = self;
        let linked = |path: &Path| {
            let path = words::path(path);
            if path.contains([' ', '(', ')']) { format!("<{path}>") } else { path }
        };
        let picture = picture.map_or_else(String::new, |path| format!("![{caption}]({})\n\n", linked(path)));
        format!("{head}\n\n{picture}{rest}")
    }

    /// Writes the page. A picture in the page's folder, or below it, is named from there, another one as it is.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path, picture: Option<&Path>) -> Result<(), Error> {
        let picture = picture
            .map(|picture| path.parent().and_then(|folder| picture.strip_prefix(folder).ok()).unwrap_or(picture));
        Ok(write_whole(path, self.text(picture).as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_picture_by_its_way_from_there() {
        let page = Page { head: "# A".to_owned(), caption: "all".to_owned(), rest: "b\n".to_owned() };
        assert_eq!(page.text(None), "# A\n\nb\n");
        let [name, driver, precision] = ["Card", "Driver 1", "float32"].map(str::to_owned);
        let by = page.clone().by(Some(&Device { name, driver, precision }));
        assert!(by.text(None).starts_with("# A\n\nTrained on Card (Driver 1, float32)"), "{}", by.head);
        assert_eq!(page.clone().by(None), page);
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let written = |picture: &Path| {
            page.write(&at("page.md"), Some(picture)).unwrap();
            std::fs::read_to_string(at("page.md")).unwrap()
        };
        assert_eq!(written(&at("a.png")), "# A\n\n![all](a.png)\n\nb\n");
        assert_eq!(written(&at("a (1).png")), "# A\n\n![all](<a (1).png>)\n\nb\n");
        assert_eq!(written(&at("in/a.png")), "# A\n\n![all](in/a.png)\n\nb\n");
        assert_eq!(written(Path::new("elsewhere/a.png")), "# A\n\n![all](elsewhere/a.png)\n\nb\n");
    }
}
