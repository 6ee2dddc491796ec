/* The screening desk: checks by button and key, saved as one goes; the aside follows the row. */
const desk = document.getElementById("desk");
const wide = window.matchMedia("(min-width: 768px)");
const typing = (target) => target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select");

if (desk) {
  const results = Object.fromEntries(
    desk.dataset.results.split(";").filter(Boolean).map((line) => {
      const [code, tone, icon, words] = line.split("=");
      return [code, { tone, icon, words }];
    }),
  );
  const next = { "": "ok", ok: "doubt", doubt: "na", na: "ok" };
  const unsaved = new Map(); // record id → Map of item → result, chosen and not sent yet
  const timers = new Map();
  const sending = new Set();

  const current = () => desk.querySelector("tbody tr.is-current");
  const rowOf = (id) => document.getElementById(`r-${id}`);

  function show(button, result) {
    const how = results[result];
    button.dataset.result = result;
    button.className = `check ${how.tone}`;
    button.setAttribute("aria-label", `${button.dataset.title}：${how.words}`);
    button.querySelector("use").setAttribute("href", `${desk.dataset.icons}#${how.icon}`);
  }

  function choose(button, result) {
    const row = button.closest("tr");
    const id = row.dataset.record;
    show(button, result);
    if (!unsaved.has(id)) unsaved.set(id, new Map());
    unsaved.get(id).set(button.dataset.item, result);
    row.classList.add("is-unsaved");
    document.getElementById("saved").textContent = desk.dataset.saving;
    clearTimeout(timers.get(id));
    timers.set(id, setTimeout(() => save(id), 800));
  }

  async function save(id) {
    clearTimeout(timers.get(id));
    const row = rowOf(id);
    const chosen = unsaved.get(id);
    if (!row || !chosen?.size || sending.has(id)) return;
    unsaved.delete(id);
    sending.add(id);
    const values = { version: row.dataset.version };
    for (const [item, result] of chosen) values[`c-${item}`] = result;
    if (document.querySelector(`#aside [data-shown="${id}"]`)) values.aside = "1";
    await htmx.ajax("POST", `${desk.dataset.save}/${id}/checks`, {
      source: row, target: `#r-${id}`, swap: "outerHTML", values,
    }).catch(() => {});
    sending.delete(id);
    settle(id);
  }

  /* After a row came back: keep it current, put later choices on it, tell the forms its version. */
  function settle(id) {
    const row = rowOf(id);
    if (!row) return;
    document.querySelectorAll(`#aside [data-shown="${id}"] input[name="version"]`)
      .forEach((input) => { input.value = row.dataset.version; });
    for (const [item, result] of unsaved.get(id) ?? []) {
      const button = row.querySelector(`[data-item="${item}"]`);
      if (button) show(button, result);
    }
    if (unsaved.get(id)?.size) save(id);
  }

  function look(row) {
    if (!row || !wide.matches) return;
    desk.querySelectorAll("tr.is-current").forEach((each) => {
      each.classList.remove("is-current");
      each.removeAttribute("aria-current");
    });
    row.classList.add("is-current");
    row.setAttribute("aria-current", "true");
    clearTimeout(look.timer);
    look.timer = setTimeout(() => {
      htmx.ajax("GET", `${desk.dataset.save}/${row.dataset.record}`, { target: "#aside", swap: "innerHTML" });
    }, 120);
  }

  desk.addEventListener("click", (event) => {
    const check = event.target.closest(".check");
    const open = event.target.closest("[data-open]");
    if (check) {
      if (check.closest("tr") !== current()) look(check.closest("tr"));
      choose(check, next[check.dataset.result]);
    } else if (open && wide.matches && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      look(open.closest("tr"));
    }
  });
  desk.addEventListener("portal:row", (event) => look(event.detail.row));

  document.addEventListener("keydown", (event) => {
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = current();
    const key = event.key.toLowerCase();
    if (!row) return;
    const checks = [...row.querySelectorAll(".check")];
    const number = Number(key);
    if (number >= 1 && number <= checks.length) {
      event.preventDefault();
      choose(checks[number - 1], next[checks[number - 1].dataset.result]);
    } else if (key === "a") {
      event.preventDefault();
      checks.filter((check) => !check.dataset.result).forEach((check) => choose(check, "ok"));
    } else if (key === "s") {
      event.preventDefault();
      save(row.dataset.record);
      window.portal.step(desk, 1);
    }
  });

  /* Somebody else changed the person: the row is fetched again, the sentence is in the toast. */
  document.addEventListener("htmx:responseError", (event) => {
    const row = event.detail.elt?.closest?.("tr[data-record]");
    if (!row || event.detail.xhr.status !== 409) return;
    const address = `${desk.dataset.save}/${row.dataset.record}`;
    htmx.ajax("GET", `${address}?row=1`, { target: `#${row.id}`, swap: "outerHTML" });
    htmx.ajax("GET", address, { target: "#aside", swap: "innerHTML" });
  });
  document.addEventListener("htmx:afterSettle", () => {
    const shown = document.querySelector("#aside [data-shown]")?.dataset.shown;
    const row = shown && rowOf(shown);
    if (row && !current()) row.classList.add("is-current");
  });
  window.addEventListener("pagehide", () => {
    for (const [id, chosen] of unsaved) {
      const values = new FormData();
      values.set("csrf_token", window.portal.token);
      values.set("version", rowOf(id).dataset.version);
      for (const [item, result] of chosen) values.set(`c-${item}`, result);
      navigator.sendBeacon(`${desk.dataset.save}/${id}/checks`, values);
    }
  });

  /* Notes on doubts save themselves, a second after the last key. */
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-notes]");
    if (!form) return;
    clearTimeout(form.timer);
    document.getElementById("saved").textContent = desk.dataset.saving;
    form.timer = setTimeout(async () => {
      const id = form.closest("[data-shown]").dataset.shown;
      await htmx.ajax("POST", form.action, {
        source: form, target: `#r-${id}`, swap: "outerHTML",
      }).catch(() => {});
      settle(id);
    }, 1000);
  });
}
