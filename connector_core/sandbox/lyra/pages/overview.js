"use strict";

// Fetches the list again whenever the server says that something has changed.
const list = document.getElementById("orders");
const events = new EventSource("/events");

async function refresh() {
  const answer = await fetch("/orders");
  if (answer.ok) list.innerHTML = await answer.text();
}

events.addEventListener("message", refresh);
events.addEventListener("open", refresh);
