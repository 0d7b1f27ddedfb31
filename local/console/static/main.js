// Puts the page together.

import { $, serverTime, text, tick } from "./dom.js";
import { follow } from "./address.js";
import { connect, on, state } from "./stack.js";
import * as books from "./books.js";
import * as counter from "./counter.js";
import * as executions from "./executions.js";
import * as flow from "./flow.js";
import * as timeline from "./timeline.js";
import * as walk from "./walk.js";

const THEMES = ["system", "light", "dark"];

function theme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  text($("theme"), `Theme: ${name}`);
}

function kept() {
  try {
    const name = localStorage.getItem("theme");
    return THEMES.includes(name) ? name : "system";
  } catch {
    return "system";
  }
}

$("theme").addEventListener("click", () => {
  const name = THEMES[(THEMES.indexOf(kept()) + 1) % THEMES.length];
  try {
    localStorage.setItem("theme", name);
  } catch {
    // A browser without storage forgets it, no more.
  }
  theme(name);
});
theme(kept());

on(["stack"], () => {
  const { stack } = state;
  $("stack-pill").className = `pill ${stack.up ? "up" : "down"}`;
  text($("stack-name"), stack.up ? `${stack.name} · ${stack.place.replace(/^https?:\/\//, "")}${stack.changes ? "" : " · reading only"}` : "no stack");
  $("gone").hidden = stack.up || !(state.ready || stack.console);
  text($("gone-why"), stack.why ?? "");
  $("main").classList.toggle("asleep", !stack.up);
  $("main").inert = !stack.up;
  $("shop-pill").hidden = $("queue-meter").hidden = !stack.up;
  if (!stack.up && $("timeline").open) $("timeline").close();
});

for (const part of [books, counter, executions, flow, timeline, walk]) part.start();

// What the address names is shown once it is known.
let named = null;
follow((names) => {
  named = names;
  go();
});
function go() {
  if (!named || !state.ready || !state.stack.up) return;
  const { order, execution, state: step } = named;
  if (execution && !state.executions.has(execution)) return;
  named = null;
  if (execution) flow.choose(execution);
  if (step) flow.showState(step);
  if (order) timeline.showTimeline(order);
}
on(["stack", "executions"], go);
setInterval(tick, 500);
connect({ time: serverTime });
