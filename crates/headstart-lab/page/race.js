/** The race: its starts, its transport, what is drawn of it. */

/** @import { Finding, Frame, Hello, Plane, RaceBegins, StartFrame } from "./messages.js" */

import { Card } from "./card.js";
import { byId, isCalm, make, say, short, showCommand, showError, tell, theOne, throttled, whole } from "./dom.js";
import { exportsOf } from "./exports.js";
import { Losses } from "./lines.js";
import * as link from "./link.js";
import { inFrame } from "./sheet.js";
import { classStyle } from "./theme.js";
import * as wire from "./wire.js";
import { Work } from "./work.js";

/** Races begun in a second while a slider moves. */
const AT_MOST = 10;

export class Race {
    /** @type {RaceBegins | null} */
    race = null;
    /** @type {Frame | null} */
    frame = null;
    /** What the starts will be once the server has answered. @type {string[]} */
    inits = [];
    /** Starts were added or taken away, and the server has not said so yet. */
    isChanging = false;
    /** @type {Card[]} */
    cards = [];
    /** What was begun: the flags, as text. */
    begun = "";
    isPlaying = !isCalm();
    isShown = false;
    /** The frame that is to be reported as drawn. @type {number | null} */
    unseen = null;
    /** The link before a slider was moved. @type {string | null} */
    before = null;
    /** Which change was kept last, and when. */
    settled = { what: "", at: -Infinity };
    /** Of which task and schemes there are strips, or soon will be. */
    striped = "";
    /** Strips that are whole. */
    strips = 0;
    /** What of the cards is to be open once there are any. */
    unfolded = "";

    /** @param {Hello} hello */
    constructor(hello) {
        this.hello = hello;
        this.losses = new Losses();
        this.play = byId("play");
        this.speed = theOne("speed", HTMLSelectElement);
        this.ahead = theOne("ahead", HTMLInputElement);
        this.compare = new Work(byId("compare-work"));
        this.explain = new Work(byId("explain-work"));

        this.play.addEventListener("click", () => this.toggle());
        byId("restart").addEventListener("click", () => {
            this.isPlaying = true;
            this.begin();
        });
        byId("one-step").addEventListener("click", () => {
            if (this.isPlaying) this.pause();
            wire.send({ do: "step", steps: 1 });
        });
        this.speed.addEventListener("change", () => link.set({ speed: this.speed.value || null }, { replace: true }));
        this.ahead.addEventListener(
            "change",
            () => link.set({ ahead: this.ahead.checked ? "1" : null }, { replace: true }),
        );
        byId("add-start").addEventListener("click", () => this.add());
        byId("compare").addEventListener(
            "click",
            () => this.compare.ask("compare", { ...link.raceFlags(), seeds: "100" }),
        );
        byId("explain").addEventListener("click", () => this.explain.ask("explain", link.raceFlags()));
        exportsOf(byId("race-exports"), () => ({ command: "train", flags: link.raceFlags() }));
        this.beginSoon = throttled(1000 / AT_MOST, () => this.begin());
        this.tellSoon = throttled(100, () => this.tell());
        this.stripsSoon = throttled(400, () => this.askForStrips());
        this.stateSoon = throttled(500, () => this.tellState());

        wire.on("race", (race) => this.begins(race));
        wire.on("frame", (frame) => this.take(frame));
        wire.on("strip", (strip) => {
            if (strip.over) this.strips += strip.starts.length;
            strip.starts.forEach((start) => this.cards[start]?.takeStrip(strip));
        });
        wire.on("finding", (finding) => this.find(finding));
        wire.on("error", ({ what, text }) => {
            if (what === "finding" || what === "message") showError("race-error", text);
            if (what !== "race") return;
            showError(this.isStory() ? "race-error" : "task-error", text);
            this.isChanging = false;
            this.inits = this.race?.starts.map(({ init }) => init) ?? [];
        });
        document.addEventListener("visibilitychange", () => {
            if (document.hidden) this.report();
        });
    }

    isStory() {
        return link.state().view === "story";
    }

    /** The link says what is raced; a race of the same goes on. */
    update() {
        this.isShown = true;
        this.speed.value = link.get("speed");
        this.ahead.checked = link.get("ahead") !== "";
        this.losses.lookAhead(this.ahead.checked);
        if (JSON.stringify(link.raceFlags()) !== this.begun) this.begin();
        else wire.send({ do: "go", playing: this.isPlaying, speed: this.rate() });
    }

