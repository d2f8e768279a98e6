// The reviewer's walk over the sheets: arrow keys go from one language to the next, Home and End to the ends. The links
// are reached by the Tab key as well; without this file the page does the same.
const list = document.querySelector('[data-walk]');
const links = [...(list?.querySelectorAll('.ff-sheet-name a') ?? [])];

/** Sheets in a row, as the window lays them out. */
function columns() {
  const tops = links.map((link) => link.closest('li').offsetTop);
  const first = tops[0];
  return Math.max(1, tops.filter((top) => top === first).length);
}

list?.addEventListener('keydown', (event) => {
  const at = links.indexOf(event.target);
  if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns(),
    ArrowUp: -columns(),
    Home: -at,
    End: links.length - 1 - at,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  const next = links[at + step];
  event.preventDefault();
  next?.focus();
});
