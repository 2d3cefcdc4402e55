// A form that is sent, or left open, after the session has ended is there again after the login: in this tab, for the same
// person, for an hour. Neither passwords nor files are kept.
"use strict";

(() => {
  const KEY = "shs-kept";
  const LASTS_MS = 3_600_000;
  const LOGIN = /^\/admin\/(login|second-factor\/code)\//;
  const who = document.currentScript.dataset.user || "";
  let typed = null;

  // The editor of rich text stores what was typed in a hidden field.
  const editorOf = (field) => field.id && document.querySelector(`trix-editor[input="${CSS.escape(field.id)}"]`);

  const fields = (form) =>
    [...form.elements].filter(
      (field) =>
        field.name &&
        !field.closest("trix-toolbar") &&
        (!/^(hidden|password|file|submit|button|reset)$/.test(field.type) || editorOf(field)),
    );

  const fillEditor = (area, value) => {
    if (area.editor) area.editor.loadHTML(value);
    else area.addEventListener("trix-initialize", () => area.editor.loadHTML(value), { once: true });
  };

  const keep = (form, address) => {
    const { pathname, search } = new URL(address, window.location.href);
    const values = fields(form).map((field) => {
      if (field.type === "checkbox" || field.type === "radio") return [field.name, field.value, field.checked];
      if (field.multiple) return [field.name, [...field.selectedOptions].map((option) => option.value), true];
      return [field.name, field.value, true];
    });
    sessionStorage.setItem(KEY, JSON.stringify({ who, path: pathname + search, at: Date.now(), values }));
  };

  const fill = (form, values) => {
    for (const [name, value, isSet] of values) {
      for (const field of fields(form).filter((one) => one.name === name)) {
        if (field.type === "checkbox" || field.type === "radio") {
          if (field.value === value) field.checked = isSet;
        } else if (field.multiple) {
          for (const option of field.options) option.selected = value.includes(option.value);
        } else {
          field.value = value;
          if (editorOf(field)) fillEditor(editorOf(field), value);
        }
      }
    }
  };

  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEY) || "null");
    if (!who || !kept) return;
    const from = document.referrer ? new URL(document.referrer) : null;
    const isAfterLogin = from !== null && from.origin === window.location.origin && LOGIN.test(from.pathname);
    sessionStorage.removeItem(KEY);
    const here = window.location.pathname + window.location.search;
    if (!isAfterLogin || kept.who !== who || kept.path !== here || Date.now() - kept.at > LASTS_MS) return;
    const names = new Set(kept.values.map(([name]) => name));
    const forms = [...document.querySelectorAll("#content form, dialog form")];
    const form = forms.find((one) => [...names].every((name) => one.elements[name]));
    if (!form) return;
    fill(form, kept.values);
    const said = document.getElementById("shs-words").dataset.kept;
    document.getElementById("shs-live").textContent = said;
    const note = document.createElement("p");
    note.className = "shs-hint";
    note.textContent = said;
    form.prepend(note);
  };

  // A form that keeps what is typed on the server says so: nothing of it stays in the browser.
  const isKept = (form) => form && form.method === "post" && !form.dataset.draft && form.closest("#content, dialog");

  document.addEventListener("input", (event) => {
    if (isKept(event.target.form)) typed = event.target.form;
  });
  document.addEventListener("submit", (event) => {
    if (who && isKept(event.target)) keep(event.target, event.target.getAttribute("action") || window.location.href);
    typed = null;
  });
  window.addEventListener("pagehide", () => {
    if (who && typed) keep(typed, window.location.href);
  });
  document.addEventListener("DOMContentLoaded", restore);
})();
