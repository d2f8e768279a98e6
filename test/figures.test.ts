/** Figures kept by triggers, counted again from their rows. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { verifyFigures } from '../src/app/figures.ts';
import { importFile } from '../src/app/imports.ts';
import { loadDashboard } from '../src/app/queries/dashboard.ts';
import { openTasks } from '../src/app/tasks.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, type Released } from './delivery-house.ts';
import { type ImportHouse, openImportHouse, toCsv } from './helpers/imports-house.ts';

describe('figures', () => {
  let house: ImportHouse;
  let released: Released;
  before(async () => {
    house = await openImportHouse();
    released = await addReleased(house.ctx);
    for (let n = 0; n < 3; n++) await addParty(house.ctx, released, { units: 2 });
  });
  after(() => house.close());

  it('are what their rows count to', async () => {
    const verdict = await verifyFigures(house.ctx);
    assert.equal(verdict.figures, 'ok', JSON.stringify(verdict));
    assert.ok(verdict.compared >= 8);
  });

  it('follow tasks that are opened, taken and ended', async () => {
    const { db } = house.ctx;
    await db.transaction().execute((tx) =>
      openTasks(
        tx,
        house.ctx,
        [1, 2, 3].map((n) => ({ kind: 'bounce', key: `bounce:${n}`, actionId: released.actionId, detail: {} })),
      ),
    );
    await sql`update task set owner_id = 's1' where key = 'bounce:1'`.execute(db);
    await sql`update task set state = 'done' where key = 'bounce:2'`.execute(db);
    const board = await loadDashboard(db, released.actionId, house.ctx.now());
    assert.deepEqual(board?.tasks, [{ kind: 'bounce', n: 2, urgent: 0, unowned: 1 }]);
    assert.equal((await verifyFigures(house.ctx)).figures, 'ok');
  });

  it('name the party that owes what an import moved to it', async () => {
    const { db } = house.ctx;
    const site = await db.selectFrom('site').select(['ref', 'name', 'country']).orderBy('id').executeTakeFirstOrThrow();
    await sql`insert into party (ref, kind, name, country, created_at, changed_at)
      values ('NEW', 'customer', 'Nobody told them', 'DE', now(), now())`.execute(db);
    const moved = await importFile(house.ctx, {
      kind: 'sites',
      name: 'sites.csv',
      bytes: toCsv([
        ['Number', 'Party', 'Name', 'Country'],
        [site.ref, 'NEW', site.name, site.country],
      ]),
      mode: 'all',
    });
    assert.ok(!isRefusal(moved), JSON.stringify(moved));
    const owed = await sql<{ total: number; open: number; state: string }>`
      select corrections_total as total, corrections_open as open, state from obligation o join party p on p.id = o.party_id
       where p.ref = 'NEW'`.execute(db);
    assert.deepEqual(owed.rows, [{ total: 4, open: 4, state: 'silent' }]);
    const contacts = await importFile(house.ctx, {
      kind: 'contacts',
      name: 'contacts.csv',
      bytes: toCsv([
        ['Party', 'Name', 'E-mail', 'Languages'],
        ['NEW', 'Nora Neu', 'nora.neu@new.example', 'de'],
      ]),
      mode: 'all',
    });
    assert.ok(!isRefusal(contacts), JSON.stringify(contacts));
    const letters = await sql<{ address: string }>`
      select d.address from delivery d join party p on p.id = d.party_id where p.ref = 'NEW'`.execute(db);
    assert.deepEqual(letters.rows, [{ address: 'nora.neu@new.example' }]);
    assert.equal((await verifyFigures(house.ctx)).figures, 'ok');
  });

  it('that were tampered with are named', async () => {
    const { db } = house.ctx;
    await sql`update tally set n = n - 1 where subject = 'correction' and state = 'open'`.execute(db);
    await sql`update obligation set corrections_open = 99 where party_id = (select max(id) - 1 from party)`.execute(db);
    const verdict = await verifyFigures(house.ctx);
    assert.equal(verdict.figures, 'wrong');
    const named = verdict.figures === 'wrong' ? verdict.differences.map(({ figure }) => figure) : [];
    assert.ok(
      named.some((figure) => /^correction DE product \d+ environment \d+ remedy \d+ open$/.test(figure)),
      named.join(),
    );
    assert.ok(
      named.some((figure) => figure.startsWith('open corrections of party')),
      named.join(),
    );
  });
});