    hide() {
        if (this.isShown) wire.send({ do: "go", playing: false, speed: this.rate() });
        // Those that are not whole are asked for again.
        if (this.strips < this.sliders().length) {
            wire.send({ do: "stop", what: "strips" });
            this.striped = "";
        }
        this.isShown = false;
    }

    /** Steps a second; null is as fast as it goes. */
    rate() {
        const said = link.get("speed");
        if (said === "max") return null;
        const steps = Number(link.get("steps")) || this.race?.steps || 15000;
        return Number(said) || Math.max(Math.round(steps / 10), 10);
    }

    begin() {
        const flags = link.raceFlags();
        this.begun = JSON.stringify(flags);
        this.unseen = null;
        wire.send({ do: "race", flags, speed: this.rate(), playing: this.isPlaying });
    }

    toggle() {
        if (this.frame?.over) {
            this.isPlaying = true;
            this.begin();
            return;
        }
        if (this.isPlaying) this.pause();
        else {
            this.isPlaying = true;
            wire.send({ do: "go", playing: true, speed: this.rate() });
            say("The race goes on");
        }
        this.tellState();
    }

    pause() {
        this.isPlaying = false;
        wire.send({ do: "go", playing: false, speed: this.rate() });
        say("The race is paused");
        this.tellState();
    }

    add() {
        if (this.isChanging || this.inits.length >= this.hello.most_starts) return;
        this.isChanging = true;
        const fresh = ["he", "normal:0.1", "glorot", "normal:10", "orthogonal", "lecun"].find((each) =>
            !this.inits.includes(each)
        );
        this.inits = [...this.inits, fresh ?? "he:0.5"];
        link.set({ init: this.inits.join() });
        say("A start was added");
    }

    /** @param {number} index */
    remove(index) {
        if (this.isChanging || this.inits.length < 2) return;
        this.isChanging = true;
        say(`Removed ${this.inits[index]}`);
        this.inits = this.inits.filter((_, i) => i !== index);
        // The button that was pressed may go.
        const more = theOne("add-start", HTMLButtonElement);
        more.disabled = false;
        more.focus();
        link.set({ init: this.inits.join() });
    }

    /**
     * @param {number} index
     * @param {string} init
     * @param {boolean} isOver
     */
    edit(index, init, isOver) {
        if (this.isChanging || init === "") return;
        this.before ??= location.hash;
        this.inits = this.inits.with(index, init);
        const changes = { init: this.inits.join() };
        if (isOver) {
            // A key that is held is one change.
            const what = `${index} ${init.split(":")[0]}`;
            const isNext = what === this.settled.what && performance.now() - this.settled.at < 1500;
            if (isNext) link.set(changes, { replace: true, quiet: true });
            else link.settle(changes, this.before);
            this.settled = { what, at: performance.now() };
            this.before = null;
        } else link.set(changes, { replace: true, quiet: true });
        this.beginSoon();
    }

    /** @param {RaceBegins} race */
    begins(race) {
        this.race = race;
        this.frame = null;
        this.isChanging = false;
        // What is dragged at this moment is further on already.
        if (this.before === null) this.inits = race.starts.map(({ init }) => init);
        showError("task-error", "");
        showError("race-error", "");
        const folded = (/** @type {string} */ which, /** @type {boolean} */ isOpen) => this.fold(which, isOpen);
        const acts = {
            edit: (/** @type {number} */ i, /** @type {string} */ init, /** @type {boolean} */ isOver) =>
                this.edit(i, init, isOver),
            remove: (/** @type {number} */ i) => this.remove(i),
        };
        while (this.cards.length < race.starts.length) {
            this.cards.push(new Card(this.cards.length, this.hello, acts, folded));
        }
        const seen = this.cards.slice(0, race.starts.length);
        const place = byId("cards");
        if (place.children.length !== seen.length) {
            place.replaceChildren(...seen.map(({ element }) => element));
            const [first] = this.cards;
            for (const name of /** @type {const} */ (["layers", "bars"])) {
                this.fold(name, first.folds[name].open || name === this.unfolded);
            }
            this.unfolded = "";
        }
        seen.forEach((card) => card.begin(race));
        this.losses.begin(race.starts.map(({ init }) => init), race.steps);
        theOne("add-start", HTMLButtonElement).disabled = race.starts.length >= this.hello.most_starts;
        tell(byId("race-status"), `step 0 of ${whole(race.steps)}`);
        showCommand("race-command", race.command);
        byId("about").replaceChildren(...race.about.map((line) => make("li", { textContent: line })));
        byId("notes").replaceChildren(...race.notes.map((line) => make("p", { className: "note", textContent: line })));
        const note = byId("plane-note");
        note.hidden = race.plane.note === "";
        tell(note, `The pictures are ${race.plane.note}.`);
        byId("classes").replaceChildren(...classesOf(race.plane));
        this.stripsSoon();
    }

