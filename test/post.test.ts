/** Letters on paper: which letter it is, its tracking number, its arrival, its return, and the address that is right. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Context } from '../src/app/context.ts';
import { linkUrl } from '../src/app/links.ts';
import { findLetter } from '../src/app/post-letters.ts';
import { mendAddress, recordReturn } from '../src/app/post-returns.ts';
import { markPrinted, recordArrivals, recordTracking } from '../src/app/post-tracking.ts';
import { takeBackReturn } from '../src/app/post-undo.ts';
import { loadPostFigures, loadPostRow } from '../src/app/queries/post.ts';
import {
  carrierOf,
  letterReference,
  readLetterReference,
  readTracking,
  readTrackingList,
  returnReasons,
  returnRules,
} from '../src/domain/post.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { addParty, addReleased, plan, type Released, type SampleParty } from './delivery-house.ts';
import { type House, openHouse } from './helpers/house.ts';

function ok<T>(answer: T | Refusal): T {
  assert.ok(!isRefusal(answer), isRefusal(answer) ? answer.code : '');
  return answer;
}
const refused = (answer: unknown, code: string): void => {
  assert.ok(isRefusal(answer), `expected ${code}`);
  assert.equal(answer.code, code);
};

describe('what stands on letters', () => {
  it('reads tracking numbers and notices a mistyped one', () => {
    for (const [typed, read] of [
      ['RR 473 124 829 FI', 'RR473124829FI'],
      ['rr123456785de', 'RR123456785DE'],
      ['1Z 999-AA1/0123456784', '1Z999AA10123456784'],
      ['00340434161094015902', '00340434161094015902'],
    ] as const)
      assert.equal(readTracking(typed), read);
    refused(readTracking('RR123456789DE'), 'post.tracking-check');
    for (const wrong of ['', 'ABC', 'ABCDEFGH', '12;34567', '1'.repeat(41)])
      refused(readTracking(wrong), 'post.tracking-shape');
    assert.equal(carrierOf('RR123456785DE'), 'Post, DE');
    assert.equal(carrierOf('00340434161094015902'), '');
  });

  it('reads what names a letter', () => {
    assert.deepEqual(readLetterReference(' L-12 '), { kind: 'delivery', id: 12 });
    assert.deepEqual(readLetterReference('12'), { kind: 'delivery', id: 12 });
    assert.deepEqual(readLetterReference('0012'), { kind: 'text', text: '0012' });
    assert.deepEqual(readLetterReference('00340434161094015902').kind, 'text');
    assert.deepEqual(readLetterReference('34043416109401590').kind, 'text', 'too long for a letter of ours');
    const token = '0123456789abcdefghjkmnpqrs';
    assert.deepEqual(readLetterReference(`https://recall.example/p/${token}`), { kind: 'link', token });
    assert.equal(readLetterReference('FF1.ABC').kind, 'form');
  });

  it('reads a list, and says which line is wrong', () => {
    const list = readTrackingList(
      '\uFEFFletter;tracking\r\nL-1;RR123456785DE\n\n"L-2"\t"1Z 999 AA1"\nL-3\nL-1;123456\nL-4;RR123456789DE',
    );
    assert.deepEqual(list.lines, [
      { line: 2, reference: 'L-1', tracking: 'RR123456785DE' },
      { line: 4, reference: 'L-2', tracking: '1Z999AA1' },
    ]);
    assert.deepEqual(
      list.faults.map((fault) => [fault.line, fault.refusal.code]),
      [
        [5, 'post.line-incomplete'],
        [6, 'post.line-twice'],
        [7, 'post.tracking-check'],
      ],
    );
    assert.deepEqual(readTrackingList(''), { lines: [], faults: [] });
    const long = Array.from({ length: 2_001 }, (_, place) => `L-${place + 1};123456`).join('\n');
    assert.equal(readTrackingList(long).faults[0]?.refusal.code, 'post.list-too-long');
  });

  it('says of each reason for a return what follows', () => {
    assert.deepEqual(
      returnReasons.map((reason) => [reason, returnRules[reason].bounce, returnRules[reason].badAddress]),
      [
        ['moved', 'hard', true],
        ['unknown', 'hard', true],
        ['closed', 'hard', true],
        ['refused', 'policy', false],
        ['unclaimed', 'soft', false],
        ['damaged', 'soft', false],
      ],
    );
  });
});

describe('letters in the post', () => {
  let house: House;
  let released: Released;
  let support: Context;

  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-04T08:00:00Z');
    released = await addReleased(house.ctx);
    support = await house.staff('support');
  });
  after(() => house.close());

  async function letterOf(
    wishes: Parameters<typeof addParty>[2] = {},
  ): Promise<{ party: SampleParty; id: number; link: number }> {
    const party = await addParty(house.ctx, released, {
      street: 'Hauptstr. 1',
      contacts: [{ channel: 'post', languages: ['de'] }],
      ...wishes,
    });
    await plan(house.ctx, released);
    const row = await house.handle.db
      .selectFrom('delivery')
      .select(['id', 'link_id'])
      .where('contact_id', '=', party.contactIds[0] ?? 0)
      .executeTakeFirstOrThrow();
    return { party, id: row.id, link: row.link_id ?? 0 };
  }
  const scope = () => ({ actionId: released.actionId, today: house.ctx.now().toISOString().slice(0, 10) });
  const rowOf = (id: number) => loadPostRow(house.handle.db, scope(), id);
  const stateOf = async (id: number) => (await rowOf(id))?.post;
  const owed = (party: SampleParty) =>
    house.handle.db
      .selectFrom('obligation')
      .select(['notified_at'])
      .where('party_id', '=', party.partyId)
      .executeTakeFirstOrThrow();

  it('follows a registered letter from the printer to the signature', async () => {
    const { party, id, link } = await letterOf();
    assert.equal(await stateOf(id), 'to-print');
    ok(await markPrinted(support, released.actionId, { deliveryIds: [id] }));
    assert.equal(await stateOf(id), 'printed');
    const code = linkUrl(house.ctx.settings, link);
    const rows = [{ reference: code, tracking: 'RR 123 456 785 DE' }];
    const dry = ok(await recordTracking(support, released.actionId, { rows, dry: true }));
    assert.deepEqual([dry.done, dry.letters[0]?.id, dry.letters[0]?.fresh], [false, id, true]);
    assert.equal(await stateOf(id), 'printed', 'a dry run changes nothing');
    assert.ok(ok(await recordTracking(support, released.actionId, { rows })).done);
    const sent = await rowOf(id);
    assert.deepEqual(
      [sent?.post, sent?.tracking, sent?.carrier, sent?.service, sent?.dispatched_on],
      ['dispatched', 'RR123456785DE', 'Post, DE', 'registered', '2022-05-04'],
    );
    assert.ok((await owed(party)).notified_at, 'the party counts as told');
    const early = { rows: [{ reference: 'RR123456785DE', deliveredOn: '2022-05-03' }] };
    assert.equal(
      ok(await recordArrivals(support, released.actionId, early)).faults[0]?.refusal.code,
      'post.before-dispatch',
    );
    house.setNow('2022-05-06T08:00:00Z');
    const arrived = { rows: [{ reference: 'RR123456785DE', deliveredOn: '2022-05-05', signedBy: 'E. Muster' }] };
    assert.ok(ok(await recordArrivals(support, released.actionId, arrived)).done);
    const row = await rowOf(id);
    assert.deepEqual([row?.post, row?.signed_by, row?.delivered_on], ['delivered', 'E. Muster', '2022-05-05']);
    const tries = await house.handle.db
      .selectFrom('delivery_attempt')
      .select(['outcome', 'detail'])
      .where('delivery_id', '=', id)
      .orderBy('id')
      .execute();
    assert.deepEqual(tries, [
      { outcome: 'posted', detail: 'tracking RR123456785DE' },
      { outcome: 'delivered', detail: 'on 2022-05-05, signed by E. Muster' },
    ]);
    house.setNow('2022-05-04T08:00:00Z');
  });

  it('takes a list only whole, unless asked for its right lines', async () => {
    const [one, two] = [await letterOf(), await letterOf()];
    const rows = [
      { reference: letterReference(one.id), tracking: '12345601' },
      { reference: 'L-999999', tracking: '12345602' },
      { reference: letterReference(one.id), tracking: '12345603' },
      { reference: String(two.id), tracking: '12345604', line: 9 },
    ];
    const plan = ok(await recordTracking(support, released.actionId, { rows }));
    assert.deepEqual(
      plan.faults.map((fault) => [fault.line, fault.refusal.code]),
      [
        [2, 'post.letter-unknown'],
        [3, 'post.letter-twice'],
      ],
    );
    assert.equal(plan.done, false);
    assert.equal(await stateOf(one.id), 'to-print', 'nothing was written');
    assert.ok(ok(await recordTracking(support, released.actionId, { rows, skipFaults: true })).done);
    assert.deepEqual([(await rowOf(one.id))?.tracking, (await rowOf(two.id))?.tracking], ['12345601', '12345604']);
    const other = { rows: [{ reference: letterReference(one.id), tracking: '12345609' }] };
    assert.ok(ok(await recordTracking(support, released.actionId, other)).done);
    assert.equal((await rowOf(one.id))?.tracking, '12345609', 'a number can be set right');
  });

  it('finds a letter by its party, and asks which of several', async () => {
    const { party, id } = await letterOf({
      contacts: [
        { channel: 'post', name: 'One' },
        { channel: 'post', name: 'Two' },
      ],
    });
    const { ref } = await house.handle.db
      .selectFrom('party')
      .select('ref')
      .where('id', '=', party.partyId)
      .executeTakeFirstOrThrow();
    refused(await findLetter(house.handle.db, house.ctx, released.actionId, ref, ['queued']), 'post.letter-ambiguous');
    const own = ok(await findLetter(house.handle.db, house.ctx, released.actionId, letterReference(id), ['queued']));
    assert.equal(own.id, id);
    const elsewhere = await addReleased(house.ctx);
    refused(
      await findLetter(house.handle.db, house.ctx, elsewhere.actionId, letterReference(id), ['queued']),
      'post.letter-unknown',
    );
  });

  it('takes a returned letter back once, with what follows, and sends it to the right address', async () => {
    const { party, id } = await letterOf();
    refused(
      await recordReturn(support, released.actionId, { reference: letterReference(id), reason: 'moved' }),
      'post.letter-state',
    );
    const rows = [{ reference: letterReference(id), tracking: '98765432' }];
    ok(await recordTracking(support, released.actionId, { rows }));
    const back = ok(
      await recordReturn(support, released.actionId, {
        reference: '98765432',
        reason: 'moved',
        detail: 'now Nebenstr. 2',
      }),
    );
    assert.equal(back.id, id);
    assert.ok(back.taskId);
    const again = ok(
      await recordReturn(support, released.actionId, { reference: letterReference(id), reason: 'unknown' }),
    );
    assert.equal(again.taskId, back.taskId, 'scanned twice, one task');
    const row = await rowOf(id);
    assert.deepEqual([row?.post, row?.return_reason, row?.returned_on], ['returned', 'moved', '2022-05-04']);
    assert.equal((await owed(party)).notified_at, null, 'a party that no letter reached was not told');
    const trouble = () =>
      house.handle.db
        .selectFrom('reach_trouble')
        .select(['kind', 'reason', 'mended_at'])
        .where('party_id', '=', party.partyId)
        .execute();
    assert.deepEqual(await trouble(), [{ kind: 'post', reason: 'moved', mended_at: null }]);
    const place = { street: 'Nebenstr. 2', postcode: '10117', city: 'Musterstadt', reason: 'Sticker of the post' };
    refused(
      await mendAddress(support, id, { ...place, street: 'Hauptstr. 1', postcode: '10115' }),
      'post.same-address',
    );
    const mended = ok(await mendAddress(support, id, place));
    const letter = await house.handle.db
      .selectFrom('delivery')
      .select(['address', 'state', 'channel'])
      .where('id', '=', mended.deliveryId)
      .executeTakeFirstOrThrow();
    assert.match(letter.address, /Nebenstr\. 2\n10117 Musterstadt/);
    assert.deepEqual([letter.state, letter.channel], ['queued', 'post']);
    const task = await house.handle.db
      .selectFrom('task')
      .select('state')
      .where('id', '=', back.taskId)
      .executeTakeFirstOrThrow();
    assert.equal(task.state, 'done');
    assert.ok((await trouble())[0]?.mended_at);
    refused(await mendAddress(support, mended.deliveryId, place), 'delivery.not-returned');
  });

  it('takes a return back that was none', async () => {
    const { party, id } = await letterOf();
    refused(await takeBackReturn(support, id, { reason: 'mixed up' }), 'post.not-returned');
    const rows = [{ reference: letterReference(id), tracking: '77777777' }];
    ok(await recordTracking(support, released.actionId, { rows }));
    const back = ok(await recordReturn(support, released.actionId, { reference: '77777777', reason: 'unknown' }));
    assert.equal((await owed(party)).notified_at, null);
    ok(await takeBackReturn(support, id, { reason: 'another letter was scanned' }));
    assert.equal(await stateOf(id), 'dispatched');
    assert.ok((await owed(party)).notified_at, 'the party counts as told again');
    const contact = await house.handle.db
      .selectFrom('contact')
      .select('status')
      .where('id', '=', party.contactIds[0] ?? 0)
      .executeTakeFirstOrThrow();
    assert.equal(contact.status, 'active');
    const stateOfTask = async () =>
      (await house.handle.db.selectFrom('task').select('state').where('id', '=', back.taskId).executeTakeFirstOrThrow())
        .state;
    assert.equal(await stateOfTask(), 'dismissed');
    const trouble = await house.handle.db
      .selectFrom('reach_trouble')
      .select('mended_at')
      .where('party_id', '=', party.partyId)
      .executeTakeFirstOrThrow();
    assert.ok(trouble.mended_at);
    ok(await recordReturn(support, released.actionId, { reference: '77777777', reason: 'moved' }));
    assert.equal(await stateOf(id), 'returned');
    assert.equal(await stateOfTask(), 'open', 'it can come back later, indeed');
  });

  it('counts a letter nobody heard of again as overdue, and an answered one not', async () => {
    const { party, id } = await letterOf();
    const rows = [{ reference: letterReference(id), tracking: '55555555' }];
    ok(await recordTracking(support, released.actionId, { rows }));
    house.setNow('2022-05-17T08:00:00Z');
    assert.equal(await stateOf(id), 'dispatched');
    house.setNow('2022-05-18T08:00:00Z');
    assert.equal(await stateOf(id), 'overdue');
    assert.equal((await loadPostFigures(house.handle.db, scope())).states.overdue, 3);
    await house.handle.db
      .updateTable('obligation')
      .set({ received_at: house.ctx.now() })
      .where('party_id', '=', party.partyId)
      .execute();
    assert.equal(await stateOf(id), 'dispatched');
    house.setNow('2022-05-04T08:00:00Z');
  });

  it('lets nobody in who may not', async () => {
    const viewer = await house.staff('viewer');
    const rows = [{ reference: 'L-1', tracking: '12345678' }];
    refused(await recordTracking(viewer, released.actionId, { rows }), 'forbidden');
    refused(await recordArrivals(viewer, released.actionId, { rows: [{ reference: 'L-1' }] }), 'forbidden');
    refused(await recordReturn(viewer, released.actionId, { reference: 'L-1', reason: 'moved' }), 'forbidden');
    refused(await markPrinted(viewer, released.actionId, { deliveryIds: [1] }), 'forbidden');
    refused(await mendAddress(viewer, 1, { street: 'a', city: 'b', reason: 'why' }), 'forbidden');
  });
});
