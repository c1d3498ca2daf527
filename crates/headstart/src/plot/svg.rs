//! A drawing as SVG: a file of its own, or a part of a page.

use super::colour::Ink;
use super::drawing::{Anchor, Drawing, Paint, Shape, Text};
use super::font::{FAMILY, FOR_BROWSERS};
use super::png;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// What an SVG is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// To be drawn by us, who have the font.
    Drawn,
    /// A file of its own, which brings the font.
    File,
    /// A part of a page, with the page's colours and font.
    Page,
}

/// A drawing as SVG.
pub fn svg(drawing: &Drawing, place: Place) -> String {
    let [width, height] = drawing.size;
    let mut out = String::new();
    let size = if place == Place::Page {
        String::new()
    } else {
        format!(" width=\"{}\" height=\"{}\"", number(width), number(height))
    };
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {} {}\"{size}",
        escaped(&drawing.label),
        number(width),
        number(height)
    );
    match place {
        Place::Page => out.push('>'),
        Place::Drawn | Place::File => {
            let _ = writeln!(out, " font-family=\"{FAMILY}, system-ui, sans-serif\">");
            if place == Place::File {
                let _ = writeln!(out, "<title>{}</title>\n<style>{}</style>", escaped(&drawing.label), fonts());
            }
            let _ = writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>", Ink::Paper.hex());
        }
    }
    for shape in &drawing.shapes {
        draw(&mut out, shape, place);
    }
    for text in &drawing.texts {
        write(&mut out, text, place);
    }
    out += "</svg>\n";
    out
}

/// The font, for those who have not got it.
fn fonts() -> String {
    let face = |(weight, file): (u16, &[u8])| {
        format!(
            "@font-face{{font-family:{FAMILY};font-weight:{weight};src:url(data:font/woff2;base64,{})}}",
            STANDARD.encode(file)
        )
    };
    FOR_BROWSERS.map(face).concat()
}

fn ink(of: Ink, place: Place) -> String {
    if place == Place::Page { of.property() } else { of.hex() }
}

fn draw(out: &mut String, shape: &Shape, place: Place) {
    match shape {
        Shape::Path { points, is_closed, paint } => {
            let mut path = String::new();
            for (i, [x, y]) in points.iter().enumerate() {
                let _ = write!(path, "{}{} {}", if i == 0 { 'M' } else { 'L' }, number(*x), number(*y));
            }
            let close = if *is_closed { "Z" } else { "" };
            let _ = writeln!(out, "<path d=\"{path}{close}\"{}/>", painted(paint, place));
        }
        Shape::Dots { at, radius, paint } => {
            let _ = writeln!(out, "<g{}>", painted(paint, place));
            for ([x, y], told) in at {
                let (x, y, r) = (number(*x), number(*y), number(*radius));
                let _ = match told.as_str() {
                    "" => writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>"),
                    told => {
                        let told = escaped(told);
                        writeln!(out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\"><title>{told}</title></circle>")
                    }
                };
            }
            out.push_str("</g>\n");
        }
        Shape::Cells { within: [x, y, width, height], across, colours, is_smooth } => {
            let rendering =
                if *is_smooth { "" } else { " style=\"image-rendering:pixelated\" image-rendering=\"optimizeSpeed\"" };
            let _ = writeln!(
                out,
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\"{rendering} \
                 href=\"data:image/png;base64,{}\"/>",
                number(*x),
                number(*y),
                number(*width),
                number(*height),
                STANDARD.encode(png::cells(*across, colours))
            );
        }
        Shape::Readings { name, points } if place == Place::Page => {
            let told: Vec<String> =
                points.iter().map(|([x, y], told)| format!("{} {} {told}", number(*x), number(*y))).collect();
            let _ = writeln!(
                out,
                "<g class=\"readings\" data-name=\"{}\" data-points=\"{}\"/>",
                escaped(name),
                escaped(&told.join("|"))
            );
        }
        Shape::Readings { .. } => {}
    }
}

fn painted(paint: &Paint, place: Place) -> String {
    let mut attributes = match paint.area {
        Some(area) => format!(" fill=\"{}\"", ink(area, place)),
        None => " fill=\"none\"".to_owned(),
    };
    if let Some((line, width)) = paint.line {
        let _ = write!(attributes, " stroke=\"{}\" stroke-width=\"{}\"", ink(line, place), number(width));
        attributes += " stroke-linejoin=\"round\"";
    }
    if paint.opacity < 1.0 {
        let _ = write!(attributes, " opacity=\"{}\"", number(paint.opacity));
    }
    if paint.dash != [0.0; 2] {
        let _ = write!(attributes, " stroke-dasharray=\"{} {}\"", number(paint.dash[0]), number(paint.dash[1]));
    }
    attributes
}

fn write(out: &mut String, text: &Text, place: Place) {
    let anchor = match text.anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let weight = text.weight.number();
    let weight = if weight == 400 { String::new() } else { format!(" font-weight=\"{weight}\"") };
    let rim = if text.has_rim {
        let paper = ink(Ink::Paper, place);
        format!(" stroke=\"{paper}\" stroke-width=\"3.5\" stroke-linejoin=\"round\" paint-order=\"stroke\"")
    } else {
        String::new()
    };
    let _ = writeln!(
        out,
        "<text class=\"plot-{}\" x=\"{}\" y=\"{}\" font-size=\"{}\"{weight}{anchor} fill=\"{}\"{rim}>{}</text>",
        format!("{:?}", text.role).to_lowercase(),
        number(text.at[0]),
        number(text.at[1]),
        number(text.size),
        ink(text.ink, place),
        escaped(&text.text)
    );
}

/// A number with as many digits as can be seen.
fn number(x: f64) -> String {
    let text = format!("{x:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text as XML has it.
pub fn escaped(text: &str) -> String {
    crate::words::printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
