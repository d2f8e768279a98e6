import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { transact } from '../src/app/context.ts';
import { type ObligationNews, refreshObligation } from '../src/app/obligations.ts';
import { openPortalHouse, type PortalHouse } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse } from './portal-sample.ts';

describe('what a party owes', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
  });
  after(() => house.close());
  const at = new Date('2022-05-04T08:00:00Z');

  /** kind · units open at first · what happens: a state of all corrections, or news → state after each. */
  const cases: [
    name: string,
    kind: 'customer' | 'distributor',
    units: number,
    steps: [ObligationNews | { all: 'stated' | 'open' }, string][],
  ][] = [
    ['silence stays silence', 'customer', 1, [[{}, 'silent']]],
    ['an answer without receipt is not receipt', 'customer', 1, [[{ repliedAt: at }, 'silent']]],
    [
      'receipt first, the patch later',
      'customer',
      1,
      [
        [{ receivedAt: at }, 'received'],
        [{ all: 'stated' }, 'done'],
      ],
    ],
    [
      'the patch alone leaves receipt owed',
      'customer',
      1,
      [
        [{ all: 'stated' }, 'silent'],
        [{ receivedAt: at }, 'done'],
      ],
    ],
    [
      'something is owed again',
      'customer',
      1,
      [
        [{ receivedAt: at }, 'received'],
        [{ all: 'stated' }, 'done'],
        [{ all: 'open' }, 'received'],
      ],
    ],
    ['a customer without units owes receipt only', 'customer', 0, [[{ receivedAt: at }, 'done']]],
    [
      'a distributor owes that customers are told',
      'distributor',
      0,
      [
        [{ receivedAt: at }, 'received'],
        [{ cascadeOwed: true }, 'received'],
        [{ cascadeOwed: false }, 'done'],
        [{}, 'done'],
      ],
    ],
  ];
  for (const [name, kind, units, steps] of cases) {
    it(name, async () => {
      const party = await addSampleParty(house.ctx, sample, { kind, units });
      for (const [step, state] of steps) {
        await transact(house.ctx, async (tx) => {
          if ('all' in step)
            await tx.updateTable('correction').set({ state: step.all }).where('party_id', '=', party.partyId).execute();
          await refreshObligation(tx, house.ctx, sample.actionId, party.partyId, 'all' in step ? {} : step);
          return null;
        });
        const row = await house.ctx.db
          .selectFrom('obligation')
          .select(['state', 'next_reminder_at', 'completed_at'])
          .where('party_id', '=', party.partyId)
          .executeTakeFirstOrThrow();
        assert.equal(row.state, state, JSON.stringify(step));
        assert.equal(row.next_reminder_at === null, state !== 'silent', 'reminders go to those who have not answered');
        assert.equal(row.completed_at !== null, state === 'done');
      }
    });
  }

  it('stops reminders that wait to be sent', async () => {
    const party = await addSampleParty(house.ctx, sample);
    await house.ctx.db
      .insertInto('delivery')
      .values({
        action_id: sample.actionId,
        party_id: party.partyId,
        contact_id: party.contactId,
        notice_id: null,
        link_id: party.linkId,
        kind: 'reminder',
        purpose: 'reminder:1',
        channel: 'email',
        address: 'a@b.example',
        message_id: '<reminder@test>',
        state_since: at,
        next_attempt_at: at,
        claimed_at: null,
        claimed_by: null,
        created_at: at,
      })
      .execute();
    await transact(house.ctx, (tx) =>
      refreshObligation(tx, house.ctx, sample.actionId, party.partyId, { receivedAt: at }),
    );
    const row = await house.ctx.db
      .selectFrom('delivery')
      .select(['state', 'next_attempt_at'])
      .where('party_id', '=', party.partyId)
      .executeTakeFirst();
    assert.deepEqual(row, { state: 'stopped', next_attempt_at: null });
  });

  it('owes nothing in an action it has no part in', async () => {
    await transact(house.ctx, (tx) => refreshObligation(tx, house.ctx, sample.actionId, 999_999, { receivedAt: at }));
  });
});
