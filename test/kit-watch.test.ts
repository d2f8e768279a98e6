/** Kits that were sent and of which nothing was heard: one task each, which ends by itself. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { moveKit, receiveKit, undoKitMove } from '../src/app/kit-moves.ts';
import { requestKit } from '../src/app/kit-requests.ts';
import { watchKits } from '../src/app/kit-watch.ts';
import { loadKitChoices } from '../src/app/queries/kits.ts';
import { endTask } from '../src/app/task-work.ts';
import { KIT_WAITS } from '../src/domain/kit.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';
import { addPackageRow, addShippedKit } from './helpers/ladder.ts';
import { given } from './helpers/packages.ts';
import { addSampleAction, addSampleParty } from './portal-sample.ts';

describe('kits nobody has heard of', () => {
  let house: House;
  let support: Awaited<ReturnType<House['staff']>>;
  let packageId: number;
  let corrections: number[];

  const tasks = (kit: number) =>
    house.ctx.db
      .selectFrom('task')
      .select(['id', 'state', 'outcome', 'party_id'])
      .where('key', '=', `kit-overdue:${kit}`)
      .execute();
  const stateOf = async (kit: number) => (await tasks(kit)).map((task) => task.state);
  const later = (days: number) => house.setNow(new Date(house.ctx.now().getTime() + days * 86_400_000).toISOString());
  const send = () => addShippedKit(house.ctx, packageId, corrections);

  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    support = await house.staff('support');
    const action = await addSampleAction(house.ctx);
    packageId = await addPackageRow(house.ctx, action);
    corrections = (await addSampleParty(house.ctx, action, { name: 'Labor Fern', units: 1 })).correctionIds;
  });
  after(() => house.close());

  it('opens one task when the days are over, however often it is looked', async () => {
    const kit = await send();
    later(KIT_WAITS.shipped ?? 0);
    assert.equal(await watchKits(house.ctx), 0);
    later(0.01);
    assert.deepEqual([await watchKits(house.ctx), await watchKits(house.ctx)], [1, 0]);
    assert.deepEqual(await stateOf(kit), ['open']);
    const cookie = await house.signIn('support');
    const [task] = await tasks(kit);
    const page = await house.app.request(`/tasks/${task?.id}`, { headers: { cookie } });
    const text = await page.text();
    assert.match(text, /A kit was sent, and nobody says that it arrived/);
    assert.match(text, /0 of 2/);
    assert.match(text, /It was received/);
    given(await receiveKit(support, kit));
    assert.deepEqual(
      (await tasks(kit)).map(({ state, outcome }) => [state, outcome]),
      [['done', `Kit ${kit}: received.`]],
    );
    assert.equal(await watchKits(house.ctx), 0);
    // It had not arrived after all: the days count anew from then.
    given(await undoKitMove(support, kit, { reason: 'another kit' }));
    assert.equal(await watchKits(house.ctx), 0);
    later((KIT_WAITS.shipped ?? 0) + 1);
    assert.equal(await watchKits(house.ctx), 1);
    assert.deepEqual(await stateOf(kit), ['open']);
    given(await moveKit(support, kit, { to: 'destroyed', carrier: '', tracking: '', reason: '' }));
    assert.deepEqual(await stateOf(kit), ['done']);
  });

  it('what a person has ended stays ended; a kit that had not left needs none', async () => {
    const kit = await send();
    later((KIT_WAITS.shipped ?? 0) + 1);
    assert.equal(await watchKits(house.ctx), 1);
    const [task] = await tasks(kit);
    given(await endTask(support, task?.id ?? 0, { state: 'done', outcome: 'Customs hold it.' }));
    later(1);
    assert.equal(await watchKits(house.ctx), 0);
    assert.deepEqual(await stateOf(kit), ['done']);

    const other = await send();
    later((KIT_WAITS.shipped ?? 0) + 1);
    assert.equal(await watchKits(house.ctx), 1);
    given(await undoKitMove(support, other, { reason: 'lies here still' }));
    const [ended] = await tasks(other);
    assert.deepEqual([ended?.state, ended?.outcome], ['done', `Kit ${other} had not left.`]);
  });

  it('one that is overdue no longer stands in the way of another', async () => {
    await house.ctx.db.updateTable('kit').set({ state: 'destroyed' }).execute();
    const kit = await send();
    const early = await requestKit(support, { correctionIds: corrections, note: '' });
    assert.ok(isRefusal(early) && early.code === 'kit.already');
    const party = (await house.ctx.db.selectFrom('kit').select('party_id').executeTakeFirstOrThrow()).party_id;
    assert.deepEqual(
      new Set((await loadKitChoices(house.ctx.db, party, { now: house.ctx.now() })).map((one) => one.kitId)),
      new Set([kit]),
    );
    later((KIT_WAITS.shipped ?? 0) + 1);
    assert.deepEqual(
      new Set((await loadKitChoices(house.ctx.db, party, { now: house.ctx.now() })).map((one) => one.kitId)),
      new Set([null]),
    );
    const other = given(await requestKit(support, { correctionIds: corrections, note: 'The parcel is lost.' }));
    assert.notEqual(other.id, kit);
    const page = await house.app.request(`/kits/${kit}`, { headers: { cookie: await house.signIn('support') } });
    assert.match(await page.text(), /for longer than it should be/);
    await house.ctx.db.updateTable('kit').set({ state: 'destroyed' }).execute();
  });

  it('an engineer who comes later is not overdue before the visit', async () => {
    const kit = await send();
    const visit = new Date(house.ctx.now().getTime() + 20 * 86_400_000).toISOString().slice(0, 10);
    await house.ctx.db.updateTable('kit').set({ way: 'visit', visit_on: visit }).where('id', '=', kit).execute();
    later(21);
    assert.equal(await watchKits(house.ctx), 0);
    later(14);
    assert.equal(await watchKits(house.ctx), 1);
  });
});
