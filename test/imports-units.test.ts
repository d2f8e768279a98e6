import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { applyImport, cancelCheck, importFile, runImport, uploadImport } from '../src/app/imports.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type ImportHouse, openImportHouse, toCsv, viewer } from './helpers/imports-house.ts';

describe('units', () => {
  let house: ImportHouse;
  before(async () => {
    house = await openImportHouse();
    for (const [kind, rows] of [
      [
        'products',
        [
          ['Code', 'Name', 'UDI-DI', 'Catalogue numbers', 'Environments'],
          ['NX', 'Sequencer', '00816270020125', '20005715', 'Dx, RUO'],
          ['OLD', 'Older', '', '15036706', ''],
          ['NEW', 'Newer', '', '15036706', ''],
        ],
      ],
      [
        'parties',
        [
          ['Number', 'Name', 'Country', 'Type', 'Distributor'],
          ['C-1', 'One', 'DE', '', 'D-1'],
          ['C-2', 'Two', 'IT', '', ''],
          ['D-1', 'Sells', 'AT', 'distributor', 'D-2'],
          ['D-2', 'Sells more', 'CH', 'distributor', ''],
          ['C-3', 'Three', 'FR', '', 'D-9'],
        ],
      ],
      [
        'sites',
        [
          ['Number', 'Party', 'Name', 'Country'],
          ['S-1', 'C-1', 'House', 'DE'],
          ['S-2', 'C-2', 'Casa', 'IT'],
        ],
      ],
    ] as const) {
      const result = await importFile(house.ctx, { kind, name: `${kind}.csv`, bytes: toCsv(rows), mode: 'valid' });
      assert.ok(!isRefusal(result), JSON.stringify(result));
    }
  });
  after(() => house.close());

  const header = [
    'Product',
    'Serial number',
    'Site',
    'Party',
    'Shipped on',
    'Connected',
    'Software Dx',
    'Software RUO',
  ];
  const bring = (rows: string[][], mode: 'all' | 'valid' | 'check' = 'valid', name = 'units.csv') =>
    importFile(house.ctx, { kind: 'units', name, bytes: toCsv([header, ...rows]), mode });
  const unitOf = (serial: string) =>
    house.ctx.db.selectFrom('unit').selectAll().where('serial', '=', serial).executeTakeFirstOrThrow();

  it('refer to distributors further down, and to none that is unknown', async () => {
    const { rows } = await sql<{ ref: string; distributor: string | null }>`
      select p.ref, d.ref as distributor from party p left join party d on d.id = p.distributor_id order by p.ref`.execute(
      house.ctx.db,
    );
    assert.deepEqual(rows, [
      { ref: 'C-1', distributor: 'D-1' },
      { ref: 'C-2', distributor: null },
      { ref: 'D-1', distributor: 'D-2' },
      { ref: 'D-2', distributor: null },
    ]);
  });

  it('are found by any identifier, stand at the party when no site is given, and are refused with a reason', async () => {
    const result = await bring([
      ['20005715', 'NB1', 'S-1', '', '04MAY2020', 'yes', '1.3', '1.3'],
      ['00816270020125', 'NB2', '', 'C-2', '', '', '1.3', ''],
      ['NX', 'NB1', 'S-1', '', '', '', '', ''],
      ['15036706', 'M1', 'S-1', '', '', '', '', ''],
      ['NX', 'NB3', 'S-9', '', '', '', '', ''],
      ['NX', 'NB4', 'S-1', 'C-2', '', '', '', ''],
      ['OLD', 'X1', 'S-1', '', '', '', '2.0', ''],
    ]);
    assert.ok(!isRefusal(result), JSON.stringify(result));
    assert.deepEqual([result.created, result.rejected], [2, 5]);
    const rejects = await house.ctx.db
      .selectFrom('import_reject')
      .selectAll()
      .where('import_id', '=', result.id)
      .orderBy('row')
      .execute();
    assert.deepEqual(
      rejects.map(({ row, findings }) => [row, findings[0]?.code, findings[0]?.heading]),
      [
        [4, 'import.duplicate', ''],
        [5, 'import.product-ambiguous', 'Product'],
        [6, 'import.site-unknown', 'Site'],
        [7, 'import.site-party', 'Site'],
        [8, 'import.environment', 'Software Dx'],
      ],
    );
    const site = await house.ctx.db.selectFrom('site').selectAll().where('ref', '=', 'C-2').executeTakeFirstOrThrow();
    assert.equal((await unitOf('NB2')).site_id, site.id);
    assert.deepEqual((await unitOf('NB1')).software, { Dx: '1.3', RUO: '1.3' });
    assert.equal((await unitOf('NB1')).shipped_on, '2020-05-04');
  });

  it('that move take their open corrections with them, and their history says so', async () => {
    const { db } = house.ctx;
    const unit = await unitOf('NB1');
    const at = house.ctx.now();
    await sql`insert into action (reference, title, stage_since, created_at, changed_at) values ('A', 'A', ${at}, ${at}, ${at})`.execute(
      db,
    );
    await sql`insert into remedy (action_id, position, kind, name, created_at) values (1, 1, 'interim-patch', 'P', ${at})`.execute(
      db,
    );
    await sql`insert into correction (action_id, unit_id, environment_id, remedy_id, product_id, party_id, site_id, country, state, state_since, created_at)
      select 1, u.id, e.id, 1, u.product_id, u.party_id, u.site_id, 'DE', case e.code when 'Dx' then 'open' else 'stated' end, ${at}, ${at}
        from unit u join environment e on e.product_id = u.product_id where u.id = ${unit.id}`.execute(db);
    const moved = await bring([['NX', 'NB1', 'S-2', '', '2020-05-04', 'no', '1.4', '']], 'all', 'moved.csv');
    assert.ok(!isRefusal(moved), JSON.stringify(moved));
    assert.deepEqual([moved.created, moved.changed, moved.state], [0, 1, 'applied']);
    const now = await unitOf('NB1');
    assert.deepEqual([now.connected, now.software, now.import_id], [false, { Dx: '1.4', RUO: '1.3' }, unit.import_id]);
    const corrections = await db
      .selectFrom('correction')
      .select(['state', 'country', 'party_id'])
      .orderBy('state')
      .execute();
    assert.deepEqual(
      corrections.map(({ state, country, party_id }) => [state, country, party_id === now.party_id]),
      [
        ['open', 'IT', true],
        ['stated', 'DE', false],
      ],
    );
    const event = await db.selectFrom('event').selectAll().where('unit_id', '=', unit.id).executeTakeFirstOrThrow();
    assert.deepEqual(event.before, { site: 'S-1', party: 'C-1', connected: true, software: { Dx: '1.3', RUO: '1.3' } });
    assert.equal(event.reason, `Import ${moved.id}, row 2`);
    const again = await bring([['NX', 'NB1', 'S-2', '', '2020-05-04', 'no', '1.4', '']], 'all', 'moved.csv');
    assert.ok(!isRefusal(again));
    assert.deepEqual([again.created, again.changed, again.same], [0, 0, 1]);
  });

  it('are checked again when what is known changes in between, and nothing is half written', async () => {
    const { ctx, queue } = house;
    const checked = await bring(
      [
        ['NX', 'NB7', 'S-1', '', '', '', '', ''],
        ['NX', 'NB8', 'S-1', '', '', '', '', ''],
      ],
      'check',
    );
    assert.ok(!isRefusal(checked));
    assert.equal(checked.state, 'checked');
    const other = await bring([['NX', 'NB8', 'S-2', '', '', '', '', '']], 'all');
    assert.ok(!isRefusal(other));
    assert.ok(!isRefusal(await applyImport(ctx, { id: checked.id })));
    await runImport(ctx, checked.id);
    const row = await ctx.db.selectFrom('import').selectAll().where('id', '=', checked.id).executeTakeFirstOrThrow();
    assert.equal(row.state, 'checking');
    assert.equal(row.problem?.code, 'import.outdated');
    const none = await ctx.db.selectFrom('unit').select('id').where('serial', '=', 'NB7').execute();
    assert.equal(none.length, 0);
    await queue.runPending();
    const after = await ctx.db.selectFrom('import').selectAll().where('id', '=', checked.id).executeTakeFirstOrThrow();
    assert.deepEqual([after.state, after.rows_created, after.rows_changed], ['checked', 1, 1]);
  });

  it('run twice write once; a check can be stopped; viewers may not', async () => {
    const { ctx, queue } = house;
    const checked = await bring([['NX', 'NB9', 'S-1', '', '', '', '', '']], 'check');
    assert.ok(!isRefusal(checked));
    assert.ok(!isRefusal(await applyImport(ctx, { id: checked.id })));
    await Promise.all([runImport(ctx, checked.id), runImport(ctx, checked.id)]);
    assert.equal((await ctx.db.selectFrom('unit').select('id').where('serial', '=', 'NB9').execute()).length, 1);
    const source = async function* () {
      yield toCsv([header, ['NX', 'NB10', 'S-1', '', '', '', '', '']]);
    };
    const uploaded = await uploadImport(ctx, { kind: 'units', name: 'more.csv', source: source() });
    assert.ok(!isRefusal(uploaded));
    assert.equal(uploaded.state, 'checking');
    assert.ok(!isRefusal(await cancelCheck(ctx, { id: uploaded.id })));
    await queue.runPending();
    const row = await ctx.db
      .selectFrom('import')
      .select('state')
      .where('id', '=', uploaded.id)
      .executeTakeFirstOrThrow();
    assert.equal(row.state, 'uploaded');
    const no = await uploadImport(house.as(viewer), { kind: 'units', name: 'x.csv', source: source() });
    assert.ok(isRefusal(no) && no.code === 'forbidden');
    assert.equal(isRefusal(await verifyEventChain(ctx)), false);
  });

  it('must refer to what exists, also without the importer', async () => {
    const { db } = house.ctx;
    const at = house.ctx.now();
    await assert.rejects(
      sql`insert into unit (kind, product_id, site_id, party_id, serial, serial_key, created_at, changed_at) values ('serial', 1, 9999, 1, 'Z', 'Z', ${at}, ${at})`.execute(
        db,
      ),
      { code: '23503' },
    );
    await assert.rejects(sql`update unit set party_id = 9999 where serial = 'NB1'`.execute(db), { code: '23503' });
    await assert.rejects(sql`delete from product where code = 'NX'`.execute(db), { code: '23503' });
  });
});
