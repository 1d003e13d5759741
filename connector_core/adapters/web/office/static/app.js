/* Makes the back office installable: registers the worker that keeps the shell. */
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/office/worker.js", { scope: "/office" });

/* What a person does in another app is noted here as soon as that app has been opened. */
document.addEventListener("click", (event) => {
  const opened = event.target.closest && event.target.closest("[data-noted-by]");
  if (opened) setTimeout(() => document.getElementById(opened.dataset.notedBy).requestSubmit(), 400);
});

/* Of the shops of a list, the mark of the one that is picked stands beside it. */
function marks(list) {
  for (const mark of list.parentElement.querySelectorAll("[data-of]")) mark.hidden = mark.dataset.of !== list.value;
}
addEventListener("pageshow", () => document.querySelectorAll("select[data-picks]").forEach(marks));
document.addEventListener("change", (event) => {
  if (event.target.matches && event.target.matches("select[data-picks]")) marks(event.target);
});

/* A file that is too large is refused before it is sent. */
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches && field.matches("input[type=file][data-most]"))
    field.setCustomValidity(field.files.length && field.files[0].size > Number(field.dataset.most) ? field.dataset.tooBig : "");
});

/* A colour that somebody picks is meant: the box that says "none" is no longer ticked. */
document.addEventListener("input", (event) => {
  const picked = event.target.closest && event.target.closest("[data-unticks]");
  if (picked) document.getElementById(picked.dataset.unticks).checked = false;
});

/* A file of a table is read here and shown before it is sent. Spreadsheets say "CSV" to three encodings. */
function tableText(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  try { return new TextDecoder("utf-8", { fatal: true }).decode(bytes); }
  catch { return new TextDecoder("windows-1252").decode(bytes); }
}
document.addEventListener("change", async (event) => {
  const field = event.target;
  if (field.matches && field.matches("input[type=file][data-into]") && field.files.length)
    document.getElementById(field.dataset.into).value = tableText(new Uint8Array(await field.files[0].arrayBuffer()));
});

/* A double click sends a form once: the answer to the second would hide the first's. */
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;  // not left to the browser
  if (event.timeStamp - (sent.get(event.target) ?? -Infinity) < 2000) event.preventDefault();
  else sent.set(event.target, event.timeStamp);
});
