// Warns two minutes before an inactive session ends, with a button to stay logged in. Only the server knows the time left,
// because another window may be in use. Typing counts as activity, even before anything is sent.
"use strict";

(() => {
  const MINUTES = Number(document.currentScript.dataset.idleMinutes) || 30;
  const WARN_SECONDS = 120;
  // So long a use may have stood unwritten before this page was asked for.
  const NOTED_EVERY_SECONDS = 30;
  const TOLD_EVERY_MS = 60_000;
  const ADDRESS = "/admin/stay/";
  let dialog;
  let timer;
  let told = Date.now();

  const ask = async (isUse) => {
    const response = await fetch(ADDRESS, {
      credentials: "same-origin",
      cache: "no-store",
      headers: isUse ? {} : { "X-Background": "1" },
    });
    if (response.status === 401) return leave((await response.json()).go);
    if (response.redirected || !response.ok) return leave(null);
    return response.json();
  };

  const leave = (login) => {
    const here = window.location.pathname + window.location.search;
    if (dialog) dialog.close();
    // A page with something that is not saved yet says so and stays, until somebody is logged in again in another tab.
    if (!document.dispatchEvent(new Event("shs:leave", { cancelable: true }))) return;
    if (login) window.location.assign(`${login}&next=${encodeURIComponent(here)}`);
    else window.location.reload();
  };

  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(look, Math.max(1, Math.min(seconds, 86_400)) * 1000);
  };

  const look = async () => {
    let answer;
    try {
      answer = await ask(false);
    } catch {
      return later(30);
    }
    if (!answer) return undefined;
    if (answer.left > WARN_SECONDS) {
      if (dialog?.open) dialog.close();
      return later(answer.left - WARN_SECONDS);
    }
    if (!dialog?.open) warn(answer);
    return later(Math.min(answer.left > 0 ? answer.left : 5, 15));
  };

  const warn = (answer) => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "shs-dialog";
      dialog.setAttribute("role", "alertdialog");
      dialog.setAttribute("aria-labelledby", "shs-idle-title");
      dialog.setAttribute("aria-describedby", "shs-idle-text");
      const title = document.createElement("h2");
      title.id = "shs-idle-title";
      title.className = "shs-step-title";
      title.textContent = answer.title;
      const text = document.createElement("p");
      text.id = "shs-idle-text";
      text.textContent = answer.text;
      const stay = document.createElement("button");
      stay.type = "button";
      stay.className = "shs-button shs-button-primary";
      stay.textContent = answer.stay;
      stay.addEventListener("click", () => dialog.close());
      dialog.append(title, text, stay);
      // Escape counts as staying logged in.
      dialog.addEventListener("close", use);
      document.body.append(dialog);
    }
    dialog.showModal();
  };

  const use = async () => {
    told = Date.now();
    try {
      const answer = await ask(true);
      if (answer) later(answer.left - WARN_SECONDS);
    } catch {
      later(15);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    // Only on pages of logged-in users.
    if (!document.querySelector("#header-inner")) return;
    later(MINUTES * 60 - WARN_SECONDS - NOTED_EVERY_SECONDS);
    document.addEventListener("input", () => {
      if (Date.now() - told > TOLD_EVERY_MS) use();
    });
  });
})();
