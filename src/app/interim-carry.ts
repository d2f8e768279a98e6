import { type RawBuilder, sql } from 'kysely';
import type { CorrectionStateName, Day } from '../db/schema.ts';
import { json } from '../db/values.ts';
import { currentState, type Evidence, type EvidenceKind } from '../domain/correction.ts';
import {
  CARRIED_REASON,
  carriedClaim,
  carriedStates,
  fixPath,
  mayTakeBack,
  TAKEN_BACK_REASON,
  takesBack,
} from '../domain/permanent-fix.ts';
import type { NewConfirmation } from './confirmations.ts';
import type { Context, Tx } from './context.ts';
import { actorColumns } from './event.ts';

/** A unit's correction of the permanent fix with the one it supersedes, if the unit has that. */
export interface FixPair {
  permanent: number;
  state: CorrectionStateName;
  becauseId: number | null;
  interim: number | null;
  interimState: CorrectionStateName | null;
  interimAction: number | null;
  interimParty: number | null;
}

/** The pairs that these corrections are one half of. None where no remedy supersedes another: one look at an index. */
export async function findFixPairs(tx: Tx, ids: readonly number[]): Promise<FixPair[]> {
  const { rows } = await sql<FixPair>`
    with asked as (
      select p.id from correction p join remedy r on r.id = p.remedy_id
       where p.id = any(${[...ids]}::bigint[]) and r.supersedes_id is not null
      union
      select p.id from correction i join remedy r on r.supersedes_id = i.remedy_id
        join correction p on p.unit_id = i.unit_id and p.environment_id = i.environment_id and p.remedy_id = r.id
       where i.id = any(${[...ids]}::bigint[]))
    select p.id as permanent, p.state, p.because_id as "becauseId", i.id as interim, i.state as "interimState",
        i.action_id as "interimAction", i.party_id as "interimParty"
      from asked join correction p on p.id = asked.id join remedy r on r.id = p.remedy_id
      left join correction i on i.unit_id = p.unit_id and i.environment_id = p.environment_id and i.remedy_id = r.supersedes_id
     order by p.id`.execute(tx);
  return rows;
}

/** Evidence to be written about a superseded correction, by the kind it has where it comes from. */
export interface CarriedEvidence extends NewConfirmation {
  actionId: number;
  partyId: number;
  kind: EvidenceKind;
}

/**
 * What these permanent fixes say about the corrections they supersede and what is not written there yet: the fix, or that
 * the unit is gone or not affected, with the confirmation it rests on, by the same kind of evidence (a statement only
 * states both); or, where that turned out not to be so, that it is taken back. A suspected break-in leaves both as they are
 * until it is settled.
 */
export async function carriedEvidence(tx: Tx, pairs: readonly FixPair[]): Promise<CarriedEvidence[]> {
  const whole = pairs.filter((pair) => pair.interim !== null && pair.becauseId !== null && pair.state !== 'isolated');
  if (whole.length === 0) return [];
  const { rows } = await sql<{
    id: number;
    kind: EvidenceKind;
    doneOn: Day | null;
    backedUp: boolean | null;
    carried: boolean;
  }>`
    select b.id, b.kind, b.done_on as "doneOn", b.backed_up as "backedUp",
        coalesce((select f.claim <> 'not-yet' from confirmation f join confirmation o on o.id = f.carried_from_id
          where f.correction_id = pair.interim and o.correction_id = pair.permanent order by f.id desc limit 1), false) as carried
      from unnest(${whole.map((pair) => pair.becauseId)}::bigint[], ${whole.map((pair) => pair.interim)}::bigint[],
          ${whole.map((pair) => pair.permanent)}::bigint[]) as pair (because, interim, permanent)
      join confirmation b on b.id = pair.because`.execute(tx);
  const because = new Map(rows.map((row) => [row.id, row]));
  return whole.flatMap((pair): CarriedEvidence[] => {
    const from = because.get(pair.becauseId ?? 0);
    const { interim, interimState, interimAction, interimParty } = pair;
    if (!from || interim === null || interimState === null || interimAction === null || interimParty === null)
      return [];
    const said = carriedClaim(interimState, pair.state);
    if (!said && !(takesBack(pair.state) && from.carried && mayTakeBack(from.kind))) return [];
    return [
      {
        actionId: interimAction,
        partyId: interimParty,
        kind: from.kind,
        correctionId: interim,
        claim: said ?? 'not-yet',
        doneOn: said === 'done' ? from.doneOn : null,
        backedUp: said === 'done' ? from.backedUp : null,
        reason: said ? CARRIED_REASON : TAKEN_BACK_REASON,
        detail: {},
        carriedFromId: from.id,
      },
    ];
  });
}

