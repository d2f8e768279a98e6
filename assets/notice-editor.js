// Makes the editor of a notice comfortable: what a text prints beside it, facts put in by a press or the keyboard, a
// toolbar. Every text can be written and saved without this file.
const editor = document.querySelector('[data-editor]');
const form = document.getElementById('texts');
const boxes = [...document.querySelectorAll('.ff-edited')];
let last = boxes[0]?.querySelector('textarea');
let changed = false;

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

/** Puts text at the caret so that the browser's own undo takes it back. */
function insert(area, text, selectFrom = text.length, selectTo = selectFrom) {
  area.focus();
  const start = area.selectionStart;
  if (!document.execCommand('insertText', false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
    area.dispatchEvent(new Event('input', { bubbles: true }));
  }
  area.setSelectionRange(start + selectFrom, start + selectTo);
}

/** Puts signs around what is selected, or around a word to be typed over. */
function wrap(area, before, after, sample) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const words = value.slice(from, to) || sample;
  insert(area, before + words + after, before.length, before.length + words.length);
}

/** Puts a mark in front of each selected line. */
function mark(area, sign) {
  const { selectionStart, selectionEnd, value } = area;
  const from = value.lastIndexOf('\n', selectionStart - 1) + 1;
  const end = value.indexOf('\n', selectionEnd);
  const to = end < 0 ? value.length : end;
  const lines = value.slice(from, to).split('\n');
  const text = lines.map((line, index) => (sign === '1.' ? `${index + 1}. ${line}` : `${sign} ${line}`)).join('\n');
  area.setSelectionRange(from, to);
  insert(area, text);
}

const tools = [
  ['B', 'Strong (Ctrl+B)', (area) => wrap(area, '**', '**', 'strong')],
  ['I', 'Emphasis (Ctrl+I)', (area) => wrap(area, '*', '*', 'emphasis')],
  ['H', 'Heading', (area) => mark(area, '#')],
  ['•', 'List', (area) => mark(area, '-')],
  ['1.', '1. Numbered steps', (area) => mark(area, '1.')],
  ['Table', 'Table', (area) => insert(area, '\n| Heading | Heading |\n|---|---|\n| cell | cell |\n')],
  ['Link', 'Link', (area) => wrap(area, '[', '](https://)', 'words')],
  ['!', 'Warning box', (area) => mark(area, '!>')],
  ['{ }', 'Fact (type a brace)', (area) => insert(area, '{')],
];

function addToolbar(box, area) {
  const bar = make('div', {
    class: 'ff-toolbar',
    role: 'toolbar',
    'aria-label': `Write in ${area.labels[0]?.textContent ?? ''}`,
  });
  for (const [sign, words, act] of tools) {
    const button = make('button', { type: 'button', title: words, 'aria-label': words }, sign);
    button.addEventListener('click', () => act(area));
    bar.append(button);
  }
  box.prepend(bar);
  area.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const act = { b: tools[0][2], i: tools[1][2] }[event.key];
    if (!act) return;
    event.preventDefault();
    act(area);
  });
}

// ── What it prints ──────────────────────────────────────────────────────────────────────────────────────────────────

function addPrint(box, area) {
  const shown = make('div', { class: 'ff-print', role: 'region', 'aria-label': 'As it is printed', tabindex: '0' });
  const fault = make('p', { class: 'ff-print-fault', 'aria-live': 'polite' });
  box.classList.add('ff-with-print');
  box.append(shown, fault);
  let timer;
  let asked = 0;
  const print = async () => {
    const turn = ++asked;
    const body = new URLSearchParams({ name: box.dataset.text, language: editor.dataset.language, text: area.value });
    const answer = await fetch(editor.dataset.print, { method: 'POST', body }).catch(() => undefined);
    const result = await answer?.json().catch(() => undefined);
    // An answer that comes late is about a text that is no more.
    if (!result || turn !== asked) return;
    if (result.errors) {
      const [first] = result.errors;
      fault.textContent = `Line ${first.line}: ${first.what} ${first.mend}`;
    } else {
      fault.textContent = '';
      // Printed and escaped by the server (domain/notice-html.ts).
      shown.replaceChildren(...new DOMParser().parseFromString(result.html, 'text/html').body.childNodes);
    }
  };
  area.addEventListener('input', () => {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(print, 250);
  });
  // Texts far down the page are printed when they come into sight.
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    print();
  }).observe(box);
}

// ── Facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const facts = [...document.querySelectorAll('[data-insert]')].map((item) => ({
  item,
  insert: item.dataset.insert,
  words: item.textContent.toLowerCase(),
  value: item.querySelector('.ff-fact-value, .ff-hint')?.textContent ?? '',
}));

for (const fact of facts) {
  const button = make('button', { type: 'button' }, ...fact.item.childNodes);
  fact.item.append(button);
  button.addEventListener('click', () => {
    if (last) insert(last, fact.insert);
  });
}

const panel = document.querySelector('[data-facts]');
const search = make('input', {
  type: 'search',
  class: 'form-control ff-find-fact',
  placeholder: 'Find a fact',
  'aria-label': 'Find a fact',
});
search.addEventListener('input', () => {
  const typed = search.value.trim().toLowerCase();
  for (const group of panel.querySelectorAll('details')) group.open = typed !== '' || group.dataset.first === 'yes';
  for (const fact of facts) fact.item.hidden = !fact.words.includes(typed);
});
for (const group of panel?.querySelectorAll('details') ?? []) group.dataset.first = group.open ? 'yes' : 'no';
panel?.querySelector('.ff-card-body')?.prepend(search);

/** A list of facts under the text while a name in braces is being typed. */
function addCompletion(box, area) {
  const list = make('ul', {
    class: 'ff-complete',
    role: 'listbox',
    'aria-label': 'Facts',
    id: `facts-${box.dataset.text}`,
  });
  list.hidden = true;
  box.append(list);
  area.setAttribute('aria-controls', list.id);
  let found = [];
  let chosen = 0;

  const typed = () => /\{([@\w.-]*)$/.exec(area.value.slice(0, area.selectionStart))?.[1];
  const close = () => {
    list.hidden = true;
    found = [];
  };
  const choose = (at) => {
    const rest = typed();
    const fact = found[at];
    close();
    if (rest === undefined || !fact) return;
    area.setSelectionRange(area.selectionStart - rest.length - 1, area.selectionStart);
    insert(area, fact.insert);
  };
  const show = () => {
    const text = typed();
    if (text === undefined) return close();
    found = facts
      .filter(
        (fact) => fact.insert.slice(1).startsWith(text) || (text.length > 1 && fact.words.includes(text.toLowerCase())),
      )
      .slice(0, 30);
    chosen = 0;
    list.replaceChildren(
      ...found.map((fact, index) => {
        const item = make(
          'li',
          { role: 'option', 'aria-selected': String(index === 0) },
          make('span', {}, fact.insert),
          make('span', {}, fact.value),
        );
        item.addEventListener('mousedown', (event) => {
          event.preventDefault();
          choose(index);
        });
        return item;
      }),
    );
    list.hidden = found.length === 0;
  };
  area.addEventListener('input', show);
  area.addEventListener('blur', close);
  area.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      chosen = (chosen + step + found.length) % found.length;
      for (const [index, item] of [...list.children].entries())
        item.setAttribute('aria-selected', String(index === chosen));
      list.children[chosen].scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' || event.key === 'Tab') choose(chosen);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
}

for (const box of boxes) {
  const area = box.querySelector('textarea');
  if (area.readOnly) continue;
  area.addEventListener('focus', () => {
    last = area;
  });
  addToolbar(box, area);
  addPrint(box, area);
  addCompletion(box, area);
}

// Nothing typed is lost by a wrong press.
form?.addEventListener('submit', () => {
  changed = false;
});
window.addEventListener('beforeunload', (event) => {
  if (changed) event.preventDefault();
});
