// The order table, the bus and the shop.

import { $, clock, countdown, drinkName, h, modifiers, pill, pretty, sync, text } from "./dom.js";
import { on, press, state, touch } from "./stack.js";
import { showTimeline } from "./timeline.js";

const MOST_ROWS = 200;
const MOST_EVENTS = 120;
// More than these would freeze the page for a moment.
const AT_ONCE = 80;
// What each event says in the walkthrough: chosen in the form, it fills in the detail.
const ORDER = { userId: "1", orderId: "2" };
const EXAMPLES = {
  "Validator.NewOrder": ORDER,
  "OrderProcessor.WorkflowStarted": { ...ORDER, TaskToken: "", tokenIssuedAt: "", executionId: "" },
  "OrderProcessor.WaitingCompletion": { ...ORDER, TaskToken: "", tokenIssuedAt: "", executionId: "", orderNumber: 1 },
  "OrderProcessor.ShopUnavailable": { ...ORDER, reason: "closed" },
  "OrderProcessor.OrderTimeOut": { ...ORDER, waitedFor: "customer" },
  "OrderProcessor.OrderCancelled": ORDER,
  "OrderProcessor.OrderFinished": { ...ORDER, orderNumber: 1 },
  "OrderManager.WaitingCompletion": { orderId: "2", orderNumber: 1, drinkOrder: { userId: "1", drink: "Cappuccino", modifiers: [], icon: "barista-icons_cappuccino-alternative" }, userId: "1" },
  "OrderManager.MakeOrder": { ...ORDER, baristaUserId: "3" },
  "OrderManager.UnmakeOrder": { ...ORDER, baristaUserId: "3" },
  "OrderManager.OrderCompleted": ORDER,
  "OrderManager.OrderCancelled": ORDER,
  "OrderManager.OrderRejected": { ...ORDER, action: "", reason: "NotOnTheMenu" },
};
let filled = "";

function drawOrders() {
  const wanted = $("orders-search").value.trim().toLowerCase();
  const all = [...state.orders.values()].sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
  const found = wanted ? all.filter((order) => [order.id, order.number, order.user, order.barista, order.state, order.reason, drinkName(order.drink)].some((part) => String(part ?? "").toLowerCase().includes(wanted))) : all;
  const open = all.filter((order) => !order.over).length;
  text($("orders-says"), wanted ? `${found.length} of ${all.length}` : all.length ? `${all.length}, ${open} open${found.length > MOST_ROWS ? `; the newest ${MOST_ROWS} are listed` : ""}` : "");
  if (!sync($("orders"), found.slice(0, MOST_ROWS), (order) => order.id, orderRow, JSON.stringify, AT_ONCE)) touch("orders");
  $("orders-empty").hidden = found.length > 0;
  text($("orders-empty"), all.length ? "No order fits the search." : "No orders yet. Scan a code to begin.");
}

function orderRow(order) {
  const extra = modifiers(order.drink);
  return h(
    "tr",
    // A click anywhere in the row is for the mouse; the button in it is for the keyboard and the screen reader.
    { onclick: (event) => { if (!event.target.closest("button") && !String(getSelection())) showTimeline(order.id); } },
    h("td", {}, h("button", { type: "button", class: "link", "data-does": "timeline", onclick: () => showTimeline(order.id) }, order.id), order.number != null ? h("span", { class: "no" }, `no. ${order.number}`) : ""),
    h("td", { class: "drink" }, drinkName(order.drink) || "–", extra ? h("small", {}, extra) : ""),
    h("td", {}, pill(order.state), order.reason ? h("small", {}, order.reason) : ""),
    h("td", { class: "waits-for" }, order.waits ? h("span", {}, `${order.waits.person} `, order.waits.until ? countdown(order.waits.until) : "") : ""),
    h("td", {}, order.user),
    h("td", {}, order.barista ?? ""),
  );
}

function drawBus() {
  const from = $("bus-from").value;
  const wanted = $("bus-search").value.trim().toLowerCase();
  const found = [];
  for (let at = state.bus.length - 1; at >= 0 && found.length < MOST_EVENTS; at--) {
    const event = state.bus[at];
    if (!event.type.startsWith(from)) continue;
    if (wanted && !`${event.type} ${event.source} ${JSON.stringify(event.detail)}`.toLowerCase().includes(wanted)) continue;
    found.push(event);
  }
  const counted = `${state.bus.length} event${state.bus.length === 1 ? "" : "s"}`;
  text($("bus-says"), !state.bus.length ? "" : from || wanted ? `${found.length}${found.length === MOST_EVENTS ? " or more" : ""} of ${counted}` : counted);
  if (!sync($("events"), found, (event) => event.n, busEvent, () => "", AT_ONCE)) touch("bus");
  $("bus-empty").hidden = found.length > 0;
  text($("bus-empty"), state.bus.length ? "No event fits the filter." : state.stack.up && !state.stack.changes ? "Nothing yet. Without --allow-changes the console doesn't listen to the bus; it shows what the executions say that they published." : "Nothing has come by yet.");
  $("send").hidden = !state.stack.changes;
}

