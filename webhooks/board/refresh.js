// Renews the page's parts in place, so that focus, scrolling and opened details stay. Without scripts the page reloads.
(() => {
  const seconds = Number(document.body.dataset.refresh);
  if (!seconds) return;
  const lost = document.getElementById("lost");
  let timer;
  const later = () => { clearTimeout(timer); timer = setTimeout(renew, seconds * 1000); };
  const take = (fresh) => {
    const old = document.getElementById(fresh.id);
    if (!old || old.outerHTML === fresh.outerHTML) return;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const opened = [...old.querySelectorAll("details[open]")].map((one) => one.id);
    const sideways = [...old.querySelectorAll(".wide")].map((one) => one.scrollLeft);
    old.replaceWith(fresh);
    opened.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    fresh.querySelectorAll(".wide").forEach((one, number) => { one.scrollLeft = sideways[number] || 0; });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  const renew = async () => {
    later();
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(20000) });
      if (answer.status === 401 || answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...page.querySelectorAll("[data-live]")];
      const ids = (found) => [...found].map((one) => one.id).join();
      if (ids(parts) !== ids(document.querySelectorAll("[data-live]"))) return location.reload();
      parts.forEach(take);
      document.title = page.title;
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) renew(); });
  later();
})();
