/** What can be taken along: pictures, tables, pages, and the link. */

/** @import { Command, FileAnswer, Flags, Form, MapView } from "./messages.js" */

import { ask } from "./ask.js";
import { button, bytes, make, say, tell } from "./dom.js";

/** @type {[Form, string][]} */
const FORMS = [["png", "PNG"], ["svg", "SVG"], ["csv", "CSV"], ["page", "HTML page"]];

/**
 * Buttons that fetch files of what is shown.
 * @param {HTMLElement} root
 * @param {() => {command: Command, flags: Flags, view?: MapView}} what
 */
export function exportsOf(root, what) {
    const state = make("span", { className: "status", role: "status" });
    for (const [as, name] of FORMS) {
        // Only runs are a table.
        if (as === "csv" && what().command !== "train") continue;
        root.append(button(name, () => {
            tell(state, `The ${name} is made ...`);
            ask({ ...what(), as }, {
                answer: (answer) => {
                    if (answer.as === "html") return;
                    save(answer);
                    tell(state, `${answer.name} is saved`);
                },
                error: (text) => tell(state, text),
            });
        }, { "aria-label": `Save as ${name}` }));
    }
    const link = button("Copy the link", async () => {
        try {
            await navigator.clipboard.writeText(location.href);
            link.textContent = "Copied";
            say("Copied the link");
        } catch {
            link.textContent = "Copy it from the address bar";
        }
        setTimeout(() => (link.textContent = "Copy the link"), 2500);
    });
    root.append(link, state);
}

/** @param {FileAnswer} answer */
function save({ name, type, base64 }) {
    const address = URL.createObjectURL(new Blob([bytes(base64)], { type }));
    make("a", { href: address, download: name }).click();
    // The download has begun by then.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
