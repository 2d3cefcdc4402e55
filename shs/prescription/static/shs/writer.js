// Writes a prescription by keyboard: three letters find a medicine, Enter takes it, its directions are read by the server
// ("1+0+1 after 7d"), and the instructions follow. Without this script the rows of the form are filled in by hand.
"use strict";

(() => {
  const PAUSE_MS = 120;

  const begin = (root) => {
    const form = root.closest("form");
    const $ = (selector, under = root) => under.querySelector(selector);
    const all = (selector, under = root) => [...under.querySelectorAll(selector)];
    const say = (text) => { $("[data-writer-status]").textContent = text; };
    const visit = () => form.elements.appointment?.value || root.dataset.visit;
    const part = (line, name) => $(`[data-part="${name}"] :is(input, select)`, line);
    const hidden = (line, name) => $(`input[type=hidden][name$="-${name}"]`, line);
    const adder = (kind) => $(`[data-add="${kind}"] input`);

    const ask = async (url, options = {}) => {
      const response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...options });
      if (response.redirected || !response.ok) throw new Error(String(response.status));
      return response.json();
    };

    const read = (values) => {
      const body = new FormData();
      body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
      body.set("visit", visit());
      for (const [name, value] of Object.entries(values)) body.set(name, value);
      return ask(root.dataset.read, { method: "POST", body });
    };

    // --- Rows ---

    const reveal = (line) => line.removeAttribute("data-blank");

    const newLine = (kind) => {
      const list = $(`[data-lines="${kind}"]`);
      let line = $("[data-line][data-blank]", list);
      if (!line) {
        const total = form.elements[`${list.dataset.prefix}-TOTAL_FORMS`];
        const made = document.createElement("template");
        made.innerHTML = $(`[data-template="${kind}"]`).innerHTML.replaceAll("__prefix__", total.value);
        line = made.content.querySelector("[data-line]");
        total.value = String(Number(total.value) + 1);
      }
      list.append(line);
      reveal(line);
      return line;
    };

    const wrong = (line, text) => {
      const place = $("[data-wrong]", line);
      place.textContent = text;
      place.hidden = !text;
      part(line, "directions").setAttribute("aria-invalid", String(Boolean(text)));
    };

    // What the line says now; the answer of the server, or null if it is not understood.
    const understand = async (line) => {
      const text = part(line, "directions").value.trim();
      if (!text) {
        wrong(line, "");
        return {};
      }
      let found;
      try {
        found = await read({ text, lasting: part(line, "lasting").value.trim(), form: line.dataset.form || "" });
      } catch {
        say(root.dataset.offline);
        return {}; // the server reads it when the form is sent
      }
      wrong(line, found.error || "");
      if (found.error) return null;
      if (found.is_stop) return { is_whole: true };
      part(line, "directions").value = found.directions;
      if (found.meal) part(line, "meal").value = found.meal;
      if (found.lasting) part(line, "lasting").value = found.lasting;
      await instruct(line, found);
      return found;
    };

    // The instructions follow from the line, unless somebody has written others.
    const instruct = async (line, found) => {
      const field = part(line, "instructions");
      const composed = line.dataset.composed || "";
      if (field.value && field.value !== composed) return;
      const meal = part(line, "meal").value;
      let words = found.instructions || "";
      if (!found.meal && meal && found.directions) {
        const whole = await read({ text: `${found.directions.split(" as needed ")[0]} ${meal}${found.directions.includes(" as needed ") ? ` as needed ${found.directions.split(" as needed ")[1]}` : ""}`, lasting: part(line, "lasting").value, form: line.dataset.form || "" }).catch(() => ({}));
        words = whole.instructions || words;
      }
      field.value = words;
      line.dataset.composed = words;
      told(line);
    };

    const write = async (item) => {
      const line = newLine("medicine");
      part(line, "name").value = item.name;
      hidden(line, "medication").value = item.medication || "";
      hidden(line, "brand").value = item.brand || "";
      line.dataset.form = item.form || "";
      if (item.instructions) part(line, "instructions").value = item.instructions;
      for (const name of ["dosage", "frequency", "duration_days"]) if (item[name]) part(line, name).value = item[name];
      if (item.dosage) $("details", line).open = true;
      if (item.is_confirmed === false) {
        line.dataset.unconfirmed = "";
        hidden(line, "unconfirmed").value = "on";
        $("[data-confirm]", line).hidden = false;
      }
      if (item.directions) {
        part(line, "directions").value = item.directions;
        await understand(line);
      }
      told(line);
      const written = [item.name, part(line, "directions").value, part(line, "lasting").value].filter(Boolean);
      say(`${root.dataset.added} ${written.join(", ")}`);
      return line;
    };

    // A page that keeps drafts listens for changes.
    const told = (line) => line.dispatchEvent(new Event("change", { bubbles: true }));

    const order = (item) => {
      const line = newLine("test");
      part(line, "name").value = item.name;
      hidden(line, "test").value = item.test || "";
      told(line);
      say(`${root.dataset.added} ${item.name}`);
    };

    const insert = async (query) => {
      const found = await ask(`${root.dataset.insert}?visit=${encodeURIComponent(visit())}&${query}`).catch(() => null);
      if (!found) {
        say(root.dataset.offline);
        return;
      }
      const lines = [];
      for (const item of found.lines) lines.push(await write(item));
      found.tests.forEach(order);
      if (found.advice) advise(found.advice);
      if (!found.lines.length && !found.tests.length && !found.advice) say(root.dataset.empty);
      const first = lines.find((line) => "unconfirmed" in line.dataset);
      if (first) $("[data-confirm] input", first).focus();
    };

    const advise = (text) => {
      const { advice } = form.elements;
      advice.value = [advice.value.trim(), text].filter(Boolean).join("\n");
      advice.dispatchEvent(new Event("input", { bubbles: true }));
      say(`${root.dataset.added} ${text.slice(0, 80)}`);
    };

    // --- The box with suggestions ---

    const boxes = new Map();
    const stateOf = (input) => {
      if (!boxes.has(input)) boxes.set(input, { found: [], at: -1, pending: null, asked: null, timer: 0, text: null });
      return boxes.get(input);
    };
    const listOf = (input) => document.getElementById(input.getAttribute("aria-controls"));

    const close = (input) => {
      listOf(input).hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };

    const mark = (input, at) => {
      const state = stateOf(input);
      state.at = at;
      all("[role=option]", listOf(input)).forEach((option, number) => {
        option.setAttribute("aria-selected", String(number === at));
        if (number === at) {
          option.scrollIntoView({ block: "nearest" });
          input.setAttribute("aria-activedescendant", option.id);
        }
      });
    };

    const show = (input, found) => {
      const state = stateOf(input);
      const list = listOf(input);
      state.found = found;
      list.replaceChildren(...found.map((item, number) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${number}`;
        option.setAttribute("role", "option");
        const detail = document.createElement("span");
        const kind = item.is_set ? root.dataset.set : item.is_favourite ? root.dataset.favourite : "";
        detail.textContent = [item.detail, kind].filter(Boolean).join(" · ");
        option.append(item.name, detail);
        return option;
      }));
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      if (found.length) {
        mark(input, 0);
        say(`${root.dataset.found} ${found.length}`);
      } else {
        close(input);
        say(input.value.trim().length > 2 ? root.dataset.nothing : "");
      }
    };

    const look = (input) => {
      const state = stateOf(input);
      clearTimeout(state.timer);
      state.timer = 0;
      state.asked?.abort();
      state.asked = new AbortController();
      const text = input.value.trim();
      state.text = text;
      const url = `${root.dataset.suggest}?kind=${input.closest("[data-add]").dataset.add}&s=${encodeURIComponent(text)}`;
      state.pending = ask(url, { signal: state.asked.signal }).then(
        (answer) => show(input, answer.found),
        (error) => { if (error.name !== "AbortError") say(root.dataset.offline); },
      );
      return state.pending;
    };

    const take = async (input) => {
      const state = stateOf(input);
      const { add: kind } = input.closest("[data-add]").dataset;
      const text = input.value.trim();
      if (state.text !== text) await look(input);
      else await state.pending;
      const item = text || state.found.length ? state.found[state.at] || { name: text } : null;
      if (!item?.name) return;
      input.value = "";
      Object.assign(state, { found: [], at: -1, text: null });
      close(input);
      if (kind === "test") order(item);
      else if (kind === "advice") advise(item.text || item.name);
      else if (item.set) await insert(`set=${item.set}`);
      else {
        const line = await write(item);
        if (!part(line, "lasting").value && !item.dosage) part(line, "directions").focus();
        else input.focus();
      }
    };

    const inBox = (event, input) => {
      const state = stateOf(input);
      const options = state.found.length;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (listOf(input).hidden) look(input);
        else mark(input, (state.at + (event.key === "ArrowDown" ? 1 : -1) + options) % options);
      } else if (event.key === "Enter") {
        event.preventDefault();
        take(input);
      } else if (event.key === "Escape" && !listOf(input).hidden) {
        event.preventDefault();
        close(input);
      }
    };

    // --- From field to field ---

    const next = async (field) => {
      const line = field.closest("[data-line]");
      const { part: name } = field.closest("[data-part]")?.dataset || {};
      if (name === "directions" || name === "lasting" || name === "meal") {
        const found = await understand(line);
        if (found === null) field.focus();
        else if (name === "directions" && !found.is_whole) part(line, "meal").focus();
        else if (name === "meal") part(line, "lasting").focus();
        else if (name === "lasting" && !field.value) field.focus();
        else adder("medicine").focus();
        return;
      }
      adder(field.closest("[data-lines]").dataset.lines).focus();
    };

    const confirmed = (line) => {
      delete line.dataset.unconfirmed;
      hidden(line, "unconfirmed").value = "";
      $("[data-confirm]", line).hidden = true;
      const following = $("[data-line][data-unconfirmed]");
      (following ? $("[data-confirm] input", following) : adder("medicine")).focus();
    };

    const come = async (field) => {
      const text = field.value.trim();
      if (!text) return;
      const found = await read({ come_in: text }).catch(() => ({ error: root.dataset.offline }));
      say(found.error || "");
      field.setAttribute("aria-invalid", String(Boolean(found.error)));
      if (found.error) return;
      const [year, month, day] = found.date.split("-");
      form.elements.follow_up_date.value = `${day}/${month}/${year}`;
      if (!visit()) return;
      const url = `${root.dataset.slots}?visit=${encodeURIComponent(visit())}&look=${encodeURIComponent(found.look)}`;
      const response = await fetch(url, { credentials: "same-origin", cache: "no-store" }).catch(() => null);
      if (!response?.ok || response.redirected) return;
      const place = $("[data-slot-picker]");
      place.innerHTML = await response.text();
      $("input[type=radio]:not(:disabled)", place)?.focus();
    };

    // --- Events ---

    root.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
      const { target } = event;
      if (target.getAttribute("role") === "combobox") {
        inBox(event, target);
      } else if (event.key === "Enter" && target.matches("[data-confirm] input")) {
        event.preventDefault();
        target.checked = true;
        confirmed(target.closest("[data-line]"));
      } else if (event.key === "Enter" && target.name === "come_in") {
        event.preventDefault();
        come(target);
      } else if (event.key === "Enter" && target.matches("[data-line] :is(input:not([type=checkbox]), select)")) {
        event.preventDefault();
        next(target);
      }
    });

    root.addEventListener("input", (event) => {
      const { target } = event;
      if (target.getAttribute("role") === "combobox") {
        const state = stateOf(target);
        clearTimeout(state.timer);
        state.timer = setTimeout(() => look(target), PAUSE_MS);
      } else if (target.matches('[data-part="name"] input')) {
        for (const name of ["medication", "brand", "test"]) {
          const key = hidden(target.closest("[data-line]"), name);
          if (key) key.value = ""; // another name is another entry of the catalogue
        }
      }
    });

    root.addEventListener("focusin", (event) => {
      // Nothing may move while a button is pressed, or its click is lost: the hint changes with a field alone.
      if (!event.target.matches?.('[data-part="directions"] input')) return;
      for (const line of all("[data-hint]")) delete line.dataset.hint;
      event.target.closest("[data-line]").dataset.hint = "";
    });

    root.addEventListener("focusout", (event) => {
      if (event.target.getAttribute?.("role") === "combobox") {
        clearTimeout(stateOf(event.target).timer);
        close(event.target);
      }
    });

    root.addEventListener("change", (event) => {
      const line = event.target.closest("[data-line]");
      if (event.target.matches("[data-delete] input") && event.target.checked && !$('input[type=hidden][name$="-id"]', line)) {
        for (const field of all("input, select", line)) if (field.type === "checkbox") field.checked = false; else field.value = "";
        line.dataset.blank = "";
        delete line.dataset.unconfirmed;
        wrong(line, "");
        adder("medicine").focus();
      } else if (event.target.matches("[data-confirm] input")) {
        if (event.target.checked) confirmed(line);
      } else if (event.target.matches('[data-part="directions"] input, [data-part="lasting"] input, [data-part="meal"] select')) {
        understand(line);
      }
    });

    root.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[data-add] [role=option]");
      if (!option) return;
      event.preventDefault();
      const input = $("input", option.closest("[data-add]"));
      mark(input, all("[role=option]", option.parentElement).indexOf(option));
      take(input);
    });

    root.addEventListener("click", (event) => {
      if (!event.target.closest("[data-repeat]")) return;
      event.preventDefault();
      insert("repeat=1");
    });

    document.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
      if (document.querySelector("dialog[open]") || (event.target !== document.body && event.target.form !== form)) return;
      event.preventDefault();
      form.requestSubmit($("[aria-keyshortcuts='Control+Enter']", form));
    });

    root.dataset.ready = "";
    for (const box of all("[data-add]")) box.hidden = false;
    $("[data-repeat]").hidden = Boolean($('input[type=hidden][name$="-id"]'));
    for (const line of all("[data-line][data-blank]")) if (part(line, "name").value) reveal(line);
    ($("[data-asked] textarea") || $("[aria-invalid=true]"))?.focus();
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-writer]").forEach(begin);
  });
})();
