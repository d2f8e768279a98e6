import { sql } from 'kysely';
import type { CorrectionStateName, Day } from '../db/schema.ts';
import { json } from '../db/values.ts';
import { currentState, type Evidence, type EvidenceKind } from '../domain/correction.ts';
import {
  CARRIED_REASON,
  carriedStates,
  closesInterim,
  fixPath,
  isFixed,
  mayTakeBack,
  TAKEN_BACK_REASON,
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
 * What these permanent fixes say about the corrections they supersede and what is not written there yet: the fix, with the
 * confirmation it rests on, by the same kind of evidence (a statement only states both); or, where the fix turned out not
 * to have been made, that it is taken back. A suspected break-in leaves both as they are until it is settled.
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
        coalesce((select f.claim = 'done' from confirmation f where f.correction_id = pair.interim
          and f.carried_from_id is not null and f.claim in ('done', 'not-yet') order by f.id desc limit 1), false) as carried
      from unnest(${whole.map((pair) => pair.becauseId)}::bigint[], ${whole.map((pair) => pair.interim)}::bigint[])
          as pair (because, interim)
      join confirmation b on b.id = pair.because`.execute(tx);
  const because = new Map(rows.map((row) => [row.id, row]));
  return whole.flatMap((pair): CarriedEvidence[] => {
    const from = because.get(pair.becauseId ?? 0);
    const { interim, interimState, interimAction, interimParty } = pair;
    if (!from || interim === null || interimState === null || interimAction === null || interimParty === null)
      return [];
    const closes = closesInterim(interimState, pair.state);
    const takesBack = !isFixed(pair.state) && from.carried && mayTakeBack(from.kind);
    if (!closes && !takesBack) return [];
    return [
      {
        actionId: interimAction,
        partyId: interimParty,
        kind: from.kind,
        correctionId: interim,
        claim: closes ? 'done' : 'not-yet',
        doneOn: closes ? from.doneOn : null,
        backedUp: closes ? from.backedUp : null,
        reason: closes ? CARRIED_REASON : TAKEN_BACK_REASON,
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
  const own = await ownStates(tx, interims);
  const paths = pairs.flatMap((pair) => {
    const state = states.get(pair.permanent);
    const interim = pair.interim === null ? null : (own.get(pair.interim) ?? 'open');
    return state ? [{ id: pair.permanent, path: fixPath(interim, state) }] : [];
  });
  await sql`
    update correction c set fix_path = n.path from jsonb_to_recordset(${json(paths)}::jsonb) as n (id bigint, path text)
     where c.id = n.id and c.fix_path is distinct from n.path`.execute(tx);
}

/** States by each correction's own evidence, without what was carried to it. */
async function ownStates(tx: Tx, ids: readonly number[]): Promise<Map<number, CorrectionStateName>> {
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom('confirmation')
    .select(['id', 'correction_id', 'kind', 'claim', 'reason', 'at'])
    .where('correction_id', '=', sql<number>`any(${[...ids]}::bigint[])`)
    .where((eb) => eb.or([eb('carried_from_id', 'is', null), eb('claim', 'not in', ['done', 'not-yet'])]))
    .orderBy('id')
    .execute();
  return new Map(
    [...Map.groupBy(rows, (row) => row.correction_id)].map(([id, evidence]) => [
      id,
      currentState(evidence satisfies readonly Evidence[]).state,
    ]),
  );
}

/**
 * New corrections of a remedy that supersedes another start where the unit stands: gone, not affected or isolated is
 * carried over with the confirmation that says so; all else starts open, and its path is set. Set-based: once for all that
 * have no path yet.
 * @param after looks only at corrections with greater ids: those a batch has just made
 * @returns how many began with a state of the interim patch, and how many in all
 */
export async function carryFromInterim(
  tx: Tx,
  ctx: Pick<Context, 'actor' | 'now'>,
  actionId: number,
  after = 0,
): Promise<{ carried: number; placed: number }> {
  const who = actorColumns(ctx.actor);
  const at = ctx.now();
  const { rows } = await sql<{ carried: number; placed: number }>`
    with fresh as (
      select p.id, p.state, i.state as interim, i.because_id as because
        from remedy r
        join correction p on p.remedy_id = r.id and p.id > ${after}::bigint and p.fix_path is null
        left join correction i on i.unit_id = p.unit_id and i.environment_id = p.environment_id and i.remedy_id = r.supersedes_id
       where r.action_id = ${actionId} and r.supersedes_id is not null),
    carried as (
      insert into confirmation (correction_id, action_id, kind, claim, reason, detail, door, by_kind, by_id, by_name, at,
          carried_from_id)
        select f.id, ${actionId}::bigint, b.kind, b.claim, b.reason, b.detail, b.door, ${who.actor_kind}::text,
            ${who.actor_id}::text, ${who.actor_name}::text, ${at}::timestamptz, b.id
          from fresh f join confirmation b on b.id = f.because
         where f.state = 'open' and f.interim = any(${[...carriedStates]}::text[]) order by f.id
        returning id, correction_id),
    placed as (
      update correction p
         set state = coalesce(n.state, p.state), because_id = coalesce(n.because, p.because_id), fix_path = n.path
        from (
          select f.id, c.id as because, case when c.id is not null then f.interim end as state,
              case when coalesce(case when c.id is not null then f.interim end, f.state) in ('gone', 'not-affected') then 'ended'
                   when f.state in ('stated', 'confirmed', 'verified')
                     then case when f.interim in ('stated', 'confirmed', 'verified') then 'both' else 'direct' end
                   when f.interim in ('stated', 'confirmed', 'verified') then 'interim'
                   else 'neither' end as path
            from fresh f left join carried c on c.correction_id = f.id) n
       where p.id = n.id
      returning n.because)
    select count(because)::int as carried, count(*)::int as placed from placed`.execute(tx);
  return rows[0] ?? { carried: 0, placed: 0 };
}
