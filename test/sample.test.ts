/** The sample's weeks on a field small enough for a test: every door answers, codes come back, the stand-in is patched. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { importField, prepareAction, release } from '../sample/action.ts';
import { playClock } from '../sample/clock.ts';
import { slipOf } from '../sample/codes.ts';
import { playWeeks } from '../sample/play.ts';
import { summarize } from '../sample/summary.ts';
import { tryPatch } from '../sample/trial.ts';
import type { Context } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { type House, openHouse } from './helpers/house.ts';
import { quiet, smallField } from './journeys/journey-house.ts';

describe('the sample', () => {
  const clock = playClock('2022-04-25T07:00:00Z');
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(async () => {
    await house.close();
    assert.deepEqual(house.errors, []);
  });

  it('plays its weeks on a small field', { timeout: 280_000 }, async () => {
    // The weeks are played, machines go by the real day: as in the demo.
    const played = (ctx: Context): Context => ({ ...ctx, now: clock.now, wallClock: () => new Date() });
    const cast = {
      quality: played(await house.staff('quality')),
      regulatory: played(await house.staff('regulatory')),
      support: played(await house.staff('support')),
      system: played(house.ctx),
    };
    await importField(cast, quiet, smallField({ US: 30, DE: 12, IT: 4, GB: 6 }));
    clock.moveTo(new Date('2022-05-02T08:00:00Z'));
    const { actionId } = await prepareAction(cast, quiet);
    const releasedAt = new Date('2022-05-04T07:00:00Z');
    clock.moveTo(releasedAt);
    await release(cast, actionId);
    while ((await sendDueDeliveries(cast.system, { limit: 200 })).more);
    await playWeeks(cast, clock, { actionId, releasedAt }, quiet);
    const standIn = await tryPatch(cast, actionId);
    const summary = await summarize(cast.system, actionId, { seconds: 0, standIn });
    assert.equal(summary.chain, 'ok');
    assert.ok(summary.patch.kits > 0 && summary.patch.codesAccepted > 0 && summary.patch.codesRefused > 0);
    assert.equal(
      Object.values(summary.patch.verifiedByRung).reduce((sum, count) => sum + count, 0),
      summary.corrections,
    );
    for (const door of ['web', 'telephone', 'email', 'spreadsheet'])
      assert.ok(summary.replies[door], `nobody by ${door}`);
    assert.deepEqual(summary.standInInstrument.before.Dx, { inside: 'open', outside: 'open', correction: 'open' });
    assert.deepEqual(summary.standInInstrument.afterDx.Dx, {
      inside: 'open',
      outside: 'closed',
      correction: 'confirmed',
    });
    assert.equal(summary.standInInstrument.afterDx.RUO.outside, 'open');
    assert.deepEqual(summary.standInInstrument.afterRUO.RUO, {
      inside: 'open',
      outside: 'closed',
      correction: 'confirmed',
    });
  });

  it('has every slip in its turn, and most codes right at once', () => {
    const slips = Array.from({ length: 30 }, (_, nth) => slipOf(nth));
    assert.ok(slips.filter((slip) => slip === 'none').length >= 20);
    for (const slip of [
      'mistyped',
      'other-mode',
      'other-serial',
      'twice',
      'failed',
      'wrong-clock',
      'replaced',
    ] as const)
      assert.ok(slips.includes(slip), slip);
  });
});
