/* Import: a file may be dropped; N walks the faults; a cell says what is wrong with it. */
const drop = document.querySelector("[data-drop]");
if (drop) {
  const input = drop.querySelector("input");
  const form = drop.closest("form");
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
  }
  for (const name of ["dragleave", "drop"]) {
    drop.addEventListener(name, () => drop.classList.remove("is-over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
  const busy = document.getElementById("busy");
  form.addEventListener("htmx:beforeRequest", () => { busy.hidden = false; });
  form.addEventListener("htmx:afterRequest", () => { busy.hidden = true; delete form.dataset.sent; });
  input.addEventListener("change", () => { document.getElementById("answer").replaceChildren(); });
}

const sheet = document.getElementById("sheet");
if (sheet) {
  const at = document.getElementById("cell-at");
  const said = document.getElementById("cell-words");
  const faults = [...sheet.querySelectorAll(".cell-bad, .cell-ask")];

  function look(cell, { scroll = true } = {}) {
    if (!cell) return;
    sheet.querySelector(".is-focus")?.classList.remove("is-focus");
    cell.classList.add("is-focus");
    if (scroll) cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    at.textContent = cell.id;
    said.textContent = cell.dataset.words ?? cell.textContent.trim();
    said.className = cell.classList.contains("cell-bad") ? "bad fw-semibold" : "";
    document.querySelectorAll("[data-cell]").forEach((chip) => {
      chip.toggleAttribute("aria-current", false);
      if (chip.dataset.cell === cell.id) chip.setAttribute("aria-current", "true");
    });
  }
  sheet.addEventListener("click", (event) => look(event.target.closest("td[id]")));
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-cell]");
    const cell = chip && document.getElementById(chip.dataset.cell);
    if (cell) {
      event.preventDefault();
      look(cell);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = sheet.querySelector(".is-focus");
    const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (event.key.toLowerCase() === "n" && faults.length) {
      event.preventDefault();
      look(faults[(faults.indexOf(now) + 1) % faults.length]);
    } else if (now && moves[event.key]) {
      event.preventDefault();
      const [down, right] = moves[event.key];
      const row = sheet.tBodies[0].rows[now.parentElement.sectionRowIndex + down];
      const cell = row?.cells[now.cellIndex + right];
      if (cell?.id) look(cell);
    }
  });
  const named = document.getElementById(location.hash.slice(1));
  look(named ?? sheet.querySelector(".cell-bad") ?? faults[0], { scroll: Boolean(named) });
}
