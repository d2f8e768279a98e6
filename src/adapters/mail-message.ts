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
  const head = new MimeNode('multipart/alternative', { disableFileAccess: true, disableUrlAccess: true });
  head.setHeader({
    from: { name: clean(message.from.name), address: clean(message.from.address) },
    to: { name: clean(message.to.name), address: clean(message.to.address) },
    ...(message.replyTo ? { 'reply-to': clean(message.replyTo) } : {}),
    subject: clean(message.subject),
    'message-id': clean(message.messageId),
    date: message.date.toUTCString().replace('GMT', '+0000'),
    'auto-submitted': 'auto-generated',
    ...(message.languages.length > 0 ? { 'content-language': clean(message.languages.join(', ')) } : {}),
  });
  const headers = head.buildHeaders();
  const between = `\r\n--${head.boundary}`;
  return Buffer.from(
    `${headers}\r\n${between}\r\n${part('text/plain', message.text)}${between}\r\n${part('text/html', message.html)}${between}--\r\n`,
    'latin1',
  );
}

/** One alternative, quoted-printable. The library builds such a part through streams, which costs five times as much. */
function part(type: string, content: string | readonly string[]): string {
  let encoded = `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`;
  for (const passage of typeof content === 'string' ? [content] : content) encoded += encodePassage(passage);
  return encoded;
}

const encodedPassages = new Map<string, string>();
/** Some notices in their languages; personal lines fill it up, and then it starts anew. */
const MOST_PASSAGES = 4_000;

function encodePassage(passage: string): string {
  let encoded = encodedPassages.get(passage);
  if (encoded === undefined) {
    encoded = passage
      .replace(/\r?\n/g, '\n')
      .split('\n')
      .map((line) => `${wrap(encode(line))}\r\n`)
      .join('');
    if (encodedPassages.size >= MOST_PASSAGES) encodedPassages.clear();
    encodedPassages.set(passage, encoded);
  }
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
