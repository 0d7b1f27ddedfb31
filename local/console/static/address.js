// The address of what is shown: an order, an execution and a state of it, so that one can send it to a colleague.

const NAMES = ["order", "execution", "state"];

/** What the address names now. */
export function address() {
  const found = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(NAMES.map((name) => [name, found.get(name) ?? ""]));
}

/** Puts something into the address, or takes out what is empty. */
export function at(parts) {
  const wanted = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...address(), ...parts })) if (value) wanted.set(name, value);
  const hash = wanted.toString();
  if (hash !== location.hash.slice(1)) history.replaceState(null, "", hash ? `#${hash}` : location.pathname);
}

/** Calls `go` with what the address names: now, and whenever somebody changes it. */
export function follow(go) {
  addEventListener("hashchange", () => go(address()));
  go(address());
}