function busEvent(event) {
  const [origin, ...rest] = event.type.split(".");
  const again = h("button", { type: "button", class: "quiet", title: "Sends it again, as a redelivery would", "aria-label": `Resend ${event.type}${event.order ? ` of order ${event.order}` : ""}`, onclick: () => press(again, $("bus-answer"), { do: "resend", n: event.n }) }, "↻");
  const preview = JSON.stringify(event.detail) ?? "";
  return h(
    "li",
    { class: "fresh", "data-kind": event.type },
    h("div", { class: "row" }, h("time", { datetime: event.seen }, clock(event.seen)), h("span", { class: "kind" }, ...(rest.length ? [h("small", {}, `${origin}.`), rest.join(".")] : [origin])), event.order ? h("button", { type: "button", class: "link", onclick: () => showTimeline(event.order) }, `order ${event.order}`) : event.note ? h("small", { class: "note" }, event.note) : "", state.stack.changes && !event.past ? again : ""),
    h("details", {}, h("summary", {}, h("span", {}, preview.length > 160 ? `${preview.slice(0, 160)} …` : preview)), h("pre", {}, pretty(event.detail))),
  );
}

/** Fills in the detail of a known event, unless somebody has written one. */
function example() {
  const detail = EXAMPLES[$("event-type").value];
  const field = $("event-detail");
  if (!detail || (field.value !== filled && field.value !== field.defaultValue)) return;
  filled = field.value = detail === ORDER ? JSON.stringify(detail) : JSON.stringify(detail, null, 2);
}

async function send(event) {
  event.preventDefault();
  await press(event.submitter, $("bus-answer"), { do: "event", source: $("event-source").value, type: $("event-type").value, detail: $("event-detail").value });
}

function drawShop() {
  const shop = state.shop;
  if (shop.open === undefined) return;
  const can = Boolean(state.stack.changes && state.stack.up);
  $("shop-open").checked = shop.open;
  $("shop-open").disabled = !can;
  const places = $("places");
  if (document.activeElement !== places && places.dataset.known !== String(shop.limit)) places.value = places.dataset.known = String(shop.limit);
  $("places-form").querySelector("button").disabled = !can;
  sync($("menu"), shop.menu ?? [], (drink) => String(drink.drink), menuItem, (drink) => JSON.stringify([drink, can]));
  sync($("places-taken"), shop.queue.slice(0, 60), (id) => id, (id) => h("li", {}, h("button", { type: "button", class: "link", onclick: () => showTimeline(id) }, id)));
  text($("places-more"), shop.queue.length > 60 ? `and ${shop.queue.length - 60} more` : "");
  const places_ = shop.limit === 1 ? "place" : "places";
  text($("queue-says"), shop.queue.length > shop.limit ? `${shop.queue.length} orders in ${shop.limit} ${places_}` : `${shop.queue.length} of ${shop.limit} ${places_}`);
  $("queue-bar").max = Math.max(shop.limit, 1);
  $("queue-bar").value = shop.queue.length;
  $("shop-pill").className = `pill ${shop.open ? "is-open" : "is-closed"}`;
  text($("shop-says"), shop.open ? "Shop open" : "Shop closed");
}

function menuItem(drink) {
  const box = h("input", { type: "checkbox", role: "switch", checked: drink.available === true, disabled: !(state.stack.changes && state.stack.up), "data-does": "switch", onchange: async () => {
    const answer = await press(null, $("shop-answer"), { do: "drink", drink: String(drink.drink), available: box.checked });
    if (!answer.ok) box.checked = !box.checked;
  } });
  return h("li", {}, h("label", { class: "switch" }, box, h("span", {}, String(drink.drink))));
}

export function start() {
  $("orders-search").addEventListener("input", () => touch("orders"));
  $("bus-search").addEventListener("input", () => touch("bus"));
  $("bus-from").addEventListener("change", () => touch("bus"));
  $("event-form").addEventListener("submit", send);
  $("event-types").replaceChildren(...Object.keys(EXAMPLES).map((kind) => h("option", { value: kind })));
  $("event-type").addEventListener("input", example);
  $("shop-open").addEventListener("change", async (event) => {
    const open = event.target.checked;
    const answer = await press(null, $("shop-answer"), { do: "shop", open });
    if (!answer.ok) event.target.checked = !open;
    // Closed by a slip of the finger, it turns guests away: one press opens it again.
    else if (!open) $("shop-answer").append(" ", h("button", { type: "button", class: "link", onclick: (undo) => press(undo.target, $("shop-answer"), { do: "shop", open: true }) }, "Open it again"));
  });
  $("places-form").addEventListener("submit", (event) => {
    event.preventDefault();
    press(event.submitter, $("shop-answer"), { do: "places", places: Number($("places").value) });
  });
  on(["orders"], drawOrders);
  on(["bus", "stack"], drawBus);
  on(["shop", "stack"], drawShop);
}
