/** The sample's weeks on a field small enough for a test: every door answers, codes come back, the stand-in is patched. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { importField, prepareAction, release } from '../sample/action.ts';
import { playClock } from '../sample/clock.ts';
import { slipOf } from '../sample/codes.ts';
import { playWeeks } from '../sample/play.ts';
import { summarize } from '../sample/summary.ts';
import { tryPatch } from '../sample/trial.ts';
import type { Context } from '../src/app/context.ts';
import { sendDueDeliveries } from '../src/app/delivery-send.ts';
import { makeKitFile } from '../src/app/kit-files.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';
import { root } from './helpers/imports.ts';
import { quiet, smallField } from './journeys/journey-house.ts';

/** The command that README's tour tells, with a kit that has arrived: it ends with the code of its first ticket. */
async function goThroughStandIn(support: Context): Promise<void> {
  const kit = await support.db
    .selectFrom('kit')
    .select('id')
    .where('state', '=', 'received')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  const made = await makeKitFile(support, kit.id);
  assert.ok(!isRefusal(made), JSON.stringify(made));
  const parts: Uint8Array[] = [];
  for await (const part of made.bytes) parts.push(part);
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-sample-'));
  try {
    const zip = join(folder, made.name);
    writeFileSync(zip, Buffer.concat(parts));
    const tried = spawnSync(process.execPath, [...process.execArgv, join(root, 'src/cli.ts'), 'stand-in', zip], {
      input: 'yes\nyes\n'.repeat(2),
      encoding: 'utf8',
    });
    assert.equal(tried.status, 0, `${tried.stdout}${tried.stderr}`);
    assert.match(tried.stdout, /open to the network[\s\S]*(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}[\s\S]*closed to the network/);
    const wrong = spawnSync(
      process.execPath,
      [...process.execArgv, join(root, 'src/cli.ts'), 'stand-in', import.meta.filename],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(wrong.status, 1);
    assert.match(wrong.stderr, /is not a kit/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

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
    await goThroughStandIn(cast.support);
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
