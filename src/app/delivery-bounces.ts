import { sql } from 'kysely';
import { z } from 'zod';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Tx, transact } from './context.ts';
import { haltDeadlinesOf } from './deadlines.ts';
import { planForParty } from './deliveries.ts';
import { recordEvents } from './event.ts';
import { openTasks } from './tasks.ts';

export const recordBounceInput = z.object({
  deliveryId: z.number().int().positive(),
  /**
   * `hard`: this address will never work. `soft`: it may work another time (server down). `mailbox-full`. `policy`: the
   * address exists, and its server turned the letter away.
   */
  kind: z.enum(['hard', 'soft', 'policy', 'mailbox-full']).default('hard'),
  /** What the returned message or the returned envelope says. */
  detail: z.string().trim().min(1, 'Write what the returned message says.').max(2_000),
});
export type Bounce = z.infer<typeof recordBounceInput>;

/** States in which a letter can still come back. */
const SENT = ['sent', 'delivered', 'opened', 'unsure'];

/**
 * Records that a letter came back. It becomes a task with the party's other contacts as a way on, never only a line in
 * a log. After a hard bounce the contact counts as unreachable; a party none of whose letters arrived counts as not
 * told, so its clocks halt and no reminder runs after it. The same bounce reported again changes nothing.
 */
export async function recordBounce(ctx: Context, input: Bounce): Promise<{ id: number; taskKey: string } | Refusal> {
  const no = forbid(ctx.actor, 'task.work');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const done = await recordBounces(tx, ctx, [input]);
    const state = done.get(input.deliveryId);
    if (state === undefined) return refuse('delivery.unknown', { id: input.deliveryId });
    if (state !== 'bounced') return refuse('delivery.not-sent', { state });
    return { id: input.deliveryId, taskKey: taskKey(input.deliveryId) };
  });
}

function taskKey(deliveryId: number): string {
  return `bounce:${deliveryId}`;
}

/**
 * Records many bounces at once, as the post room reads them. A contact of the same party that has not got the letter gets
 * it now; who has it already is named in the task.
 * @returns the state of each delivery that exists: `bounced`, or the one in which it cannot have come back
 */
