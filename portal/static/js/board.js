/* The treemap beside the table it is drawn from, and the tree of shares in the drawer. */
const COLOURS = ["#e6eff9", "#bdd7f2", "#7fb0e0", "#0b4a8b"];
const INK = "#1b2430";

function tile(row) {
  const { name, value, rate, tone, href } = row.dataset;
  const dark = Number(tone) === 3;
  return { name, value: Number(value), rate: Number(rate), href, tone: Number(tone),
    itemStyle: { color: COLOURS[Number(tone)] },
    label: { color: dark ? "#fff" : INK, rich: { b: { color: dark ? "#fff" : INK } } } };
}
function short(name) { return name.replace(/(委组织部|党工委|党委|党总支|党支部)$/, ""); }

function sized(tiles, area) {
  const whole = tiles.reduce((sum, each) => sum + each.value, 0);
  return tiles.map((each) => {
    const room = Math.sqrt((each.value / whole) * area);
    const formatter = room < 44 ? ""
      : room < 70 ? short(each.name)
      : room > 96 ? `${short(each.name)}\n{b|${each.value}}  ${each.rate.toFixed(1)}‰`
      : `${short(each.name)}\n{b|${each.value}}`;
    return { ...each, label: { ...each.label, show: Boolean(formatter), formatter,
      padding: room < 70 ? [4, 5] : [6, 8] } };
  });
}
function draw(map) {
  const rows = [...document.querySelectorAll("tr[data-value]")];
  const tiles = rows.map(tile).filter((each) => each.value > 0);
  const chart = echarts.init(map, null, { renderer: "canvas" });
  const area = map.clientWidth * map.clientHeight;
  const fontFamily = getComputedStyle(document.body).fontFamily;
  chart.setOption({ animation: false, textStyle: { fontFamily }, series: [{
    type: "treemap", left: 0, right: 0, top: 4, bottom: 0, roam: false, leafDepth: 1,
    nodeClick: false, breadcrumb: { show: false },
    itemStyle: { gapWidth: 3, borderWidth: 0, borderRadius: 4 },
    label: { position: "insideTopLeft", fontSize: 14, lineHeight: 20, overflow: "truncate",
      rich: { b: { fontSize: 20, fontWeight: 600, lineHeight: 26 } } },
    data: sized(tiles, area) }] });
  chart.on("click", (event) => { if (event.data?.href) window.location.href = event.data.href; });
  window.addEventListener("resize", () => chart.resize());
}
const map = document.getElementById("map");
if (map && window.echarts) draw(map);

/* Twists open the units below in place; a branch shows its persons beneath the tree. */
async function part(address) {
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}
function beneath(row) {
  const level = Number(row.dataset.level);
  const found = [];
  for (let next = row.nextElementSibling; next && Number(next.dataset.level) > level;
    next = next.nextElementSibling) found.push(next);
  return found;
}
async function twist(button) {
  const row = button.closest("tr");
  const open = button.getAttribute("aria-expanded") === "true";
  if (open) beneath(row).forEach((each) => each.remove());
  else row.insertAdjacentHTML("afterend", await part(button.dataset.twist));
  button.setAttribute("aria-expanded", String(!open));
  const icon = button.querySelector("use");
  const [file] = icon.getAttribute("href").split("#");
  icon.setAttribute("href", `${file}#chevron-${open ? "right" : "down"}`);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-twist]");
  const link = event.target.closest("a[data-persons]");
  const place = document.getElementById("persons");
  if (button) {
    twist(button).catch(() => { window.location.href = button.nextElementSibling.href; });
  } else if (link && place && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    link.closest("tbody").querySelectorAll("tr").forEach((row) => {
      row.classList.toggle("is-current", row.contains(link));
    });
    part(`${link.href}?part=persons`)
      .then((text) => { place.innerHTML = text; place.scrollIntoView({ block: "nearest" }); })
      .catch(() => { window.location.href = link.href; });
  }
});
