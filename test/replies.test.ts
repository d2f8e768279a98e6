import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  correctConfirmation,
  correctConfirmationInput,
  verifyCorrections,
  verifyCorrectionsInput,
} from '../src/app/confirmations.ts';
import {
  applyContactChange,
  contactProposal,
  proposeContactChange,
  refuseContactChange,
} from '../src/app/contact-changes.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { recordReply, recordReplyInput, sendReply } from '../src/app/replies.ts';
import { acceptReportedUnit, acceptReportedUnitInput } from '../src/app/reply-units.ts';
import { emptyAnswers } from '../src/domain/form.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { openPortalHouse, type PortalHouse, qualityManager, supporter } from './portal-house.ts';
import { addSampleAction, addSampleParty, type SampleHouse, type SampleParty } from './portal-sample.ts';

/** The value, or the test fails with the refusal. */
function ok<T>(value: T | Refusal): T {
  if (isRefusal(value)) assert.fail(`refused: ${JSON.stringify(value)}`);
  return value;
}
function refused(value: unknown): string {
  assert.ok(isRefusal(value), JSON.stringify(value));
  return value.code;
}
const done = { status: 'done', 'done-on': '2022-05-04', 'backed-up': 'yes' };

describe('replies by other doors', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  let lab: SampleParty;
  let other: SampleParty;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
    lab = await addSampleParty(house.ctx, sample);
    other = await addSampleParty(house.ctx, sample);
  });
  after(() => house.close());
  const by = (answers: unknown, rest: Record<string, unknown> = {}) =>
    recordReplyInput.parse({ actionId: sample.actionId, partyId: lab.partyId, door: 'telephone', answers, ...rest });
  const stateOf = async (id: number | undefined): Promise<string | undefined> =>
    (
      await house.ctx.db
        .selectFrom('correction')
        .select('state')
        .where('id', '=', id ?? 0)
        .executeTakeFirst()
    )?.state;

  it('takes what was said on the telephone, and nothing more', async () => {
    const reply = ok(
      await recordReply(
        house.as(supporter),
        by({ party: { received: 'yes', understood: 'yes' }, corrections: { [lab.correctionIds[0] ?? 0]: done } }),
      ),
    );
    assert.ok(reply.fresh);
    assert.equal(await stateOf(lab.correctionIds[0]), 'stated');
    assert.equal(await stateOf(lab.correctionIds[1]), 'open');
    const obligation = await house.ctx.db
      .selectFrom('obligation')
      .select(['state', 'received_at'])
      .where('party_id', '=', lab.partyId)
      .executeTakeFirst();
    assert.equal(obligation?.state, 'received');
    const row = await house.ctx.db
      .selectFrom('confirmation')
      .select(['by_kind', 'by_name', 'door', 'done_on', 'backed_up'])
      .executeTakeFirst();
    assert.deepEqual(row, {
      by_kind: 'staff',
      by_name: 'Sam Support',
      door: 'telephone',
      done_on: '2022-05-04',
      backed_up: true,
    });
  });

  for (const [why, input, code] of [
    [
      'another party’s correction',
      () => by({ corrections: { [other.correctionIds[0] ?? 0]: done } }),
      'reply.correction-not-yours',
    ],
    [
      'another party’s unit',
      () => by({ units: { [other.unitIds[0] ?? 0]: { connected: 'no' } } }),
      'reply.correction-not-yours',
    ],
    ['a party without a part in the action', () => ({ ...by({}), partyId: 999_999 }), 'reply.party-not-told'],
    [
      'a day that is none',
      () => by({ corrections: { [lab.correctionIds[1] ?? 0]: { ...done, 'done-on': '2022-02-31' } } }),
      'reply.incomplete',
    ],
    [
      'a choice that is not offered',
      () => by({ corrections: { [lab.correctionIds[1] ?? 0]: { status: 'verified' } } }),
      'reply.incomplete',
    ],
    ['a moment still to come', () => by({}, { receivedAt: '2022-06-01T00:00:00Z' }), 'reply.in-future'],
  ] as [string, () => Parameters<typeof recordReply>[1], string][]) {
    it(`refuses ${why} and writes nothing`, async () => {
      const count = async () => (await house.ctx.db.selectFrom('event').select('seq').execute()).length;
      const before = await count();
      assert.equal(refused(await recordReply(house.as(supporter), input())), code);
      assert.equal(await count(), before);
    });
  }

  it('is one reply per key, and only for those who may', async () => {
    const input = by({ party: { 'contact-me': 'yes', 'contact-me-text': 'How?' } }, { onceKey: 'call-1', door: 'api' });
    const first = ok(await recordReply(house.as(supporter), input));
    const second = ok(await recordReply(house.as(supporter), input));
    assert.deepEqual([second.id, second.fresh], [first.id, false]);
    assert.equal(
      refused(await recordReply(house.as({ kind: 'staff', id: 'v', name: 'V', role: 'viewer' }), input)),
      'forbidden',
    );
    const link = {
      kind: 'contact',
      linkId: lab.linkId,
      contactId: lab.contactId,
      partyId: lab.partyId,
      name: 'E',
    } as const;
    assert.equal(refused(await recordReply(house.as(link), input)), 'forbidden');
    const tasks = await house.ctx.db.selectFrom('task').select('kind').execute();
    assert.deepEqual(
      tasks.map((task) => task.kind),
      ['support'],
    );
  });

  it('keeps both when a later answer contradicts, and staff settle it', async () => {
    const id = lab.correctionIds[0] ?? 0;
    const again = by({ corrections: { [id]: { status: 'not-yet', reason: 'in-use' } } });
    ok(await recordReply(house.as(supporter), again));
    const row = await house.ctx.db
      .selectFrom('correction')
      .select(['state', 'contradicted', 'because_id'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    assert.deepEqual([row.state, row.contradicted], ['stated', true]);
    const tasks = await house.ctx.db.selectFrom('task').select('kind').where('correction_id', '=', id).execute();
    assert.deepEqual(
      tasks.map((task) => task.kind),
      ['contradiction'],
    );
    const input = correctConfirmationInput.parse({ claim: 'not-yet', reason: 'They meant the other instrument' });
    const settled = ok(await correctConfirmation(house.as(supporter), row.because_id ?? 0, input));
    assert.notEqual(settled.state, 'stated');
    const kept = await house.ctx.db
      .selectFrom('confirmation')
      .select('claim')
      .where('correction_id', '=', id)
      .orderBy('id')
      .execute();
    assert.deepEqual(
      kept.map((one) => one.claim),
      ['done', 'not-yet', 'not-yet'],
    );
  });

  it('verifies all or none, and says what was verified already', async () => {
    const input = verifyCorrectionsInput.parse({
      correctionIds: lab.correctionIds,
      reason: 'Version read in service call 4711',
    });
    assert.equal(refused(await verifyCorrections(house.as(supporter), input)), 'forbidden');
    assert.equal(
      refused(
        await verifyCorrections(house.as(qualityManager), { ...input, correctionIds: [...lab.correctionIds, 10 ** 9] }),
      ),
      'correction.unknown',
    );
    assert.deepEqual(ok(await verifyCorrections(house.as(qualityManager), input)), { verified: 4, already: 0 });
    assert.deepEqual(ok(await verifyCorrections(house.as(qualityManager), input)), { verified: 0, already: 4 });
    const obligation = await house.ctx.db
      .selectFrom('obligation')
      .select(['state', 'corrections_open'])
      .where('party_id', '=', lab.partyId)
      .executeTakeFirst();
    assert.deepEqual(obligation, { state: 'done', corrections_open: 0 });
  });

  it('takes a reported unit into the ledger when staff accept it, and something is owed again', async () => {
    const answers = { extra: [{ product: String(sample.productId), serial: 'NB-NEW-1' }] };
    ok(await recordReply(house.as(supporter), by(answers)));
    const task = await house.ctx.db
      .selectFrom('task')
      .select('id')
      .where('kind', '=', 'unknown-unit')
      .executeTakeFirstOrThrow();
    const site = await house.ctx.db
      .selectFrom('site')
      .select('id')
      .where('party_id', '=', lab.partyId)
      .executeTakeFirstOrThrow();
    const input = acceptReportedUnitInput.parse({
      productId: sample.productId,
      siteId: site.id,
      kind: 'serial',
      serial: 'NB-NEW-1',
      reason: 'In the service records',
    });
    const foreign = await house.ctx.db
      .selectFrom('site')
      .select('id')
      .where('party_id', '=', other.partyId)
      .executeTakeFirstOrThrow();
    assert.equal(
      refused(await acceptReportedUnit(house.as(supporter), task.id, { ...input, siteId: foreign.id })),
      'site.unknown',
    );
    const accepted = ok(await acceptReportedUnit(house.as(supporter), task.id, input));
    assert.equal(accepted.corrections, 2);
    assert.equal(refused(await acceptReportedUnit(house.as(supporter), task.id, input)), 'task.ended');
    const obligation = await house.ctx.db
      .selectFrom('obligation')
      .select(['state', 'corrections_total'])
      .where('party_id', '=', lab.partyId)
      .executeTakeFirst();
    assert.deepEqual(obligation, { state: 'received', corrections_total: 6 });
  });

  it('keeps what was said of a standalone computer when it is accepted', async () => {
    const answers = { standalone: [{ name: 'PC 7', count: 1, patched: 'yes', 'patched-on': '2022-05-04' }] };
    ok(await recordReply(house.as(supporter), by(answers)));
    const task = await house.ctx.db
      .selectFrom('task')
      .select('id')
      .where('state', '=', 'open')
      .where('kind', '=', 'unknown-unit')
      .executeTakeFirstOrThrow();
    const site = await house.ctx.db
      .selectFrom('site')
      .select('id')
      .where('party_id', '=', lab.partyId)
      .executeTakeFirstOrThrow();
    const input = acceptReportedUnitInput.parse({
      productId: sample.productId,
      siteId: site.id,
      kind: 'standalone',
      serial: 'PC 7',
      reason: 'Asked the laboratory',
    });
    const accepted = ok(await acceptReportedUnit(house.as(supporter), task.id, input));
    const rows = await house.ctx.db
      .selectFrom('correction')
      .select('state')
      .where('unit_id', '=', accepted.unitId)
      .execute();
    assert.deepEqual(
      rows.map((row) => row.state),
      ['stated', 'stated'],
    );
  });

  it('answers for 400 units at once', async () => {
    const big = await addSampleParty(house.ctx, sample, { units: 400 });
    const corrections = Object.fromEntries(big.correctionIds.map((id) => [id, done]));
    const began = performance.now();
    ok(
      await recordReply(house.as(supporter), {
        ...by({ party: { received: 'yes', understood: 'yes' }, corrections }),
        partyId: big.partyId,
      }),
    );
    const took = performance.now() - began;
    assert.ok(took < 5_000, `took ${took} ms`);
    const row = await house.ctx.db
      .selectFrom('obligation')
      .select(['state', 'corrections_open'])
      .where('party_id', '=', big.partyId)
      .executeTakeFirst();
    assert.deepEqual(row, { state: 'done', corrections_open: 0 });
  });

  it('leaves a chain of events that holds', async () => {
    const chain = await verifyEventChain(house.as(qualityManager));
    assert.ok(!isRefusal(chain));
    assert.equal(chain.chain, 'ok');
  });
});

