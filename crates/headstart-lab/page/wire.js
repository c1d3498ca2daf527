/** The socket: messages to the server and from it. */

/** @import { Request, Told } from "./messages.js" */

/** @type {WebSocket | null} */
let socket = null;
/** @type {Map<string, ((message: any) => void)[]>} */
const listeners = new Map();
/** @type {(() => void)[]} */
const closed = [];

/**
 * Calls with every message of this kind.
 * @template {Told["told"]} K
 * @param {K} told
 * @param {(message: Extract<Told, {told: K}>) => void} call
 */
export function on(told, call) {
    listeners.set(told, [...(listeners.get(told) ?? []), call]);
}

/** @param {() => void} call */
export const onClose = (call) => closed.push(call);

/** Opens it; the server says hello. */
export function open() {
    const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    socket = opened;
    opened.addEventListener("message", ({ data }) => {
        if (socket !== opened) return;
        const message = JSON.parse(data);
        listeners.get(message.told)?.forEach((call) => call(message));
    });
    opened.addEventListener("close", () => {
        if (socket !== opened) return;
        socket = null;
        closed.forEach((call) => call());
    });
}

/** @param {Request} request */
export function send(request) {
    // What is asked while there is no server is asked again when there is one.
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(request));
}
