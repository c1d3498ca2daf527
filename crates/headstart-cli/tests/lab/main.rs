//! The lab: what its page is told is what the command line says, nobody else may ask it, and nothing that is asked does harm.

mod attacks;
#[path = "../page/axe.rs"]
mod axe;
#[path = "../page/browser.rs"]
#[expect(dead_code, reason = "pages of files need more of it")]
mod browser;
#[path = "../common/mod.rs"]
mod common;
mod page;
mod races;
mod served;
