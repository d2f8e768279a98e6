import { sql } from 'kysely';
import { type Answers, emptyAnswers } from '../domain/form.ts';
import type { MailFacts, MailGuess } from '../domain/mail.ts';
import {
  leavesModeOpen,
  type ProposedReply,
  phoneIn,
  readClaims,
  saysUnplugged,
  serialsIn,
} from '../domain/mail-claims.ts';
import { ownText } from '../domain/mail-quote.ts';
import { SAYS_BREAK_IN, SAYS_HARM } from '../domain/mail-sort.ts';
import type { Context, Reader } from './context.ts';
import { sourceOf } from './messages.ts';
import { loadFormContext } from './queries/portal.ts';

/** One correction of the party as a person decides about it, with what the text seems to say. */
export interface ProposalLine {
  correctionId: number;
  unitId: number;
  product: string;
  serial: string;
  environment: string;
  state: string;
  claim: 'done' | 'not-yet' | 'gone' | '';
  doneOn: string | null;
  words: string;
  /** The text names this unit. */
  named: boolean;
}

export interface MessageProposal {
  received: boolean;
  lines: ProposalLine[];
  /** Corrections of the party in all; `lines` names those the text speaks of first. */
  total: number;
  strangers: readonly string[];
  /** Something was done on a unit of several modes, and nothing says in which of them. */
  modeOpen: boolean;
}

/** Corrections that are put before a person at once. */
export const MOST_LINES = 100;

/** Takes a stored message apart again: the bytes are the truth, and rows only what was seen in them. */
export async function readStored(
  ctx: Pick<Context, 'files' | 'mailReader'>,
  message: { sha256: string },
): Promise<MailFacts> {
  return ctx.mailReader.read(await sourceOf(ctx, message.sha256));
}

/**
 * What a free text seems to say about the party's corrections as they stand now: those it speaks of first, then the rest,
 * to be ticked by a person. Undefined when the party owes nothing in this action.
 */
export async function proposeReply(
  reader: Reader,
  ctx: Pick<Context, 'now'>,
  place: { actionId: number; partyId: number },
  text: string,
): Promise<MessageProposal | undefined> {
  const form = await loadFormContext(reader, place.actionId, place.partyId);
  if (!form) return undefined;
  const today = ctx.now().toISOString().slice(0, 10);
  const units = form.units.map((unit) => ({
    id: unit.id,
    serial: unit.serial,
    corrections: unit.corrections.map(({ id, environment, environmentName }) => ({ id, environment, environmentName })),
  }));
  const said: ProposedReply = readClaims(text, units, today);
  const named = new Set(said.named);
  const claims = new Map(said.claims.map((claim) => [claim.correctionId, claim]));
  const lines = form.units.flatMap((unit) =>
    unit.corrections.map((correction): ProposalLine => {
      const claim = claims.get(correction.id);
      return {
        correctionId: correction.id,
        unitId: unit.id,
        product: unit.product,
        serial: unit.serial,
        environment: correction.environment,
        state: correction.state,
        claim: claim?.claim ?? '',
        doneOn: claim?.doneOn ?? null,
        words: claim?.words ?? '',
        named: named.has(unit.id),
      };
    }),
  );
  const spoken = [
    ...lines.filter((line) => line.claim !== ''),
    ...lines.filter((line) => line.claim === '' && line.named),
  ];
  const silent = lines.filter((line) => line.claim === '' && !line.named);
  const strangers = await unknownSerials(reader, said.strangers);
  return {
    received: said.received,
    lines: [...spoken, ...silent].slice(0, Math.max(MOST_LINES, spoken.length)),
    total: lines.length,
    strangers,
    modeOpen: leavesModeOpen(units, said.claims),
  };
}

/** Of words that look like serial numbers, those that are units of somebody else: a telephone number is no stranger. */
async function unknownSerials(reader: Reader, serials: readonly string[]): Promise<string[]> {
  if (serials.length === 0) return [];
  const { rows } = await sql<{ serial: string }>`
    select distinct serial from unit where serial = any(${[...serials]}::text[]) limit 20`.execute(reader);
  return rows.map((row) => row.serial);
}

/** What a mail seems to say of a suspected break-in. */
export interface ProposedProblem {
  /** Units of the party that it names. */
  unitIds: number[];
  unplugged: 'yes' | 'no';
  /** As it is written; '' when it names none. */
  phone: string;
  /** Those it names, then others of the party. */
  units: { id: number; serial: string; product: string }[];
  /** Units of the party that are not among them. */
  more: number;
}

/** Units of the party put before a person at once, beside those the mail names. */
const MOST_UNITS = 12;

/** What the sender's own words say of a suspected break-in: of which of the party's units, the cable, a number to call. */
export async function proposeProblem(reader: Reader, partyId: number, text: string): Promise<ProposedProblem> {
  const own = ownText(text);
  const { rows } = await sql<{ id: number; serial: string; product: string; named: boolean; total: number }>`
    select u.id, u.serial, p.name as product, upper(u.serial) = any(${serialsIn(own)}::text[]) as named,
           count(*) over ()::int as total
      from unit u join product p on p.id = u.product_id where u.party_id = ${partyId} order by named desc, u.id limit 200`.execute(
    reader,
  );
  const named = rows.filter((row) => row.named);
  const units = rows.slice(0, Math.max(MOST_UNITS, named.length));
  return {
    unitIds: named.map(({ id }) => id),
    unplugged: saysUnplugged(own) ? 'yes' : 'no',
    phone: phoneIn(own),
    units: units.map(({ id, serial, product }) => ({ id, serial, product })),
    more: (rows[0]?.total ?? 0) - units.length,
  };
}

/** Whether a message was taken for a problem because of harm alone: then it is no suspected break-in. */
export function isHarmOnly(message: { guess: Partial<MailGuess> }): boolean {
  const says = (message.guess.reasons ?? []).map((reason) => reason.says);
  return says.includes(SAYS_HARM) && !says.includes(SAYS_BREAK_IN);
}

/** What a person accepted, as the answers of the form. */
export function answersOf(accepted: {
  received: boolean;
  corrections: readonly { id: number; claim: 'done' | 'not-yet' | 'gone'; doneOn?: string | undefined }[];
}): Answers {
  const answers = emptyAnswers();
  if (accepted.received) answers.party.received = 'yes';
  for (const { id, claim, doneOn } of accepted.corrections) {
    answers.corrections[String(id)] = { status: claim, ...(claim === 'done' && doneOn ? { 'done-on': doneOn } : {}) };
  }
  return answers;
}