export async function recordBounces(tx: Tx, ctx: Context, bounces: readonly Bounce[]): Promise<Map<number, string>> {
  const byId = new Map(bounces.map((bounce) => [bounce.deliveryId, bounce]));
  const rows = await tx
    .selectFrom('delivery')
    .selectAll()
    .where('id', '=', sql<number>`any(${[...byId.keys()]}::bigint[])`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const states = new Map<number, string>(rows.map((row) => [row.id, SENT.includes(row.state) ? 'bounced' : row.state]));
  const fresh = rows
    .filter((row) => SENT.includes(row.state))
    .map((row) => ({ ...row, bounce: byId.get(row.id) as Bounce }));
  if (fresh.length === 0) return states;
  const at = ctx.now();
  await sql`
    update delivery d set state = 'bounced', state_since = ${at}::timestamptz, detail = b.detail
      from unnest(${fresh.map((row) => row.id)}::bigint[], ${fresh.map((row) => row.bounce.detail.slice(0, 500))}::text[])
        as b (id, detail) where d.id = b.id`.execute(tx);
  await sql`
    insert into delivery_attempt (delivery_id, number, at, outcome, detail)
    select *  from unnest(${fresh.map((row) => row.id)}::bigint[], ${fresh.map((row) => row.attempts)}::int[],
      ${fresh.map(() => at)}::timestamptz[], ${fresh.map((row) => `bounced-${row.bounce.kind}`)}::text[],
      ${fresh.map((row) => row.bounce.detail)}::text[])`.execute(tx);
  await markUnreachable(tx, ctx, fresh);
  await planForOthers(tx, ctx, fresh);
  const others = await contactsBeside(tx, fresh);
  await openTasks(
    tx,
    ctx,
    fresh.map((row) => ({
      kind: 'bounce',
      key: taskKey(row.id),
      actionId: row.action_id,
      partyId: row.party_id,
      contactId: row.contact_id,
      deliveryId: row.id,
      // A return that was taken back, and came after all.
      again: true,
      detail: {
        address: row.address,
        letter: row.kind,
        answer: row.bounce.detail,
        otherContacts: others.get(row.id) || 'none known',
      },
    })),
  );
  await recordEvents(
    tx,
    ctx,
    fresh.map((row) => ({
      action: 'delivery.bounced',
      subject: 'delivery',
      subjectId: row.id,
      actionId: row.action_id,
      partyId: row.party_id,
      before: { state: row.state },
      after: { kind: row.bounce.kind, detail: row.bounce.detail, address: row.address },
    })),
  );
  await unnotify(
    tx,
    ctx,
    fresh.filter((row) => row.kind === 'notice'),
  );
  return states;
}

interface Returned {
  id: number;
  action_id: number;
  party_id: number | null;
  contact_id: number | null;
  kind: string;
  address: string;
  bounce: Bounce;
}

/** An address that will never work makes its contact unreachable – unless the contact has another one since. */
async function markUnreachable(tx: Tx, ctx: Context, returned: readonly Returned[]): Promise<void> {
  const hard = returned.filter((row) => row.bounce.kind === 'hard' && row.contact_id !== null);
  if (hard.length === 0) return;
  await sql`
    update contact c set status = 'unreachable', changed_at = ${ctx.now()}::timestamptz
      from unnest(${hard.map((row) => row.contact_id)}::bigint[], ${hard.map((row) => row.address)}::text[]) as b (id, address)
     where c.id = b.id and c.status = 'active' and (lower(c.email) = lower(b.address) or c.channel <> 'email')`.execute(
    tx,
  );
}

/** Other contacts of the party that do not have the notice yet get it: nobody has to find out what is plain. */
async function planForOthers(tx: Tx, ctx: Context, returned: readonly Returned[]): Promise<void> {
  const notices = returned.filter(
    (row) => row.kind === 'notice' && row.bounce.kind === 'hard' && row.party_id !== null,
  );
  if (notices.length === 0) return;
  const { rows } = await sql<{ party_id: number }>`
    select distinct c.party_id from contact c
     where c.party_id = any(${notices.map((row) => row.party_id)}::bigint[]) and c.status = 'active'
       and not exists (select 1 from delivery d where d.contact_id = c.id and d.kind = 'notice'
                          and d.action_id = any(${notices.map((row) => row.action_id)}::bigint[]))`.execute(tx);
  for (const { party_id } of rows) await planForParty(tx, ctx, party_id);
}

/** The party's other contacts in words, and which of them have a letter of this action already. */
async function contactsBeside(tx: Tx, returned: readonly Returned[]): Promise<Map<number, string>> {
  const { rows } = await sql<{ id: number; words: string }>`
    select d.id, string_agg(c.name || ' (' || coalesce(nullif(c.email, ''), c.phone) || ')' ||
             case when exists (select 1 from delivery o where o.contact_id = c.id and o.action_id = d.action_id
                     and o.kind = 'notice' and o.state in ('sent', 'delivered', 'opened')) then ', has the letter' else '' end,
             '; ' order by (c.role = 'recall') desc, c.id) as words
      from delivery d join contact c on c.party_id = d.party_id and c.status = 'active' and c.id <> coalesce(d.contact_id, 0)
     where d.id = any(${returned.map((row) => row.id)}::bigint[]) group by d.id`.execute(tx);
  return new Map(rows.map((row) => [row.id, row.words]));
}

/** The active contacts of a party besides one: where a letter that came back could go instead. */
export async function otherContacts(tx: Context['db'] | Tx, partyId: number | null, contactId: number | null) {
  if (partyId === null) return [];
  return tx
    .selectFrom('contact')
    .select(['id', 'name', 'role', 'email', 'phone', 'channel'])
    .where('party_id', '=', partyId)
    .where('status', '=', 'active')
    .where('id', '<>', contactId ?? 0)
    .orderBy(sql`role = 'recall'`, 'desc')
    .orderBy('id')
    .execute();
}

/** A party that no letter reached was not told: nothing may run out for it. */
async function unnotify(tx: Tx, ctx: Context, returned: readonly Returned[]): Promise<void> {
  if (returned.length === 0) return;
  const { rows } = await sql<{ action_id: number; party_id: number }>`
    update obligation o set notified_at = null, next_reminder_at = null
      from (select distinct * from unnest(${returned.map((row) => row.action_id)}::bigint[],
              ${returned.map((row) => row.party_id)}::bigint[]) as x (action_id, party_id)) b
     where o.action_id = b.action_id and o.party_id = b.party_id and o.state = 'silent'
       and not exists (select 1 from delivery d where d.action_id = o.action_id and d.party_id = o.party_id
                          and d.kind = 'notice' and d.state in ('sent', 'delivered', 'opened'))
    returning o.action_id, o.party_id`.execute(tx);
  const parties = rows.map((row) => ({ actionId: row.action_id, partyId: row.party_id }));
  await haltDeadlinesOf(tx, ctx, parties, 'the letter came back');
}
