/** Messages as Outlook saves them (`.msg`), read into the same facts as any other. */
import { createHash } from 'node:crypto';
import msgReader, { type FieldsData } from '@kenjiuno/msgreader';
import { simpleParser } from 'mailparser';
import type { MailFacts } from '../domain/mail.ts';
import { cautionOf, cleanText, factsOfHead, MOST_TEXT, parserOptions, seenTypeOf } from './mail-facts.ts';

// A CommonJS package: its class is the default of what the import gives.
const MsgReader = msgReader.default;

/** Takes a `.msg` apart. Its head, where it kept one, counts as of any message. @throws when it is no such file */
export async function readMsg(raw: Buffer): Promise<MailFacts> {
  const { fields } = open(raw);
  const head = factsOfHead(Buffer.from(`${fields.headers ?? ''}\r\n\r\n`), []);
  const fromHtml = (fields.body ?? '').trim() === '';
  const text = cleanText(fromHtml ? await textOfHtml(fields) : (fields.body ?? ''));
  const sender = (fields.senderSmtpAddress ?? fields.creatorSMTPAddress ?? fields.senderEmail ?? '').toLowerCase();
  const written = new Date(fields.clientSubmitTime ?? fields.messageDeliveryTime ?? '');
  return {
    ...head,
    from: head.from.address === '' ? { name: cleanText(fields.senderName ?? ''), address: sender } : head.from,
    to:
      head.to.length > 0
        ? head.to
        : (fields.recipients ?? []).slice(0, 100).map((one) => ({
            name: cleanText(one.name ?? ''),
            address: (one.smtpAddress ?? one.email ?? '').toLowerCase(),
          })),
    subject: cleanText(fields.subject ?? head.subject).slice(0, 1_000),
    messageId: fields.messageId ?? head.messageId,
    writtenAt: Number.isFinite(written.getTime()) ? written.toISOString() : null,
    text: text.slice(0, MOST_TEXT),
    fromHtml: fromHtml && text !== '',
    attachments: partsOf(raw).map(({ name, mediaType, content, inner }, index) => {
      const seenType = seenTypeOf(content);
      return {
        index,
        name,
        mediaType,
        seenType,
        size: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        caution: inner ? 'message' : cautionOf(mediaType, name, seenType),
      };
    }),
    troubles: text.length > MOST_TEXT ? ['cut'] : [],
  };
}

/** What its HTML says, where it kept no plain text; '' without HTML. */
async function textOfHtml({ bodyHtml, html, internetCodepage }: FieldsData): Promise<string> {
  const bytes = bodyHtml === undefined ? Buffer.from(html ?? []) : Buffer.from(bodyHtml);
  if (bytes.length === 0) return '';
  const western = bodyHtml === undefined && internetCodepage !== undefined && internetCodepage !== UTF8;
  const charset = western ? `windows-${internetCodepage}` : 'utf-8';
  const head = Buffer.from(`Content-Type: text/html; charset=${charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`);
  return (await simpleParser(Buffer.concat([head, bytes]), parserOptions)).text ?? '';
}
/** The number of that alphabet among the code pages of Windows. */
const UTF8 = 65_001;

/** The bytes of one attachment. */
export function readMsgPart(raw: Buffer, index: number): Buffer | undefined {
  return partsOf(raw)[index]?.content;
}

function open(raw: Buffer): { reader: InstanceType<typeof MsgReader>; fields: FieldsData } {
  const bytes = new ArrayBuffer(raw.length);
  new Uint8Array(bytes).set(raw);
  const reader = new MsgReader(bytes);
  const fields = reader.getFileData();
  if (fields.error) throw new Error(fields.error);
  return { reader, fields };
}

function partsOf(raw: Buffer): { name: string; mediaType: string; content: Buffer; inner: boolean }[] {
  const { reader, fields } = open(raw);
  return (fields.attachments ?? []).slice(0, 200).map((part) => {
    const found = reader.getAttachment(part);
    return {
      name: cleanText(found.fileName ?? part.fileName ?? '').slice(0, 200),
      mediaType: (part.attachMimeTag ?? 'application/octet-stream').toLowerCase().slice(0, 120),
      content: Buffer.from(found.content ?? []),
      inner: part.innerMsgContent === true,
    };
  });
}
