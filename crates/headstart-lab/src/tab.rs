//! A tab of a browser: what it asks for is begun, and ends when the tab does.

use crate::lab::Shared;
use crate::messages::{Asked, Flags, Told, What};
use crate::outbox::Outbox;
use crate::race::{Before, Control};
use crate::{ask, map, race, strip};
use axum::extract::ws::{Message, WebSocket};
use futures_util::{SinkExt, StreamExt};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::map::Atlas;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Commands that a tab may have at work.
const MOST_COMMANDS: usize = 4;

/// Work in a thread of its own.
struct Work {
    watch: Watch,
    is_over: Arc<AtomicBool>,
}

/// One that is gone takes its work with it.
impl Drop for Work {
    fn drop(&mut self) {
        self.watch.stop();
    }
}

/// A tab and what is at work for it.
struct Tab {
    shared: Arc<Shared>,
    outbox: Outbox,
    race: Option<(Work, Arc<Control>)>,
    map: Option<Work>,
    strips: Option<Work>,
    asks: Vec<(u64, Work)>,
    cell: Option<Work>,
    /// What the last race left.
    before: Arc<Before>,
    /// The map that was looked at last, with what is known of it.
    atlas: Arc<Mutex<Option<(Flags, Atlas)>>>,
}

/// Serves a tab until it is closed.
pub async fn serve(socket: WebSocket, shared: Arc<Shared>) {
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
        race: None,
        map: None,
        strips: None,
        asks: Vec::new(),
        cell: None,
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
                self.race = None;
                let work = self.work("race", None, move |watch, outbox| {
                    race::race((&shared, &before), &flags, &of_thread, watch, outbox)
                });
                self.race = Some((work, control));
            }
            Asked::Go { playing, speed } => self.control(|control| control.go(playing, speed)),
            Asked::Step { steps } => self.control(|control| control.step(steps)),
            Asked::Seen { n } => self.control(|control| control.see(n)),
            Asked::Map { flags, view } => {
                let atlas = Arc::clone(&self.atlas);
                self.map = None;
                self.map =
                    Some(self.work("map", None, move |watch, outbox| {
                        map::show(&shared, &flags, view, &atlas, watch, outbox)
                    }));
            }
            Asked::Strips { flags } => {
                self.strips = None;
                self.strips =
                    Some(self.work("strips", None, move |watch, outbox| strip::strips(&shared, &flags, watch, outbox)));
            }
            Asked::Cell { flags, view, cell } => {
                self.cell = Some(self.work("cell", None, move |_, outbox| {
                    outbox.say(&Told::Cell { flags: map::cell(&shared, &flags, view, cell)? });
                    Ok(())
                }));
            }
            Asked::Ask { id, command, flags, form, view } => {
                self.asks.retain(|(_, work)| !work.is_over.load(Ordering::Relaxed));
                if self.asks.len() == MOST_COMMANDS {
                    self.asks.remove(0);
                }
                let work = self.work("ask", Some(id), move |watch, outbox| {
                    ask::ask(&shared, &ask::Question { id, command, flags, form, view }, watch, outbox)
                });
                self.asks.push((id, work));
            }
            Asked::Stop { what, id } => match what {
                What::Race => self.race = None,
                What::Map => self.map = None,
                What::Strips => self.strips = None,
                What::Ask => self.asks.retain(|(of, _)| id.is_some_and(|id| id != *of)),
            },
        }
    }

    fn control(&self, say: impl FnOnce(&Control)) {
        if let Some((_, control)) = &self.race {
            say(control);
        }
    }

    /// Works in a thread of its own. What goes wrong is told.
    fn work(
        &self,
        what: &'static str,
        id: Option<u64>,
        work: impl FnOnce(&Watch, &Outbox) -> Result<(), Error> + Send + 'static,
    ) -> Work {
        let (watch, outbox, is_over) = (Watch::default(), self.outbox.clone(), Arc::default());
        let hand = Work { watch: watch.clone(), is_over: Arc::clone(&is_over) };
        let body = move || {
            let done = catch_unwind(AssertUnwindSafe(|| work(&watch, &outbox)));
            is_over.store(true, Ordering::Relaxed);
            let text = match done {
                Ok(Ok(())) => return,
                // Nobody waits for it any more, unless it is a question.
                _ if watch.is_stopped() && id.is_none() => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "this went wrong inside of headstart, and is a fault of it".to_owned(),
            };
            outbox.say(&Told::Error { what, id, text });
        };
        if std::thread::Builder::new().name(what.to_owned()).spawn(body).is_err() {
            self.refuse("there are no threads left on this machine".to_owned());
        }
        hand
    }
}
