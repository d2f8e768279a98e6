import { createHash } from 'node:crypto';
import { type AddressObject, type Attachment, type ParsedMail, simpleParser } from 'mailparser';
import type { AttachmentCaution, MailAddress, MailAttachment, MailFacts, MailTrouble } from '../domain/mail.ts';

/** Characters of text that are kept of a message; the rest is in the original. */
export const MOST_TEXT = 200_000;
/** HTML longer than this is not turned into text: it would cost more than anybody reads. */
const MOST_HTML = 2_000_000;
/** Messages within messages that are looked into. The hundredth is as closed as the third. */
const DEEPEST = 40;

/** Options of the library for mails that are read by a program: no HTML made of text, no pictures put in. */
export const parserOptions = {
  skipTextToHtml: true,
  skipImageLinks: true,
  skipTextLinks: true,
  keepDeliveryStatus: true,
  maxHtmlLengthToParse: MOST_HTML,
} as const;

/** Takes a message apart. Runs in a worker: hostile bytes cost its time and memory, not the server's. */
export async function readFacts(raw: Buffer): Promise<MailFacts> {
  const troubles = new Set<MailTrouble>();
  if (depthOf(raw) > DEEPEST) troubles.add('nested');
  let parsed: ParsedMail;
  try {
    parsed = await simpleParser(raw, parserOptions);
  } catch (error) {
    const code = (error as { code?: string }).code;
    troubles.add(code === 'EMAXLEN' ? 'too-many-parts' : 'broken');
    return factsOfHead(raw, [...troubles]);
  }
  const attachments = parsed.attachments.map((part, index) => attachmentOf(part, index));
  let text = parsed.text ?? '';
  if (text.includes(UNKNOWN_SIGN)) {
    troubles.add('charset');
    text = (await readAsWestern(raw)) ?? text;
  }
  if (text.trim() === '' && attachments.length === 0 && typeof parsed.html !== 'string') {
    // A message of parts without their boundary: the library finds none, people still read it.
    text = bodyOf(raw);
    if (text.trim() !== '' && /^content-type:\s*multipart/im.test(headOf(raw))) troubles.add('broken');
  }
  if (typeof parsed.html === 'string' && text.trim() === '') troubles.add('remote-only');
  if (text.length > MOST_TEXT) troubles.add('cut');
  const { signed, encrypted } = protectionOf(parsed, text);
  if (encrypted) troubles.add('encrypted');
  if (signed === 'smime' && text.trim() === '') troubles.add('sealed');
  if (attachments.some((part) => part.caution === 'executable')) troubles.add('executable');
  const report = parsed.attachments.find((part) =>
    /^message\/(?:global-)?(?:delivery-status|feedback-report|disposition-notification)$/.test(part.contentType),
  );
  return {
    ...headFacts(parsed),
    text: cleanText(text).slice(0, MOST_TEXT),
    fromHtml: typeof parsed.html === 'string' && !/^text\/plain|alternative/m.test(typesOf(raw)),
    report: report
      ? {
          type: report.contentType.replace(/^message\//, ''),
          fields: cleanText(report.content.toString('utf8')).slice(0, 20_000),
        }
      : null,
    returned: report || returnsALetter(parsed) ? await returnedOf(parsed.attachments) : null,
    attachments: attachments.slice(0, 200),
    signed,
    encrypted,
    troubles: [...troubles],
  };
}

/** What stands for bytes that are no letter of the alphabet a message names. */
const UNKNOWN_SIGN = '\ufffd';
/** Alphabets that old programs name, or leave out, whatever they write in; what they mean is that of Western Windows. */
const NAMED_WRONGLY =
  /(charset\s*=\s*)(?:"(?:us-)?ascii"|(?:us-)?ascii|"utf-?8"|utf-?8|"x?-?unknown[^"]*"|x?-?unknown[\w-]*)/gi;
const UNNAMED = /^(content-type:[ \t]*text\/(?:plain|html))(?=[ \t]*\r?$)/gim;

/** The text again, its letters read as those of Western Windows; undefined when that reads no better. */
async function readAsWestern(raw: Buffer): Promise<string | undefined> {
  const whole = /^content-type:/im.test(headOf(raw))
    ? raw
    : Buffer.concat([Buffer.from('Content-Type: text/plain\r\n'), raw]);
  const named = whole
    .toString('latin1')
    .replace(NAMED_WRONGLY, '$1windows-1252')
    .replace(UNNAMED, '$1; charset=windows-1252');
  try {
    const { text } = await simpleParser(Buffer.from(named, 'latin1'), parserOptions);
    return text === undefined || text.includes(UNKNOWN_SIGN) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The bytes of one part, as the library counts them. */
export async function readPart(raw: Buffer, index: number): Promise<Buffer | undefined> {
  const parsed = await simpleParser(raw, parserOptions);
  return parsed.attachments[index]?.content;
}

/** What the head alone says, for messages that were stopped or cannot be read. Bounded, so that anybody may call it. */
export function factsOfHead(raw: Buffer, troubles: readonly MailTrouble[]): MailFacts {
  const lines = headOf(raw)
    .replace(/\r/g, '')
    .replace(/\n[ \t]+/g, ' ')
    .split('\n')
    .slice(0, 500);
  const headers = lines.flatMap((line) => {
    const field = /^([!-9;-~]{1,80}):\s*(.*)$/.exec(line);
    return field?.[1] ? [{ name: field[1].toLowerCase(), value: cleanText(field[2] ?? '').slice(0, 2_000) }] : [];
  });
  const value = (name: string): string => headers.find((header) => header.name === name)?.value ?? '';
  const address = (text: string): MailAddress => {
    const match = /^\s*(.*?)\s*<([^<>]*)>/.exec(text);
    return match
      ? { name: (match[1] ?? '').replace(/^"|"$/g, ''), address: (match[2] ?? '').toLowerCase() }
      : { name: '', address: text.trim().toLowerCase().slice(0, 254) };
  };
  return {
    headers,
    from: address(value('from')),
    replyTo: null,
    to: value('to') === '' ? [] : [address(value('to'))],
    subject: value('subject').slice(0, 1_000),
    messageId: /<[^<>]{1,900}>/.exec(value('message-id'))?.[0] ?? '',
    references: idsIn(`${value('in-reply-to')} ${value('references')}`),
    writtenAt: null,
    text: '',
    fromHtml: false,
    report: null,
    returned: null,
    attachments: [],
    signed: '',
    encrypted: '',
    troubles,
  };
}

function headFacts(parsed: ParsedMail) {
  const headers = parsed.headerLines.slice(0, 500).map(({ key, line }) => {
    const value = line.slice(line.indexOf(':') + 1);
    return { name: key, value: cleanText(value.replace(/\s+/g, ' ').trim()).slice(0, 4_000) };
  });
  const references = [parsed.inReplyTo ?? '', ...[parsed.references ?? []].flat().reverse()].join(' ');
  const written = parsed.date && Number.isFinite(parsed.date.getTime()) ? parsed.date.toISOString() : null;
  return {
    headers,
    from: addressesOf(parsed.from)[0] ?? { name: '', address: '' },
    replyTo: addressesOf(parsed.replyTo)[0] ?? null,
    to: [...addressesOf(parsed.to), ...addressesOf(parsed.cc)].slice(0, 100),
    subject: cleanText(parsed.subject ?? '').slice(0, 1_000),
    messageId: idsIn(parsed.messageId ?? '')[0] ?? '',
    references: idsIn(references),
    writtenAt: written,
  };
}

function idsIn(text: string): string[] {
  return [...new Set([...text.matchAll(/<[^<>\s]{1,900}>/g)].map(([id]) => id))].slice(0, 50);
}

function addressesOf(field: AddressObject | AddressObject[] | undefined): MailAddress[] {
  return [field ?? []].flat().flatMap((object) =>
    object.value.flatMap((one) =>
      (one.group ?? [one]).map((person) => ({
        name: cleanText(person.name ?? '').slice(0, 200),
        address: (person.address ?? '').trim().toLowerCase().slice(0, 254),
      })),
    ),
  );
}

/** NUL cannot be stored as text, and control characters say nothing to a reader. */
export function cleanText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '').toWellFormed();
}

// ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const EXECUTABLE_NAME =
  /\.(?:exe|com|scr|pif|bat|cmd|msi|msp|dll|cpl|js|jse|vbs|vbe|wsf|wsh|hta|ps1|psm1|jar|lnk|reg|apk|app|dmg|pkg|iso|img|vhd|deb|rpm|sh|docm|xlsm|pptm|xlam|dotm|one|url|chm)$/i;
const ARCHIVE = /^application\/(?:zip|x-7z-compressed|x-rar|vnd\.rar|gzip|x-tar|x-bzip2)/;

function attachmentOf(part: Attachment, index: number): MailAttachment {
  const name = cleanText(part.filename ?? '').slice(0, 200);
  const seenType = seenTypeOf(part.content);
  return {
    index,
    name,
    mediaType: part.contentType.toLowerCase().slice(0, 120),
    seenType,
    size: part.size,
    sha256: createHash('sha256').update(part.content).digest('hex'),
    caution: cautionOf(part.contentType, name, seenType),
  };
}

/** Why a part is kept aside; '' for one that its reader may open. */
export function cautionOf(mediaType: string, name: string, seenType: string): AttachmentCaution {
  if (/^application\/(?:x-)?(?:pkcs7|pgp)-signature$/.test(mediaType)) return 'signature';
  if (EXECUTABLE_NAME.test(name) || seenType === 'application/x-executable') return 'executable';
  if (/^message\//.test(mediaType)) return 'message';
  if (/^application\/(?:x-)?pkcs7-mime$|^application\/pgp-encrypted$/.test(mediaType)) return 'encrypted';
  if (ARCHIVE.test(seenType) && !/\.(?:docx|xlsx|pptx|odt|ods)$/i.test(name)) return 'archive';
  return '';
}

const MAGIC: readonly [bytes: string, type: string][] = [
  ['255044462d', 'application/pdf'],
  ['89504e470d0a', 'image/png'],
  ['ffd8ff', 'image/jpeg'],
  ['49492a00', 'image/tiff'],
  ['4d4d002a', 'image/tiff'],
  ['504b0304', 'application/zip'],
  ['504b0506', 'application/zip'],
  ['377abcaf271c', 'application/x-7z-compressed'],
  ['526172211a07', 'application/vnd.rar'],
  ['1f8b', 'application/gzip'],
  ['d0cf11e0a1b11ae1', 'application/x-ole-storage'],
  ['4d5a', 'application/x-executable'],
  ['7f454c46', 'application/x-executable'],
  ['cafebabe', 'application/x-executable'],
  ['cffaedfe', 'application/x-executable'],
];

/** The kind of file by its first bytes; '' when they say nothing. */
export function seenTypeOf(content: Buffer): string {
  const start = content.subarray(0, 16).toString('hex');
  if (/^[0-9a-f]{8}66747970(?:68656963|68656978|6d696631|68657663)/.test(start)) return 'image/heic';
  return MAGIC.find(([bytes]) => start.startsWith(bytes))?.[1] ?? '';
}

function protectionOf(parsed: ParsedMail, text: string): Pick<MailFacts, 'signed' | 'encrypted'> {
  const type = parsed.headerLines.find(({ key }) => key === 'content-type')?.line.toLowerCase() ?? '';
  const has = (pattern: RegExp): boolean => parsed.attachments.some((part) => pattern.test(part.contentType));
  const opaque = /application\/(?:x-)?pkcs7-mime/.test(type) || has(/^application\/(?:x-)?pkcs7-mime$/);
  const kind = parsed.attachments.map((part) => part.headers.get('content-type')).concat(type);
  const opaqueSigned = opaque && /signed-data/.test(JSON.stringify(kind) + type);
  const smime = opaqueSigned || has(/^application\/(?:x-)?pkcs7-signature$/);
  const pgp = has(/^application\/pgp-signature$/) || text.includes('-----BEGIN PGP SIGNED MESSAGE-----');
  const pgpLocked = has(/^application\/pgp-encrypted$/) || text.includes('-----BEGIN PGP MESSAGE-----');
  return {
    signed: smime ? 'smime' : pgp ? 'pgp' : '',
    encrypted: opaque && !opaqueSigned ? 'smime' : pgpLocked ? 'pgp' : '',
  };
}

// ── Letters that are given back ─────────────────────────────────────────────────────────────────────────────────────

function returnsALetter(parsed: ParsedMail): boolean {
  return parsed.attachments.some((part) => /^(?:message\/|text\/rfc822-headers)/.test(part.contentType));
}

async function returnedOf(attachments: readonly Attachment[]): Promise<MailFacts['returned']> {
  const letter = attachments.find((part) =>
    /^(?:message\/rfc822|message\/global|text\/rfc822-headers)/.test(part.contentType),
  );
  if (!letter) return null;
  const { headers, messageId, to } = factsOfHead(letter.content.subarray(0, 64_000), []);
  return { messageId, to: to[0]?.address ?? '', headers: headers.slice(0, 60) };
}

// ── The bytes as they stand ─────────────────────────────────────────────────────────────────────────────────────────

const MOST_HEAD = 64_000;

function headOf(raw: Buffer): string {
  const text = raw.subarray(0, MOST_HEAD).toString('utf8');
  const end = /\r?\n\r?\n/.exec(text);
  return end ? text.slice(0, end.index) : text;
}

function bodyOf(raw: Buffer): string {
  const text = raw.subarray(0, MOST_TEXT).toString('utf8');
  const end = /\r?\n\r?\n/.exec(text);
  return end ? text.slice(end.index + end[0].length) : '';
}

function typesOf(raw: Buffer): string {
  return [
    ...raw
      .subarray(0, MOST_HEAD)
      .toString('latin1')
      .matchAll(/^content-type:\s*([\w/.+-]+)/gim),
  ]
    .map((match) => (match[1] ?? '').toLowerCase())
    .join('\n');
}

/** How many bundles and messages there are at most within each other: as many as are announced. */
function depthOf(raw: Buffer): number {
  let depth = 0;
  for (const mark of ['boundary=', 'message/rfc822']) {
    for (let at = raw.indexOf(mark); at >= 0 && depth <= DEEPEST; at = raw.indexOf(mark, at + mark.length)) depth++;
  }
  return depth;
}
