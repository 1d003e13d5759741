/* A part of a page that follows what happens waits while somebody types or reads on in it, and catches up afterwards. */
const busy = (part) => part.querySelector("details[open]")
  || (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"));

const missed = new WeakSet();

document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (part.matches("[data-live]") && busy(part)) { missed.add(part); event.preventDefault(); }
});
document.addEventListener("htmx:beforeSwap", (event) => {  // the answer was on its way when the typing began
  const part = event.target, own = event.detail.requestConfig.elt === part;
  if (own && part.matches("[data-live]") && busy(part)) { missed.add(part); event.detail.shouldSwap = false; }
});
const catchUp = (event) => {
  const part = event.target.closest && event.target.closest("[data-live]");
  if (missed.has(part)) setTimeout(() => { if (!busy(part) && missed.delete(part)) htmx.trigger(part, "refresh"); }, 50);
};
document.addEventListener("toggle", (event) => { if (!event.target.open) catchUp(event); }, true);
document.addEventListener("focusout", catchUp);
/* What somebody asks for takes the place of a refresh, and of those that wait behind it: else it would wait behind them, and
   the next one would take its place. The refresh comes afterwards. */
document.addEventListener("htmx:abort", (event) => {
  if (event.target.matches("[data-live]")) event.target["htmx-internal-data"].queuedRequests = [];
}, true);
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.requestConfig.elt.matches(".more a")) setTimeout(() => htmx.trigger("#list", "refresh"));
});

/* The list comes anew with as many rows as somebody has opened; what nobody asked for with a hand is marked. */
document.addEventListener("htmx:configRequest", (event) => {
  const { triggeringEvent, parameters, headers } = event.detail;
  if (event.target.id === "list") parameters.shown = document.querySelectorAll("#rows a.go").length;
  if (!triggeringEvent?.isTrusted) headers["PayLink-By-Itself"] = "1";
});

/* While the connector does not answer, or a proxy does in its place, the page keeps what it shows and says so; what goes
   on by itself, such as the sending of a table, is tried again. */
const cutOff = (isIt) => { document.getElementById("cut-off").hidden = !isIt; };
const notNow = (part) => { cutOff(true); setTimeout(() => htmx.trigger(part, "again"), 3000); };
document.addEventListener("htmx:sendError", (event) => notNow(event.detail.requestConfig.elt));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (xhr.status < 500 || xhr.getResponseHeader("Content-Security-Policy")) return cutOff(false);
  event.detail.shouldSwap = false;
  notNow(requestConfig.elt);
});

/* Enter in the search opens the one request that was found: it then follows what happens while somebody talks. */
document.addEventListener("submit", (event) => {
  const found = event.target.matches("form[role=search]") ? document.querySelectorAll("#rows a.go") : [];
  if (found.length !== 1) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  found[0].click();
}, true);
