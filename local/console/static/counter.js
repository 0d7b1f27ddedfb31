// Both sides of the counter: the customer's form and orders, and the barista's queue.

import { $, countdown, drinkName, h, modifiers, pill, sure, sync, text } from "./dom.js";
import { freshId, on, press, state, tell, touch } from "./stack.js";
import { showTimeline } from "./timeline.js";

const OTHER = "\u0000other";
let suggested = "";
// A refused drink leaves its order waiting: the next choice is for it, as soon as the page has heard of it.
let refused = null;

const customer = () => $("customer-id").value.trim() || "1";
const barista = () => $("barista-id").value.trim() || "3";
const chosen = () => document.querySelector("#drinks input:checked")?.value ?? "";

function drawForm() {
  const open = [...state.orders.values()].filter((order) => order.user === customer() && order.waits?.person === "customer");
  const select = $("order-for");
  const names = ["", ...open.map((order) => order.id)];
  const wanted = names.includes(refused) ? refused : select.value;
  if (wanted === refused) refused = null;
  if (select.options.length !== names.length || names.some((name, at) => select.options[at].value !== name)) {
    select.replaceChildren(...names.map((name) => h("option", { value: name }, name ? `order ${name} waits` : "a new one")));
  }
  const value = names.includes(wanted) ? wanted : "";
  if (select.value !== value) select.value = value;
  const input = $("order-id");
  if (!input.value || (input.value === suggested && document.activeElement !== input)) {
    suggested = freshId();
    input.value = suggested;
  }
  input.disabled = select.value !== "";
  text($("place-order"), select.value ? "Choose this drink" : "Scan and order");
  $("place-order").disabled = !state.stack.up || !state.stack.changes;
}

function drawDrinks() {
  const menu = state.shop.menu ?? [];
  sync($("drinks"), [...menu, null], (drink) => (drink ? drink.drink : OTHER), drinkChoice, (drink) => JSON.stringify(drink));
  if (!chosen() && menu.length) $("drinks").querySelector("input").checked = true;
  drawModifiers();
}

function drinkChoice(drink) {
  const name = drink ? String(drink.drink) : OTHER;
  const off = drink && drink.available !== true;
  return h("label", { class: off ? "off" : "" }, h("input", { type: "radio", name: "drink", value: name, checked: chosen() === name, onchange: drawModifiers }), h("span", {}, drink ? name : "Other …"), off ? h("small", {}, "off") : "");
}

function drawModifiers() {
  const name = chosen();
  $("other-label").hidden = name !== OTHER;
  const drink = (state.shop.menu ?? []).find((item) => item.drink === name);
  sync($("modifiers"), Array.isArray(drink?.modifiers) ? drink.modifiers : [], (item) => String(item.Name), modifierChoice, (item) => JSON.stringify(item));
}

function modifierChoice(modifier) {
  return h("label", {}, String(modifier.Name), h("select", { "data-modifier": modifier.Name }, h("option", { value: "" }, "usual"), ...(modifier.Options ?? []).map((option) => h("option", { value: String(option) }, String(option)))));
}

async function order(event) {
  event.preventDefault();
  const forOrder = $("order-for").value;
  const drink = chosen() === OTHER ? $("other-drink").value.trim() || "Milkshake" : chosen();
  const picked = [...$("modifiers").querySelectorAll("select")].filter((select) => select.value).map((select) => `${select.dataset.modifier}=${select.value}`);
  const id = forOrder || $("order-id").value;
  const answer = await press($("place-order"), $("customer-answer"), { do: forOrder ? "put" : "order", order: id, user: customer(), drink, modifiers: picked });
  if (answer.ok) tell($("customer-answer"), { ok: true, message: `Order ${id}: ${drink}. Now a barista can take it.` });
  if (answer.ok) $("order-for").value = "";
  if (answer.ok && !forOrder) $("order-id").value = suggested;
  refused = answer.ok ? null : id;
  touch("orders");
}

function drawMine() {
  const mine = [...state.orders.values()].filter((order) => order.user === customer()).sort((a, b) => (a.created < b.created ? 1 : -1));
  sync($("mine"), [...mine.filter((order) => !order.over), ...mine.filter((order) => order.over)].slice(0, 12), (order) => order.id, myOrder, (order) => JSON.stringify([order, state.stack.changes]));
}

function myOrder(order) {
  const cancel = h("button", { type: "button", class: "quiet", title: "Cancel", "data-does": "cancel", "aria-label": `Cancel order ${order.id}` }, "✕");
  sure(cancel, "Cancel it?", () => press(cancel, $("customer-answer"), { do: "cancel", order: order.id, user: customer() }));
  return h("li", {}, h("button", { type: "button", class: "link", "data-does": "timeline", onclick: () => showTimeline(order.id) }, order.id), h("span", { class: "what" }, drinkName(order.drink) || "no drink yet"), pill(order.state), order.waits?.until ? countdown(order.waits.until) : "", !order.over && state.stack.changes ? cancel : "");
}

function drawQueue() {
  const waiting = [...state.orders.values()].filter((order) => order.state === "WAITING_COMPLETION").sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
  sync($("queue"), waiting.slice(0, 40), (order) => order.id, ticket, (order) => JSON.stringify([order, barista(), state.stack.changes]));
}

function ticket(order) {
  const mine = order.barista === barista();
  const does = (action, words, primary) => {
    const button = h("button", { type: "button", class: primary ? "primary" : "quiet", "data-does": action, "aria-label": `${words} order ${order.id}` }, words);
    const run = () => press(button, $("barista-answer"), { do: action, order: order.id, barista: barista() });
    if (action === "cancel") return sure(button, "Cancel it?", run);
    button.addEventListener("click", run);
    return button;
  };
  const who = order.barista ? (mine ? "You are making it" : `Barista ${order.barista} is making it`) : "Nobody has it yet";
  const extra = modifiers(order.drink);
  return h(
    "li",
    { class: `ticket ${mine ? "mine-now" : order.barista ? "theirs" : ""}` },
    h("div", { class: "row" }, h("span", { class: "no" }, order.number ?? "?"), h("span", { class: "what" }, drinkName(order.drink)), order.waits?.until ? countdown(order.waits.until) : ""),
    h("p", { class: "more" }, extra ? `${extra} · ` : "", "order ", h("button", { type: "button", class: "link", "data-does": "timeline", onclick: () => showTimeline(order.id) }, order.id), ` · customer ${order.user} · `, who),
    state.stack.changes ? h("div", { class: "does" }, does("make", "Make", !order.barista), does("complete", "Complete", mine), does("unmake", "Unmake"), does("cancel", "Cancel")) : "",
  );
}

export function start() {
  $("order-form").addEventListener("submit", order);
  for (const place of ["order-for", "order-id"]) $(place).addEventListener("input", () => (refused = null));
  $("order-for").addEventListener("change", drawForm);
  $("customer-id").addEventListener("input", () => touch("orders"));
  $("barista-id").addEventListener("input", () => touch("orders"));
  for (const draw of [drawForm, drawMine, drawQueue]) on(["orders", "stack"], draw);
  on(["shop"], drawDrinks);
  on(["fresh"], () => {
    for (const place of ["customer-answer", "barista-answer"]) $(place).replaceChildren();
    $("order-for").value = "";
    refused = null;
    $("order-id").value = suggested = freshId();
  });
}
