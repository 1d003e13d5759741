// Keeps the open page live: an event says which chat changed, the page fetches itself and takes over what is new.
"use strict";

const live = document.getElementById("live");
const chat = live.dataset.chat || "";
const compose = document.getElementById("compose");
let fetching = false;
let again = false;

function atEnd() {
  return live.scrollHeight - live.scrollTop - live.clientHeight < 120;
}

function toEnd(behavior) {
  live.scrollTo({ top: live.scrollHeight, behavior });
}

function takeOver(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.getElementById("live");
  document.querySelector(".clock").textContent = page.querySelector(".clock").textContent;
  const stay = atEnd();
  let added = false;
  const wanted = [...fresh.children].map((node) => {
    const old = document.getElementById(node.id);
    if (!old) {
      added = true;
      node.classList.add("arrives");
      return document.importNode(node, true);
    }
    if (old.innerHTML !== node.innerHTML) old.replaceChildren(...document.importNode(node, true).childNodes);
    return old;
  });
  wanted.forEach((node, place) => {
    if (live.children[place] !== node) live.insertBefore(node, live.children[place] || null);
  });
  while (live.children.length > wanted.length) live.lastElementChild.remove();
  if (chat && added && stay) toEnd("smooth");
}

async function refresh() {
  again = fetching;
  if (fetching) return;
  fetching = true;
  try {
    const answer = await fetch(location.href);
    if (answer.ok) takeOver(await answer.text());
    markRead();
  } catch {
    // the sandbox is restarting: the event stream reconnects and refreshes
  } finally {
    fetching = false;
    if (again) refresh();
  }
}

function markRead() {
  const unread = document.querySelector(".theirs .ticks:not(.read):not(.failed)");
  if (chat && unread && document.visibilityState === "visible") {
    fetch(`/chat/${chat}/read`, { method: "POST" }).catch(() => {});
  }
}

if (chat) {
  toEnd("instant");
  markRead();
  document.addEventListener("visibilitychange", markRead);
  compose.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(compose));
    compose.reset();
    const answer = await fetch(compose.action, { method: "POST", body });
    if (answer.ok) takeOver(await answer.text());
    toEnd("smooth");
  });
}

const events = new EventSource("/events");
events.addEventListener("open", refresh); // also catches up on what came while nobody listened
events.addEventListener("message", (event) => {
  if (!chat || event.data === chat) refresh();
});
