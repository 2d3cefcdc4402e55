// Refreshes the page of a queue, or the screen in a waiting room, by asking whether there is another version. Without
// the network the last state stays, with the time of which it is. Without this script the page reloads itself.
"use strict";

(() => {
  const main = document.querySelector("main[data-every]");
  const offline = document.getElementById("offline");
  if (!main) return;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false, numberingSystem: "latn" });
  let version = "";
  let readAt = new Date();
  let isAsking = false;

  const callsOf = (root) => new Set([...root.querySelectorAll("[data-call]")].map((part) => part.dataset.call));

  const put = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    if (!fresh || fresh.innerHTML === main.innerHTML) return;
    const before = callsOf(main);
    main.innerHTML = fresh.innerHTML;
    for (const part of main.querySelectorAll("[data-call]")) {
      if (!before.has(part.dataset.call) && part.querySelector(".number")) part.classList.add("new");
    }
  };

  const refresh = async () => {
    if (isAsking || document.hidden) return;
    isAsking = true;
    try {
      // "no-cache": the browser asks by the ETag, and gives what it has kept if the answer is 304.
      const response = await fetch(window.location.href, { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(10_000) });
      if (response.status >= 500) throw new Error(String(response.status));
      const found = response.headers.get("ETag") || "";
      if (!found || found !== version) put(await response.text());
      version = found;
      readAt = new Date();
      offline.hidden = true;
    } catch {
      offline.textContent = `${offline.dataset.words} ${clock.format(readAt)}`;
      offline.hidden = false;
    }
    isAsking = false;
  };

  setInterval(refresh, Number(main.dataset.every) * 1000);
  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  window.addEventListener("offline", refresh);
})();
