/** The dashboard of an action with two million corrections against that of one with two thousand, in one database. */
import { sql } from 'kysely';
import type { Database, Tx } from '../../src/app/context.ts';
import { verifyFigures } from '../../src/app/figures.ts';
import { type House, openHouse } from '../helpers/house.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

const CORRECTIONS = { small: 2_000, large: 2_000_000 };
const LIMIT = 2;
const ROUNDS = 60;
const NOW = '2022-06-10T09:30:00Z';
/** Both actions are as far spread as the example is. */
const COUNTRIES = [
  'US',
  'DE',
  'CN',
  'FR',
  'GB',
  'IT',
  'JP',
  'ES',
  'AU',
  'CA',
  'NL',
  'KR',
  'BE',
  'CH',
  'AT',
  'SE',
  'PL',
  'BR',
];

/** Two products with two modes each, which both actions are about. */
async function seedProducts(db: Database): Promise<void> {
  await sql`insert into product (code, name, kind, created_at)
    values ('NX', 'NextSeq 550Dx', 'instrument', ${NOW}), ('MS', 'MiSeqDx', 'instrument', ${NOW})`.execute(db);
  await sql`insert into environment (product_id, code, name, position)
    values (1, 'Dx', 'Dx', 1), (1, 'RUO', 'RUO', 2), (2, 'Dx', 'Dx', 1), (2, 'RUO', 'RUO', 2)`.execute(db);
}

/**
 * An action six weeks after its release, as wide as `corrections` say: a party for every ten, a unit for every two, a
 * deadline and a letter for each party, reminders, tasks, and what was recorded about all of it. Written in bulk, so the
 * checks and figures that triggers make row by row are left out here and the figures are made the same way at the end.
 */
