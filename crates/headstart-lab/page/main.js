/** The page begins here: it connects, and shows the view that the link says. */

/** @import { Hello } from "./messages.js" */

import { Advise } from "./advise.js";
import * as controls from "./controls.js";
import { button, byId, make, say } from "./dom.js";
import * as link from "./link.js";
import { LiveMap } from "./map.js";
import { Race } from "./race.js";
import { Story } from "./story.js";
import * as wire from "./wire.js";

const TITLES = { race: "Race", map: "Map", advise: "Advise", story: "The story" };

/** @type {{race: Race, map: LiveMap, advise: Advise, story: Story} | null} */
let views = null;

/** What a first visitor sees. @type {import("./messages.js").Flags} */
let usual = {};

/** A link that says nothing of a task is of the usual one. */
function fillIn() {
    const { view, keys } = link.state();
    const hasTask = Object.keys(keys).some((key) => link.KEYS.task.has(key) || key === "init");
    if (!hasTask && view !== "story") {
        link.go({ view, keys: { ...usual, ...keys } }, { replace: true, quiet: true });
    }
}

/** Shows what the link says. */
function show() {
    if (!views) return;
    fillIn();
    const { view } = link.state();
    const isRace = view === "race" || view === "story";
    byId("story").hidden = view !== "story";
    byId("task").hidden = view === "story";
    byId("race").hidden = !isRace;
    byId("beyond").hidden = byId("intro").hidden = view === "story";
    byId("map").hidden = view !== "map";
    byId("advise").hidden = view !== "advise";
    document.title = `${TITLES[view]} \u2013 Headstart lab`;
    for (const each of byId("views").querySelectorAll("a")) {
        if (each.dataset.view === view) each.setAttribute("aria-current", "page");
        else each.removeAttribute("aria-current");
    }
    if (!isRace) views.race.hide();
    if (view !== "map") views.map.hide();
    controls.show();
    views[view].update();
    aim();
}

/** The views' links carry the task along; the tour has its own. */
function aim() {
    const { step: _, ...keys } = link.state().keys;
    for (const each of byId("views").querySelectorAll("a")) {
        const view = /** @type {link.View} */ (each.dataset.view);
        each.href = view === "story" ? "#story" : link.format({ view, keys });
    }
}

/** @param {Hello} hello */
function begin(hello) {
    controls.fill(hello);
    byId("gone").hidden = true;
    byId("version").textContent = `Headstart ${hello.version}`;
    usual = hello.usual;
    if (views) {
        views.race.forget();
        views.map.forget();
        say("Connected again");
    } else {
        const race = new Race(hello);
        views = { race, map: new LiveMap(hello), advise: new Advise(), story: new Story(race) };
    }
    show();
}

link.onChange(show);
wire.on("hello", begin);
wire.onClose(() => {
    const again = button("Connect again", () => {
        again.disabled = true;
        wire.open();
    });
    byId("gone").replaceChildren(
        make("p", {
            textContent:
                "The lab does not answer: it was stopped, or the connection was lost. Start it again if need be; the link keeps all that you chose.",
        }),
        again,
    );
    byId("gone").hidden = false;
});
for (const event of ["pointerover", "focusin"]) byId("views").addEventListener(event, aim);
byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
});
wire.open();
