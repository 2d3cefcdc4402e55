// Each form has a one-time key, by which the server does its work once. Whoever goes back to a page whose form was sent,
// and sends it again, sends the same key; once something is changed there, it is a new form with a new key.
"use strict";

(() => {
  const keys = () => [...document.querySelectorAll("input[name=once]")].filter((field) => !field.closest("dialog"));
  const renew = (field) => {
    field.value = field.dataset.fresh;
    delete field.dataset.fresh;
  };

  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post" || event.target.closest("dialog")) return;
    history.replaceState({ ...history.state, once: keys().map((field) => field.value) }, "");
  });

  document.addEventListener("DOMContentLoaded", () => {
    const sent = history.state?.once;
    const [visit] = performance.getEntriesByType("navigation");
    const fields = keys();
    if (visit?.type !== "back_forward" || sent?.length !== fields.length) return;
    fields.forEach((field, at) => {
      field.dataset.fresh = field.value;
      field.value = sent[at];
    });
  });

  // The page itself may have been kept by the browser.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted || !crypto.randomUUID) return;
    for (const field of keys()) field.dataset.fresh ||= crypto.randomUUID();
  });

  // The browser fills in what was typed before the page is shown.
  const changed = (event) => {
    const field = event.target.form?.elements.once;
    if (field?.dataset?.fresh) renew(field);
  };
  window.addEventListener("pageshow", () => setTimeout(() => {
    document.addEventListener("input", changed);
    document.addEventListener("change", changed);
  }));
})();
