// What is known of the stack, kept up to date by the server's stream, and the way to change something in it.

const MOST_EVENTS = 500;
const MOST_EXECUTIONS = 2000;

export const state = { stack: { up: false, why: "Connecting …" }, shop: {}, orders: new Map(), executions: new Map(), bus: [], key: "", ready: false };

const listeners = [];
const changed = new Set();
let drawing = false;

/** Calls `draw` before the next frame in which one of `parts` has changed. */
export function on(parts, draw) {
  listeners.push([parts, draw]);
}

export function touch(...parts) {
  for (const part of parts) changed.add(part);
  if (drawing) return;
  drawing = true;
  // A page in the background gets no frames, but must not fall behind either.
  (document.hidden ? (run) => setTimeout(run, 200) : requestAnimationFrame)(draw);
}

function draw() {
  drawing = false;
  const parts = new Set(changed);
  changed.clear();
  for (const [wanted, run] of listeners) if (wanted.some((part) => parts.has(part))) run();
}

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
      hooks.time(message.now);
      touch("stack", "shop", "orders", "executions", "bus");
      break;
    case "beat":
      hooks.time(message.now);
      break;
    case "stack":
      state.stack = message.stack;
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
      state.bus.push(message.event);
      if (state.bus.length > MOST_EVENTS) state.bus.splice(0, state.bus.length - MOST_EVENTS);
      touch("bus");
      break;
  }
}

export function connect(hooks) {
  const stream = new EventSource("/api/stream");
  stream.onmessage = (event) => {
    for (const message of JSON.parse(event.data)) take(message, hooks);
  };
  stream.onerror = () => {
    state.stack = { up: false, why: "The console itself doesn't answer any more. Start it again with `espresso console`.", console: true };
    touch("stack");
    // A stream that was refused is not tried again by the browser.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => connect(hooks), 2000);
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
