// One key press accepts, takes, or goes on. Everything works without this file.
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest('input, textarea, select, [contenteditable]')) return;
  if (event.key === 'c') {
    const field = document.querySelector('#correct select');
    if (field) {
      event.preventDefault();
      field.scrollIntoView({ block: 'center' });
      field.focus();
    }
    return;
  }
  const target = /^[a-z]$/.test(event.key) ? document.querySelector(`[data-key="${event.key}"]`) : null;
  if (target) {
    event.preventDefault();
    target.click();
  }
});