describe('many senders at once', () => {
  it('takes each reply once and keeps every figure right', async () => {
    const house = await openPortalHouse();
    const sample = await addSampleAction(house.ctx);
    const labs: SampleParty[] = [];
    for (let n = 0; n < 6; n++) labs.push(await addSampleParty(house.ctx, sample, { units: 2 }));
    const send = (lab: SampleParty, key: string) => {
      const answers = emptyAnswers();
      answers.party = { received: 'yes', understood: 'yes', 'signer-name': 'E' };
      for (const id of lab.correctionIds) answers.corrections[id] = { ...done };
      const actor = {
        kind: 'contact',
        linkId: lab.linkId,
        contactId: lab.contactId,
        partyId: lab.partyId,
        name: 'E',
      } as const;
      return sendReply(house.as(actor), {
        answers,
        language: 'en',
        meaning: { key: 'k', text: 'm' },
        sendAnyhow: [],
        receiptOnly: true,
        onceKey: key,
      });
    };
    const results = await Promise.all(labs.flatMap((lab) => [send(lab, 'a'), send(lab, 'a'), send(lab, 'b')]));
    assert.equal(results.filter((result) => isRefusal(result)).length, 0);
    const { db } = house.ctx;
    assert.equal((await db.selectFrom('reply').select('id').execute()).length, 12);
    assert.equal((await db.selectFrom('confirmation').select('id').execute()).length, 24);
    const tally = await db
      .selectFrom('tally')
      .select(['state', 'n'])
      .where('subject', '=', 'correction')
      .where('n', '<>', 0)
      .execute();
    assert.deepEqual([...new Set(tally.map((row) => row.state))], ['stated']);
    await house.close();
  });
});

