// The timeline of one order: its row and its time line, in a drawer that is renewed while it is open.

import { $, clock, drinkName, h, modifiers, pill, pretty, text } from "./dom.js";
import { at } from "./address.js";
import { choose } from "./flow.js";
import { on, read, state } from "./stack.js";

const WORDS = { event: "event", execution: "workflow", row: "row" };
let shown = null;
let asking = false;
let again = false;
let moved = "";

export function showTimeline(orderId) {
  if (!orderId) return;
  shown = orderId;
  at({ order: orderId });
  moved = "";
  text($("timeline-title"), `Order ${orderId}`);
  $("timeline-body").replaceChildren(h("p", { class: "sub" }, "Reading …"));
  $("timeline-body").mark = "";
  if (!$("timeline").open) $("timeline").showModal();
  renew();
}

async function renew() {
  if (shown === null) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  const asked = shown;
  try {
    const timeline = await read("timeline", { order: asked });
    if (asked === shown) draw(timeline);
  } catch {
    // The page says elsewhere that the console is gone.
  } finally {
    asking = false;
  }
  if (again) {
    again = false;
    setTimeout(renew, 250);
  }
}

/** Asks again only when the order that is shown has moved: others may be moving by the hundred. */
function renewIfMoved() {
  if (shown === null) return;
  const mine = [...state.executions.values()].filter((one) => one.order === shown).map((one) => [one.arn, one.status, one.states.length]);
  const known = JSON.stringify([shown, state.orders.get(shown), mine]);
  if (known === moved) return;
  moved = known;
  renew();
}

function draw(timeline) {
  const mark = JSON.stringify([timeline, state.orders.get(shown)]);
  const place = $("timeline-body");
  if (place.mark === mark) return;
  place.mark = mark;
  const opened = new Set([...place.querySelectorAll("details[open]")].map((one) => one.dataset.item));
  if (timeline.gone || (!timeline.row && !timeline.items?.length)) {
    place.replaceChildren(h("p", { class: "empty" }, timeline.message ?? "Nothing is known of this order."));
    return;
  }
  const order = state.orders.get(shown);
  const fact = (name, value) => (value ? [h("dt", {}, name), h("dd", {}, value)] : []);
  const facts = order
    ? h("dl", { class: "facts" }, ...fact("State", pill(order.state)), ...fact("Number", order.number != null ? String(order.number) : ""), ...fact("Drink", [drinkName(order.drink), modifiers(order.drink)].filter(Boolean).join(", ")), ...fact("Customer", order.user), ...fact("Barista", order.barista), ...fact("Reason", order.reason), ...fact("Task token", order.token ? h("span", { class: "mono" }, order.token) : ""))
    : h("p", { class: "sub" }, "It has no row.");
  place.replaceChildren(facts, h("details", { "data-item": "row", open: opened.has("row") }, h("summary", {}, "The row as it is"), h("pre", {}, pretty(timeline.row))), h("h3", {}, "What happened"), h("ol", { class: "line" }, ...timeline.items.map((item) => line(item, opened))));
}

function line(item, opened) {
  const key = `${item.at}${item.title}`;
  const failed = item.status && item.status !== "SUCCEEDED";
  const detail = item.detail !== undefined && item.detail !== null;
  return h(
    "li",
    { class: `${item.kind}${failed ? " failed" : ""}` },
    h("time", { datetime: item.at }, clock(item.at)),
    h("span", { class: "kind" }, WORDS[item.kind]),
    item.kind === "execution" ? h("button", { type: "button", class: "link", onclick: () => { $("timeline").close(); choose(item.arn); $("flow-title").scrollIntoView({ block: "start" }); } }, item.title) : h("span", { class: "title" }, item.title),
    item.changes ? h("dl", { class: "changes" }, ...Object.entries(item.changes).flatMap(([name, value]) => [h("dt", {}, name), value === null ? h("dd", { class: "removed" }, "removed") : h("dd", {}, typeof value === "object" ? JSON.stringify(value) : String(value))])) : "",
    detail ? h("details", { "data-item": key, open: opened.has(key) }, h("summary", {}, item.kind === "event" ? "its detail" : item.title.endsWith("started") ? "its input" : failed ? "its error" : "its output"), h("pre", {}, pretty(item.detail))) : "",
  );
}

export function start() {
  $("timeline-close").addEventListener("click", () => $("timeline").close());
  $("timeline").addEventListener("close", () => {
    shown = null;
    at({ order: "" });
  });
  on(["fresh"], () => $("timeline").close());
  $("timeline").addEventListener("click", (event) => { if (event.target === $("timeline")) $("timeline").close(); });
  on(["orders", "executions"], renewIfMoved);
}
