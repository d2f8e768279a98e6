/** Mails that machines write by themselves (RFC 3834), and what they say about people who are away or gone. */
import { headerOf, headersOf, type MailFacts, type MailReason } from './mail.ts';
import { automaticSubject, automaticText, leftWords } from './mail-words.ts';

/** What shows that no person wrote this; `answer`: it answers a mail of ours, as against a newsletter or a report. */
export interface Automatic {
  answer: boolean;
  reasons: MailReason[];
}

/** Looks for the marks of a machine. A machine is never answered: two of them would write to each other for ever. */
export function readAutomatic(mail: MailFacts, own: string): Automatic | undefined {
  const reasons: MailReason[] = [];
  const header = (name: string, pattern: RegExp, says: string): void => {
    const value = headersOf(mail, name).find((one) => pattern.test(one));
    if (value !== undefined) reasons.push({ what: 'header', text: `${name}: ${value.slice(0, 200)}`, says });
  };
  header('auto-submitted', /^auto-(?:replied|generated|notified)/i, 'sent by a machine (RFC 3834)');
  header('precedence', /^(?:auto[-_]?reply|bulk|junk|list)/i, 'sent by a machine');
  for (const name of ['x-autoreply', 'x-autorespond', 'x-autoreply-from', 'x-autoresponder', 'x-mail-autoreply']) {
    header(name, /\S/, 'an automatic answer');
  }
  header('x-auto-response-suppress', /\b(?:all|oof|autoreply)\b/i, 'asks that no machine answers it');
  header('list-id', /\S/, 'sent to a list');
  header('list-unsubscribe', /\S/, 'sent to a list');
  header('return-path', /<\s*>/, 'no return path: it must not be answered');
  header('x-ms-exchange-inbox-rules-loop', /\S/, 'sent by a rule of a mailbox');
  const subject = automaticSubject.exec(mail.subject.trim());
  if (subject) reasons.push({ what: 'words', text: subject[0], says: 'an automatic answer' });
  const words = automaticText.exec(own.slice(0, 2_000));
  const marked = reasons.length > 0;
  if (words && (marked || own.length < 1_500))
    reasons.push({ what: 'words', text: words[0], says: 'somebody is away' });
  if (reasons.length === 0) return undefined;
  const list = headerOf(mail, 'list-id') !== '' || headerOf(mail, 'list-unsubscribe') !== '';
  const replied =
    subject !== null ||
    words !== null ||
    /^auto-replied/i.test(headerOf(mail, 'auto-submitted')) ||
    reasons.some((reason) => reason.says === 'an automatic answer');
  // A person may keep a header that asks machines for silence, or write "I am on leave from Monday": that is no machine.
  const machine = reasons.some((reason) => reason.what === 'header' && !/^x-auto-response-suppress/.test(reason.text));
  if (!machine && subject === null) return undefined;
  return { answer: replied && !list, reasons };
}

/** Somebody proposed in the place of a person who is not there any more. */
export interface ProposedContact {
  kind: 'left' | 'forward' | 'correct';
  name: string;
  email: string;
  phone: string;
  words: string;
}

const ADDRESS = /[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+/g;

/**
 * Whom a text names in somebody's place: the first address that is neither the sender's nor ours, with the name that
 * stands before it and a telephone number near it.
 * @param not addresses that name nobody new
 */
export function readProposedContact(own: string, not: readonly string[]): ProposedContact | undefined {
  const known = new Set(not.map((address) => address.toLowerCase()));
  const left = leftWords.exec(own);
  const match = [...own.matchAll(ADDRESS)].find(([address]) => !known.has(address.toLowerCase().replace(/\.$/, '')));
  if (!match && !left) return undefined;
  const email = match ? match[0].toLowerCase().replace(/\.$/, '') : '';
  const near = match ? own.slice(Math.max(0, match.index - 120), match.index + 160) : '';
  const before = match ? own.slice(Math.max(0, match.index - 120), match.index) : '';
  const sentence = left ? sentenceAround(own, left.index) : match ? sentenceAround(own, match.index) : '';
  return {
    kind: left ? 'left' : 'forward',
    name: nameBefore(before),
    email,
    phone: /(?:\+|\b00)[\d][\d ()/.-]{6,18}\d/.exec(near)?.[0] ?? '',
    words: sentence,
  };
}

function sentenceAround(text: string, at: number): string {
  const start = Math.max(text.lastIndexOf('.', at - 1), text.lastIndexOf('\n', at - 1)) + 1;
  const end = text.slice(at).search(/[.!\n](?:\s|$)/);
  return text
    .slice(start, end < 0 ? at + 200 : at + end + 1)
    .trim()
    .slice(0, 300);
}

/** Two or three words with capitals right before the address: `my colleague Kim Beispiel (`. */
function nameBefore(text: string): string {
  const match =
    /((?:\p{Lu}[\p{L}'’.-]+\s+){1,2}\p{Lu}[\p{L}'’-]+)[\s,:;<([]*(?:(?:e-?mail|mail|at|unter|à|a|via|mailto)[\s:.]*)?$/u.exec(
      text.replace(/<?mailto:/gi, ''),
    );
  return (match?.[1] ?? '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^(?:Please|Bitte|Contact|Dear|Contattare|Veuillez|Frau|Herrn?|Mr\.?|Ms\.?|Mrs\.?|Dr\.?)\s+/u, '')
    .slice(0, 100);
}
