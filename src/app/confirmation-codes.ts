import { sql } from 'kysely';
import { z } from 'zod';
import type { CorrectionStateName, Door } from '../db/schema.ts';
import { type CodeFault, type CodeResult, type ReadCode, readCode } from '../domain/confirmation-code.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { type Candidate, dayOfHouse, findTicket, judgeCode, type TicketPackage } from './code-tickets.ts';
import { recordConfirmations } from './confirmations.ts';
import { type Context, type Tx, transact } from './context.ts';
import { actorColumns, recordEvent } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { openTasks } from './tasks.ts';

/** Wrong codes an hour from one link, key, person or address. Forty bits of MAC outlast that by far. */
const MOST_AN_HOUR = 30;

export const enterCodeInput = z.object({
  code: z
    .string()
    .trim()
    .min(1, 'Type the code from the screen of the instrument.')
    .max(200)
    .describe('The twenty signs, in any case, with or without dashes.'),
  correctionId: z
    .int()
    .positive()
    .optional()
    .describe('The correction it is meant for. A code for another one is refused; without it the code says which.'),
});

/** What became of a code that was taken. */
export interface CodeTaken {
  correctionId: number;
  serial: string;
  environment: string;
  /** `failed`: the verifier saw that the package is not, or not rightly, installed. */
  result: CodeResult;
  doneOn: string;
  state: CorrectionStateName;
}

/**
 * Takes a confirmation code: from the portal, read out on the telephone, from a program, or from the machine itself. A
 * right one confirms its correction. A wrong one is told apart: mistyped (and in which group), for another serial number or
 * environment, used already, for a withdrawn package, by a clock that is wrong, or no code of ours.
 * @param from who is counted for wrong tries where the actor does not say it: the address of a machine
 */
export async function enterCode(
  ctx: Context,
  input: z.infer<typeof enterCodeInput>,
  from = '',
): Promise<CodeTaken | Refusal> {
  const no = forbid(ctx.actor, 'code.enter');
  if (no) return no;
  const source = sourceOf(ctx, from);
  const result = await transact<CodeTaken | Kept | Refusal>(ctx, async (tx) => {
    // One try of a source after the other, or many sent side by side would each find the count as it was before.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`fieldfix code ${source}`}, 0))`.execute(tx);
    if (await triedTooOften(tx, ctx, source)) return refuse('code.too-many', { most: MOST_AN_HOUR }, 'code');
    const read = readCode(input.code);
    if ('fault' in read) return keepRefused(tx, ctx, source, faultRefusal(read));
    const found = await findTicket(tx, ctx, read);
    // The MAC is over the machine's own day; what is judged and kept is the day as this house counts it.
    const code = { ...read, doneOn: dayOfHouse(ctx, read.doneOn) };
    if (isRefusal(found)) return keepRefused(tx, ctx, source, found, { code });
    const { ticket, pack } = found;
    const wrong = judgeCode(ctx, code, ticket, pack, input.correctionId) ?? (await findUse(tx, ticket, code));
    if (wrong) {
      const kept = await keepRefused(tx, ctx, source, wrong, { code, ticket, pack });
      // Of a failed installation it would be untrue that nothing is left to do: the same answer again, and nothing twice.
      return wrong.code === 'code.used' && code.result === 'failed' ? describeTaken(tx, code, ticket) : kept;
    }
    return take(tx, ctx, source, code, ticket, pack);
  });
  return !isRefusal(result) && 'kept' in result ? result.kept : result;
}

function sourceOf(ctx: Context, from: string): string {
  const { actor } = ctx;
  if (actor.kind === 'contact') return `link:${actor.linkId}`;
  if (actor.kind === 'staff' || actor.kind === 'key') return `${actor.kind}:${actor.id}`;
  return `address:${from}`;
}

function doorOf(ctx: Context): Door {
  switch (ctx.actor.kind) {
    case 'contact':
      return 'web';
    case 'staff':
      return 'telephone';
    case 'key':
      return 'api';
    default:
      return 'instrument';
  }
}

async function triedTooOften(tx: Tx, ctx: Context, source: string): Promise<boolean> {
  const { tries } = await tx
    .selectFrom('confirmation_code')
    .select((eb) => eb.cast<number>(eb.fn.countAll(), 'integer').as('tries'))
    .where('source', '=', source)
    .where('at', '>', new Date(ctx.now().getTime() - 60 * 60 * 1000))
    .where('outcome', '<>', 'accepted')
    .executeTakeFirstOrThrow();
  return tries >= MOST_AN_HOUR;
}

function faultRefusal(fault: CodeFault): Refusal {
  switch (fault.fault) {
    case 'length':
      return refuse('code.length', { signs: fault.signs }, 'code');
    case 'sign':
      return refuse('code.sign', { sign: fault.sign, group: fault.group }, 'code');
    case 'groups':
      return refuse('code.mistyped', { groups: fault.groups.join(', '), count: fault.groups.length }, 'code');
    case 'key':
      return refuse('code.key', {}, 'code');
    case 'newer':
      return refuse('code.newer', {}, 'code');
  }
}

