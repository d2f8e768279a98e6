/** The tour of the stand-ins, as the demo makes it: a ledger whose clock stands in 2022, machines that live today. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tryStandIn } from '../sample/instrument/tour.ts';
import { bringPatch } from '../sample/patch.ts';
import { openHouse } from './helpers/house.ts';
import { plantGate } from './helpers/packages.ts';

describe('the tour of the stand-ins', () => {
  it('V6: closes each mode by itself, refuses wrong codes, and ends verified', { timeout: 60_000 }, async () => {
    const house = await openHouse();
    house.ctx.wallClock = () => new Date();
    try {
      const gate = await plantGate(house.ctx, 'FSN-STAND-IN');
      house.setNow('2022-06-11T08:00:00Z');
      const { db } = house.ctx;
      const system = house.ctx;
      const [quality, regulatory, support] = await Promise.all([
        house.staff('quality'),
        house.staff('regulatory'),
        house.staff('support'),
      ]);
      const units = await db.selectFrom('unit').select(['id', 'product_id', 'site_id', 'party_id', 'kind']).execute();
      // A second mode for the instruments, and the computer of a laboratory.
      const [dx] = await db.selectFrom('environment').selectAll().execute();
      assert.ok(dx);
      const ruo = await db
        .insertInto('environment')
        .values({ product_id: dx.product_id, code: 'RUO', name: 'Research mode', position: 2 })
        .returning('id')
        .executeTakeFirstOrThrow();
      const [owner] = units;
      assert.ok(owner);
      const at = new Date('2022-05-01T00:00:00Z');
      const computer = await db
        .insertInto('unit')
        .values({
          ...{ product_id: owner.product_id, site_id: owner.site_id, party_id: owner.party_id },
          ...{ kind: 'standalone', serial: 'LRM PC 7', serial_key: 'lrmpc7', connected: false },
          ...{ shipped_on: null, isolated_at: null, import_id: null, import_row: null, sold_through_id: null },
          ...{ created_at: at, changed_at: at },
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      for (const unit of [...units, { ...owner, id: computer.id }]) {
        await db
          .insertInto('correction')
          .values({
            ...{ action_id: gate.actionId, unit_id: unit.id, environment_id: ruo.id, remedy_id: gate.remedyId },
            ...{ product_id: unit.product_id, party_id: unit.party_id, site_id: unit.site_id, country: 'DE' },
            ...{ state_since: at, because_id: null, created_at: at },
          })
          .execute();
      }
      await bringPatch({ quality, regulatory, support, system }, gate.remedyId);

      const began = performance.now();
      const report = await tryStandIn({ support, quality, actionId: gate.actionId });
      assert.ok(performance.now() - began < 10_000);

      const open = { inside: 'open', outside: 'open', correction: 'open' };
      const closed = { inside: 'open', outside: 'closed', correction: 'confirmed' };
      assert.equal(report.serial, 'FSN-STAND-IN-owner');
      assert.deepEqual(report.before, { Dx: open, RUO: open });
      assert.deepEqual(report.afterDx, { Dx: closed, RUO: open });
      assert.deepEqual(report.afterRUO, { Dx: closed, RUO: closed });
      assert.deepEqual(report.standalone, { serial: 'LRM PC 7', before: open, after: closed });
      assert.deepEqual(report.verified, ['verified', 'verified', 'verified']);
      assert.deepEqual(report.refused, ['code.mistyped', 'code.belongs-elsewhere', 'code.used']);
      await assert.rejects(
        tryStandIn({ support, quality, actionId: gate.actionId, unitId: owner.id }),
        /no instrument with all its modes open/,
      );
    } finally {
      await house.close();
    }
    assert.deepEqual(house.errors, []);
  });
});
