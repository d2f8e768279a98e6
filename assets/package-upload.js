// The upload of a package, by the tus protocol: in pieces, paused and gone on with, also after the browser was closed.
// Without it the form sends the file in one go.
(() => {
  const place = document.querySelector('[data-package-upload]');
  const form = place?.closest('form');
  if (!form || !window.fetch || !window.Blob) return;

  const PIECE = 16 * 1024 * 1024;
  const WAITS = [1000, 3000, 10000, 30000];
  const path = '/api/v1/package-uploads';
  const bar = place.querySelector('progress');
  const words = place.querySelector('output');
  const button = place.querySelector('button');
  const size = new Intl.NumberFormat('en-GB', { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });
  let running = null;

  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  /** One request; a refusal becomes an error in its own words. */
  async function ask(method, address, headers, body, signal) {
    const answer = await fetch(address, {
      method,
      headers: { 'tus-resumable': '1.0.0', ...headers },
      body,
      signal,
      credentials: 'same-origin',
    });
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    const error = new Error(problem.detail || `The server answered ${answer.status}.`);
    // A place that moved, or another writer that is about to end: asked again. All else is final.
    error.again = answer.status === 409 || answer.status === 423 || answer.status >= 500;
    if (answer.status === 507) error.again = false;
    throw error;
  }

  function show(done, total) {
    bar.max = total;
    bar.value = done;
    words.textContent = `${size.format(done / 1e6)} of ${size.format(total / 1e6)}`;
  }

  async function send(file, sha256, signal) {
    const made = await ask(
      'POST',
      path,
      {
        'upload-length': String(file.size),
        'upload-metadata': [
          `package ${base64(place.dataset.packageUpload)}`,
          `filename ${base64(file.name)}`,
          `sha256 ${base64(sha256)}`,
        ].join(','),
      },
      undefined,
      signal,
    );
    const address = new URL(made.headers.get('location')).pathname;
    let offset = Number(made.headers.get('upload-offset'));
    let failures = 0;
    while (offset < file.size) {
      show(offset, file.size);
      try {
        const headers = { 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
        const answer = await ask('PATCH', address, headers, file.slice(offset, offset + PIECE), signal);
        offset = Number(answer.headers.get('upload-offset'));
        failures = 0;
      } catch (error) {
        if (signal.aborted || error.again === false || failures >= 8) throw error;
        words.textContent = 'The line was cut. Trying again …';
        await pause(WAITS[Math.min(failures++, WAITS.length - 1)]);
        const answer = await ask('HEAD', address, {}, undefined, signal).catch(() => null);
        if (answer) offset = Number(answer.headers.get('upload-offset'));
      }
    }
    show(file.size, file.size);
  }

  form.addEventListener('submit', (event) => {
    const file = form.elements.file.files[0];
    if (!file || running) return;
    event.preventDefault();
    place.hidden = false;
    running = new AbortController();
    button.textContent = 'Pause';
    send(file, form.elements.sha256.value.trim(), running.signal)
      .then(() => location.assign(`/packages/${place.dataset.packageUpload}`))
      .catch((error) => {
        words.textContent = running.signal.aborted
          ? 'Paused. Upload the same file again to go on.'
          : `${error.message} Upload the same file again to go on where it stopped.`;
      })
      .finally(() => {
        running = null;
      });
  });
  button.addEventListener('click', () => running?.abort());
})();
