/** Several servers on one PostgreSQL, as a company runs them behind a load balancer; and two on one folder, which must not be. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { fakeMailer } from '../src/adapters/mail.ts';
import type { Context } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { verifyFigures } from '../src/app/figures.ts';
import { sendReminders } from '../src/app/reminders.ts';
import { readConfig } from '../src/config.ts';
import { type DatabaseHandle, openDatabase } from '../src/db/client.ts';
import { migrate } from '../src/db/migrate.ts';
import { StartError } from '../src/domain/start-error.ts';
import { openHouse } from '../src/main.ts';
import { addParty, addReleased, type DeliveryHouse, openDeliveryHouse, plan, type Released } from './delivery-house.ts';
import { createServerDatabase, databaseKind } from './helpers/database.ts';

const PARTIES = 60;
const onServer = { skip: databaseKind === 'postgresql' ? false : 'several servers need a PostgreSQL' };

describe('two servers on one PostgreSQL', onServer, () => {
  let handle: DatabaseHandle;
  let second: DatabaseHandle;
  let house: DeliveryHouse;
  let released: Released;
  /** The same house on connections of its own, under a name of its own. */
  let servers: [
    Context & { mailer: ReturnType<typeof fakeMailer> },
    Context & { mailer: ReturnType<typeof fakeMailer> },
  ];
  before(async () => {
    house = await openDeliveryHouse();
    handle = house.handle;
    const { rows } = await handle.run('select current_database() as name');
    const url = new URL(process.env.TEST_DATABASE_URL ?? '');
    url.pathname = `/${rows[0]?.name}`;
    second = await openDatabase({ kind: 'postgresql', url: url.href, poolSize: 4 });
    // An answer takes a moment, so that both are at work at the same time.
    const mailer = () =>
      fakeMailer(async () => {
        await new Promise((resolve) => setTimeout(resolve, 2));
        return { outcome: 'accepted', detail: '250 taken' };
      });
    const server = (instance: string, db: Context['db']) => ({ ...house.server(instance), mailer: mailer(), db });
    servers = [server('server-1', handle.db), server('server-2', second.db)];
    released = await addReleased(house.ctx);
    for (let n = 0; n < PARTIES; n++) await addParty(house.ctx, released, { contacts: [{}, {}, {}] });
    await plan(house.ctx, released);
  });
  after(async () => {
    await second.close();
    await house.close();
  });

  it('send each letter once, when both send at once', async () => {
    for (let more = true; more; ) {
      const reports = await Promise.all(servers.map((ctx) => sendDueDeliveries(ctx)));
      more = reports.some((report) => report.more);
    }
    const sent = servers.map(({ mailer }) => mailer.sent.map(({ envelopeId }) => envelopeId));
    const all = sent.flat();
    assert.equal(all.length, PARTIES * 3);
    assert.equal(new Set(all).size, all.length, 'a letter left twice');
    for (const own of sent) assert.ok(own.length > 0, 'one server did everything');
    const { rows } = await handle.run('select state, count(*) as n from delivery group by 1');
    assert.deepEqual(rows, [{ state: 'sent', n: PARTIES * 3 }]);
  });

  it('write each reminder once, when both sweep at once', async () => {
    house.setNow('2022-06-01T12:00:00Z');
    await Promise.all(servers.map((ctx) => sendReminders(ctx)));
    const { rows } = await handle.run(
      "select count(*) as n, count(distinct (contact_id, purpose)) as letters from delivery where kind = 'reminder'",
    );
    const { n, letters } = rows[0] as { n: number; letters: number };
    assert.ok(n > 0, 'nobody was reminded');
    assert.equal(n, letters);
    const reminded = await sql<{ reminders_sent: number }>`
      select distinct reminders_sent from obligation where action_id = ${released.actionId}`.execute(handle.db);
    assert.deepEqual(reminded.rows, [{ reminders_sent: 1 }]);
  });

  it('keep one chain and right figures', async () => {
    assert.equal((await verifyEventChain(house.ctx)).chain, 'ok');
    assert.equal((await verifyFigures(house.ctx)).figures, 'ok');
  });

  it('migrate an empty database one after the other, when both start at once', async () => {
    const fresh = await createServerDatabase();
    try {
      await fresh.handle.run('drop schema public cascade; create schema public');
      const handles = await Promise.all(
        [1, 2].map(() => openDatabase({ kind: 'postgresql', url: fresh.url, poolSize: 2 })),
      );
      const applied = await Promise.all(handles.map((one) => migrate(one)));
      const names = applied.flat();
      assert.equal(new Set(names).size, names.length, 'a migration ran twice');
      assert.ok(names.length >= 6);
      for (const one of handles) await one.close();
    } finally {
      await fresh.handle.close();
    }
  });
});

describe('a second server on one DATA_DIR', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-servers-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'does not start, and says in one line who has the folder',
    { skip: databaseKind === 'postgresql' && 'the embedded database only' },
    async () => {
      const config = readConfig({ DATA_DIR: folder, LOG_LEVEL: 'error' });
      if ('problems' in config) throw new Error(config.problems.join());
      const first = await openHouse(config, { work: false });
      try {
        await assert.rejects(openHouse(config, { work: false }), (error) => {
          assert.ok(error instanceof StartError);
          assert.match(error.message, /^[^\n]+$/);
          assert.ok(error.message.includes(folder) && error.message.includes(`process ${process.pid}`), error.message);
          return true;
        });
        assert.equal((await first.database.run('select 1 as one')).rows[0]?.one, 1);
      } finally {
        await first.close();
      }
    },
  );
});
