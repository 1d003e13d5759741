/* Makes the back office installable: registers the worker that keeps the shell. */
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/office/worker.js", { scope: "/office" });