describe('contact changes', () => {
  let house: PortalHouse;
  let sample: SampleHouse;
  before(async () => {
    house = await openPortalHouse();
    sample = await addSampleAction(house.ctx);
  });
  after(() => house.close());

  /** Proposes a change by the link and gives its id. */
  async function propose(lab: SampleParty, proposal: Record<string, unknown>): Promise<number> {
    const actor = {
      kind: 'contact',
      linkId: lab.linkId,
      contactId: lab.contactId,
      partyId: lab.partyId,
      name: 'E',
    } as const;
    const about = { actionId: sample.actionId, partyId: lab.partyId, contactId: lab.contactId, door: 'web' as const };
    return ok(await proposeContactChange(house.as(actor), about, contactProposal.parse(proposal))).id;
  }

  it('replaces the contact by whom it named, and that one gets the notice', async () => {
    const lab = await addSampleParty(house.ctx, sample);
    const id = await propose(lab, { kind: 'forward', name: 'Max Neu', email: 'Max@lab.example', languages: ['de'] });
    const applied = ok(await applyContactChange(house.as(supporter), id, { reason: 'confirmed' }));
    const contacts = await house.ctx.db
      .selectFrom('contact')
      .select(['id', 'name', 'status', 'replaced_by'])
      .where('party_id', '=', lab.partyId)
      .orderBy('id')
      .execute();
    assert.deepEqual(contacts, [
      { id: lab.contactId, name: 'Erika Muster', status: 'replaced', replaced_by: applied.contactId },
      { id: applied.contactId, name: 'Max Neu', status: 'active', replaced_by: null },
    ]);
    const letters = await house.ctx.db
      .selectFrom('delivery')
      .select(['kind', 'address'])
      .where('contact_id', '=', applied.contactId)
      .execute();
    assert.deepEqual(letters, [{ kind: 'notice', address: 'Max@lab.example' }]);
    assert.equal(refused(await applyContactChange(house.as(supporter), id, { reason: '' })), 'contact-change.decided');
  });

  it('corrects the contact itself', async () => {
    const lab = await addSampleParty(house.ctx, sample);
    const id = await propose(lab, { kind: 'correct', name: 'Erika Neu', email: 'erika@neu.example' });
    ok(await applyContactChange(house.as(supporter), id, { reason: '' }));
    const row = await house.ctx.db
      .selectFrom('contact')
      .select(['name', 'email', 'status', 'key'])
      .where('id', '=', lab.contactId)
      .executeTakeFirst();
    assert.deepEqual(row, {
      name: 'Erika Neu',
      email: 'erika@neu.example',
      status: 'active',
      key: 'erika@neu.example',
    });
  });

  it('lets somebody leave without a successor, refuses with a reason, and never by the link itself', async () => {
    const lab = await addSampleParty(house.ctx, sample);
    const left = await propose(lab, { kind: 'left' });
    const actor = {
      kind: 'contact',
      linkId: lab.linkId,
      contactId: lab.contactId,
      partyId: lab.partyId,
      name: 'E',
    } as const;
    assert.equal(refused(await applyContactChange(house.as(actor), left, { reason: '' })), 'forbidden');
    assert.equal(
      refused(await refuseContactChange(house.as(supporter), left, { reason: '' })),
      'contact-change.reason-missing',
    );
    assert.equal(
      ok(await applyContactChange(house.as(supporter), left, { reason: 'asked reception' })).contactId,
      null,
    );
    const own = await propose(lab, {
      kind: 'forward',
      name: 'Erika',
      email: (
        await house.ctx.db
          .selectFrom('contact')
          .select('email')
          .where('id', '=', lab.contactId)
          .executeTakeFirstOrThrow()
      ).email,
    });
    assert.equal(
      refused(await applyContactChange(house.as(supporter), own, { reason: '' })),
      'contact-change.same-person',
    );
    ok(await refuseContactChange(house.as(supporter), own, { reason: 'It is the same person' }));
  });
});