    /** Schemes that have a slider. */
    sliders() {
        return this.race?.starts.filter(({ gain }) => gain !== null).map(({ scheme }) => scheme) ?? [];
    }

    /** A strip is of the whole slider: it is the same wherever the slider is. */
    askForStrips() {
        if (!this.isShown || this.isStory()) return;
        const flags = link.raceFlags();
        const striped = JSON.stringify([{ ...flags, init: "" }, this.race?.starts.map(({ scheme }) => scheme)]);
        if (striped === this.striped) return;
        this.striped = striped;
        this.strips = 0;
        this.cards.forEach(({ strip }) => strip.clear());
        wire.send({ do: "strips", flags });
    }

    /**
     * Starts are compared: what is unfolded of one is unfolded of all.
     * @param {string} which
     * @param {boolean} isOpen
     */
    fold(which, isOpen) {
        for (const { folds } of this.cards) Reflect.get(folds, which).open = isOpen;
    }

    /** @param {string} which */
    unfold(which) {
        this.unfolded = which;
        if (this.cards.length > 0) this.fold(which, true);
    }

    /** @param {Frame} frame */
    take(frame) {
        // One of the race before may have been on its way.
        if (frame.race !== this.race?.id) return;
        const wasOver = this.frame?.over ?? false;
        this.frame = frame;
        frame.starts.forEach((start, i) => {
            this.losses.add(i, start.trace);
            this.cards[i].take(start);
        });
        this.unseen = frame.n;
        if (document.hidden) this.report();
        else inFrame(this.report);
        if (frame.over || !frame.playing) {
            // How it ended, or stands still, is told at once, and all of it together.
            this.tell();
            this.tellState();
        } else {
            this.tellSoon();
            this.stateSoon();
        }
        if (frame.over && !wasOver) {
            const { judge } = this.race;
            const results = frame.starts.map(({ figures, status }, i) =>
                `${this.inits[i]} ${status}, ${judge} ${judged(figures, judge) ?? "none"}`
            );
            say(`The race is over: ${results.join("; ")}`);
        }
    }

    /** Only when a frame was drawn the next one is sent. */
    report = () => {
        if (this.unseen !== null) wire.send({ do: "seen", n: this.unseen });
        this.unseen = null;
    };

    tell() {
        this.frame?.starts.forEach((start, i) => this.cards[i].tell(start));
        this.play.textContent = this.frame?.over ? "Again" : this.isPlaying ? "Pause" : "Play";
    }

    tellState() {
        const { frame, race } = this;
        if (!frame || !race) return;
        const rate = frame.rate > 0 && this.rate() === null
            ? ` \u00b7 ${whole(Number(frame.rate.toPrecision(2)))} updates a second`
            : "";
        const state = frame.over ? "over" : this.isPlaying ? "" : "paused";
        tell(byId("race-status"), `step ${whole(frame.step)} of ${whole(race.steps)}${state ? `, ${state}` : rate}`);
        this.play.textContent = frame.over ? "Again" : this.isPlaying ? "Pause" : "Play";
    }

    /** @param {Finding} finding */
    find(finding) {
        if (finding.race !== this.race?.id) return;
        this.cards[finding.start]?.find(finding);
        this.losses.predict(finding.start, finding.band);
        say(`${this.inits[finding.start]}: ${finding.sentence}`);
    }

    /** The connection is new: nothing of the old one goes on. */
    forget() {
        this.begun = "";
        this.striped = "";
        this.isChanging = false;
        this.unseen = null;
    }
}

/**
 * What the pictures' colours mean.
 * @param {Plane} plane
 */
function classesOf({ kind, classes = [], told = [0, 1] }) {
    const names = kind === "value" ? told.map((each) => short(each)) : classes;
    return names.slice(0, 10).map((name, k) => {
        const dot = make("i", { className: "dot round" });
        // By its name, so that a change of the theme changes it.
        dot.style.background = classStyle(k);
        return make("li", {}, dot, kind === "value" ? name : `class ${name}`);
    });
}

/**
 * What a start is judged by.
 * @param {StartFrame["figures"]} figures
 * @param {string} judge
 */
function judged(figures, judge) {
    if (judge.endsWith("accuracy")) return judge.startsWith("test") ? figures.test : figures.train;
    return judge.startsWith("test") ? figures["test-loss"] : figures.loss;
}
