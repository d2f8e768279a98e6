/** Sorts a message by what it is. Every decision names the headers, codes and words that led to it. */
import type { MailFacts, MailGuess, MailKind, MailReason, ReportedRecipient } from './mail.ts';
import { readAutomatic } from './mail-automatic.ts';
import { fromMailServer, readReport } from './mail-failure.ts';
import { ownTextOf } from './mail-quote.ts';
import {
  changeWords,
  compromiseWords,
  doneWords,
  goneWords,
  harmWords,
  leftWords,
  notYetWords,
  questionWords,
  receiptWords,
} from './mail-words.ts';

/** Types of files that a filled form comes as. */
const FORM_TYPES =
  /^(?:application\/pdf|image\/(?:jpeg|png|tiff|heic)|application\/vnd\.(?:openxmlformats-officedocument\.spreadsheetml\.sheet|ms-excel)|text\/csv)$/;

/** Names of files that answers come in though nobody here reads them: a person opens them. */
const FORM_NAMES = /\.(?:xlsx?|csv|tsv|docx?|rtf|odt)$/i;

/** What the reasons of a message say that others ask for by name. */
export const SAYS_BREAK_IN = 'a suspected break-in';
export const SAYS_HARM = 'somebody may have come to harm';
export const SAYS_QUESTION = 'a question';
export const SAYS_CHANGE = 'another contact is asked for';
export const SAYS_LEFT = 'the person is not there any more';

/** What the message is, how sure that is, and why. */
export function sortMail(mail: MailFacts): MailGuess {
  if (mail.encrypted !== '') {
    return guess('other', 20, [
      { what: 'report', text: `encrypted (${mail.encrypted})`, says: 'it cannot be read here' },
    ]);
  }
  const type = mail.report?.type ?? '';
  if (type.endsWith('feedback-report')) {
    const reason: MailReason = { what: 'report', text: firstField(mail), says: 'a complaint report (RFC 5965)' };
    return { ...guess('other', 60, [reason]), automatic: true };
  }
  if (type.endsWith('disposition-notification')) return sortReadReceipt(mail);
  const report = readReport(mail);
  if (report) {
    const { kind, confidence, reasons, failure, recipients } = report;
    return { kind, confidence, reasons, failure, recipients, automatic: true };
  }
  const own = ownTextOf(mail);
  const automatic = readAutomatic(mail, own);
  if (automatic) return sortAutomatic(automatic, own);
  // A server's words that none of the above can read: never taken for what a person says.
  const server = fromMailServer(mail);
  if (server) return { ...guess('other', 30, [server]), automatic: true };
  return sortPersonal(mail, own);
}

function sortAutomatic(automatic: { answer: boolean; reasons: MailReason[] }, own: string): MailGuess {
  const left = words(leftWords, own, SAYS_LEFT);
  const reasons = left ? [...automatic.reasons, left] : automatic.reasons;
  // What a machine relays for a suspected break-in must not wait with the absences.
  const urgent = words(compromiseWords, own, SAYS_BREAK_IN);
  if (urgent && !automatic.answer) return { ...guess('problem', 50, [urgent, ...reasons]), automatic: true };
  return { ...guess(automatic.answer ? 'automatic' : 'other', automatic.answer ? 92 : 70, reasons), automatic: true };
}

/** A read receipt (RFC 8098): the letter was shown to somebody, or thrown away unread. */
function sortReadReceipt(mail: MailFacts): MailGuess {
  const fields = mail.report?.fields ?? '';
  const shown = /^disposition:.*\bdisplayed\b/im.test(fields);
  const address = /^final-recipient:\s*[^;]*;\s*(\S+)/im.exec(fields)?.[1]?.toLowerCase() ?? '';
  const recipient: ReportedRecipient = {
    address,
    status: '',
    reply: '',
    action: shown ? 'delivered' : 'relayed',
    failure: null,
    diagnostic: /^disposition:.*$/im.exec(fields)?.[0] ?? '',
  };
  const reason: MailReason = { what: 'report', text: recipient.diagnostic, says: 'a read receipt (RFC 8098)' };
  return { ...guess('delivered', 90, [reason]), recipients: [recipient], automatic: true };
}

