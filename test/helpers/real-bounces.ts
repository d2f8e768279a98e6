/**
 * How well the post room sorts real reports of mail servers. The collection is not ours and no part of the project: it is
 * read where it lies beside the checkout (`../shared/data/mail`), and said to be missing where it does not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFacts } from '../../src/adapters/mail-facts.ts';
import type { MailGuess } from '../../src/domain/mail.ts';
import { sortMail } from '../../src/domain/mail-sort.ts';
import { type BenchResult, judgeRatio } from '../bench/bench.ts';

export const bounceFolder = join(import.meta.dirname, '../../../shared/data/mail');

/** `[enhanced status, SMTP code, reason, hard]` for each failed recipient, as the collection says. */
type Expected = [status: string, reply: string, reason: string, hard: boolean];

/** Reasons of the collection for which the letter was turned away though the address exists. */
const POLICY = new Set(
  'blocked badreputation policyviolation rejected spamdetected virusdetected contenterror authfailure norelaying requireptr securityerror notcompliantrfc mesgtoobig exceedlimit'.split(
    ' ',
  ),
);

/** What we may say where the collection says this. `filtered` is its word for "refused after the letter was read". */
function mayBe([, , reason, hard]: Expected): string[] {
  if (reason === 'delivered') return ['delivered'];
  if (reason === 'vacation') return ['automatic'];
  if (reason === 'feedback') return ['other', 'automatic'];
  if (hard) return ['hard'];
  if (reason === 'mailboxfull') return ['mailbox-full', 'delay'];
  if (POLICY.has(reason)) return ['policy', 'delay'];
  if (reason === 'filtered') return ['policy', 'soft', 'hard'];
  return ['soft', 'delay'];
}

function said(guess: MailGuess): string[] {
  if (guess.kind !== 'failure') return [guess.kind];
  return guess.recipients.map((recipient) => recipient.failure ?? recipient.action);
}

export interface BounceFigures {
  judged: number;
  right: number;
  /** Reports taken for something a person wrote. */
  takenForPersons: string[];
  wrong: string[];
}

/** Sorts every report of the collection; undefined when it is not there. */
export async function sortRealBounces(): Promise<BounceFigures | undefined> {
  const list = join(bounceFolder, 'expected.json');
  if (!existsSync(list)) return undefined;
  const { expected } = JSON.parse(readFileSync(list, 'utf8')) as { expected: Record<string, Expected[]> };
  const figures: BounceFigures = { judged: 0, right: 0, takenForPersons: [], wrong: [] };
  for (const name of readdirSync(bounceFolder).filter((file) => file.endsWith('.eml'))) {
    const guess = sortMail(await readFacts(readFileSync(join(bounceFolder, name))));
    if (['reply', 'question', 'contact-change', 'problem'].includes(guess.kind)) figures.takenForPersons.push(name);
    const rows = expected[name];
    if (!rows) continue;
    figures.judged++;
    const got = said(guess);
    const fits =
      got.length === rows.length
        ? rows.every((row, index) => mayBe(row).includes(got[index] ?? ''))
        : rows[0] !== undefined && mayBe(rows[0]).includes(got[0] ?? '');
    if (fits) figures.right++;
    else figures.wrong.push(`${name}: ${rows.map((row) => row[2]).join(', ')}, taken for ${got.join(', ')}`);
  }
  return figures;
}

/** The same as rows of the bench. */
export async function measureBounces(say: (text: string) => void): Promise<BenchResult[]> {
  const figures = await sortRealBounces();
  if (!figures) {
    say('no collection of real bounces beside the checkout (../shared/data/mail): left out');
    return [];
  }
  for (const line of figures.wrong) say(line);
  return [
    judgeRatio(
      'real bounces, right kind',
      figures.right / figures.judged,
      { kind: 'at-least', value: 0.97 },
      `${figures.right} of ${figures.judged}`,
    ),
    judgeRatio(
      'real bounces taken for a person’s mail',
      figures.takenForPersons.length,
      { kind: 'at-most', value: 0 },
      figures.takenForPersons.join(', ') || 'none',
    ),
  ];
}
