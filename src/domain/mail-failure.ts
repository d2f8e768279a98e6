/** Reports about letters that did not arrive, or not yet: RFC 3464 where servers keep to it, and their words where not. */
import {
  type FailureClass,
  headerOf,
  headersOf,
  type MailFacts,
  type MailReason,
  type ReportedRecipient,
} from './mail.ts';
import { classify } from './mail-failure-class.ts';
import { delayWords, failureWords, returnedWords } from './mail-failure-words.ts';

/** Text of a report that is read: the server's own words stand at its beginning. */
const READ_CHARACTERS = 12_000;

/** What a report says in all. */
export interface MailReport {
  kind: 'failure' | 'delay' | 'delivered';
  failure: FailureClass | null;
  confidence: number;
  recipients: ReportedRecipient[];
  reasons: MailReason[];
}

const MACHINE_SENDER =
  /^(?:mailer-?daemon|mail-?daemon|post-?_?master|mail\.delivery\.system|mail-delivery-\w+|bounces?(?:[-+.][^@]*)?|mdaemon|smtp-?gateway|microsoftexchange[0-9a-f]*)(?:@|$)/i;
const MACHINE_NAME =
  /mail(?:er)?[ -]?(?:daemon|deliver(?:y)? (?:sub)?system|administrator)|delivery subsystem|system administrator|postmaster/i;

/** Whether the message says of itself that a mail server wrote it. */
export function fromMailServer(mail: MailFacts): MailReason | undefined {
  const { address, name } = mail.from;
  if (
    MACHINE_SENDER.test(address) ||
    (address === '' && /^(?:mailer-?daemon)?$/i.test(name)) ||
    MACHINE_NAME.test(name)
  ) {
    return { what: 'sender', text: `From: ${name} <${address}>`, says: 'written by a mail server' };
  }
  const returnPath = headerOf(mail, 'return-path');
  if (/<\s*>|<?mailer-daemon\b/i.test(returnPath)) {
    return { what: 'header', text: `Return-Path: ${returnPath}`, says: 'written by a mail server' };
  }
  return undefined;
}

/**
 * Reads a report of a mail server. Undefined for everything else, and for the report that none of these words fits.
 * A person who forwards such a report is not a mail server: their message is theirs.
 */
export function readReport(mail: MailFacts): MailReport | undefined {
  const reasons: MailReason[] = [];
  const text = ownWords(mail.text);
  const server = fromMailServer(mail);
  const fields = mail.report?.type.endsWith('delivery-status') ? mail.report.fields : embeddedFields(text);
  const notified = /^\s*\{\s*"(?:Type|notificationType|eventType)"/.test(text);
  const structured = fields !== '' && (mail.report !== null || server !== undefined || notified);
  if (structured)
    reasons.push({ what: 'report', text: firstLine(fields), says: 'a delivery status report (RFC 3464)' });
  else if (!looksReturned(mail, text, server)) return undefined;
  if (server) reasons.push(server);
  const returned = returnedWords.exec(`${mail.subject}\n${text.slice(0, 3_000)}`);
  if (returned) reasons.push({ what: 'words', text: returned[0], says: 'a letter came back' });
  const recipients = structured ? readFields(fields, text) : [];
  if (recipients.length === 0) recipients.push(...readFreeText(mail, text));
  const failed = recipients.find((one) => one.action === 'failed');
  const delay = delayedBy(mail, text, structured, recipients);
  if (delay) {
    reasons.push(delay);
    return { kind: 'delay', failure: null, confidence: 90, recipients: recipients.map(asDelayed), reasons };
  }
  if (!failed && recipients.length > 0) {
    reasons.push({ what: 'code', text: `Action: ${recipients[0]?.action}`, says: 'it was delivered' });
    return { kind: 'delivered', failure: null, confidence: 95, recipients, reasons };
  }
  const first = failed ?? { failure: null, status: '', reply: '', diagnostic: '' };
  if (first.status || first.reply)
    reasons.push({
      what: 'code',
      text: [first.reply, first.status].filter(Boolean).join(' '),
      says: classOf(first.failure),
    });
  const words = wordsFor(first.failure, `${first.diagnostic}\n${text}`);
  if (words) reasons.push({ what: 'words', text: words, says: classOf(first.failure) });
  const sure = structured || (server !== undefined && (first.failure !== null || returned !== null));
  return {
    kind: 'failure',
    failure: first.failure ?? 'soft',
    confidence: sure ? 95 : 70,
    recipients,
    reasons,
  };
}

function classOf(failure: FailureClass | null): string {
  return failure === null ? 'failure' : `failure: ${failure}`;
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0]?.trim() ?? '';
}

