// Steps open in a dialog: the browser's own <dialog> keeps the focus inside, closes on Escape and returns the focus.
// Without this script the same links lead to the same form on a page of its own.
"use strict";

(() => {
  let dialog;
  let typed = null; // what was typed since a step was asked for; null if none is on its way

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
    if (dialog.querySelector("#shs-step-about")) dialog.setAttribute("aria-describedby", "shs-step-about");
    else dialog.removeAttribute("aria-describedby");
    // The script of a form hides what is not asked here and may choose the first field itself; all at once, because the
    // letters that were typed meanwhile are put into it.
    dialog.dispatchEvent(new Event("shs:step", { bubbles: true }));
    if (dialog !== document.activeElement && dialog.contains(document.activeElement)) return;
    const first = dialog.querySelector("[data-first], [aria-invalid=true], .shs-step textarea, .shs-step select, .shs-step input:not([type=hidden], :disabled), button[type=submit]:not([hidden])");
    const chosen = first?.type === "radio" && dialog.querySelector(`input[type=radio][name="${CSS.escape(first.name)}"]:checked`);
    (chosen || first)?.focus();
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
    const html = await response.text();
    if (!dialog.open) dialog.showModal();
    fill(html);
  };

  // Who opens a step by a key types on at once: those letters belong to its first field, and open no other step.
  document.addEventListener("keydown", (event) => {
    if (typed === null || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "Backspace" && event.key.length !== 1) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    typed = event.key === "Backspace" ? typed.slice(0, -1) : typed + event.key;
  }, true);

  const putTyped = () => {
    const field = document.activeElement;
    if (!typed || !dialog.contains(field) || !field.matches("textarea, input:not([type=checkbox], [type=radio])")) return;
    field.value += typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const words = (name) => document.getElementById("shs-words")?.dataset[name] || "";

  // While a form is on its way its buttons wait. They are disabled after the form's values were read, because the name
  // and value of the pressed button are sent too.
  const WAITS_MS = 10_000; // then they can be pressed again: a file may have come, which leaves the page as it is
  const waiting = new Map();

  const release = (form) => {
    const held = waiting.get(form);
    if (!held) return;
    waiting.delete(form);
    clearTimeout(held.timer);
    for (const button of held.buttons) button.disabled = false;
    held.pressed?.classList.remove("shs-waits");
    if (held.said?.textContent === words("waits")) held.said.textContent = "";
    if (held.hadFocus && document.activeElement === document.body) held.pressed.focus({ preventScroll: true });
  };

  const hold = (form, pressed) => {
    if (waiting.has(form)) return;
    const buttons = [...form.elements].filter((one) => one.type === "submit" && !one.disabled);
    let said = form.querySelector("[data-status]") || document.getElementById("shs-live");
    if (form.closest("dialog") && !form.contains(said)) {
      // What is outside of an open dialog is not read out.
      said = document.createElement("p");
      said.className = "shs-unseen";
      said.setAttribute("role", "status");
      form.append(said);
    }
    const hadFocus = document.activeElement === pressed;
    waiting.set(form, { buttons, pressed, hadFocus, said, timer: setTimeout(() => release(form), WAITS_MS) });
    for (const button of buttons) button.disabled = true;
    pressed?.classList.add("shs-waits");
    if (said) said.textContent = words("waits"); // the login page has no place for it
  };

  window.addEventListener("pageshow", () => [...waiting.keys()].forEach(release));

  const failed = (form) => {
    const note = document.createElement("p");
    note.className = "shs-error shs-offline";
    note.setAttribute("role", "alert");
    note.textContent = words("offline");
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
    if (event.defaultPrevented || form.method !== "post" || form.closest("dialog")) return;
    const { submitter } = event;
    if (form.dataset.reachable) {
      delete form.dataset.reachable;
      setTimeout(() => hold(form, submitter));
      return;
    }
    event.preventDefault();
    if (waiting.has(form)) return;
    hold(form, submitter);
    const isReachable = await answers();
    release(form);
    if (isReachable) {
      form.dataset.reachable = "yes";
      form.requestSubmit(submitter);
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
      typed = "";
      try {
        await show(await fetchStep(url));
        putTyped();
      } catch {
        window.location.assign(link.href);
      } finally {
        typed = null;
      }
    }
    if (event.target.closest("dialog [data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });

  // The address of a private link is copied by a button; without this script it is selected by hand.
  const offerCopies = () => {
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", offerCopies);
  else offerCopies();

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      if (!document.execCommand("copy")) return;  // it is selected: the keyboard copies it
    }
    button.textContent = button.dataset.done;
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("dialog form.shs-step");
    if (!form) return;
    event.preventDefault();
    if (waiting.has(form)) return;
    const body = new FormData(form, event.submitter);
    hold(form, event.submitter || form.querySelector("button[type=submit]"));
    try {
      await show(await fetchStep(form.action, { method: "POST", body }));
    } catch {
      failed(form);
      release(form);
    }
  });
})();