/**
 * A message that a person wrote. None of these is ever sure enough to be acted on by itself: it is put before a person
 * under the likeliest heading. The most urgent reading wins over the likeliest.
 */
function sortPersonal(mail: MailFacts, own: string): MailGuess {
  const said = `${mail.subject.replace(/^(?:\s*(?:re|aw|antw|sv|vs|fwd?|wg|tr|r|rif|res|odp)\s*:)+/i, '')}\n${own}`;
  const compromise = words(compromiseWords, own, SAYS_BREAK_IN);
  const harm = words(harmWords, own, SAYS_HARM);
  const denied = /\b(?:no|not|kein\w*|nicht|aucun\w*|non|ningun\w*|nenhum\w*|geen|inte|ingen|nie)\b[^.\n]{0,60}$/i;
  const danger = [compromise, harm].filter((reason) => reason !== undefined);
  const meant = danger.filter((reason) => !denied.test(own.slice(0, own.indexOf(reason.text))));
  if (meant.length > 0) return guess('problem', 70, meant);
  const form = mail.attachments.find(
    (part) => part.caution === '' && (FORM_TYPES.test(part.seenType || part.mediaType) || FORM_NAMES.test(part.name)),
  );
  const change = words(changeWords, said, SAYS_CHANGE);
  const left = words(leftWords, own, SAYS_LEFT);
  // "Does it have to be installed twice?" states nothing.
  const stated = own.replace(/[^.!?\n]{0,500}[?？؟]/g, ' ');
  const evidence = [
    words(notYetWords, stated, 'not done yet'),
    words(doneWords, stated, 'done'),
    words(goneWords, stated, 'not there any more'),
    words(receiptWords, stated, 'receipt'),
  ].filter((reason) => reason !== undefined);
  if (form) {
    const reason: MailReason = {
      what: 'attachment',
      text: form.name || form.mediaType,
      says: 'a form may be attached',
    };
    return guess('reply', 75, [reason, ...evidence, ...askedBesides(own)]);
  }
  const about = [change, left].filter((reason) => reason !== undefined);
  if (about.length > 0 && evidence.length < 2) return guess('contact-change', 65, about);
  const question = words(questionWords, own, SAYS_QUESTION);
  if (evidence.length > 0 && !(question && evidence.every((reason) => reason.says === 'receipt'))) {
    return guess('reply', Math.min(75, 45 + 15 * evidence.length), [...evidence, ...(question ? [question] : [])]);
  }
  if (question) return guess('question', 65, [question, ...evidence]);
  return guess('other', 30, evidence);
}

/** Sentences that stand below every mail of a house, and those that only say where to ask. */
const BOILERPLATE =
  /intended recipient|in error|irrtümlich|confidential|vertraulich|(?:if|should) you (?:have|need)|(?:any|for) (?:further )?questions|(?:bei|für|falls|sollten|weitere) (?:\p{L}+ )?(?:rück)?fragen|pour toute (?:question|information)|n'hésitez pas|per (?:qualsiasi|eventuali) (?:domand|chiariment|informazion)|cualquier (?:duda|consulta)|qualquer dúvida|please find|let (?:me|us) know if/iu;

/** What a mail with a form asks for in its own words: nobody reads the mail where the form says everything. */
function askedBesides(own: string): MailReason[] {
  const asked = own
    .split(/^-- ?$/m, 1)
    .join('')
    .split(/(?<=[.!?？؟\n])\s*/)
    .filter((sentence) => !BOILERPLATE.test(sentence))
    .join('\n');
  return [
    words(questionWords, asked, SAYS_QUESTION),
    words(changeWords, asked, SAYS_CHANGE),
    words(leftWords, asked, SAYS_LEFT),
  ].filter((reason) => reason !== undefined);
}

function words(pattern: RegExp, text: string, says: string): MailReason | undefined {
  const found = pattern.exec(text);
  return found ? { what: 'words', text: found[0].trim().slice(0, 160), says } : undefined;
}

function firstField(mail: MailFacts): string {
  return mail.report?.fields.trim().split('\n')[0]?.slice(0, 200) ?? '';
}

function guess(kind: MailKind, confidence: number, reasons: readonly MailReason[]): MailGuess {
  return { kind, confidence, reasons, failure: null, recipients: [], automatic: false };
}