/** A message without a readable report: a server's sender or a daemon's subject, and words or codes of a failure. */
function looksReturned(mail: MailFacts, text: string, server: MailReason | undefined): boolean {
  const returned = returnedWords.test(`${mail.subject}\n${text.slice(0, 3_000)}`);
  if (isPersonal(mail) && !server) return false;
  const coded = /\b[45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b|\b[45]\.\d\.\d{1,3}\b|\b(?:45\d|5[05]\d)[ -]/.test(text);
  if (server) return returned || coded || delayWords.test(mail.subject);
  if (headersOf(mail, 'x-failed-recipients').length > 0) return true;
  const automatic = /^auto-(?:replied|generated)/i.test(headerOf(mail, 'auto-submitted'));
  const relayed = /^(?:no-?reply|do-?not-?reply|notification|sns|admin|.*-admin)/i.test(mail.from.address);
  return (automatic || relayed) && returned && (coded || wordsFor(null, text) !== undefined);
}

/** An answer of a person: it names what it answers, or it was forwarded, and nothing says that a machine wrote it. */
function isPersonal(mail: MailFacts): boolean {
  return (
    /^(?:re|aw|sv|vs|r|antw|odp|rif|res|fwd?|wg|tr|i)\s?:/i.test(mail.subject) &&
    headerOf(mail, 'auto-submitted') === ''
  );
}

/** The server's words without the letter that it gives back. */
export function ownWords(text: string): string {
  const cut =
    /^[ \t>]*(?:-{2,}[^\n]{0,20}(?:below this line is|this is a copy of|original message|returned message|message header|unsent message|copy of the message|transcript of (?:message|headers))[^\n]*|-{3,} ?(?:original|forwarded)[^\n]*|received: (?:from|by) [^\n]*|return-path: *<[^\n]*|(?:the )?(?:header|first \d+ lines?|full headers|content) of (?:the |your )?(?:original )?(?:message|mail)[^\n]*:|original message (?:follows|headers)[^\n]*)$/im.exec(
      text,
    );
  const own = cut && cut.index > 40 ? text.slice(0, cut.index) : text;
  return own.slice(0, READ_CHARACTERS);
}

/**
 * Fields of a report that stand in the text: its parts were put together wrongly, or a sending service passed it on as
 * JSON in a mail (bounce notifications of Amazon SES).
 */
function embeddedFields(text: string): string {
  const plain = text.replaceAll('\\"', '"');
  const notified = /"notificationType"\s*:\s*"(Bounce|Delivery)"/.exec(plain)?.[1];
  if (notified) {
    const value = (name: string): string => new RegExp(`"${name}"\\s*:\\s*"([^"]{1,500})"`).exec(plain)?.[1] ?? '';
    const to = value('emailAddress') || (/"recipients"\s*:\s*\["([^"]{1,254})"/.exec(plain)?.[1] ?? '');
    const action = notified === 'Delivery' ? 'delivered' : value('action') || 'failed';
    return `Final-Recipient: rfc822; ${to}\nAction: ${action}\nStatus: ${value('status')}\nDiagnostic-Code: ${value('diagnosticCode')}`;
  }
  const at = text.search(/^(?:final|original)-recipient:/im);
  return at >= 0 && /^(?:action|status):/im.test(text) ? text.slice(at) : '';
}

/** One recipient for each group of fields (RFC 3464 2.3). */
function readFields(fields: string, text: string): ReportedRecipient[] {
  const groups = fields
    .replace(/\r/g, '')
    .replace(/\n[ \t]+/g, ' ')
    .split(/\n\s*\n/)
    .map((group) => new Map(group.split('\n').flatMap(fieldOf)))
    .filter((group) => group.has('final-recipient') || group.has('original-recipient') || group.has('action'));
  return groups.map((group) => {
    const diagnostic = [group.get('diagnostic-code') ?? '', group.get('x-supplementary-info') ?? '']
      .map((value) => value.replace(/^\s*[\w-]+\s*;\s*/, '').trim())
      .filter((value) => value !== '')
      .join(' ');
    const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(group.get('status') ?? '')?.[0] ?? '';
    const action = actionOf(group.get('action') ?? '', status);
    const address = (group.get('final-recipient') ?? group.get('original-recipient') ?? '').replace(/^[^;]*;\s*/, '');
    return judged({
      address: bare(address),
      status,
      diagnostic: diagnostic.slice(0, 500),
      action,
      words: saysMore(diagnostic) ? diagnostic : `${diagnostic}\n${text}`,
    });
  });
}

function actionOf(said: string, status: string): ReportedRecipient['action'] {
  const action = /^(failed|delayed|delivered|deliverable|relayed|expanded)/i.exec(said.trim())?.[1]?.toLowerCase();
  if (action === 'deliverable' || (action === undefined && status.startsWith('2'))) return 'delivered';
  return (action ?? 'failed') as ReportedRecipient['action'];
}

function fieldOf(line: string): [string, string][] {
  const field = /^([A-Za-z][\w-]*)\s*:\s*(.*)$/.exec(line);
  return field?.[1] ? [[field[1].toLowerCase(), field[2] ?? '']] : [];
}

/** A diagnostic with words of its own, not only a code. */
function saysMore(diagnostic: string): boolean {
  return failureWords.some(({ words }) => words.test(diagnostic));
}

const ADDRESS = /[\w.+=!#$%&'*/?^`{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+/;

function bare(text: string): string {
  return (ADDRESS.exec(text)?.[0] ?? text.replace(/[<>"]/g, '').trim()).toLowerCase().slice(0, 254);
}

/** Recipients of a report in words: whom X-Failed-Recipients names, or the first addresses the server speaks of. */
function readFreeText(mail: MailFacts, text: string): ReportedRecipient[] {
  const named = headersOf(mail, 'x-failed-recipients')
    .flatMap((value) => value.split(','))
    .map(bare);
  const own = new Set(mail.to.map((to) => to.address));
  const spoken = [...text.matchAll(new RegExp(`<?(${ADDRESS.source})>?`, 'g'))]
    .map((match) => (match[1] ?? '').toLowerCase())
    .filter((address) => !own.has(address) && !MACHINE_SENDER.test(address));
  const lines = text
    .split('\n')
    .filter((line) => ADDRESS.test(line) && /[45]\.\d\.\d{1,3}|\b[45]\d\d\b/.test(line) && saysMore(line));
  const apart = new Map(lines.map((line) => [bare(line), line]));
  if (apart.size > 1) {
    return [...apart].map(([address, line]) =>
      judged({ address, status: '', diagnostic: line.trim().slice(0, 500), action: 'failed', words: line }),
    );
  }
  const addresses = [...new Set(named.length > 0 ? named : spoken)].slice(0, 1);
  return (addresses.length > 0 ? addresses : ['']).map((address) =>
    judged({
      address,
      status: '',
      diagnostic: diagnosticIn(text),
      action: 'failed',
      words: `${text}\n${mail.subject}`,
    }),
  );
}

/** The line with the server's code, and what it goes on with. */
function diagnosticIn(text: string): string {
  const line = /^.*\b[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3}|\S).*$(?:\n[ \t]+\S.*$){0,3}/m.exec(text)?.[0] ?? '';
  return line.replace(/\s+/g, ' ').trim().slice(0, 500);
}

function judged(seen: {
  address: string;
  status: string;
  diagnostic: string;
  action: ReportedRecipient['action'];
  words: string;
}): ReportedRecipient {
  const { address, action, diagnostic, words } = seen;
  const inWords = /(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(diagnostic || words)?.[0] ?? '';
  const vague = seen.status === '' || /^[45]\.0\.0$/.test(seen.status);
  const status = vague && inWords !== '' ? inWords : seen.status;
  const reply = /(?<![\d.])[45]\d\d(?=[ -])/.exec(diagnostic || words)?.[0] ?? '';
  const failure = action === 'failed' ? classify(status, reply, words) : null;
  return { address, status, reply, action, failure, diagnostic };
}

function wordsFor(failure: FailureClass | null, text: string): string | undefined {
  for (const entry of failureWords) {
    if (failure !== null && entry.failure !== failure) continue;
    const found = entry.words.exec(text);
    if (found) return found[0].replace(/\s+/g, ' ').slice(0, 120);
  }
  return undefined;
}

function delayedBy(
  mail: MailFacts,
  text: string,
  structured: boolean,
  recipients: readonly ReportedRecipient[],
): MailReason | undefined {
  if (recipients.some((one) => one.action === 'delayed') && recipients.every((one) => one.action !== 'failed')) {
    return { what: 'code', text: 'Action: delayed', says: 'the server keeps trying' };
  }
  if (structured && recipients.length > 0) return undefined;
  const subject = delayWords.exec(mail.subject);
  const gaveUp =
    /giv(?:en|ing) up|permanent(?:ly)? (?:error|fail)|fatal errors?|not going to try again|could not be delivered to one or more|too long in/i;
  const words =
    subject ??
    (gaveUp.test(text)
      ? null
      : /(?:will (?:be|keep|continue)(?: \w+){0,2} (?:retr|try)|still (?:be )?(?:being )?(?:retried|trying)|delivery attempts will continue|hasn't been delivered yet)[^\n]*/i.exec(
          text,
        ));
  return words ? { what: 'words', text: words[0].slice(0, 120), says: 'the server keeps trying' } : undefined;
}

function asDelayed(recipient: ReportedRecipient): ReportedRecipient {
  return recipient.action === 'failed' ? { ...recipient, action: 'delayed', failure: null } : recipient;
}
