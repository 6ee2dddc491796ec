/* The matrix: picked rows are listed beside it with what they owe and when they were reminded. */
const boxes = [...document.querySelectorAll('input[name="unit"][form="chase"]')];
const summary = document.getElementById("picked");
const chosen = document.getElementById("chosen");
const blank = document.getElementById("chosen-row");
const send = document.getElementById("send");
const idle = { summary: summary.textContent, send: send.querySelector("span").textContent };

function line(row) {
  const made = blank.content.cloneNode(true).firstElementChild;
  made.children[0].textContent = row.dataset.name;
  made.children[1].textContent = made.children[1].textContent.replace("{n}", row.dataset.owed);
  made.children[2].textContent = row.dataset.chased;
  if ("today" in row.dataset) made.children[2].className = "num warn";
  return made;
}
function show() {
  const rows = boxes.filter((box) => box.checked).map((box) => box.closest("tr"));
  boxes.forEach((box) => box.closest("tr").classList.toggle("picked", box.checked));
  const owed = rows.reduce((sum, row) => sum + Number(row.dataset.owed), 0);
  const going = rows.filter((row) => Number(row.dataset.owed) && !("today" in row.dataset));
  summary.textContent = rows.length
    ? summary.dataset.picked.replace("{n}", rows.length).replace("{m}", owed) : idle.summary;
  send.querySelector("span").textContent = rows.length
    ? send.dataset.send.replace("{n}", going.length) : idle.send;
  chosen.hidden = !rows.length;
  chosen.tBodies[0].replaceChildren(...rows.map(line));
}
document.addEventListener("change", (event) => { if (boxes.includes(event.target)) show(); });

const everybody = document.getElementById("all-owing");
if (everybody && boxes.some((box) => Number(box.closest("tr").dataset.owed))) {
  everybody.hidden = false;
  everybody.addEventListener("click", () => {
    boxes.forEach((box) => { box.checked = Number(box.closest("tr").dataset.owed) > 0; });
    show();
  });
}
show();
