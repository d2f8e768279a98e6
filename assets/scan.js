/* Scanners end each code with Enter: the first field passes the cursor on, the last one sends the form. */
const form = document.querySelector('.ff-scan-form');
const fields = [...(form?.querySelectorAll('.ff-scan input') ?? [])];
for (const [place, field] of fields.entries()) {
  field.addEventListener('keydown', (event) => {
    const next = fields[place + 1];
    if (event.key !== 'Enter' || !next || field.value.trim() === '' || next.value.trim() !== '') return;
    event.preventDefault();
    next.focus();
  });
}
const wrong = form?.querySelector('[aria-invalid="true"]');
(wrong ?? fields[0])?.focus();
wrong?.select?.();
