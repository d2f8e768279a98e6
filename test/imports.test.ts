import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeSampleField } from '../sample/field.ts';
import type { Context } from '../src/app/context.ts';
import { importFile } from '../src/app/imports.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type ImportHouse, openImportHouse, toCsv } from './helpers/imports-house.ts';

describe('the example field', () => {
  let house: ImportHouse;
  let ctx: Context;
  before(async () => {
    house = await openImportHouse();
    ctx = house.ctx;
  });
  after(() => house.close());

  const field = makeSampleField();
  for (const kind of ['products', 'parties', 'sites', 'contacts', 'units'] as const) {
    it(`${kind} come in, and change nothing the second time`, async () => {
      const rows = field[kind].length - 1;
      const bytes = toCsv(field[kind]);
      const first = await importFile(ctx, { kind, name: `${kind}.csv`, bytes, mode: 'all' });
      assert.ok(!isRefusal(first), JSON.stringify(first));
      assert.equal(first.state, 'applied');
      assert.equal(first.created, rows);
      const second = await importFile(ctx, { kind, name: `${kind}.csv`, bytes, mode: 'all' });
      assert.ok(!isRefusal(second), JSON.stringify(second));
      assert.deepEqual(
        { created: second.created, changed: second.changed, same: second.same },
        { created: 0, changed: 0, same: first.created },
      );
    });
  }
});