async function seedAction(db: Database, corrections: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into action (reference, title, stage, stage_since, delivery_state, released_at, created_at, changed_at)
      values (${`FSN2022-${corrections}`}, 'Local Run Manager can be taken over from the network', 'monitoring', '2022-05-04', 'running',
              '2022-05-04', '2022-05-01', '2022-05-04') returning id`.execute(db);
  const actionId = rows[0]?.id ?? 0;
  await sql`insert into action_environment (action_id, environment_id) select ${actionId}, id from environment`.execute(
    db,
  );
  const remedy = await sql<{ id: number }>`insert into remedy (action_id, position, kind, name, status, created_at)
    values (${actionId}, 1, 'interim-patch', 'Security Patch 1.0', 'available', '2022-05-01') returning id`.execute(db);
  await sql`insert into notice (action_id, number, version, state, state_since, document, content_hash, released_at, created_at, changed_at)
    values (${actionId}, 'M-AMR-00496', 1, 'released', '2022-05-04', '{}', '', '2022-05-04', '2022-05-01', '2022-05-01')`.execute(
    db,
  );
  await db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await seedField(tx, actionId, corrections / 10, corrections / 2);
    await seedLedger(tx, actionId, remedy.rows[0]?.id ?? 0);
    await seedDelivery(tx, actionId);
    await seedRecord(tx, actionId, corrections / 4);
    await seedFigures(tx, actionId);
  });
  return actionId;
}

async function seedField(tx: Tx, actionId: number, parties: number, units: number): Promise<void> {
  const country = sql`(${COUNTRIES}::text[])[1 + floor(power(n * 0.61803398875 - floor(n * 0.61803398875), 2) * ${COUNTRIES.length})::int]`;
  await sql`insert into party (ref, kind, name, country, account_no, created_at, changed_at)
    select 'C-' || ${actionId}::text || '-' || n, 'customer', 'Laboratory ' || n, ${country}, n::text, ${NOW}, ${NOW}
      from generate_series(1, ${parties}::int) n`.execute(tx);
  await sql`insert into site (ref, party_id, name, country, created_at, changed_at)
    select ref, id, name, country, ${NOW}, ${NOW} from party where ref like ${`C-${actionId}-%`}`.execute(tx);
  await sql`insert into contact (party_id, key, name, role, languages, email, channel, created_at, changed_at)
    select id, 'recall', 'Erika Muster', 'recall', '{en}', 'recall@lab-' || id || '.example', 'email', ${NOW}, ${NOW}
      from party where ref like ${`C-${actionId}-%`}`.execute(tx);
  await sql`insert into unit (kind, product_id, site_id, party_id, serial, serial_key, connected, created_at, changed_at)
    select 'serial', 1 + n % 2, s.id, s.party_id, 'S' || ${actionId}::text || '-' || n, 'S' || ${actionId}::text || '-' || lpad(n::text, 9, '0'), n % 3 > 0, ${NOW}, ${NOW}
      from (select *, row_number() over (order by id) - 1 as nth from site where ref like ${`C-${actionId}-%`}) s
      join generate_series(0, ${units - 1}::int) n on n / 5 = s.nth order by n`.execute(tx);
}

async function seedLedger(tx: Tx, actionId: number, remedyId: number): Promise<void> {
  await sql`insert into obligation (action_id, party_id, country, audience, state, notified_at, created_at)
    select ${actionId}, id, country, 'dx-recall', (array['silent', 'received', 'done', 'done'])[1 + id % 4], '2022-05-04', '2022-05-03'
      from party where ref like ${`C-${actionId}-%`} order by id`.execute(tx);
  // A party that is done owes nothing any more; of the others some modes are open, some stated.
  // Every third party has downloaded the file.
  await sql`insert into package (remedy_id, version, file_name, state, created_at) values (${remedyId}, '1.0', 'patch.msi', 'released', '2022-05-01')`.execute(
    tx,
  );
  await sql`insert into download (action_id, package_id, party_id, state, granted_at, changed_at, started_at, finished_at)
    select ${actionId}, k.id, o.party_id, 'finished', '2022-05-05', '2022-05-05', '2022-05-05', '2022-05-05'
      from obligation o join package k on k.remedy_id = ${remedyId} where o.action_id = ${actionId} and o.id % 3 = 0 order by o.id`.execute(
    tx,
  );
  await sql`insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state, state_since, created_at, notified_at, has_file_at)
    select ${actionId}, u.id, e.id, ${remedyId}, u.product_id, u.party_id, u.site_id, s.country,
           case when o.state = 'done' then (array['stated', 'confirmed', 'verified', 'verified', 'not-affected', 'gone'])[1 + (u.id + e.id) % 6]
                when o.state = 'received' then (array['open', 'stated', 'blocked', 'open'])[1 + (u.id + e.id) % 4]
                else 'open' end,
           '2022-05-04'::timestamptz + (u.id % 38) * interval '1 day', '2022-05-03', o.notified_at,
           case when o.id % 3 = 0 then '2022-05-05'::timestamptz end
      from obligation o join unit u on u.party_id = o.party_id join site s on s.id = u.site_id join environment e on e.product_id = u.product_id
     where o.action_id = ${actionId} order by u.id, e.id`.execute(tx);
  await sql`update obligation o set corrections_total = c.total, corrections_open = c.owed
    from (select party_id, count(*) as total, count(*) filter (where state in ('open', 'blocked', 'isolated')) as owed
            from correction where action_id = ${actionId} group by 1) c
    where o.action_id = ${actionId} and o.party_id = c.party_id`.execute(tx);
}

async function seedDelivery(tx: Tx, actionId: number): Promise<void> {
  for (const [kind, share] of [
    ['notice', 1],
    ['reminder', 2],
  ] as const) {
    await sql`insert into delivery (action_id, notice_id, party_id, contact_id, country, kind, purpose, channel, address, domain, message_id, state, state_since, attempts, created_at)
      select ${actionId}, n.id, o.party_id, c.id, o.country, ${kind}, ${`${kind}:${actionId}`}, 'email', c.email, split_part(c.email, '@', 2),
             ${`${kind}.${actionId}.`} || c.id, (array['opened', 'sent', 'opened', 'sent', 'bounced'])[1 + o.id % 5], '2022-05-04', 1, '2022-05-04'
        from obligation o join contact c on c.party_id = o.party_id join notice n on n.action_id = ${actionId}
       where o.action_id = ${actionId} and o.id % ${share} = 0`.execute(tx);
  }
  await sql`insert into deadline (action_id, party_id, country, rule, starts_at, due_on, due_at, explanation, state, state_since, created_at)
    select ${actionId}, party_id, country, 'customer-reply', '2022-05-04', '2022-05-11'::date + (id % 60)::int, '2022-05-11'::timestamptz + (id % 60) * interval '1 day',
           '{}', case when state <> 'silent' then 'met' when id % 60 < 30 then 'missed' else 'running' end, '2022-05-11', '2022-05-04'
      from obligation where action_id = ${actionId}`.execute(tx);
  await sql`insert into task (action_id, kind, key, party_id, priority, state, owner_id, created_at)
    select ${actionId}, (array['bounce', 'contradiction', 'contact-change', 'telephone'])[1 + id % 4], 'bench:' || ${actionId}::text || ':' || id, party_id,
           case when id % 97 = 0 then 1 else 2 end, case when id % 3 = 0 then 'open' else 'done' end, case when id % 2 = 0 then 's1' end, '2022-05-20'
      from obligation where action_id = ${actionId} and id % 5 = 0`.execute(tx);
}

/** Events; a tenth of them since yesterday, as on a day of reminders. */
async function seedRecord(tx: Tx, actionId: number, events: number): Promise<void> {
  await sql`insert into event (seq, at, actor_kind, actor_id, actor_name, action, subject, subject_id, action_id, prev_hash, hash)
    select h.seq + n, case when n > ${events}::int * 0.9 then '2022-06-09 12:00'::timestamptz + n % 1200 * interval '1 minute'
                           else '2022-05-04'::timestamptz + n % 36 * interval '1 day' end,
           'system', 'bench', 'bench', (array['delivery.sent', 'reply.send', 'correction.state', 'task.open', 'deadline.start'])[1 + n % 5],
           'delivery', n::text, ${actionId}, '', ''
      from event_head h, generate_series(1, ${events}::int) n`.execute(tx);
  await sql`update event_head set seq = seq + ${events}`.execute(tx);
}

async function seedFigures(tx: Tx, actionId: number): Promise<void> {
  await sql`insert into tally (action_id, subject, country, product_id, environment_id, remedy_id, state, n)
    select action_id, 'correction', country, product_id, environment_id, remedy_id, state, count(*)
      from correction where action_id = ${actionId} group by 1, 3, 4, 5, 6, 7
    union all select action_id, 'rung', '', product_id, environment_id, remedy_id, rung, count(*)
      from correction where action_id = ${actionId} group by 1, 4, 5, 6, 7
    union all select action_id, 'obligation', country, 0, 0, 0, state, count(*) from obligation where action_id = ${actionId} group by 1, 3, 7
    union all select action_id, kind, country, 0, 0, 0, state, count(*) from delivery where action_id = ${actionId} group by 1, 2, 3, 7`.execute(
    tx,
  );
  await sql`insert into tally_day select action_id, (state_since at time zone 'UTC')::date, state, count(*)
    from correction where action_id = ${actionId} group by 1, 2, 3`.execute(tx);
  await sql`insert into tally_deadline select action_id, state, coalesce(due_on, 'infinity'), count(*)
    from deadline where action_id = ${actionId} group by 1, 2, 3`.execute(tx);
  await sql`insert into tally_task select action_id, kind, priority = 1, owner_id is not null, count(*)
    from task where action_id = ${actionId} and state = 'open' group by 1, 2, 3, 4`.execute(tx);
  await sql`insert into tally_hour select action_id, date_trunc('hour', at, 'UTC'), action, count(*)
    from event where action_id = ${actionId} group by 1, 2, 3`.execute(tx);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Milliseconds from the request to the last byte of the page. */
async function openPage(house: House, cookie: string, actionId: number): Promise<number> {
  const started = performance.now();
  const answer = await house.app.request(`/actions/${actionId}`, { headers: { cookie } });
  const page = await answer.text();
  if (answer.status !== 200 || !page.includes('not yet fixed'))
    throw new Error(`The dashboard answered ${answer.status}`);
  return performance.now() - started;
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const { handle } = await context.open();
  const house = await openHouse({ handle });
  house.setNow(NOW);
  const cookie = await house.signIn('viewer');
  const sizes = { small: CORRECTIONS.small, large: Math.round(CORRECTIONS.large * context.scale) };
  await seedProducts(handle.db);
  const began = performance.now();
  const small = await seedAction(handle.db, sizes.small);
  const large = await seedAction(handle.db, sizes.large);
  await handle.run('vacuum analyze');
  context.say(`seeded ${sizes.large} corrections in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const figures = await verifyFigures(house.ctx);
  if (figures.figures !== 'ok')
    throw new Error(`The seeded figures are wrong: ${JSON.stringify(figures.differences.slice(0, 3))}`);
  const times: Record<'small' | 'large', number[]> = { small: [], large: [] };
  for (let round = -5; round < ROUNDS; round++) {
    const [first, second] = [await openPage(house, cookie, small), await openPage(house, cookie, large)];
    if (round < 0) continue;
    times.small.push(first);
    times.large.push(second);
  }
  const [of2000, ofMillions] = [median(times.small), median(times.large)];
  return [
    judgeRatio(
      `dashboard of ${sizes.large} corrections : of ${sizes.small}`,
      ofMillions / of2000,
      { kind: 'at-most', value: LIMIT },
      `${ofMillions.toFixed(1)} ms against ${of2000.toFixed(1)} ms`,
    ),
  ];
}

export const bench: Bench = { name: 'dashboard', run };
