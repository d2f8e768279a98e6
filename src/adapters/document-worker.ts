/** A thread that turns one DOCX into HTML and ends. What it is given was unpacked and counted before. */
import { parentPort, workerData } from 'node:worker_threads';
import mammoth from 'mammoth';

const styles = ['p[style-name="Title"] => h1:fresh', 'p[style-name="Subtitle"] => h2:fresh', 'u => em', 'strike => !'];
const { value } = await mammoth.convertToHtml(
  { buffer: Buffer.from(workerData as Uint8Array) },
  // Pictures are left behind: a notice has none of its own.
  { styleMap: styles, convertImage: mammoth.images.imgElement(async () => ({ src: '' })) },
);
parentPort?.postMessage(value);
