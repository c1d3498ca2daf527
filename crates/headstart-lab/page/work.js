/** Work that is waited for: how far it is, a button that stops it, and its answer as a page would show it. */

/** @import { Command, Flags, WorkEvent } from "./messages.js" */

import { ask } from "./ask.js";
import { button, enhance, make, say, tell, throttled } from "./dom.js";

export class Work {
    /** @type {() => void} */
    stop = () => {};
    /** Which question this is: answers to earlier ones are not shown. */
    turn = 0;
    stage = "";

    /**
     * @param {HTMLElement} root
     * @param {{event?: (event: WorkEvent) => void, over?: () => void}} [watch]
     */
    constructor(root, { event, over } = {}) {
        this.event = event ?? (() => {});
        this.over = over ?? (() => {});
        this.bar = make("progress", { max: 1, value: 0, "aria-label": "Progress" });
        this.text = make("span", { className: "status" });
        this.running = make(
            "div",
            { className: "row running", hidden: true },
            this.bar,
            this.text,
            button("Stop", () => this.stop()),
        );
        this.problem = make("p", { className: "error", hidden: true, role: "alert" });
        this.warnings = make("div");
        this.answer = make("div", { className: "of-page", hidden: true });
        root.append(this.running, this.problem, this.warnings, this.answer);
        this.progress = throttled(250, (/** @type {number} */ share, /** @type {string} */ text) => {
            this.bar.value = share;
            tell(this.text, text);
        });
    }

    /**
     * @param {Command} command
     * @param {Flags} flags
     * @param {(command: string) => void} [answered]
     */
    ask(command, flags, answered) {
        if (!this.running.hidden) this.stop();
        const turn = ++this.turn;
        this.running.hidden = false;
        this.problem.hidden = this.answer.hidden = true;
        this.warnings.replaceChildren();
        this.stage = "";
        this.progress(0, "begins");
        say("Begun");
        const ended = () => {
            this.running.hidden = true;
            this.over();
        };
        this.stop = ask({ command, flags, as: "html" }, {
            event: (event) => {
                if (turn === this.turn) this.happened(event);
            },
            answer: (answer) => {
                if (turn !== this.turn || answer.as !== "html") return;
                ended();
                this.show(answer.html);
                answered?.(answer.command);
                say("The answer is there");
            },
            error: (text) => {
                if (turn !== this.turn) return;
                ended();
                this.problem.hidden = false;
                tell(this.problem, text);
            },
        });
    }

    /** @param {WorkEvent} event */
    happened(event) {
        if (event.event === "stage") this.stage = event.name;
        if (event.event === "progress") {
            const left = event.left === null ? "" : `, about ${Math.ceil(event.left)} s left`;
            this.progress(
                event.share,
                `${(event.stage || this.stage || "running").replace(/[:\s]+$/, "")}: ${
                    Math.floor(100 * event.share)
                }%${left}`,
            );
        }
        if (event.event === "warning") this.warnings.append(make("p", { className: "note", textContent: event.text }));
        this.event(event);
    }

    /**
     * The server's own page, made and escaped there. This page has a first heading already.
     * @param {string} html
     */
    show(html) {
        this.answer.innerHTML = html;
        for (const first of this.answer.querySelectorAll("h1")) {
            first.replaceWith(make("h2", { className: "title" }, ...first.childNodes));
        }
        // Landmarks of a page are parts of this one.
        for (const part of this.answer.querySelectorAll("header, main, footer")) {
            part.replaceWith(make("div", { className: `was-${part.localName}` }, ...part.childNodes));
        }
        this.answer.hidden = false;
        enhance(this.answer);
    }
}
