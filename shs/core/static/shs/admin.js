// Steps open in a dialog: the browser's own <dialog> keeps the focus inside, closes on Escape and returns the focus.
// Without this script the same links lead to the same form on a page of its own.
"use strict";

(() => {
  let dialog;

  const ensureDialog = () => {
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = "shs-dialog";
      dialog.setAttribute("aria-labelledby", "shs-step-title");
      document.body.append(dialog);
    }
    return dialog;
  };

  const fill = (html) => {
    dialog.innerHTML = html;
    const first = dialog.querySelector("[aria-invalid=true], .shs-step textarea, .shs-step select, .shs-step input:not([type=hidden]), button[type=submit]");
    if (first) first.focus();
  };

  const fetchStep = (url, options = {}) =>
    fetch(url, { credentials: "same-origin", ...options, headers: { "X-Dialog": "1" } });

  const show = async (response) => {
    if (response.redirected || !response.ok) {
      window.location.assign(response.url);
      return;
    }
    if ((response.headers.get("Content-Type") || "").includes("application/json")) {
      window.location.assign((await response.json()).go);
      return;
    }
    fill(await response.text());
  };

  const failed = (form) => {
    const note = document.createElement("p");
    note.className = "shs-error shs-offline";
    note.setAttribute("role", "alert");
    note.textContent = document.getElementById("shs-words").dataset.offline;
    form.querySelectorAll(".shs-offline").forEach((old) => old.remove());
    form.prepend(note);
    note.scrollIntoView({ block: "center" });
  };

  // Submit the form only if the server can be reached: the browser's error page would lose what was entered.
  const answers = () =>
    fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(5000) }).then(
      (response) => response.ok,
      () => false,
    );

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.dataset.reachable || form.closest("dialog")) return;
    event.preventDefault();
    if (await answers()) {
      form.dataset.reachable = "yes";
      form.requestSubmit(event.submitter);
    } else {
      failed(form);
    }
  });

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      const url = new URL(link.href);
      url.searchParams.set("next", window.location.pathname + window.location.search);
      ensureDialog();
      try {
        const response = await fetchStep(url);
        if (response.ok && !response.redirected) dialog.showModal();
        await show(response);
      } catch {
        window.location.assign(link.href);
      }
    }
    if (event.target.closest("dialog [data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("dialog form.shs-step");
    if (!form) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);  // read before the button is disabled: it may have a name
    const button = event.submitter || form.querySelector("button[type=submit]");
    button.disabled = true;
    try {
      await show(await fetchStep(form.action, { method: "POST", body }));
    } catch {
      failed(form);
      button.disabled = false;
    }
  });
})();
