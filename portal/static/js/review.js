/* The review desk: J and K open the next filing, A and R press the buttons, remarks are added
   where one points; the sheet of remarks stays while the middle changes. */
const notes = document.getElementById("notes");
const blank = document.getElementById("note");

document.addEventListener("portal:row", (event) => {
  const link = event.detail.row.querySelector("a");
  if (link) window.location.href = link.href;
});

function renumber() {
  const from = Number(blank.dataset.from);
  notes.querySelectorAll("[data-note]").forEach((note, at) => {
    const number = from + at + 1;
    note.querySelector(".remark-no").textContent = number;
    for (const kind of ["place", "severity"]) {
      note.querySelector(`label[for^="${kind}-"]`).htmlFor = `${kind}-${number}`;
      note.querySelector(`select[name="${kind}"]`).id = `${kind}-${number}`;
    }
  });
}
function add(place, label) {
  const note = blank.content.cloneNode(true).firstElementChild;
  if (label) {
    const option = new Option(label, place, true, true);
    note.querySelector('select[name="place"]').append(option);
  }
  notes.append(note);
  renumber();
  note.querySelector("textarea").focus();
}

document.addEventListener("click", (event) => {
  const wish = event.target.closest("[data-remark]");
  const canned = event.target.closest("[data-canned]");
  const drop = event.target.closest("[data-drop]");
  if (wish && notes) {
    event.preventDefault();
    add(wish.dataset.remark, wish.dataset.label);
  } else if (canned) {
    const text = canned.closest("[data-note]").querySelector("textarea");
    text.value = text.value ? `${text.value}${canned.dataset.canned}` : canned.dataset.canned;
    text.dispatchEvent(new Event("input", { bubbles: true }));
    text.focus();
  } else if (drop) {
    drop.closest("[data-note]").remove();
    renumber();
  }
});

/* Tabs and filters change the middle only, so that a remark being written is not lost. */
async function change(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.getElementById("middle").replaceChildren(...page.getElementById("middle").childNodes);
  history.replaceState(null, "", link.href);
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-middle]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  change(link).catch(() => { window.location.href = link.href; });
});

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey) return;
  const key = event.key.toLowerCase();
  const button = document.querySelector(`button[data-press="${CSS.escape(key)}"]`);
  if (!button || document.querySelector(".offcanvas.show")) return;
  event.preventDefault();
  if (key === "r" && !notes.querySelector("[data-note]")) add("@", "");
  else button.click();
});
