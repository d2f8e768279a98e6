/**
 * Letters sent by the deliveries' own way against the same ready-made bytes through the mail library's pool of as many
 * connections. What our own connections make of those bytes is printed beside it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import nodemailer from 'nodemailer';
import { type OutgoingMail, smtpMailer } from '../../src/adapters/mail.ts';
import { type Context, transact } from '../../src/app/context.ts';
import { planDeliveries } from '../../src/app/deliveries.ts';
import { returnPath } from '../../src/app/delivery-address.ts';
import { sendDueDeliveries } from '../../src/app/delivery-send.ts';
import { composeLetters } from '../../src/app/letters.ts';
import { openHouse } from '../helpers/house.ts';
import { addSampleAction, type SampleHouse } from '../portal-sample.ts';
import { type Bench, type BenchContext, type BenchResult, judgeRatio } from './bench.ts';

const LETTERS = 10_000;
const ROUNDS = 4;
const LIMIT = 0.7;
const SINK = join(import.meta.dirname, '../helpers/smtp-sink.ts');
const AT = '2022-05-04T08:00:00Z';

/** Laboratories with one instrument and one contact each, three languages among them. */
export async function seedParties(ctx: Context, action: SampleHouse, parties: number): Promise<void> {
  const { db } = ctx;
  await sql`insert into party (ref, kind, name, country, street, postcode, city, created_at, changed_at)
    select 'C-' || n, 'customer', 'Labor ' || n, (array['DE', 'IT', 'US', 'AT', 'BE'])[1 + n % 5], 'Musterstraße 1', '10115', 'Musterstadt', ${AT}, ${AT}
      from generate_series(1, ${parties}::int) n`.execute(db);
  await sql`insert into site (ref, party_id, name, country, created_at, changed_at)
    select ref, id, name, country, ${AT}, ${AT} from party`.execute(db);
  await sql`insert into contact (party_id, site_id, key, name, role, languages, email, channel, created_at, changed_at)
    select s.party_id, s.id, 'recall', 'Erika Muster', 'recall', array[(array['de', 'it', 'en', 'de', 'en'])[1 + s.id % 5]],
           'recall@lab-' || s.id || '.example', 'email', ${AT}, ${AT} from site s`.execute(db);
  await sql`insert into obligation (action_id, party_id, country, audience, created_at)
    select ${action.actionId}, id, country, 'dx-recall', ${AT} from party`.execute(db);
  await sql`insert into unit (kind, product_id, site_id, party_id, serial, serial_key, connected, created_at, changed_at)
    select 'serial', ${action.productId}, id, party_id, 'NB' || id, 'NB' || lpad(id::text, 9, '0'), true, ${AT}, ${AT} from site`.execute(
    db,
  );
  await sql`insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state_since, created_at)
    select ${action.actionId}, u.id, e.id, ${action.remedyId}, u.product_id, u.party_id, u.site_id, s.country, ${AT}, ${AT}
      from unit u join site s on s.id = u.site_id join environment e on e.product_id = u.product_id`.execute(db);
}

/** The next due letters as finished bytes, with their envelopes. */
async function readyMade(ctx: Context, count: number): Promise<OutgoingMail[]> {
  const due = await ctx.db
    .selectFrom('delivery')
    .select(['id', 'address'])
    .where('state', '=', 'queued')
    .orderBy('id')
    .limit(count)
    .execute();
  const letters = await composeLetters(
    ctx.db,
    ctx,
    due.map(({ id }) => id),
  );
  const raw = new Map(letters.map((letter) => [letter.deliveryId, letter.raw]));
  return due.map(({ id, address }) => {
    const bytes = raw.get(id);
    if (!bytes) throw new Error(`delivery ${id} has no letter`);
    return { sender: returnPath(ctx.settings, id), recipient: address, raw: bytes, envelopeId: `${id}.1` };
  });
}

/** Hands over what is ready, as many at a time as there are connections. */
async function sendAll(
  lanes: number,
  mails: readonly OutgoingMail[],
  send: (mail: OutgoingMail) => Promise<void>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let mail = mails[next++]; mail; mail = mails[next++]) await send(mail);
    }),
  );
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function run(context: BenchContext): Promise<BenchResult[]> {
  const perRound = Math.max(50, Math.round((LETTERS * context.scale) / ROUNDS));
  const { handle } = await context.open();
  const house = await openHouse({ handle });
  const sink = spawn(process.execPath, ['--import', 'tsx', SINK], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [port] = (await once(sink.stdout, 'data')) as [Buffer];
    const url = `smtp://127.0.0.1:${String(port).trim()}`;
    const mailer = smtpMailer({ url });
    const pool = nodemailer.createTransport({ url, pool: true, maxConnections: mailer.lanes, maxMessages: Infinity });
    const ctx: Context = { ...house.ctx, mailer };
    const action = await addSampleAction(ctx);
    await sql`update action set delivery_state = 'running' where id = ${action.actionId}`.execute(ctx.db);
    await seedParties(ctx, action, perRound * (ROUNDS + 1));
    await transact(ctx, (tx) => planDeliveries(tx, ctx, action.actionId, action.noticeId ?? 0));
    await handle.run('vacuum analyze');
    const times: Record<'pool' | 'own' | 'deliveries', number[]> = { pool: [], own: [], deliveries: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      const mails = await readyMade(ctx, perRound);
      const timed = async (work: () => Promise<void>): Promise<number> => {
        const started = performance.now();
        await work();
        return performance.now() - started;
      };
      const byPool = await timed(() =>
        sendAll(mailer.lanes, mails, async ({ sender, recipient, raw, envelopeId }) => {
          const dsn = { ret: 'HDRS', id: envelopeId, notify: ['FAILURE', 'DELAY'] };
          await pool.sendMail({ envelope: { from: sender, to: recipient, dsn }, raw });
        }),
      );
      const byOwn = await timed(() =>
        sendAll(mailer.lanes, mails, async (mail) => {
          const { outcome, detail } = await mailer.send(mail);
          if (outcome !== 'accepted') throw new Error(detail);
        }),
      );
      const byDeliveries = await timed(async () => {
        const { sent } = await sendDueDeliveries(ctx, { limit: perRound });
        if (sent !== perRound) throw new Error(`${sent} of ${perRound} letters were sent`);
      });
      // The first round opens the connections and warms the templates up.
      if (round === 0) continue;
      times.pool.push(byPool);
      times.own.push(byOwn);
      times.deliveries.push(byDeliveries);
    }
    pool.close();
    await mailer.close();
    const [ready, own, deliveries] = [median(times.pool), median(times.own), median(times.deliveries)];
    const rate = (milliseconds: number): string => ((perRound * 1000) / milliseconds).toFixed(0);
    return [
      judgeRatio(
        `delivery of ${perRound} letters : of their bytes`,
        ready / deliveries,
        { kind: 'at-least', value: LIMIT },
        `${rate(deliveries)} against ${rate(ready)} letters a second (${rate(own)} by our own connections)`,
      ),
    ];
  } finally {
    sink.stdin.end();
  }
}

export const bench: Bench = { name: 'delivery', run };