/** Derives the path of each pair anew from what the ledger says now. */
export async function refreshFixPaths(tx: Tx, pairs: readonly FixPair[]): Promise<void> {
  const permanents = pairs.map((pair) => pair.permanent);
  const interims = pairs.flatMap((pair) => (pair.interim === null ? [] : [pair.interim]));
  const { rows } = await sql<{ id: number; state: CorrectionStateName }>`
    select id, state from correction where id = any(${permanents}::bigint[])`.execute(tx);
  const states = new Map(rows.map((row) => [row.id, row.state]));
  const own = await ownStates(tx, interims, permanents);
  const paths = pairs.flatMap((pair) => {
    const state = states.get(pair.permanent);
    const interim = pair.interim === null ? null : (own.get(pair.interim) ?? 'open');
    return state ? [{ id: pair.permanent, path: fixPath(interim, state) }] : [];
  });
  await sql`
    update correction c set fix_path = n.path from jsonb_to_recordset(${json(paths)}::jsonb) as n (id bigint, path text)
     where c.id = n.id and c.fix_path is distinct from n.path`.execute(tx);
}

/** States of superseded corrections by all evidence but what these permanent fixes carried to them. */
async function ownStates(
  tx: Tx,
  ids: readonly number[],
  permanents: readonly number[],
): Promise<Map<number, CorrectionStateName>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<Evidence & { correctionId: number }>`
    select f.id, f.correction_id as "correctionId", f.kind, f.claim, f.reason, f.at
      from confirmation f left join confirmation o on o.id = f.carried_from_id
     where f.correction_id = any(${[...ids]}::bigint[])
       and (o.id is null or o.correction_id <> all(${[...permanents]}::bigint[])) order by f.id`.execute(tx);
  return new Map(
    [...Map.groupBy(rows, (row) => row.correctionId)].map(([id, evidence]) => [id, currentState(evidence).state]),
  );
}

/** SQL of fixPath, where nothing was carried yet: states of the superseded correction (or null) and of the new one. */
function pathOf(interim: RawBuilder<unknown>, state: RawBuilder<unknown>): RawBuilder<unknown> {
  const fixed = sql`('stated', 'confirmed', 'verified')`;
  return sql`case when ${state} in ('gone', 'not-affected') then 'ended'
    when ${state} in ${fixed} then case when ${interim} in ${fixed} then 'both' else 'direct' end
    when ${interim} in ${fixed} then 'interim' else 'neither' end`;
}

const carried = sql`any(${[...carriedStates]}::text[])`;

/**
 * Makes the corrections of a remedy for those of the one it supersedes with ids in (after, upTo]: one for each unit and
 * environment, starting where the unit stands. What is there already stays. Evidence that comes in meanwhile waits for
 * the locks, and then finds the new corrections.
 * @returns how many were made
 */
