//! A tab of a browser: what it asks for is begun, and ends when the tab does.

use crate::flags::line;
use crate::hand::Hand;
use crate::lab::Shared;
use crate::map::Kept;
use crate::messages::{Asked, Told, What};
use crate::outbox::Outbox;
use crate::race::{Before, Control};
use crate::{ask, map, race, strip};
use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt, StreamExt};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use tokio::sync::OwnedSemaphorePermit;

/// Commands that a tab may have at work.
const MOST_COMMANDS: usize = 4;

/// A tab and what is at work for it.
struct Tab {
    shared: Arc<Shared>,
    outbox: Outbox,
    /// Its place among all tabs, which it has until nothing is at work for it.
    place: Arc<OwnedSemaphorePermit>,
    race: Hand,
    control: Option<Arc<Control>>,
    map: Hand,
    strips: Hand,
    cell: Hand,
    asks: [Hand; MOST_COMMANDS],
    /// The hand that gets the next command where all have one.
    turn: usize,
    /// What the last race left.
    before: Arc<Before>,
    /// The map that was looked at last, with what is known of it.
    atlas: Arc<Mutex<Option<Kept>>>,
}

/// Serves a tab until it is closed.
pub async fn serve(socket: WebSocket, shared: Arc<Shared>, place: OwnedSemaphorePermit) {
    let (mut to, mut from) = socket.split();
    let (outbox, mut receiver) = Outbox::new();
    let hello = Told::Hello(Arc::clone(&shared.hello)).json();
    let write = async move {
        if to.send(Message::Text(hello.into())).await.is_err() {
            return;
        }
        while let Some(text) = receiver.recv().await {
            if to.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
    };
    let mut tab = Tab {
        shared,
        outbox,
        place: Arc::new(place),
        race: Hand::default(),
        control: None,
        map: Hand::default(),
        strips: Hand::default(),
        cell: Hand::default(),
        asks: Default::default(),
        turn: 0,
        before: Arc::default(),
        atlas: Arc::default(),
    };
    let read = async move {
        while let Some(Ok(message)) = from.next().await {
            match message {
                Message::Text(text) => tab.hear(&text),
                Message::Close(_) => return,
                Message::Binary(_) => tab.refuse("the lab is asked in text".to_owned()),
                Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    };
    // Whichever ends first ends the other, and the tab's work with it.
    tokio::select! {
        () = write => {}
        () = read => {}
    }
}

impl Tab {
    fn hear(&mut self, text: &str) {
        match serde_json::from_str(text) {
            Ok(asked) => self.begin(asked),
            Err(error) => self.refuse(format!("the lab does not understand this: {error}")),
        }
    }

    fn refuse(&self, text: String) {
        self.outbox.mention(Told::Error { what: "message", id: None, text }.json());
    }

    fn begin(&mut self, asked: Asked) {
        let shared = Arc::clone(&self.shared);
        match asked {
            Asked::Race { flags, speed, playing } => {
                let control = Arc::new(Control::new(playing, speed));
                let (of_thread, before) = (Arc::clone(&control), Arc::clone(&self.before));
                self.control = Some(control);
                self.give(&self.race, "race", None, move |watch, outbox| {
                    race::race((&shared, &before), &flags, &of_thread, watch, outbox)
                });
            }
            Asked::Go { playing, speed } => self.control(|control| control.go(playing, speed)),
            Asked::Step { steps } => self.control(|control| control.step(steps)),
            Asked::Seen { n } => self.control(|control| control.see(n)),
            Asked::Map { flags, view } => {
                let atlas = Arc::clone(&self.atlas);
                self.give(&self.map, "map", None, move |watch, outbox| {
                    map::show(&shared, &flags, view, &atlas, watch, outbox)
                });
            }
            Asked::Strips { flags } => self
                .give(&self.strips, "strips", None, move |watch, outbox| strip::strips(&shared, &flags, watch, outbox)),
            Asked::Cell { flags, view, cell } => self.give(&self.cell, "cell", None, move |_, outbox| {
                outbox.say(&Told::Cell { flags: map::cell(&shared, &flags, view, cell)? });
                Ok(())
            }),
            Asked::Line { command, flags } => match line(&self.shared.lab, &command, &flags) {
                Ok(line) => self.outbox.mention(Told::Line { command: line.command() }.json()),
                Err(error) => self.refuse(error.to_string()),
            },
            Asked::Ask { id, command, flags, form, view } => {
                let idle = self.asks.iter().position(Hand::is_idle);
                let hand = idle.unwrap_or(self.turn);
                self.turn = (hand + 1) % MOST_COMMANDS;
                self.give(&self.asks[hand], "ask", Some(id), move |watch, outbox| {
                    ask::ask(&shared, &ask::Question { id, command, flags, form, view }, watch, outbox)
                });
            }
            Asked::Stop { what, id } => match what {
                What::Race => drop(self.race.stop(None)),
                What::Map => drop(self.map.stop(None)),
                What::Strips => drop(self.strips.stop(None)),
                What::Ask => {
                    for dropped in self.asks.iter().filter_map(|hand| hand.stop(id)) {
                        self.drop(dropped);
                    }
                }
            },
        }
    }

    fn control(&self, say: impl FnOnce(&Control)) {
        if let Some(control) = &self.control {
            say(control);
        }
    }

    /// Has a hand do something. What goes wrong is told.
    fn give(
        &self,
        hand: &Hand,
        what: &'static str,
        id: Option<u64>,
        work: impl FnOnce(&Watch, &Outbox) -> Result<(), Error> + Send + 'static,
    ) {
        let outbox = self.outbox.clone();
        let body = move |watch: &Watch| {
            let done = catch_unwind(AssertUnwindSafe(|| work(watch, &outbox)));
            let text = match done {
                Ok(Ok(())) => return,
                // Nobody waits for it any more, unless it is a question.
                _ if watch.is_stopped() && id.is_none() => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "this went wrong inside of headstart, and is a fault of it".to_owned(),
            };
            outbox.say(&Told::Error { what, id, text });
        };
        match hand.give(id, &self.place, Box::new(body)) {
            Ok(Some(dropped)) => self.drop(dropped),
            Ok(None) => {}
            Err(_) => self.refuse("there are no threads left on this machine".to_owned()),
        }
    }

    /// Says of a question that there will be no answer.
    fn drop(&self, id: u64) {
        let text = "stopped before it began".to_owned();
        self.outbox.mention(Told::Error { what: "ask", id: Some(id), text }.json());
    }
}
