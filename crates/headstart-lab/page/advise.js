/** Where to start: the advice, and who is in and who is out while it is found. */

/** @import { Standing } from "./messages.js" */

import { button, byId, enhance, make, say, short, showCommand, theOne, throttled } from "./dom.js";
import { exportsOf } from "./exports.js";
import * as link from "./link.js";
import * as wire from "./wire.js";
import { Work } from "./work.js";

export class Advise {
    /** @type {Standing[]} */
    standings = [];
    /** The flags whose command line the server has said. */
    answered = "";

    constructor() {
        this.budget = make("input", { id: "budget", type: "text", placeholder: "usual", spellcheck: false });
        this.budget.addEventListener("change", () => link.set({ budget: this.budget.value.trim() || null }));
        this.begin = button("Find where to start", () => this.ask(), { className: "button main" });
        const form = theOne("advise-form", HTMLFormElement);
        form.addEventListener("submit", (event) => event.preventDefault());
        form.append(
            make(
                "div",
                { className: "field" },
                make("label", { for: "budget", textContent: "Budget, as 60s or 5Msteps" }),
                this.budget,
            ),
            make("div", { className: "field own" }, this.begin),
        );
        this.head = make("tr");
        this.body = make("tbody");
        byId("standings").append(make(
            "div",
            { className: "scroll", role: "group", "aria-label": "Standings" },
            make(
                "table",
                {},
                make("caption", { textContent: "Standings so far" }),
                make("thead", {}, this.head),
                this.body,
            ),
        ));
        enhance(byId("standings"));
        this.showSoon = throttled(250, (/** @type {string} */ figure) => this.show(figure));
        this.work = new Work(byId("advise-work"), {
            event: (event) => {
                if (event.event !== "partial" || event.what !== "standings") return;
                this.standings = event.starts;
                this.showSoon(event.figure);
            },
            over: () => (this.begin.disabled = false),
        });
        byId("race-best").addEventListener("click", () => {
            const best = this.standings.filter((each) => !each.is_out).slice(0, 3).map(({ init }) => init);
            link.set({ init: best.join() }, { view: "race" });
        });
        wire.on("line", ({ command }) => showCommand("advise-command", command));
        exportsOf(byId("advise-exports"), () => ({ command: "advise", flags: link.adviseFlags() }));
    }

    update() {
        if (document.activeElement !== this.budget) this.budget.value = link.get("budget");
        const flags = link.adviseFlags();
        if (JSON.stringify(flags) !== this.answered) wire.send({ do: "line", command: "advise", flags });
    }

    ask() {
        const flags = link.adviseFlags();
        this.begin.disabled = true;
        this.standings = [];
        byId("standings").hidden = byId("race-best").hidden = true;
        this.work.ask("advise", flags, (command) => {
            this.answered = JSON.stringify(flags);
            showCommand("advise-command", command);
            byId("race-best").hidden = this.standings.length === 0;
            // The answer has its own tables.
            byId("standings").hidden = true;
        });
    }

    /** @param {string} figure */
    show(figure) {
        if (!this.begin.disabled) return;
        const means = this.standings.flatMap(({ mean }) => mean === null ? [] : [mean]);
        const [low, high] = [Math.min(...means, 0), Math.max(...means, 1e-9)];
        const row = (/** @type {Standing} */ { init, runs, mean, is_out }) => {
            const bar = make("span", { className: "share" });
            bar.style.width = mean === null ? "0" : `${(100 * (mean - low)) / (high - low)}%`;
            return make(
                "tr",
                { className: is_out ? "out" : "" },
                make("th", { scope: "row", textContent: init }),
                make("td", { className: "num", textContent: String(runs) }),
                make("td", { className: "num", textContent: mean === null ? "\u2013" : short(mean) }),
                make("td", {}, make("span", { className: "track" }, bar)),
                make("td", { textContent: is_out ? "out" : "in" }),
            );
        };
        const head = [["start", ""], ["runs", "num"], [figure, "num"], ["beside the best", ""], ["still", ""]]
            .map(([textContent, className]) => make("th", { scope: "col", textContent, className }));
        this.head.replaceChildren(...head);
        this.body.replaceChildren(...this.standings.map(row));
        const isNew = byId("standings").hidden;
        byId("standings").hidden = false;
        if (isNew) say("First standings are there");
    }
}
