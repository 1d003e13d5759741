// Fetches the list of orders anew whenever Salesforce says that something has changed.
"use strict";
const list = document.getElementById("orders");

async function refresh() {
  const focused = document.activeElement?.getAttribute?.("aria-label");
  try {
    const answer = await fetch(list.dataset.source, { cache: "no-store" });
    if (answer.ok) list.innerHTML = await answer.text();
    if (focused) list.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  } catch {
    // The page is away for a moment; the event stream reconnects by itself.
  }
}

const stream = new EventSource("/page/events");
stream.addEventListener("changed", () => setTimeout(refresh, 50));
stream.addEventListener("open", refresh);