export async function insertPermanent(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  remedyId: number,
  range: { after: number; upTo: number },
): Promise<number> {
  const { rows } = await sql<{ last: number }>`select coalesce(max(id), 0) as last from correction`.execute(tx);
  const state = sql`case when i.state = ${carried} then i.state else 'open' end`;
  const inserted = await sql`
    insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state,
        fix_path, state_since, created_at)
      select r.action_id, i.unit_id, i.environment_id, r.id, i.product_id, i.party_id, i.site_id, i.country, ${state},
          ${pathOf(sql`i.state`, state)}, ${ctx.now()}::timestamptz, ${ctx.now()}::timestamptz
        from correction i join remedy r on r.id = ${remedyId} and i.remedy_id = r.supersedes_id
       where i.id > ${range.after} and i.id <= ${range.upTo} order by i.id for key share of i
    on conflict (unit_id, environment_id, remedy_id) do nothing`.execute(tx);
  const fresh = sql`q.remedy_id = ${remedyId} and q.id > ${rows[0]?.last ?? 0}::bigint and q.state = ${carried}`;
  await carryClaims(tx, ctx, fresh);
  return Number(inserted.numAffectedRows ?? 0);
}

/** Writes what the superseded corrections rest on as evidence of the new ones `q` that start so. */
async function carryClaims(tx: Tx, ctx: Pick<Context, 'actor' | 'now'>, fresh: RawBuilder<unknown>): Promise<number> {
  const who = actorColumns(ctx.actor);
  const { numAffectedRows } = await sql`
    with told as (
      insert into confirmation (correction_id, action_id, kind, claim, reason, detail, door, by_kind, by_id, by_name, at,
          carried_from_id)
        select q.id, q.action_id, b.kind, b.claim, b.reason, b.detail, b.door, ${who.actor_kind}::text,
            ${who.actor_id}::text, ${who.actor_name}::text, ${ctx.now()}::timestamptz, b.id
          from correction q join remedy r on r.id = q.remedy_id
          join correction i on i.unit_id = q.unit_id and i.environment_id = q.environment_id and i.remedy_id = r.supersedes_id
          join confirmation b on b.id = i.because_id
         where q.because_id is null and ${fresh} order by q.id
        returning id, correction_id)
    update correction p set because_id = told.id from told where p.id = told.correction_id`.execute(tx);
  return Number(numAffectedRows ?? 0);
}

/**
 * Corrections that were made without regard to a superseded remedy (by a scope run, or for a unit that was reported) start
 * where their units stand: gone, not affected or isolated is carried over with the confirmation that says so; all else
 * stays open; each gets its path. Those that have one are left alone.
 * @param unitId only of this unit
 * @returns how many began with a state of the interim patch, and how many got a path
 */
export async function carryFromInterim(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  actionId: number,
  unitId?: number,
): Promise<{ carried: number; placed: number }> {
  const ofUnit = unitId === undefined ? sql`` : sql`and q.unit_id = ${unitId}`;
  // Evidence about the patch that comes in meanwhile waits here, and then finds the new corrections.
  await sql`
    select count(*) from (
      select i.id from remedy r join correction q on q.remedy_id = r.id and q.fix_path is null
        join correction i on i.unit_id = q.unit_id and i.environment_id = q.environment_id and i.remedy_id = r.supersedes_id
       where r.action_id = ${actionId} ${ofUnit} order by i.id for key share of i) locked`.execute(tx);
  const state = sql`case when q.state = 'open' and i.state = ${carried} then i.state else q.state end`;
  const updated = await sql`
    update correction p set state = n.state, fix_path = n.path
      from (
        select q.id, ${state} as state, ${pathOf(sql`i.state`, state)} as path
          from remedy r join correction q on q.remedy_id = r.id and q.fix_path is null
          left join correction i on i.unit_id = q.unit_id and i.environment_id = q.environment_id and i.remedy_id = r.supersedes_id
         where r.action_id = ${actionId} and r.supersedes_id is not null ${ofUnit}) n
     where p.id = n.id`.execute(tx);
  if (!updated.numAffectedRows) return { carried: 0, placed: 0 };
  const told = await carryClaims(
    tx,
    ctx,
    sql`q.action_id = ${actionId} and q.fix_path is not null and q.state = ${carried} ${ofUnit}`,
  );
  return { carried: told, placed: Number(updated.numAffectedRows) };
}
