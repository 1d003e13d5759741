// Fetches the list of orders anew whenever the vendor says that something has changed.
"use strict";
const list = document.getElementById("orders");
let asking = false;
let again = false;

async function refresh() {
  again = asking;
  if (asking) return;
  asking = true;
  const focused = document.activeElement?.getAttribute?.("aria-label");
  try {
    const answer = await fetch(list.dataset.source, { cache: "no-store" });
    if (answer.ok) list.innerHTML = await answer.text();
    if (focused) list.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  } catch {
    // The vendor is away for a moment; the event stream reconnects by itself.
  } finally {
    asking = false;
    if (again) refresh();
  }
}

const stream = new EventSource(list.dataset.events);
stream.addEventListener("changed", () => setTimeout(refresh, 50));
stream.addEventListener("open", refresh);
