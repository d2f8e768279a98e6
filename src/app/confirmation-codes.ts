import { z } from 'zod';
import type { CorrectionStateName, Door } from '../db/schema.ts';
import {
  type CodeFault,
  type CodeResult,
  codeMatches,
  plainSerial,
  type ReadCode,
  readCode,
  ticketKey,
} from '../domain/confirmation-code.ts';
import { forbid } from '../domain/permission.ts';
import { isRefusal, type Refusal, refuse } from '../domain/refusal.ts';
import { recordConfirmations } from './confirmations.ts';
import { afterRefusal, type Context, type Tx, transact } from './context.ts';
import { actorColumns, recordEvent } from './event.ts';
import { refreshObligation } from './obligations.ts';
import { openTasks } from './tasks.ts';

/** Wrong codes an hour from one link, key, person or address. Forty bits of MAC outlast that by far. */
const MOST_AN_HOUR = 30;
/** Other units of a party that are tried when a code is for none of its own: enough to say *that one*, never a search. */
const MOST_SIBLINGS = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

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

/** A ticket that a code may belong to, with all that the code was computed over. */
interface Candidate {
  id: number;
  actionId: number;
  correctionId: number;
  unitId: number;
  partyId: number;
  productId: number;
  remedyId: number;
  serial: string;
  environment: string;
  issuedAt: Date;
  replacedAt: Date | null;
  state: CorrectionStateName;
}

interface Package {
  id: number;
  sha256: string;
  version: string;
  state: 'draft' | 'released' | 'withdrawn';
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
  return transact(ctx, async (tx) => {
    if (await triedTooOften(tx, ctx, source)) return refuse('code.too-many', { most: MOST_AN_HOUR }, 'code');
    const code = readCode(input.code);
    if ('fault' in code) return keepRefused(tx, ctx, source, faultRefusal(code));
    const found = await findTicket(tx, ctx, code);
    if (isRefusal(found)) return keepRefused(tx, ctx, source, found, { code });
    const { ticket, pack } = found;
    const wrong = judge(ctx, code, ticket, pack, input.correctionId) ?? (await findUse(tx, ticket, code));
    if (wrong) return keepRefused(tx, ctx, source, wrong, { code, ticket, pack });
    return take(tx, ctx, source, code, ticket, pack);
  });
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

/** The ticket and package that a code was computed with; or what it was computed over instead. */
async function findTicket(
  tx: Tx,
  ctx: Context,
  code: ReadCode,
): Promise<{ ticket: Candidate; pack: Package } | Refusal> {
  const candidates = await tx
    .selectFrom('installation_ticket as t')
    .innerJoin('correction as c', 'c.id', 't.correction_id')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select([
      't.id',
      't.action_id as actionId',
      't.issued_at as issuedAt',
      't.replaced_at as replacedAt',
      'c.id as correctionId',
      'c.unit_id as unitId',
      'c.party_id as partyId',
      'c.product_id as productId',
      'c.remedy_id as remedyId',
      'c.state',
      'u.serial',
      'e.code as environment',
    ])
    .where('t.number', '=', code.ticket)
    .orderBy('t.id')
    .execute();
  const packages = new Map<number, Package[]>();
  for (const ticket of candidates) {
    const ofRemedy = await tx
      .selectFrom('package')
      .select(['id', 'sha256', 'version', 'state'])
      .where('remedy_id', '=', ticket.remedyId)
      .where('sha256', '<>', '')
      .execute();
    packages.set(ticket.id, ofRemedy);
    const key = ticketKey(ctx.settings.secret, ticket.id);
    const pack = ofRemedy.find(({ sha256 }) => codeMatches(key, code, { ...ticket, sha256 }));
    if (pack) {
      // Whose code it is, is nobody else's business: a contact learns only that it is not theirs.
      if (ctx.actor.kind === 'contact' && ctx.actor.partyId !== ticket.partyId)
        return refuse('code.not-yours', {}, 'code');
      return { ticket, pack };
    }
  }
  for (const ticket of candidates) {
    if (ctx.actor.kind === 'contact' && ctx.actor.partyId !== ticket.partyId) continue;
    const told = await findComputedOver(tx, ctx, code, ticket, packages.get(ticket.id) ?? []);
    if (told) return told;
  }
  return refuse('code.forged', {}, 'code');
}

/** Whether the ticket was used on another machine or in another environment of the same party. */
async function findComputedOver(
  tx: Tx,
  ctx: Context,
  code: ReadCode,
  ticket: Candidate,
  packages: readonly Package[],
): Promise<Refusal | undefined> {
  const environments = await tx
    .selectFrom('environment')
    .select('code')
    .where('product_id', '=', ticket.productId)
    .execute();
  const units = await tx
    .selectFrom('unit')
    .select(['id', 'serial'])
    .where('party_id', '=', ticket.partyId)
    .orderBy('id')
    .limit(MOST_SIBLINGS)
    .execute();
  const key = ticketKey(ctx.settings.secret, ticket.id);
  const serials = [{ id: ticket.unitId, serial: ticket.serial }, ...units.filter((unit) => unit.id !== ticket.unitId)];
  for (const { id, serial } of serials) {
    for (const { code: environment } of environments) {
      if (!packages.some(({ sha256 }) => codeMatches(key, code, { serial, environment, sha256 }))) continue;
      const said = { ticketSerial: ticket.serial, ticketEnvironment: ticket.environment, serial, environment };
      return refuse(id === ticket.unitId ? 'code.other-environment' : 'code.other-serial', said, 'code');
    }
  }
  return undefined;
}

/** What is against a genuine code: meant for another row, on a replaced ticket, of a withdrawn package, of a wrong clock. */
function judge(
  ctx: Context,
  code: ReadCode,
  ticket: Candidate,
  pack: Package,
  correctionId: number | undefined,
): Refusal | undefined {
  const { serial, environment } = ticket;
  if (correctionId !== undefined && correctionId !== ticket.correctionId)
    return refuse('code.belongs-elsewhere', { serial, environment }, 'code');
  if (ticket.replacedAt) return refuse('code.ticket-replaced', { serial: plainSerial(serial), environment }, 'code');
  if (pack.state !== 'released') return refuse('code.withdrawn', { version: pack.version }, 'code');
  // A day to either side: the machine keeps its own zone.
  const day = Date.parse(`${code.doneOn}T00:00:00Z`);
  if (day > ctx.now().getTime() + DAY_MS || day + 2 * DAY_MS < ticket.issuedAt.getTime())
    return refuse('code.clock', { day: code.doneOn, issued: ticket.issuedAt.toISOString().slice(0, 10) }, 'code');
  return undefined;
}

async function findUse(tx: Tx, ticket: Candidate, code: ReadCode): Promise<Refusal | undefined> {
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
  pack?: Package;
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

/** Refuses, and keeps the try although the transaction is rolled back. */
function keepRefused(tx: Tx, ctx: Context, source: string, refusal: Refusal, known: Known = {}): Refusal {
  afterRefusal(tx, () => recordRefused(ctx, source, refusal, known));
  return refusal;
}

async function recordRefused(ctx: Context, source: string, refusal: Refusal, known: Known): Promise<void> {
  const { ticket } = known;
  await transact(ctx, async (tx) => {
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
  });
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
  pack: Package,
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
  pack: Package,
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
