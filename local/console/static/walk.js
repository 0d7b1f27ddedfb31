// The walkthrough: six steps, ticked off by what the stack says of the order, never by what was pressed.

import { $, drinkName, h, phone, stateWords, sync, text } from "./dom.js";
import { choose } from "./flow.js";
import { executionOf, freshId, on, press, state, touch } from "./stack.js";
import { showsWait } from "./flow.js";

const USER = "1";
const BARISTA = "3";
let id = null;
let follow = false;

const steps = [
  { says: "The customer scans the QR code", more: "Puts Validator.NewOrder on the bus; a rule starts the processor.", does: "Scan the code", ask: () => ({ do: "scan", order: id, user: USER }), done: (row, run) => Boolean(row || run) },
  { says: "The workflow checks the shop, claims a place and waits for the customer", more: "OrderProcessor.WorkflowStarted carries a task token, which a function keeps in the order’s row.", does: "Show where", person: "customer", done: (row) => Boolean(row && (row.token || row.number)) },
  { says: "The customer chooses a drink", more: "A manager execution checks the drink, writes it into the row and returns the token.", does: "Choose it", ask: () => ({ do: "put", order: id, user: USER, drink: "Cappuccino", modifiers: [] }), done: (row) => Boolean(row?.drink) },
  { says: "The workflow draws a number and waits for a barista", more: "OrderProcessor.WaitingCompletion brings a new token and notifies the baristas.", does: "Show where", person: "barista", done: (row) => row?.number != null },
  { says: "A barista claims the order", more: "The manager’s action make: nobody else may complete the order now.", does: "Claim it", ask: () => ({ do: "make", order: id, barista: BARISTA }), done: (row) => Boolean(row?.barista) },
  { says: "The barista hands the drink over", more: "Action complete returns the second token, and the processor ends.", does: "Hand it over", ask: () => ({ do: "complete", order: id, barista: BARISTA }), done: (row, run) => row?.state === "COMPLETED" && (!run || run.status === "SUCCEEDED") },
];

function begin(order) {
  id = order;
  $("walk-order").value = order;
  text($("walk-says"), "");
  touch("walk");
}

function draw() {
  if (id === null) {
    if (!state.ready || !state.stack.up) return;
    const two = state.orders.get("2");
    begin(two?.over ? freshId() : "2");
  }
  const row = state.orders.get(id);
  const run = executionOf(id);
  const done = steps.map((step) => step.done(row, run));
  const last = done.lastIndexOf(true);
  const current = row?.over ? -1 : last + 1;
  const says = done.every(Boolean)
    ? `Order ${id} is handed over, number ${row.number}.`
    : row?.over
      ? `Order ${id} is over: ${stateWords[row.state] ?? row.state}${row.reason ? `, ${row.reason}` : ""}. Take a new one.`
      : "One drink order, from the scanned code to the hand-over.";
  text($("walk-says"), says);
  sync(
    $("steps"),
    steps.map((step, at) => ({ step: at === 2 && row?.drink ? { ...step, says: `The customer chose: ${drinkName(row.drink)}` } : step, at, done: done[at], current: at === current, open: state.stack.up && (step.person ? done[at] && !done[at + 1] : at === current && state.stack.changes) })),
    (item) => item.at,
    make,
    (item) => `${id}|${item.step.says}|${item.done}|${item.current}|${item.open}`,
  );
  if (follow && document.activeElement === document.body) {
    const next = $("steps").querySelector(".current button:not(:disabled)");
    if (next) next.focus();
    else if (row?.over) $("walk-new").focus();
    if (next || row?.over) follow = false;
  }
}

function make({ step, at, done, current, open }) {
  const button = h("button", { type: "button", "data-does": step.does, disabled: !open, class: current ? "primary" : "", "aria-label": `${step.does}: step ${at + 1}`, onclick: () => go(step, button) }, step.does);
  return h("li", { class: `step ${done ? "done" : current ? "current" : ""}`, "data-step": at + 1, "aria-current": current ? "step" : null }, h("span", { class: "tick", "aria-hidden": "true" }, done ? "✓" : String(at + 1)), h("span", { class: "says" }, step.says, done ? h("span", { class: "unseen" }, " (done)") : "", h("small", {}, step.more.replace(".", ".\u200b"))), button);
}

async function go(step, button) {
  if (step.person) {
    const run = executionOf(id);
    if (run) choose(run.arn);
    showsWait(step.person);
    return;
  }
  follow = true;
  const answer = await press(button, $("walk-answer"), step.ask());
  if (answer.ok) $("walk-answer").textContent = "";
  touch("walk");
}

export function start() {
  $("steps").after(h("p", { id: "walk-answer", class: "answer", role: "status" }));
  $("walk-order").addEventListener("change", (event) => begin(event.target.value.trim() || freshId()));
  $("walk-new").addEventListener("click", () => begin(freshId()));
  const fold = (folded) => {
    $("steps").hidden = folded && phone.matches;
    $("walk-fold").setAttribute("aria-expanded", String(!$("steps").hidden));
    text($("walk-fold"), $("steps").hidden ? "Show the steps" : "Hide the steps");
  };
  $("walk-fold").addEventListener("click", () => fold(!$("steps").hidden));
  phone.addEventListener("change", () => fold(true));
  fold(true);
  on(["fresh"], () => {
    id = null;
    $("walk-answer").replaceChildren();
    touch("walk");
  });
  on(["walk", "orders", "executions", "stack"], draw);
}
