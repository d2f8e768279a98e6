// Reads a label by the camera: with the browser's own reader where it has one, else with ours. Everything works without it.
(() => {
  const place = document.getElementById('camera');
  const field = document.getElementById('code');
  if (!place || !field || !navigator.mediaDevices?.getUserMedia) return;
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
    await new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = words.script;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    window.ZXingWASM.prepareZXingModule({ overrides: { locateFile: () => words.wasm } });
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
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: 'environment', width: { ideal: 1920 } },
    });
    video.srcObject = stream;
    video.hidden = false;
    button.textContent = words.stop;
    await video.play();
    const read = await openReader();
    while (stream) {
      const text = video.videoWidth > 0 ? await read().catch(() => undefined) : undefined;
      if (text && stream) {
        stop();
        field.value = text;
        field.form.requestSubmit();
        return;
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
