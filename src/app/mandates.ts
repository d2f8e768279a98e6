/** Who answers for whom: a distributor for those it serves, and whoever was given a mandate, such as a hospital group. */
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, transact } from './context.ts';
import { recordEvents } from './event.ts';

export const giveMandateInput = z.object({
  /** The parties it may answer for from now on. */
  partyIds: z.array(z.number().int().positive()).min(1).max(1_000),
  /** What shows that it may: a letter, a contract, a call. */
  reason: z.string().trim().min(3).max(500),
});

/**
 * Lets a party answer for others, from now on. Those it may answer for already are left as they are.
 * @param speakerId who answers, e.g. a hospital group
 */
export async function giveMandate(
  ctx: Context,
  speakerId: number,
  input: z.infer<typeof giveMandateInput>,
): Promise<{ id: number; given: number } | Refusal> {
  const no = forbid(ctx.actor, 'party.change');
  if (no) return no;
  if (input.partyIds.includes(speakerId)) return refuse('mandate.self', {}, 'partyIds');
  return transact(ctx, async (tx) => {
    const known = await tx
      .selectFrom('party')
      .select('id')
      .where('id', 'in', [speakerId, ...input.partyIds])
      .execute();
    if (known.length <= new Set(input.partyIds).size) return refuse('party.unknown', { id: speakerId });
    const given = await sql<{ id: number; party_id: number }>`
      insert into mandate (speaker_id, party_id, reason, made_by, made_at)
      select ${speakerId}::bigint, id, ${input.reason}, ${ctx.actor.name}, ${ctx.now()}::timestamptz
        from unnest(${input.partyIds}::bigint[]) as asked (id)
      on conflict (speaker_id, party_id) where withdrawn_at is null do nothing
      returning id, party_id`.execute(tx);
    await recordEvents(
      tx,
      ctx,
      given.rows.map((row) => ({
        action: 'mandate.give',
        subject: 'mandate',
        subjectId: row.id,
        partyId: row.party_id,
        after: { speakerId },
        reason: input.reason,
      })),
    );
    return { id: speakerId, given: given.rows.length };
  });
}

/** Ends a mandate. What was answered under it stays. */
export async function withdrawMandate(ctx: Context, mandateId: number): Promise<{ id: number } | Refusal> {
  const no = forbid(ctx.actor, 'party.change');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const row = await tx
      .updateTable('mandate')
      .set({ withdrawn_by: ctx.actor.name, withdrawn_at: ctx.now() })
      .where('id', '=', mandateId)
      .where('withdrawn_at', 'is', null)
      .returning(['party_id', 'speaker_id'])
      .executeTakeFirst();
    if (!row) return refuse('mandate.unknown', { id: mandateId });
    await recordEvents(tx, ctx, [
      {
        action: 'mandate.withdraw',
        subject: 'mandate',
        subjectId: mandateId,
        partyId: row.party_id,
        before: { speakerId: row.speaker_id },
      },
    ]);
    return { id: mandateId };
  });
}

/**
 * Whether a party may answer for a unit: its own, one of a party it serves as distributor, one that it sold, or one of a
 * party it has a mandate for. `unit` and `party` are the tables' names in the query around it.
 */
export function mayAnswerFor(speakerId: number, unit: string, party: string): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${unit}.party_id`)} = ${speakerId}::bigint
    or ${sql.ref(`${party}.distributor_id`)} = ${speakerId}::bigint
    or ${sql.ref(`${unit}.sold_through_id`)} = ${speakerId}::bigint
    or exists (select 1 from mandate held where held.speaker_id = ${speakerId}::bigint
                and held.party_id = ${sql.ref(`${unit}.party_id`)} and held.withdrawn_at is null))`;
}

/** The parties that a party speaks for as a whole: itself, those it serves, those it has a mandate for. */
function spokenFor(speakerId: number): RawBuilder<unknown> {
  return sql`(select ${speakerId}::bigint union select id from party where distributor_id = ${speakerId}
    union select party_id from mandate where speaker_id = ${speakerId} and withdrawn_at is null)`;
}

/** Ids of the units that {@link mayAnswerFor} holds for, as a subquery that starts from the party: there may be millions of others. */
export function unitsToAnswerFor(speakerId: number): RawBuilder<unknown> {
  return sql`(select id from unit where party_id in ${spokenFor(speakerId)}
    union select id from unit where sold_through_id = ${speakerId})`;
}

/**
 * Whether a list is a way for this party to answer an action: it speaks for others, or its own units stand at several
 * sites.
 */
export async function answersForMany(reader: Reader, actionId: number, partyId: number): Promise<boolean> {
  const { rows } = await sql<{ many: boolean }>`
    select exists (select 1 from mandate where speaker_id = ${partyId} and withdrawn_at is null)
        or exists (select 1 from party where distributor_id = ${partyId})
        or exists (select 1 from unit where sold_through_id = ${partyId})
        or (select count(distinct site_id) > 1 from correction
             where action_id = ${actionId} and party_id = ${partyId}) as many`.execute(reader);
  return rows[0]?.many ?? false;
}

/** Mandates in force that a party holds or has given. */
export async function listMandates(reader: Reader, partyId: number) {
  return reader
    .selectFrom('mandate as m')
    .innerJoin('party as s', 's.id', 'm.speaker_id')
    .innerJoin('party as p', 'p.id', 'm.party_id')
    .select(['m.id', 'm.speaker_id', 's.name as speaker', 'm.party_id', 'p.name as party', 'm.reason'])
    .select(['m.made_by', 'm.made_at'])
    .where((eb) => eb.or([eb('m.speaker_id', '=', partyId), eb('m.party_id', '=', partyId)]))
    .where('m.withdrawn_at', 'is', null)
    .orderBy('p.name')
    .limit(500)
    .execute();
}