async function findUse(tx: Tx, ticket: Candidate, code: ReadCode): Promise<Refusal | undefined> {
  // The machine sends it while a person types it: the second one waits, and is told that it is used.
  await sql`select 1 from installation_ticket where id = ${ticket.id} for update`.execute(tx);
  const used = await tx
    .selectFrom('confirmation_code')
    .select(['by_name', 'at'])
    .where('ticket_id', '=', ticket.id)
    .where('tag', '=', code.tag)
    .where('outcome', '=', 'accepted')
    .executeTakeFirst();
  return used && refuse('code.used', { who: used.by_name, day: used.at.toISOString().slice(0, 10) }, 'code');
}

interface Known {
  code?: ReadCode;
  ticket?: Candidate;
  pack?: TicketPackage;
}

/** What a try leaves behind: everything but the code itself. */
function tryColumns(ctx: Context, source: string, { code, ticket, pack }: Known) {
  const who = actorColumns(ctx.actor);
  return {
    ticket_id: ticket?.id ?? null,
    action_id: ticket?.actionId ?? null,
    tag: code?.tag ?? null,
    result: code?.result ?? null,
    backed_up: code?.backedUp ?? null,
    done_on: code?.doneOn ?? null,
    package_id: pack?.id ?? null,
    door: doorOf(ctx),
    source,
    by_kind: who.actor_kind,
    by_id: who.actor_id,
    by_name: who.actor_name,
    at: ctx.now(),
  };
}

/** A refusal whose try is kept: its transaction stands. */
interface Kept {
  kept: Refusal;
}

/** Refuses, and keeps the try. */
async function keepRefused(tx: Tx, ctx: Context, source: string, refusal: Refusal, known: Known = {}): Promise<Kept> {
  const { ticket } = known;
  await tx
    .insertInto('confirmation_code')
    .values({
      ...tryColumns(ctx, source, known),
      outcome: refusal.code.slice('code.'.length),
      confirmation_id: null,
    })
    .execute();
  await recordEvent(tx, ctx, {
    action: 'code.refuse',
    subject: 'correction',
    subjectId: ticket?.correctionId ?? 0,
    actionId: ticket?.actionId ?? null,
    partyId: ticket?.partyId ?? (ctx.actor.kind === 'contact' ? ctx.actor.partyId : null),
    unitId: ticket?.unitId ?? null,
    after: { why: refusal.code },
  });
  // A withdrawn package sits on that machine: somebody has to say so.
  if (refusal.code === 'code.withdrawn' && ticket)
    await openTasks(tx, ctx, [codeTask('code-withdrawn', ticket, { version: known.pack?.version ?? '' })]);
  return { kept: refusal };
}

function codeTask(kind: 'code-withdrawn' | 'code-failed', ticket: Candidate, detail: Record<string, unknown>) {
  return {
    kind,
    key: `${kind}:${ticket.correctionId}`,
    actionId: ticket.actionId,
    partyId: ticket.partyId,
    unitId: ticket.unitId,
    correctionId: ticket.correctionId,
    detail: { ...detail, serial: ticket.serial, environment: ticket.environment },
    priority: 1 as const,
    again: true,
  };
}

async function take(
  tx: Tx,
  ctx: Context,
  source: string,
  code: ReadCode,
  ticket: Candidate,
  pack: TicketPackage,
): Promise<CodeTaken | Refusal> {
  let confirmationId: number | null | Refusal = null;
  if (code.result === 'done') confirmationId = await confirm(tx, ctx, code, ticket, pack);
  else await openTasks(tx, ctx, [codeTask('code-failed', ticket, { doneOn: code.doneOn, version: pack.version })]);
  if (isRefusal(confirmationId)) return confirmationId;
  await tx
    .insertInto('confirmation_code')
    .values({
      ...tryColumns(ctx, source, { code, ticket, pack }),
      outcome: 'accepted',
      confirmation_id: confirmationId,
    })
    .execute();
  await recordEvent(tx, ctx, {
    action: 'code.accept',
    subject: 'correction',
    subjectId: ticket.correctionId,
    actionId: ticket.actionId,
    partyId: ticket.partyId,
    unitId: ticket.unitId,
    after: { ticket: code.ticket, result: code.result, doneOn: code.doneOn, sha256: pack.sha256 },
  });
  return describeTaken(tx, code, ticket);
}

async function describeTaken(tx: Tx, code: ReadCode, ticket: Candidate): Promise<CodeTaken> {
  const { state } = await tx
    .selectFrom('correction')
    .select('state')
    .where('id', '=', ticket.correctionId)
    .executeTakeFirstOrThrow();
  const { correctionId, serial, environment } = ticket;
  return { correctionId, serial, environment, result: code.result, doneOn: code.doneOn, state };
}

/** Writes the code as evidence. @returns the id of the confirmation */
async function confirm(
  tx: Tx,
  ctx: Context,
  code: ReadCode,
  ticket: Candidate,
  pack: TicketPackage,
): Promise<number | Refusal> {
  const { actionId, partyId, correctionId } = ticket;
  const changes = await recordConfirmations(
    tx,
    ctx,
    { actionId, partyId, replyId: null, door: doorOf(ctx), kind: 'code' },
    [
      {
        correctionId,
        claim: 'done',
        doneOn: code.doneOn,
        backedUp: code.backedUp,
        reason: '',
        detail: { ticket: code.ticket, package: pack.version, sha256: pack.sha256 },
      },
    ],
  );
  if (isRefusal(changes)) return changes;
  await refreshObligation(tx, ctx, actionId, partyId);
  const { id } = await tx
    .selectFrom('confirmation')
    .select('id')
    .where('correction_id', '=', correctionId)
    .where('kind', '=', 'code')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  return id;
}
