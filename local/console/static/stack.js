// What is known of the stack, kept up to date by the server's stream, and the way to change something in it.

import { phone } from "./dom.js";

const MOST_EVENTS = 500;
const MOST_EXECUTIONS = 2000;
// Milliseconds of drawing after which somebody who types or scrolls comes first.
const PIECE = 30;
const UNSEEN_FOR = 20_000;
// Milliseconds for which a finger or a mouse button that is held down keeps the page from being drawn.
const HELD_FOR = 1000;

export const state = { stack: { up: false, why: "Connecting …" }, shop: {}, orders: new Map(), executions: new Map(), bus: [], key: "", ready: false };

const listeners = [];
const changed = new Set();
let drawing = false;
// The first picture is drawn as a whole: nobody works with the page yet.
let piece = Infinity;

/** Calls `draw` before the next frame in which one of `parts` has changed. */
export function on(parts, draw) {
  listeners.push([parts, draw]);
}

export function touch(...parts) {
  for (const part of parts) changed.add(part);
  if (drawing) return;
  drawing = true;
  next();
}

function next() {
  // A page in the background gets no frames, but must not fall behind either.
  if (document.hidden) setTimeout(draw, 200);
  else requestAnimationFrame(draw);
}

// What is drawn anew between the press and the release of a button would swallow the click.
let held = 0;
for (const kind of ["pointerup", "pointercancel", "dragend"]) addEventListener(kind, () => (held = 0), true);
addEventListener("pointerdown", () => (held = performance.now() + HELD_FOR), true);

async function released() {
  // The click comes after the release, but before the next timer.
  while (performance.now() < held) await later(20);
}

/** Draws what has changed, in pieces between which the page stays alive; then rests for longer than that took. */
async function draw() {
  const parts = new Set(changed);
  changed.clear();
  const first = performance.now();
  let begun = first;
  for (const [wanted, run] of listeners) {
    if (!wanted.some((part) => parts.has(part))) continue;
    if (held) {
      await released();
      begun = performance.now();
    }
    try {
      run();
    } catch (error) {
      console.error(error);
    }
    if (performance.now() - begun < piece) continue;
    await later();
    begun = performance.now();
  }
  if (state.ready) piece = PIECE;
  // The layout and the painting come after the code, and are the larger part of the work.
  if (!document.hidden) await new Promise((done) => requestAnimationFrame(() => later().then(done)));
  await later(Math.min(2 * (performance.now() - first), 500));
  drawing = false;
  if (changed.size) touch();
}

const later = (milliseconds = 0) => new Promise((done) => setTimeout(done, milliseconds));

function take(message, hooks) {
  switch (message.t) {
    case "snapshot":
      state.stack = message.stack;
      state.shop = message.shop;
      state.orders = new Map(message.orders.map((order) => [order.id, order]));
      state.executions = new Map(message.executions.map((execution) => [execution.arn, execution]));
      state.bus = message.bus;
      state.key = message.key;
      state.ready = true;
      identify(message.stack);
      hooks.time(message.now);
      touch("stack", "shop", "orders", "executions", "bus");
      break;
    case "beat":
      hooks.time(message.now);
      break;
    case "stack":
      state.stack = message.stack;
      identify(message.stack);
      touch("stack");
      break;
    case "shop":
      state.shop = message.shop;
      touch("shop");
      break;
    case "order":
      state.orders.set(message.order.id, message.order);
      touch("orders");
      break;
    case "gone":
      state.orders.delete(message.id);
      touch("orders");
      break;
    case "execution":
      state.executions.set(message.execution.arn, message.execution);
      if (state.executions.size > MOST_EXECUTIONS) state.executions.delete(state.executions.keys().next().value);
      touch("executions");
      break;
    case "bus":
      // What a history tells may be older than what the bus said meanwhile.
      if (state.bus.length && message.event.seen < state.bus.at(-1).seen) {
        state.bus.push(message.event);
        state.bus.sort((a, b) => (a.seen < b.seen ? -1 : a.seen > b.seen ? 1 : 0));
      } else state.bus.push(message.event);
      if (state.bus.length > MOST_EVENTS) state.bus.splice(0, state.bus.length - MOST_EVENTS);
      touch("bus");
      break;
  }
}

/** Another stack than the one so far: what people chose of the old one is forgotten. */
function identify(stack) {
  if (!stack.up || stack.identity === state.identity) return;
  const first = state.identity === undefined;
  state.identity = stack.identity;
  if (!first) touch("fresh");
}

let stream = null;

/** Opens the stream, and keeps it open. A page that nobody sees gives its connection back: a browser has six. */
export function connect(hooks) {
  open(hooks);
  let leaves;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaves);
    if (document.hidden) leaves = setTimeout(close, UNSEEN_FOR);
    else if (!stream) open(hooks);
  });
}

function close() {
  stream?.close();
  stream = null;
}

function open(hooks) {
  const opened = (stream = new EventSource("/api/stream"));
  opened.onmessage = (event) => {
    for (const message of JSON.parse(event.data)) take(message, hooks);
  };
  opened.onerror = () => {
    if (stream !== opened) return;
    // The browser tries again where nobody answered, and gives up where it was refused.
    const refused = opened.readyState === EventSource.CLOSED;
    const why = refused ? "The console answers, but not to this page. Perhaps too many of its pages are open: close some." : "The console itself doesn't answer any more. Start it again with `espresso console`.";
    state.stack = { up: false, why, console: true };
    touch("stack");
    if (refused) {
      close();
      setTimeout(() => stream ?? open(hooks), 2000);
    }
  };
}

/** Asks the server to do something. The answer has `ok`, `message` and, if it was refused, `reason`. */
export async function ask(fields) {
  try {
    const answer = await fetch("/api/do", {
      method: "POST",
      headers: { "content-type": "application/json", "x-espresso-key": state.key },
      body: JSON.stringify(fields),
    });
    return await answer.json();
  } catch {
    return { ok: false, message: "The console doesn't answer." };
  }
}

export async function read(what, parameters) {
  const answer = await fetch(`/api/${what}?${new URLSearchParams(parameters)}`);
  return answer.json();
}

/** Does something at the press of a button: it is busy meanwhile, and `place` shows what came of it. */
export async function press(button, place, fields) {
  if (button?.classList.contains("busy")) return { ok: false };
  button?.classList.add("busy");
  const answer = await ask(fields);
  button?.classList.remove("busy");
  tell(place, answer);
  return answer;
}

export function tell(place, answer) {
  // On a phone an answer lies over the page, where the thumb is: the newest only, and not for ever.
  if (phone.matches) for (const old of document.querySelectorAll(".answer")) if (old !== place) old.replaceChildren();
  clearTimeout(place.leaves);
  if (phone.matches) place.leaves = setTimeout(() => place.replaceChildren(), answer.ok ? 4000 : 8000);
  place.className = `answer ${answer.ok ? "ok" : "refused"}`;
  const reason = document.createElement("b");
  reason.textContent = answer.reason ?? "";
  place.replaceChildren(...(answer.reason ? [reason] : []), answer.message ?? "");
}

/** A number for a new order: greater than all numbers so far. */
export function freshId() {
  let most = 1;
  for (const id of state.orders.keys()) if (/^\d{1,9}$/.test(id)) most = Math.max(most, Number(id));
  return String(most + 1);
}

export function executionOf(orderId) {
  const order = state.orders.get(orderId);
  if (order?.execution) return state.executions.get(order.execution);
  let found;
  for (const execution of state.executions.values()) if (execution.machine === "processor" && execution.order === orderId) found = execution;
  return found;
}
