/* Makes the back office installable: registers the worker that keeps the shell. */
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/office/worker.js", { scope: "/office" });

/* What a person does in another app is noted here as soon as that app has been opened. */
document.addEventListener("click", (event) => {
  const opened = event.target.closest && event.target.closest("[data-noted-by]");
  if (opened) setTimeout(() => document.getElementById(opened.dataset.notedBy).requestSubmit(), 400);
});
