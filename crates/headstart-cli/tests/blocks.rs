//! The page of networks of blocks: what its commands say is what stands below them.

mod common;

use common::headstart;

#[test]
fn the_page_of_blocks_shows_what_its_commands_say() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/blocks.md")).unwrap();
    let shown = page.split("```\n$ headstart ").skip(1).map(|rest| rest.split("```").next().unwrap());
    let mut count = 0;
    for example in shown {
        let (command, said) = example.split_once('\n').unwrap();
        assert_eq!(headstart(command).out, said, "docs/blocks.md should have this below {command}");
        count += 1;
    }
    assert!(count >= 6, "{count} commands");
}

/// What the page has without what comes of it: it is trained, for a step.
#[test]
fn the_page_of_blocks_has_commands_that_train() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/blocks.md")).unwrap();
    let commands = page.lines().filter_map(|line| line.strip_prefix("headstart train "));
    let trained = commands.map(|command| {
        let said = headstart(&format!(
            "train {} 1 --batch 64",
            command.split_once(" --steps ").unwrap().0.to_owned() + " --steps"
        ));
        assert_eq!(said.code, 0, "{command}: {}", said.err);
    });
    assert!(trained.count() >= 2);
}
