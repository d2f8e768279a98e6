import { simpleParser } from 'mailparser';
import MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';

/** A message in its parts, before it is written as RFC 5322 bytes. */
export interface MailMessage {
  from: { name: string; address: string };
  to: { name: string; address: string };
  replyTo?: string;
  /** With its angle brackets: fixed per delivery, so that a repeated letter is the same letter. */
  messageId: string;
  date: Date;
  subject: string;
  /** In passages of whole lines, joined by line breaks. Those that stand in many letters are encoded once. */
  text: string | readonly string[];
  html: string | readonly string[];
  /** BCP 47 codes of the languages in it (RFC 3282 Content-Language). */
  languages: string[];
  /** Files that go with it, e.g. the letter as PDF. */
  files?: readonly MailFile[];
}

/** A file that goes with a message. */
export interface MailFile {
  /** In ASCII, e.g. `letter-12.pdf`. */
  name: string;
  mediaType: string;
  content: Uint8Array;
}

/** A stored message taken apart for reading. */
export interface ReadMail {
  headers: { name: string; value: string }[];
  subject: string;
  text: string;
  html: string;
}

/**
 * Writes the RFC 5322 bytes: text and HTML as alternatives, marked as sent by a machine (RFC 3834). Absence notices are
 * not suppressed: "has left, write to …" is how a wrong contact is found out. Never a List-Unsubscribe: a safety notice
 * is not marketing, and gateways press such links by themselves. No value can start a new header: control characters
 * become spaces.
 */
export async function composeMessage(message: MailMessage): Promise<Buffer> {
  const { headers, boundary } = sharedHeaders(message);
  const own = `To: ${writeRecipient(message.to)}\r\nMessage-ID: ${clean(message.messageId)}\r\nDate: ${message.date.toUTCString().replace('GMT', '+0000')}\r\n`;
  const between = `\r\n--${boundary}`;
  const words = `${between}\r\n${part('text/plain', message.text)}${between}\r\n${part('text/html', message.html)}${between}--\r\n`;
  const lines = `${headers}\r\n${own}`;
  const written = message.files?.length ? withFiles(lines, boundary, words, message.files) : `${lines}${words}`;
  return Buffer.from(written, 'latin1');
}

/** The same message in a larger one with files: what cannot show two alternatives shows the text, and the files below. */
function withFiles(lines: string, boundary: string, words: string, files: readonly MailFile[]): string {
  const outer = `${boundary}-files`;
  const type = /^Content-Type:.*\r\n(?:[ \t].*\r\n)*/im;
  const inner = type.exec(lines)?.[0] ?? '';
  const parts = files.map(({ name, mediaType, content }) => {
    const encoded = Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\r\n');
    const safe = clean(name).replace(/[^\w.-]/g, '-');
    return `\r\n--${outer}\r\nContent-Type: ${clean(mediaType)}; name="${safe}"\r\nContent-Disposition: attachment; filename="${safe}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${encoded}`;
  });
  return `${lines.replace(type, `Content-Type: multipart/mixed;\r\n boundary="${outer}"\r\n`)}\r\n--${outer}\r\n${inner}${words}${parts.join('')}\r\n--${outer}--\r\n`;
}

interface SharedHeaders {
  headers: string;
  boundary: string;
}
const writtenHeaders = new Map<string, SharedHeaders>();
const MOST_HEADERS = 500;

/** The headers that many letters have in common, written by the library once. */
function sharedHeaders({ from, replyTo, subject, languages }: MailMessage): SharedHeaders {
  const key = JSON.stringify([from, replyTo, subject, languages]);
  let written = writtenHeaders.get(key);
  if (!written) {
    const head = new MimeNode('multipart/alternative', { disableFileAccess: true, disableUrlAccess: true });
    head.setHeader({
      from: { name: clean(from.name), address: clean(from.address) },
      ...(replyTo ? { 'reply-to': clean(replyTo) } : {}),
      subject: clean(subject),
      // Else the library adds its own.
      'message-id': OWN_LINE,
      date: OWN_LINE,
      'auto-submitted': 'auto-generated',
      ...(languages.length > 0 ? { 'content-language': clean(languages.join(', ')) } : {}),
    });
    const headers = head.buildHeaders().replace(/^(?:Message-ID|Date):.*\r\n/gim, '');
    // A multipart always has one.
    written = { headers, boundary: head.boundary || '' };
    if (writtenHeaders.size >= MOST_HEADERS) writtenHeaders.clear();
    writtenHeaders.set(key, written);
  }
  return written;
}
const OWN_LINE = '<->';

/** `"Erika Muster" <recall@lab.example>`. What needs encoding is left to the library. */
function writeRecipient({ name, address }: MailMessage['to']): string {
  const [plainName, plainAddress] = [clean(name), clean(address)];
  if (/^[A-Za-z0-9 .'-]{1,50}$/.test(plainName) && /^[\w.+-]{1,64}@[\w.-]{1,100}$/.test(plainAddress))
    return `"${plainName}" <${plainAddress}>`;
  const node = new MimeNode('text/plain');
  node.setHeader('to', { name: plainName, address: plainAddress });
  return /^To: ((?:.|\r\n[ \t])*)/m.exec(node.buildHeaders())?.[1] ?? '';
}

/** One alternative, quoted-printable. The library builds such a part through streams, which costs five times as much. */
function part(type: string, content: string | readonly string[]): string {
  let encoded = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
  for (const passage of typeof content === 'string' ? [content] : content) encoded += encodePassage(passage);
  return encoded;
}

const encodedPassages = new Map<string, string>();
/** Some notices in their languages. What is shorter than a passage worth keeping is a personal line: those are not kept. */
const MOST_PASSAGES = 4_000;
const SHORTEST_KEPT = 80;
/** Lines that quoted-printable leaves as they are: visible ASCII without `=`, not too long, no blank at the end. */
const PLAIN_LINE = /^(?:[ -<>-~]{0,75}[!-<>-~])?$/;

function encodePassage(passage: string): string {
  if (passage.length < SHORTEST_KEPT) return encodeLines(passage);
  let encoded = encodedPassages.get(passage);
  if (encoded === undefined) {
    encoded = encodeLines(passage);
    if (encodedPassages.size >= MOST_PASSAGES) encodedPassages.clear();
    encodedPassages.set(passage, encoded);
  }
  return encoded;
}

function encodeLines(passage: string): string {
  let encoded = '';
  for (const line of passage.replace(/\r\n/g, '\n').split('\n'))
    encoded += PLAIN_LINE.test(line) ? `${line}\r\n` : `${wrap(encode(line))}\r\n`;
  return encoded;
}

/** Takes a stored message apart: headers as they stand, the text and the HTML part. */
export async function readMessage(raw: Buffer): Promise<ReadMail> {
  const parsed = await simpleParser(raw, { skipTextToHtml: true, skipImageLinks: true });
  return {
    headers: parsed.headerLines.map(({ key, line }) => {
      const colon = line.indexOf(':');
      return {
        name: colon > 0 ? line.slice(0, colon) : key,
        value: line
          .slice(colon + 1)
          .replace(/\s+/g, ' ')
          .trim(),
      };
    }),
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html || '',
  };
}

/** Without control characters: a name from an import cannot become a header. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}
