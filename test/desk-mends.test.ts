/** What solves a task at the desk: each does its work, ends its task, and leaves ledger, figures and history in step. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addContact, changeContact, markContactLeft } from '../src/app/contacts.ts';
import type { Context } from '../src/app/context.ts';
import { transact } from '../src/app/context.ts';
import { findVerifiable, setCorrectionRight, verifyMatching } from '../src/app/correction-work.ts';
import { verifyEventChain } from '../src/app/event-chain.ts';
import { workIncidents } from '../src/app/incident-work.ts';
import { reportCompromise } from '../src/app/incidents.ts';
import { openTask, type TaskInput } from '../src/app/tasks.ts';
import { moveUnit, moveUnitInput } from '../src/app/unit-moves.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { type House, openHouse, publicUrl } from './helpers/house.ts';
import { addSampleAction, addSampleParty, type SampleHouse } from './portal-sample.ts';

function taken<T>(result: T | Refusal): T {
  assert.ok(!isRefusal(result), JSON.stringify(result));
  return result as T;
}

function refused(result: unknown, code: string): void {
  assert.ok(isRefusal(result), `expected ${code}, got ${JSON.stringify(result)}`);
  assert.equal(result.code, code);
}

describe('tasks are solved where they are read', () => {
  let house: House;
  let action: SampleHouse;
  let support: Context;
  let quality: Context;
  let viewer: Context;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-10T08:00:00Z');
    action = await addSampleAction(house.ctx);
    [support, quality, viewer] = [
      await house.staff('support'),
      await house.staff('quality'),
      await house.staff('viewer'),
    ];
  });
  after(() => house.close());

  async function task(input: TaskInput): Promise<number> {
    await transact(support, (tx) => openTask(tx, support, input));
    return (
      await house.handle.db.selectFrom('task').select('id').where('key', '=', input.key).executeTakeFirstOrThrow()
    ).id;
  }
  const stateOf = async (id: number) =>
    (await house.handle.db.selectFrom('task').select('state').where('id', '=', id).executeTakeFirstOrThrow()).state;
  const obligation = (partyId: number) =>
    house.handle.db
      .selectFrom('obligation')
      .select(['corrections_total', 'corrections_open'])
      .where('party_id', '=', partyId)
      .executeTakeFirstOrThrow();
  const statesOf = async (ids: number[]) =>
    (await house.handle.db.selectFrom('correction').select('state').where('id', 'in', ids).orderBy('id').execute()).map(
      (row) => row.state,
    );

  it('adds a contact, sends it the notice and ends the task', async () => {
    const party = await addSampleParty(house.ctx, action);
    const id = await task({
      kind: 'no-contact',
      key: 'no-contact:1',
      actionId: action.actionId,
      partyId: party.partyId,
    });
    const fields = {
      partyId: party.partyId,
      name: 'Eva Neu',
      title: '',
      role: 'recall',
      languages: ['de'],
      email: 'eva@lab.example',
      phone: '',
      channel: 'email' as const,
      siteId: null,
    };
    refused(await addContact(viewer, fields), 'forbidden');
    refused(await addContact(support, { ...fields, email: '' }), 'contact.email-missing');
    refused(await addContact(support, { ...fields, email: 'not an address' }), 'contact.email');
    refused(await addContact(support, { ...fields, siteId: 999_999 }), 'site.unknown');
    const added = taken(await addContact(support, { ...fields, taskId: id }));
    assert.ok(added.letters >= 1);
    assert.equal(await stateOf(id), 'done');
    refused(await addContact(support, { ...fields, email: 'EVA@lab.example' }), 'contact-change.key-taken');
    // Nothing is half-written: the task has ended, so the second contact is not there either.
    refused(await addContact(support, { ...fields, email: 'other@lab.example', taskId: id }), 'task.ended');
    const twin = await house.handle.db
      .selectFrom('contact')
      .select('id')
      .where('email', '=', 'other@lab.example')
      .executeTakeFirst();
    assert.equal(twin, undefined);
  });

  it('marks a contact as left, and stops the letters that wait for it', async () => {
    const party = await addSampleParty(house.ctx, action);
    taken(
      await addContact(support, {
        partyId: party.partyId,
        name: 'Max',
        title: '',
        role: 'recall',
        languages: [],
        email: 'max@lab.example',
        phone: '',
        channel: 'email',
        siteId: null,
      }),
    );
    const max = await house.handle.db
      .selectFrom('contact')
      .select('id')
      .where('email', '=', 'max@lab.example')
      .executeTakeFirstOrThrow();
    taken(await markContactLeft(support, max.id, { reason: 'The switchboard said so' }));
    const letters = await house.handle.db
      .selectFrom('delivery')
      .select('state')
      .where('contact_id', '=', max.id)
      .execute();
    assert.ok(letters.length > 0 && letters.every((row) => row.state === 'stopped'));
    const row = await house.handle.db
      .selectFrom('contact')
      .selectAll()
      .where('id', '=', max.id)
      .executeTakeFirstOrThrow();
    assert.equal(row.status, 'left');
    taken(
      await changeContact(support, max.id, {
        ...row,
        siteId: null,
        status: 'active',
        email: 'max.neu@lab.example',
        reason: 'He is back',
      }),
    );
  });

  it('carries a unit and its corrections to another party, and ends them when it is scrapped', async () => {
    const from = await addSampleParty(house.ctx, action, { units: 2 });
    const to = await addSampleParty(house.ctx, action, { units: 1, country: 'IT' });
    const [first = 0, second = 0] = from.unitIds;
    const ref = (
      await house.handle.db.selectFrom('party').select('ref').where('id', '=', to.partyId).executeTakeFirstOrThrow()
    ).ref;
    const id = await task({
      kind: 'moved',
      key: 'moved:1',
      actionId: action.actionId,
      partyId: from.partyId,
      unitId: first,
    });
    const reason = 'Delivery note 12';
    refused(await moveUnit(viewer, first, { to: 'scrapped', reason }), 'forbidden');
    refused(
      await moveUnit(support, first, { to: 'party', partyRef: 'nobody', siteRef: '', reason }),
      'unit.party-unknown',
    );
    const before = [await obligation(from.partyId), await obligation(to.partyId)] as const;
    taken(await moveUnit(support, first, { to: 'party', partyRef: ref, siteRef: '', reason }, { taskId: id }));
    assert.equal(await stateOf(id), 'done');
    const after = [await obligation(from.partyId), await obligation(to.partyId)] as const;
    assert.equal(after[0].corrections_open, before[0].corrections_open - 2);
    assert.equal(after[1].corrections_open, before[1].corrections_open + 2);
    refused(await moveUnit(support, first, { to: 'party', partyRef: ref, siteRef: '', reason }), 'unit.there-already');
    taken(await moveUnit(support, second, { to: 'scrapped', reason }));
    assert.deepEqual(await statesOf(from.correctionIds.slice(2)), ['gone', 'gone']);
    assert.equal((await obligation(from.partyId)).corrections_open, 0);
    const made = taken(
      await moveUnit(support, second, moveUnitInput.parse({ to: 'new', name: 'Klinik Neu', country: 'at', reason })),
    );
    assert.deepEqual(
      await statesOf(from.correctionIds.slice(2)),
      ['open', 'open'],
      'it is there after all, so it is owed again',
    );
    assert.equal((await obligation(made.partyId)).corrections_open, 2);
    refused(
      await moveUnit(support, first, moveUnitInput.parse({ to: 'new', name: 'klinik neu', country: 'AT', reason })),
      'unit.party-taken',
    );
  });

  it('examines a suspected break-in, and clears what stood below it', async () => {
    const party = await addSampleParty(house.ctx, action, { units: 1 });
    const about = { actionId: action.actionId, partyId: party.partyId, contactId: party.contactId };
    const { ids } = taken(
      await reportCompromise(support, about, {
        unitIds: party.unitIds,
        otherUnit: '',
        unplugged: 'yes',
        noticed: '',
        summary: 'Strange',
        name: 'Ada',
        phone: '1',
      }),
    );
    assert.deepEqual(await statesOf(party.correctionIds), ['isolated', 'isolated']);
    const id = (
      await house.handle.db
        .selectFrom('task')
        .select('id')
        .where('key', '=', `incident:${ids[0]}`)
        .executeTakeFirstOrThrow()
    ).id;
    refused(await workIncidents(viewer, { incidentIds: ids, state: 'cleared', reason: 'Log files read' }), 'forbidden');
    taken(await workIncidents(support, { incidentIds: ids, state: 'examining', reason: 'Called them', taskId: id }));
    assert.equal(await stateOf(id), 'open');
    taken(await workIncidents(support, { incidentIds: ids, state: 'cleared', reason: 'Log files read', taskId: id }));
    assert.equal(await stateOf(id), 'done');
    assert.deepEqual(await statesOf(party.correctionIds), ['open', 'open']);
    refused(
      await workIncidents(support, { incidentIds: ids, state: 'confirmed', reason: 'No, wait' }),
      'incident.move',
    );
  });

  it('sets a correction right, and lets only signers verify', async () => {
    const party = await addSampleParty(house.ctx, action, { units: 1 });
    const [dx = 0] = party.correctionIds;
    const id = await task({
      kind: 'contradiction',
      key: 'contradiction:1',
      actionId: action.actionId,
      partyId: party.partyId,
      correctionId: dx,
    });
    const say = (claim: 'done' | 'not-yet' | 'not-affected', taskId?: number) => ({
      claim,
      doneOn: null,
      reason: 'Seen on the device',
      ...(taskId ? { taskId } : {}),
    });
    refused(await setCorrectionRight(support, dx, say('done')), 'forbidden');
    refused(await setCorrectionRight(quality, 999_999, say('done')), 'correction.unknown');
    assert.equal(taken(await setCorrectionRight(support, dx, say('not-affected', id))).state, 'not-affected');
    assert.equal(await stateOf(id), 'done');
    assert.equal(taken(await setCorrectionRight(quality, dx, say('done'))).state, 'verified');
    assert.equal(taken(await setCorrectionRight(support, dx, say('not-yet'))).state, 'open');
  });

  it('verifies what was shown, and nothing else', async () => {
    const party = await addSampleParty(house.ctx, action, { units: 3 });
    const request = { filters: { party: String(party.partyId) }, q: '' };
    const found = await findVerifiable(house.ctx.db, action.actionId, request);
    assert.equal(found.ids.length, 6);
    const input = { seen: found.seen, reason: 'Service report 4711', doneOn: null };
    refused(await verifyMatching(support, action.actionId, request, input), 'forbidden');
    taken(
      await setCorrectionRight(quality, party.correctionIds[0] ?? 0, {
        claim: 'done',
        doneOn: null,
        reason: 'One of them',
      }),
    );
    refused(await verifyMatching(quality, action.actionId, request, input), 'correction.changed-meanwhile');
    const { seen } = await findVerifiable(house.ctx.db, action.actionId, request);
    assert.equal(taken(await verifyMatching(quality, action.actionId, request, { ...input, seen })).verified, 5);
    refused(
      await verifyMatching(quality, action.actionId, request, { ...input, seen }),
      'correction.nothing-to-verify',
    );
  });

  it('leads from the task to the call, which ends it with the answer', async () => {
    const party = await addSampleParty(house.ctx, action, { units: 1, languages: ['de'] });
    const id = await task({ kind: 'telephone', key: 'telephone:1', actionId: action.actionId, partyId: party.partyId });
    const cookie = await house.signIn('support');
    const open = await house.app.request(`/parties/${party.partyId}/call?action=${action.actionId}&task=${id}`, {
      headers: { cookie },
    });
    assert.equal(open.status, 303);
    const path = open.headers.get('location') ?? '';
    assert.equal(path, `/actions/${action.actionId}/calls/${party.partyId}?task=${id}`);
    const page = await house.app.request(path, { headers: { cookie } });
    assert.equal(page.status, 200);
    assert.match(await page.text(), /Guten Tag/, 'the script is in the language of the contact');
    const sent = await house.app.request(path, {
      method: 'POST',
      body: new URLSearchParams({
        once: 'b',
        whom: `contact-${party.contactId}`,
        language: 'de',
        outcome: 'answered',
        'q.received': 'yes',
        'q.understood': 'yes',
        'all.status': 'not-yet',
        'all.reason': 'needs-web-interface',
        spokeWith: 'Frau Muster',
      }),
      headers: { cookie, origin: publicUrl },
    });
    assert.equal(sent.status, 303);
    assert.deepEqual(await statesOf(party.correctionIds), ['blocked', 'blocked']);
    assert.equal(await stateOf(id), 'done');
    const reply = await house.app.request(sent.headers.get('location') ?? '', { headers: { cookie } });
    assert.match(await reply.text(), /Nobody signed this/);
  });

  it('leaves the chain of events whole', async () => {
    const result = await verifyEventChain(house.ctx);
    assert.equal(result.chain, 'ok', JSON.stringify(result));
  });
});
