/** What a failure means for the address, from a server's status, reply code and words. */
import type { FailureClass } from './mail.ts';
import { failureWords } from './mail-failure-words.ts';

/** Statuses that mean one thing whoever says them (RFC 3463, IANA registry). */
const STATUSES: readonly [pattern: RegExp, failure: FailureClass][] = [
  [/^[45]\.2\.2$/, 'mailbox-full'],
  [/^5\.1\.(?:1|2|3|6|10)$/, 'hard'],
  [/^5\.4\.4$/, 'hard'],
  [/^5\.7\.\d+$/, 'policy'],
  [/^5\.1\.(?:7|8|9)$/, 'policy'],
  [/^5\.(?:2\.3|3\.4|6\.\d+)$/, 'policy'],
  [/^4\./, 'soft'],
  [/^5\.(?:4|3)\.\d+$/, 'soft'],
];

/**
 * The class of a failure. Words win over a status where they are specific: servers give 5.1.1 to full mailboxes and
 * 5.7.1 to people they do not know. A 4.x.x never makes an address count as dead: who says it would take a later letter.
 */
export function classify(status: string, reply: string, words: string): FailureClass {
  const said = failureWords.filter((entry) => entry.words.test(words)).map((entry) => entry.failure);
  const byStatus = STATUSES.find(([pattern]) => pattern.test(status))?.[1];
  if (byStatus === 'mailbox-full') return byStatus;
  // The size of a letter or the sender's domain: said first in the table, because later words would mistake them.
  if (said[0] === 'policy' && byStatus !== 'hard') return 'policy';
  if (said.includes('mailbox-full'))
    return byStatus === 'policy' && /^5\.[23]\.[34]$/.test(status) ? 'policy' : 'mailbox-full';
  const later = status === '' ? reply.startsWith('4') : status.startsWith('4') && !reply.startsWith('5');
  if (later) return said.includes('policy') ? 'policy' : 'soft';
  // 521 and 556: this host, or this domain, takes no mail at all (RFC 7504).
  if (reply === '521' || reply === '556') return 'hard';
  const [first] = said;
  if (byStatus === 'hard') return first === 'policy' && !said.includes('hard') ? 'policy' : 'hard';
  // 5.1.7 and 5.1.8 speak of the sender, whatever else is said to be unknown.
  if (byStatus === 'policy') return first === 'hard' && !status.startsWith('5.1.') ? 'hard' : 'policy';
  if (reply === '501') return 'policy';
  if (first !== undefined && first !== 'soft') return first;
  if (reply.startsWith('5') && UNKNOWN_HERE.test(words)) return 'hard';
  if (first !== undefined) return first;
  if (reply.startsWith('5') && /after (?:mail from|initial connection|ehlo|helo)|in reply to mail from/i.test(words))
    return 'policy';
  return byStatus ?? (status.startsWith('5.1.') ? 'hard' : 'soft');
}

/** Too vague alone; with a 5xx and no other reason they mean that nobody of this name is here. */
const UNKNOWN_HERE =
  /recipient address rejected|mailbox (?:is )?unavailable|address rejected|recipient rejected|not our customer/i;
