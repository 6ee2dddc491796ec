/* A link with data-drawer shows its page in the drawer; without this script it is a page. */
const drawer = document.getElementById("drawer");

async function open(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(String(answer.status));
  drawer.innerHTML = await answer.text();
  if (drawer.querySelector("#drawer-title")) {
    drawer.removeAttribute("aria-label");
    drawer.setAttribute("aria-labelledby", "drawer-title");
  }
  window.htmx?.process(drawer);
  bootstrap.Offcanvas.getOrCreateInstance(drawer).show();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-drawer]");
  if (!link || !drawer || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link).catch(() => { window.location.href = link.href; });
});
