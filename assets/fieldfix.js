// Small comforts. Every page does all of its work without this file.

// The error summary takes the focus, so that a keyboard or a screen reader starts there.
document.querySelector('[data-focus]')?.focus();

// A second press of a button does not send a form twice. Coming back by the back button frees it again.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  // The name and value of the pressed button still travel: only further presses are stopped.
  event.submitter?.setAttribute('aria-busy', 'true');
});
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
  }
});

// A chosen filter takes effect at once.
for (const form of document.querySelectorAll('form[data-submit-on-change]')) {
  for (const select of form.querySelectorAll('select')) select.addEventListener('change', () => form.requestSubmit());
}

// "/" goes to the search, Escape closes an open menu, and so does a press beside it.
document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.getElementById('search');
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
  if (event.key === 'Escape') {
    const menu = event.target.closest('.ff-user[open], .ff-nav-narrow[open]');
    if (menu) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  }
});
document.addEventListener('click', (event) => {
  const menu = document.querySelector('.ff-user[open]');
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// One tick box for a column of them.
for (const all of document.querySelectorAll('[data-check-all]')) {
  all.addEventListener('change', () => {
    for (const box of document.querySelectorAll(`input[type="checkbox"][name="${all.dataset.checkAll}"]`))
      box.checked = all.checked;
  });
}

// On paper every folded part is open.
window.addEventListener('beforeprint', () => {
  for (const part of document.querySelectorAll('details.ff-more:not([open])')) {
    part.open = true;
    part.dataset.folded = 'yes';
  }
});
window.addEventListener('afterprint', () => {
  for (const part of document.querySelectorAll('details[data-folded]')) {
    part.open = false;
    delete part.dataset.folded;
  }
});
