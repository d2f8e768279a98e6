// Reads labels by the camera, with the browser's own reader where it has one, else with ours, and sends each scan without
// leaving the page, so that one can go on scanning. Everything works without it.
(() => {
  const form = document.getElementById('scan');
  const field = form?.elements.namedItem('code');
  const place = document.getElementById('camera');
  if (!form || !field || !place) return;

  // A scan that is under way; the next one waits for it.
  let sending = Promise.resolve();

  /** Sends one label and shows what came of it; what the server refuses it shows on a page of its own. */
  async function send(text) {
    const body = new URLSearchParams(new FormData(form));
    body.set('code', text);
    const answer = await fetch(form.action, { method: 'POST', body });
    if (!answer.ok) {
      field.value = text;
      HTMLFormElement.prototype.submit.call(form);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of ['answer', 'wish', 'round']) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (old && fresh) old.replaceChildren(...fresh.childNodes);
    }
    navigator.vibrate?.(60);
  }

  form.addEventListener('submit', (event) => {
    const text = field.value;
    // A page that shows what was wrong is left by a fresh one.
    if (form.method !== 'post' || text.trim() === '' || document.querySelector('.ff-field-wrong')) return;
    event.preventDefault();
    // Pages go dead while a form is sent (fieldfix.js); this one goes on.
    event.stopPropagation();
    field.value = '';
    field.focus();
    sending = sending
      .then(() => send(text))
      .catch(() => {
        field.value = text;
        HTMLFormElement.prototype.submit.call(form);
      });
  });

  if (!navigator.mediaDevices?.getUserMedia) return;
  const words = place.dataset;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn ff-btn-secondary';
  button.textContent = words.start;
  const message = document.createElement('p');
  message.setAttribute('role', 'status');
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.hidden = true;
  place.className = 'ff-camera';
  place.append(button, message, video);
  place.hidden = false;
  // A code stays in the picture for a while: the same one counts again when it was away for so long.
  const AWAY_MS = 3_000;
  let stream;

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    video.hidden = true;
    button.textContent = words.start;
    message.textContent = '';
  }

  /** A function that gives the text of the code in a picture, or nothing. */
  async function openReader() {
    const wanted = ['data_matrix', 'qr_code', 'code_128', 'code_39', 'ean_13'];
    if ('BarcodeDetector' in window) {
      const known = await window.BarcodeDetector.getSupportedFormats();
      if (wanted.slice(0, 3).every((format) => known.includes(format))) {
        const detector = new window.BarcodeDetector({ formats: wanted.filter((format) => known.includes(format)) });
        return async () => (await detector.detect(video))[0]?.rawValue;
      }
    }
    if (!window.ZXingWASM) {
      await new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = words.script;
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
      });
      window.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => words.wasm } });
    }
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    return async () => {
      canvas.width = video.videoWidth;
      canvas.height = video.videoHeight;
      pen.drawImage(video, 0, 0);
      const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
      const [found] = await window.ZXingWASM.readBarcodes(picture, {
        formats: ['DataMatrix', 'QRCode', 'Code128', 'Code39', 'EAN13'],
        maxNumberOfSymbols: 1,
        textMode: 'Plain',
      });
      return found && `${found.symbologyIdentifier ?? ''}${found.text}`;
    };
  }

  async function start() {
    message.textContent = words.aim;
    const opened = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1920 } },
    });
    stream = opened;
    video.srcObject = opened;
    video.hidden = false;
    button.textContent = words.stop;
    await video.play();
    const read = await openReader();
    let last = { text: '', at: 0 };
    while (stream === opened) {
      const text = video.videoWidth > 0 ? await read().catch(() => undefined) : undefined;
      if (text && stream === opened) {
        const now = performance.now();
        if (text !== last.text || now - last.at > AWAY_MS) {
          field.value = text;
          form.requestSubmit();
        }
        last = { text, at: now };
      }
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
  }

  button.addEventListener('click', () => {
    if (stream) return stop();
    start().catch(() => {
      stop();
      message.textContent = words.none;
    });
  });
})();
