/** What a house finds after a crash, and what its processes tell the test about. */
import { sql } from 'kysely';
import type { Context, Tx } from '../../src/app/context.ts';
import { type ChainVerdict, verifyEventChain } from '../../src/app/event-chain.ts';
import { type FiguresVerdict, verifyFigures } from '../../src/app/figures.ts';

export interface Letter {
  messageId: string;
  state: string;
  /** Copies in the built-in mailbox. */
  kept: number;
}

export interface Report {
  chain: ChainVerdict;
  figures: FiguresVerdict;
  /** What is only half there, skipped or forgotten; empty when all is well. */
  faults: string[];
  imports: { id: number; state: string }[];
  actions: { id: number; stage: string; corrections: number; letters: number }[];
  replies: number[];
  letters: Letter[];
}

/** One line of a child. All but `report` say that the house has acknowledged something. */
export type Line =
  | { at: 'report'; report: Report }
  | { at: 'imported'; import: number }
  | { at: 'promised'; import: number }
  | { at: 'prepared'; action: number; corrections: number }
  | { at: 'released'; action: number; deliveries: number }
  | { at: 'replied'; reply: number };

/** Questions whose answer must be nothing: each selects a line of text per fault. */
const faultQueries = {
  'an import is there in part': sql`
    select i.id || ' (' || i.state || '): ' || count(u.id) || ' of ' || i.rows_created
      from import i left join unit u on u.import_id = i.id
     where i.kind = 'units' group by i.id
    having count(u.id) <> case when i.state = 'applied' then i.rows_created else 0 end`,
  'an applied import without its event, or an event without its import': sql`
    select i.id::text from import i where (i.state = 'applied') <>
      exists (select 1 from event e where e.action = 'import.apply' and e.subject = 'import' and e.subject_id = i.id::text)`,
  'a scope is applied in part': sql`
    select a.id || ': ' || (select count(*) from correction k where k.action_id = a.id)
      from action a where (select count(*) from correction k where k.action_id = a.id) <>
        (select coalesce(sum((e.after ->> 'corrections')::int), 0) from event e where e.action_id = a.id and e.action = 'scope.apply')`,
  'a release is there in part': sql`
    select a.id || ' (' || a.stage || ')' from action a
     where (select count(*) from delivery d where d.action_id = a.id and d.kind = 'notice') <>
           (select coalesce(sum((e.after ->> 'deliveries')::int), 0) from event e where e.action_id = a.id and e.action = 'delivery.plan')
        or (a.stage = 'released') <> exists (select 1 from notice n where n.action_id = a.id and n.state = 'released')
        or (a.stage = 'released') <> exists (select 1 from event e where e.action_id = a.id and e.action = 'notice.release')`,
  'a contact was skipped': sql`
    select c.id::text from obligation o
      join action a on a.id = o.action_id and a.stage = 'released'
      join contact c on c.party_id = o.party_id and c.status = 'active' and c.created_at < a.released_at
     where not exists (select 1 from delivery d where d.action_id = a.id and d.contact_id = c.id and d.kind = 'notice')`,
  'a party without contact, and nobody is told': sql`
    select o.party_id::text from obligation o join action a on a.id = o.action_id and a.stage = 'released'
     where not exists (select 1 from contact c where c.party_id = o.party_id and c.status = 'active')
       and not exists (select 1 from task t where t.key = 'no-contact:' || o.action_id || ':' || o.party_id)`,
  'a letter in doubt or undeliverable without a task': sql`
    select d.id || ' ' || d.state from delivery d
     where d.state in ('unsure', 'failed', 'bounced')
       and not exists (select 1 from task t where t.action_id = d.action_id and t.state = 'open'
                          and (t.delivery_id = d.id or d.state = 'unsure' and t.kind = 'unsure-delivery'))`,
  'a letter sent without its evidence': sql`
    select d.id::text from delivery d where d.state in ('sent', 'opened') and not (
      exists (select 1 from delivery_attempt t where t.delivery_id = d.id and t.outcome = 'accepted')
      and exists (select 1 from event e where e.action_id = d.action_id and e.action = 'delivery.sent'
                     and (e.subject = 'delivery' and e.subject_id = d.id::text or e.after -> 'deliveries' @> to_jsonb(d.id)))
      and exists (select 1 from obligation o where o.action_id = d.action_id and o.party_id = d.party_id and o.notified_at is not null))`,
  'a reply is there in part': sql`
    select r.id::text from reply r
     where not exists (select 1 from event e where e.action = 'reply.send' and e.subject_id = r.id::text)
        or exists (select 1 from obligation o where o.action_id = r.action_id and o.party_id = r.party_id and o.state = 'silent')
        or (select count(*) from jsonb_object_keys(r.answers -> 'corrections')) <>
           (select count(*) from confirmation c where c.reply_id = r.id)`,
  'a reply that the record knows is not there': sql`
    select e.subject_id from event e where e.action = 'reply.send'
       and not exists (select 1 from reply r where r.id::text = e.subject_id)`,
  'a correction that rests on nothing': sql`
    select k.id::text from correction k left join confirmation c on c.id = k.because_id and c.correction_id = k.id
     where k.state <> 'open' and c.id is null`,
} as const;

/** Everything the test asks for, as of one moment. */
export async function lookAround(ctx: Context): Promise<Report> {
  return ctx.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const imports = await tx.selectFrom('import').select(['id', 'state']).execute();
      const actions = await sql<Report['actions'][number]>`
        select id, stage, (select count(*) from correction k where k.action_id = a.id) as corrections,
               (select count(*) from delivery d where d.action_id = a.id and d.kind = 'notice') as letters
          from action a`.execute(tx);
      const replies = await tx.selectFrom('reply').select('id').execute();
      const letters = await sql<Letter>`
        select message_id as "messageId", state,
               (select count(*) from mailbox_message m where m.delivery_id = d.id) as kept
          from delivery d where channel = 'email'`.execute(tx);
      return {
        chain: await verifyEventChain({ db: tx }),
        figures: await verifyFigures({ db: tx }),
        faults: await findFaults(tx, ctx),
        imports,
        actions: actions.rows,
        replies: replies.map(({ id }) => id),
        letters: letters.rows,
      };
    });
}

async function findFaults(tx: Tx, ctx: Context): Promise<string[]> {
  const faults: string[] = [];
  for (const [name, query] of Object.entries(faultQueries)) {
    const { rows } = await sql<{ what: string }>`select what from (${query}) f (what)`.execute(tx);
    faults.push(...rows.map(({ what }) => `${name}: ${what}`));
  }
  // The embedded database has one server: whatever another one held was set down in doubt at the start.
  if (ctx.dbKind === 'pglite') {
    const { rows } = await sql<{ id: number }>`
      select id from delivery where state = 'sending' and claimed_by <> ${ctx.settings.instance}`.execute(tx);
    faults.push(...rows.map(({ id }) => `a letter is still held by a dead server: ${id}`));
  }
  return faults;
}
