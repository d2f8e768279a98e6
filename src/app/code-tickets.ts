import type { CorrectionStateName } from '../db/schema.ts';
import { codeMatches, plainSerial, type ReadCode, ticketKey } from '../domain/confirmation-code.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import type { Context, Tx } from './context.ts';

/** Other units of a party that are tried when a code is for none of its own: enough to say *that one*, never a search. */
const MOST_SIBLINGS = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A ticket that a code may belong to, with all that the code was computed over. */
export interface Candidate {
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

/** A package of the ticket's remedy. */
export interface TicketPackage {
  id: number;
  sha256: string;
  version: string;
  state: 'draft' | 'released' | 'withdrawn';
}

/** The ticket and package that a code was computed with; or what it was computed over instead. */
export async function findTicket(
  tx: Tx,
  ctx: Context,
  code: ReadCode,
): Promise<{ ticket: Candidate; pack: TicketPackage } | Refusal> {
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
  const packages = new Map<number, TicketPackage[]>();
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
    const told =
      (await findOtherPackage(tx, ctx, code, ticket)) ??
      (await findComputedOver(tx, ctx, code, ticket, packages.get(ticket.id) ?? []));
    if (told) return told;
  }
  return refuse('code.forged', {}, 'code');
}

/** Whether the verifier was run with a package of the remedy before or after this one: what it proves is another correction. */
async function findOtherPackage(tx: Tx, ctx: Context, code: ReadCode, ticket: Candidate): Promise<Refusal | undefined> {
  const others = await tx
    .selectFrom('package as k')
    .innerJoin('remedy as r', 'r.id', 'k.remedy_id')
    .select(['k.sha256', 'k.version', 'r.name as remedy'])
    .where('k.sha256', '<>', '')
    .where('r.id', '<>', ticket.remedyId)
    .where((eb) =>
      eb.or([
        eb('r.supersedes_id', '=', ticket.remedyId),
        eb(
          'r.id',
          '=',
          eb.selectFrom('remedy as own').select('own.supersedes_id').where('own.id', '=', ticket.remedyId),
        ),
      ]),
    )
    .execute();
  const key = ticketKey(ctx.settings.secret, ticket.id);
  const other = others.find(({ sha256 }) => codeMatches(key, code, { ...ticket, sha256 }));
  return other && refuse('code.other-package', { remedy: other.remedy, version: other.version }, 'code');
}

/** Whether the ticket was used on another machine or in another environment of the same party. */
async function findComputedOver(
  tx: Tx,
  ctx: Context,
  code: ReadCode,
  ticket: Candidate,
  packages: readonly TicketPackage[],
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

/**
 * The day of a machine, which goes by the real calendar, in the calendar of this house. They are the same but where weeks
 * are played: there today is the day that is being played.
 * @param day `YYYY-MM-DD`
 */
export function dayOfHouse(ctx: Pick<Context, 'now' | 'wallClock'>, day: string): string {
  const today = (at: Date): number => Math.floor(at.getTime() / DAY_MS);
  const apart = today(ctx.now()) - today(ctx.wallClock());
  return new Date(Date.parse(`${day}T00:00:00Z`) + apart * DAY_MS).toISOString().slice(0, 10);
}

/** What is against a genuine code: meant for another row, on a replaced ticket, of a withdrawn package, of a wrong clock. */
export function judgeCode(
  ctx: Context,
  code: ReadCode,
  ticket: Candidate,
  pack: TicketPackage,
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
