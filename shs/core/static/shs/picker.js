// The picker of slots: radio buttons, so that it also works without this script. Left and right are the browser's own:
// the slot before and after. Up and down lead to the nearest time of the day before or after, Home and End to the first
// and the last one of a day. Other days, another doctor or a specialty are fetched without a new page.
"use strict";

(() => {
  const pickerOf = (target) => target.closest?.("[data-picker]");
  const choices = (root) => [...root.querySelectorAll("input[type=radio]:not(:disabled)")];
  const minutes = (radio) => {
    const clock = /T([0-9]{2}):([0-9]{2})/.exec(radio.value);
    return clock ? Number(clock[1]) * 60 + Number(clock[2]) : 0;
  };

  const take = (radio) => {
    radio.checked = true;
    radio.focus({ preventScroll: true });
    radio.closest("label").scrollIntoView({ block: "nearest" });
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const aim = (radio, key) => {
    const picker = pickerOf(radio);
    const row = radio.closest(".shs-picker-row");
    const own = choices(row);
    if (key === "Home") return own[0];
    if (key === "End") return own[own.length - 1];
    const rows = [...picker.querySelectorAll(".shs-picker-row")].filter((one) => choices(one).length);
    const next = rows[rows.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
    if (!next) return radio;
    const wanted = minutes(radio);
    return choices(next).reduce((best, one) => (Math.abs(minutes(one) - wanted) < Math.abs(minutes(best) - wanted) ? one : best));
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (!event.target.matches?.("[data-picker] input[type=radio]")) return;
    if (!["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    take(aim(event.target, event.key));
  });

  // The picker as the server answers it; false if it does not.
  const renew = async (picker, asked) => {
    const form = picker.closest("form");
    const url = new URL(picker.dataset.url, window.location);
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    for (const name of ["doctor", "specialty"]) if (form?.elements[name]) url.searchParams.set(name, form.elements[name].value);
    const at = picker.querySelector("input:checked");
    if (at) url.searchParams.set("chosen", at.value);
    try {
      const response = await fetch(url, { credentials: "same-origin", cache: "no-store" });
      if (!response.ok || response.redirected) return false;
      const made = document.createElement("template");
      made.innerHTML = await response.text();
      const fresh = made.content.querySelector("[data-picker]");
      picker.replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent("shs:picker", { bubbles: true }));
      return fresh;
    } catch {
      return false;
    }
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-look]");
    const picker = button && pickerOf(button);
    if (!picker?.dataset.url) return;
    event.preventDefault();
    const fresh = await renew(picker, { look: button.value });
    if (!fresh) {
      picker.removeAttribute("data-url");
      button.click(); // the whole form is sent, and shown again
      return;
    }
    const [first] = choices(fresh).filter((radio) => minutes(radio) && radio.value.includes("T"));
    (fresh.querySelector("input:checked") || first || fresh.querySelector("button:not([hidden])"))?.focus();
  });

  document.addEventListener("change", (event) => {
    if (!["doctor", "specialty"].includes(event.target.name)) return;
    const picker = event.target.form?.querySelector("[data-picker][data-url]");
    if (picker) renew(picker, {});
  });
})();
