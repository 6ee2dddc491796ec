/* The shell: tokens for htmx, keys, toasts, the guard against losing what was typed. */
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const isTyping = (target) => target.matches?.("input, textarea, select, [contenteditable]");

/* htmx carries the token; a refusal is shown where the answer would have gone. */
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const status = event.detail.xhr.status;
  if (status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  } else if (status >= 400) {
    const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const said = page.querySelector("[data-refusal]");
    if (said) toast(said.textContent.trim());
  }
});
document.addEventListener("htmx:sendError", () => toast(text("offline")));

/* Sentences the scripts need come from the page, so that they follow its language. */
const SENTENCES = {
  zh: { offline: "网络断开，没有送出。您填的内容还在本页，请稍后再试。", undo: "撤销" },
  en: { offline: "No connection; nothing was sent. What you typed is still here.", undo: "Undo" },
};
function text(name) {
  return SENTENCES[document.documentElement.lang.startsWith("en") ? "en" : "zh"][name];
}

/* Toasts stay ten seconds, longer while the pointer or the focus is on them. */
function keepFor(note, seconds = 10) {
  let left;
  const start = () => { left = setTimeout(() => note.remove(), seconds * 1000); };
  const stop = () => clearTimeout(left);
  note.addEventListener("mouseenter", stop);
  note.addEventListener("focusin", stop);
  note.addEventListener("mouseleave", start);
  note.addEventListener("focusout", start);
  start();
}
function toast(sentence, undo) {
  const note = document.createElement("div");
  note.className = "toast-note";
  note.append(sentence);
  if (undo) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text("undo");
    button.addEventListener("click", () => { note.remove(); undo(); });
    note.append(button);
  }
  document.getElementById("toasts")?.append(note);
  keepFor(note);
}
document.querySelectorAll("[data-toast]").forEach((note) => keepFor(note));

/* "/" and "?" follow the link that carries the key; J and K walk the rows of [data-rows]. */
function rowsOf(list) {
  return [...list.querySelectorAll("[data-row], tbody > tr")].filter((row) => !row.hidden);
}
function step(list, by) {
  const rows = rowsOf(list);
  const at = rows.findIndex((row) => row.classList.contains("is-current"));
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (!next) return;
  rows[at]?.classList.remove("is-current");
  next.classList.add("is-current");
  next.scrollIntoView({ block: "nearest" });
  (next.matches("a") ? next : next.querySelector("a, button"))?.focus();
  list.dispatchEvent(new CustomEvent("portal:row", { detail: { row: next }, bubbles: true }));
}
document.addEventListener("keydown", (event) => {
  if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  const list = document.querySelector("[data-rows]");
  if (link) {
    event.preventDefault();
    link.click();
  } else if (list && ["j", "k"].includes(event.key.toLowerCase())) {
    event.preventDefault();
    step(list, event.key.toLowerCase() === "j" ? 1 : -1);
  }
});

/* A form marked [data-guard] asks before what was typed in it is lost. */
let isDirty = false;
document.addEventListener("input", (event) => {
  if (event.target.closest?.("form[data-guard]")) isDirty = true;
});
document.addEventListener("submit", (event) => {
  isDirty = false;
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 3000);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) isDirty = false;
});
window.addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault();
});
/* The page comes back from the browser's store: forms may be sent again, stale tokens not. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach((form) => delete form.dataset.sent);
});

/* Submit at once when a choice changes: filters. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]") && history.length > 1) {
    event.preventDefault();
    history.back();
  }
  const print = event.target.closest("[data-print]");
  if (print) window.print();
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("[data-focus]")?.focus();
  document.querySelectorAll(".drawer[data-open]").forEach((drawer) => {
    bootstrap.Offcanvas.getOrCreateInstance(drawer).show();
  });
});

window.portal = { toast, step, text, token };
