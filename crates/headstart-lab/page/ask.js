/** Questions whose answers take a while: a comparison, an advice, a file. */

/** @import { Answer, Command, Flags, Form, MapView, WorkEvent } from "./messages.js" */

import * as wire from "./wire.js";

/**
 * @typedef {object} Listener
 * @property {(event: WorkEvent) => void} [event]
 * @property {(answer: Answer) => void} answer
 * @property {(text: string) => void} error
 */

/** @type {Map<number, Listener>} */
const open = new Map();
let last = 0;

/**
 * @param {{command: Command, flags: Flags, as: Form, view?: MapView}} question
 * @param {Listener} listener
 * @returns {() => void} to stop it: what there is by then is the answer
 */
export function ask(question, listener) {
    const id = ++last;
    open.set(id, listener);
    wire.send({ do: "ask", id, ...question });
    return () => wire.send({ do: "stop", what: "ask", id });
}

wire.on("event", ({ id, event }) => open.get(id)?.event?.(event));
wire.on("answer", (answer) => {
    open.get(answer.id)?.answer(answer);
    open.delete(answer.id);
});
wire.on("error", ({ id, text }) => {
    if (id === undefined) return;
    open.get(id)?.error(text);
    open.delete(id);
});
wire.onClose(() => {
    const all = [...open.values()];
    open.clear();
    all.forEach((each) => each.error("The connection was lost before the answer came."));
});
