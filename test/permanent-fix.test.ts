import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { samplePassword } from '../src/app/accounts.ts';
import { addRemedy, changeRemedy, createAction, moveAction, setEnvironments } from '../src/app/actions.ts';
import { recordConfirmations, verifyCorrections } from '../src/app/confirmations.ts';
import { type Context, transact } from '../src/app/context.ts';
import { setCorrectionRight } from '../src/app/correction-work.ts';
import { verifyFigures } from '../src/app/figures.ts';
import { createStandardForm } from '../src/app/forms.ts';
import { proposeStart, signStart, withdrawStart } from '../src/app/permanent-remedy.ts';
import { readList } from '../src/app/queries/list.ts';
import { fixPathList, loadFixFigures, loadPermanentPage, refusedList } from '../src/app/queries/permanent-fix.ts';
import { resumeStarts, runStart } from '../src/app/remedy-start-run.ts';
import { addScopeRule, applyScopeRun, runScope, startScopeRun } from '../src/app/scope.ts';
import { startSuccessor } from '../src/app/successors.ts';
import type { EvidenceKind } from '../src/domain/correction.ts';
import { fixPath } from '../src/domain/permanent-fix.ts';
import { isRefusal, type Refusal } from '../src/domain/refusal.ts';
import { plantField } from './helpers/field.ts';
import { type House, openHouse } from './helpers/house.ts';

let house: House;
let quality: Context;
let regulatory: Context;
let field: Awaited<ReturnType<typeof plantField>>;
const credential = { password: samplePassword };

before(async () => {
  house = await openHouse();
  house.setNow('2022-06-01T09:00:00Z');
  quality = await house.staff('quality');
  regulatory = await house.staff('regulatory');
  field = await plantField(house.ctx);
});
after(() => house.close());

function done<T>(result: T | Refusal): T {
  assert.ok(!isRefusal(result), isRefusal(result) ? JSON.stringify(result) : '');
  return result as T;
}
function refused(result: unknown): string {
  assert.ok(isRefusal(result), JSON.stringify(result));
  return result.code;
}

/** A released action over the planted field with an interim patch. */
async function releasedAction(reference: string): Promise<{ actionId: number; interimId: number }> {
  const { id } = done(
    await createAction(quality, {
      reference,
      title: 'Run manager open to the network',
      kind: 'security-patch',
      deviceLaw: 'IVD',
    }),
  );
  done(await setEnvironments(quality, id, { environmentIds: field.environmentIds }));
  const remedy = done(
    await addRemedy(quality, id, {
      kind: 'interim-patch',
      name: 'Patch 1.0',
      description: '',
      prerequisites: [],
      sideEffects: [],
      status: 'available',
    }),
  );
  done(
    await addScopeRule(quality, id, {
      effect: 'include',
      productId: field.productId,
      conditions: {},
      reason: 'All of them',
    }),
  );
  done(await createStandardForm(quality, id, { software: 'Run Manager' }));
  await applyScope(id);
  await house.handle.db
    .updateTable('action')
    .set({ stage: 'monitoring', released_at: house.ctx.now() })
    .where('id', '=', id)
    .execute();
  return { actionId: id, interimId: remedy.id };
}

async function applyScope(actionId: number): Promise<number> {
  const run = done(await startScopeRun(quality, actionId));
  done(await runScope(quality, run.runId));
  return done(await applyScopeRun(quality, run.runId)).corrections;
}

/** Corrections of a remedy by `serial environment`. */
async function rows(remedyId: number) {
  const found = await house.handle.db
    .selectFrom('correction as c')
    .innerJoin('unit as u', 'u.id', 'c.unit_id')
    .innerJoin('environment as e', 'e.id', 'c.environment_id')
    .select(['c.id', 'c.state', 'c.fix_path', 'c.because_id', 'c.contradicted', 'u.serial', 'e.code', 'c.party_id'])
    .where('c.remedy_id', '=', remedyId)
    .execute();
  return new Map(found.map((row) => [`${row.serial} ${row.code}`, row]));
}

async function row(remedyId: number, name: string) {
  const found = (await rows(remedyId)).get(name);
  assert.ok(found, `no correction ${name}`);
  return found;
}

/** Evidence as the doors write it. */
async function say(
  actionId: number,
  correctionId: number,
  kind: EvidenceKind,
  claim: 'done' | 'not-yet' | 'gone' | 'not-affected',
) {
  return transact(house.ctx, (tx) =>
    recordConfirmations(
      tx,
      house.ctx,
      { actionId, partyId: null, replyId: null, door: kind === 'statement' ? 'web' : 'desk', kind },
      [
        {
          correctionId,
          claim,
          doneOn: '2022-06-01',
          backedUp: true,
          reason: kind === 'staff' ? 'seen' : '',
          detail: {},
        },
      ],
    ),
  );
}

async function announce(actionId: number): Promise<number> {
  return done(
    await addRemedy(quality, actionId, {
      kind: 'permanent-fix',
      name: 'Run Manager 4.0',
      description: 'Closes the hole for good.',
      prerequisites: [],
      sideEffects: [],
      status: 'announced',
    }),
  ).id;
}

async function startPermanent(actionId: number, interimId: number): Promise<number> {
  const permanentId = await announce(actionId);
  const { contentHash } = done(await proposeStart(quality, permanentId, { supersedesId: interimId }));
  done(await signStart(quality, permanentId, { as: 'quality', contentHash, credential }));
  const started = done(await signStart(regulatory, permanentId, { as: 'regulatory', contentHash, credential }));
  assert.equal(started.state, 'done');
  return permanentId;
}

test('a second remedy begins by two signatures of two people, on what they read', async () => {
  const { actionId, interimId } = await releasedAction('FSN-START');
  assert.equal(
    refused(
      await addRemedy(quality, actionId, {
        kind: 'permanent-fix',
        name: 'Straight in',
        description: '',
        prerequisites: [],
        sideEffects: [],
        status: 'available',
      }),
    ),
    'remedy.start-signed',
  );
  const permanentId = await announce(actionId);
  assert.equal(refused(await changeRemedy(quality, permanentId, { status: 'available' })), 'remedy.start-signed');
  assert.equal(
    refused(await signStart(quality, permanentId, { as: 'quality', contentHash: 'a'.repeat(64), credential })),
    'remedy.start-none',
  );
  assert.equal(
    refused(await proposeStart(quality, permanentId, { supersedesId: permanentId })),
    'remedy.start-of-what',
  );
  const { contentHash } = done(await proposeStart(quality, permanentId, { supersedesId: interimId }));
  assert.equal(refused(await proposeStart(quality, permanentId, { supersedesId: interimId })), 'remedy.start-there');
  assert.equal(
    refused(await signStart(regulatory, permanentId, { as: 'quality', contentHash, credential })),
    'forbidden',
  );
  assert.equal(
    refused(await signStart(quality, permanentId, { as: 'quality', contentHash, credential: { password: 'wrong' } })),
    'credential.wrong-password',
  );
  done(await signStart(quality, permanentId, { as: 'quality', contentHash, credential }));
  assert.equal(
    refused(await signStart(quality, permanentId, { as: 'quality', contentHash, credential })),
    'remedy.already-signed',
  );
  assert.equal((await rows(permanentId)).size, 0, 'nothing begins with one signature');
  // Words changed after the first signature void it.
  done(await changeRemedy(quality, permanentId, { name: 'Run Manager 4.1' }));
  assert.equal(
    refused(await signStart(regulatory, permanentId, { as: 'regulatory', contentHash, credential })),
    'remedy.changed-meanwhile',
  );
  done(await withdrawStart(quality, permanentId, { reason: 'another build' }));
  const again = done(await proposeStart(quality, permanentId, { supersedesId: interimId }));
  done(await signStart(regulatory, permanentId, { as: 'regulatory', contentHash: again.contentHash, credential }));
  done(await signStart(quality, permanentId, { as: 'quality', contentHash: again.contentHash, credential }));
  assert.equal((await rows(permanentId)).size, (await rows(interimId)).size);
  assert.equal(refused(await withdrawStart(quality, permanentId, { reason: 'too late' })), 'remedy.start-there');
  const signatures = await house.handle.db
    .selectFrom('signature')
    .select(['role', 'voided_at'])
    .where('subject_kind', '=', 'remedy')
    .where('subject_id', '=', String(permanentId))
    .orderBy('id')
    .execute();
  assert.deepEqual(
    signatures.map((one) => [one.role, one.voided_at === null]),
    [
      ['quality', false],
      ['regulatory', true],
      ['quality', true],
    ],
  );
});

test('in one action: each unit starts where it stands, and the permanent fix closes both', async () => {
  const { actionId, interimId } = await releasedAction('FSN-TWO');
  done(
    await verifyCorrections(quality, {
      correctionIds: [(await row(interimId, 'NB550001 Dx')).id],
      reason: 'seen',
      doneOn: null,
    }),
  );
  done(await say(actionId, (await row(interimId, 'NB550001 RUO')).id, 'statement', 'done'));
  done(await say(actionId, (await row(interimId, 'NB550002 RUO')).id, 'statement', 'gone'));
  done(await say(actionId, (await row(interimId, 'NB550003 RUO')).id, 'statement', 'not-affected'));
  const permanentId = await startPermanent(actionId, interimId);
  const paths = async () =>
    Object.fromEntries([...(await rows(permanentId))].map(([name, one]) => [name, `${one.state} ${one.fix_path}`]));
  assert.deepEqual(await paths(), {
    'NB550001 Dx': 'open interim',
    'NB550001 RUO': 'open interim',
    'NB550002 Dx': 'open neither',
    'NB550002 RUO': 'gone ended',
    'NB550003 Dx': 'open neither',
    'NB550003 RUO': 'not-affected ended',
  });
  const gone = await row(permanentId, 'NB550002 RUO');
  const because = await house.handle.db
    .selectFrom('confirmation')
    .selectAll()
    .where('id', '=', gone.because_id ?? 0)
    .executeTakeFirstOrThrow();
  assert.equal(because.claim, 'gone');
  assert.equal(because.carried_from_id, (await row(interimId, 'NB550002 RUO')).because_id);

  // Taken directly, by a statement: a statement only states both.
  done(await say(actionId, (await row(permanentId, 'NB550002 Dx')).id, 'statement', 'done'));
  assert.equal((await row(permanentId, 'NB550002 Dx')).fix_path, 'direct');
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'stated');
  // Verified later: both are.
  done(
    await verifyCorrections(quality, {
      correctionIds: [(await row(permanentId, 'NB550002 Dx')).id],
      reason: 'seen',
      doneOn: null,
    }),
  );
  const both = await row(interimId, 'NB550002 Dx');
  assert.equal(both.state, 'verified');
  const carried = await house.handle.db
    .selectFrom('confirmation')
    .selectAll()
    .where('id', '=', both.because_id ?? 0)
    .executeTakeFirstOrThrow();
  assert.equal(carried.reason, 'superseded by the permanent fix');
  assert.equal(carried.carried_from_id, (await row(permanentId, 'NB550002 Dx')).because_id);
  assert.equal(
    (await row(permanentId, 'NB550002 Dx')).fix_path,
    'direct',
    'what was carried is not the patch’s own evidence',
  );

  // Evidence about the interim patch never closes the permanent fix.
  done(await say(actionId, (await row(interimId, 'NB550003 Dx')).id, 'staff', 'done'));
  assert.deepEqual(
    [(await row(permanentId, 'NB550003 Dx')).state, (await row(permanentId, 'NB550003 Dx')).fix_path],
    ['open', 'interim'],
  );
  // First one, then the other.
  done(await say(actionId, (await row(permanentId, 'NB550001 Dx')).id, 'instrument', 'done'));
  assert.equal((await row(permanentId, 'NB550001 Dx')).fix_path, 'both');

  // It turns out not to have been made: what was carried is taken back, the patch’s own evidence stays.
  done(
    await setCorrectionRight(quality, (await row(permanentId, 'NB550002 Dx')).id, {
      claim: 'not-yet',
      doneOn: null,
      reason: 'the wrong machine',
    }),
  );
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'open');
  assert.equal((await row(permanentId, 'NB550002 Dx')).fix_path, 'neither');
  done(
    await setCorrectionRight(quality, (await row(permanentId, 'NB550001 Dx')).id, {
      claim: 'not-yet',
      doneOn: null,
      reason: 'the wrong machine',
    }),
  );
  assert.equal((await row(interimId, 'NB550001 Dx')).state, 'verified');
  assert.equal((await row(permanentId, 'NB550001 Dx')).fix_path, 'interim');
  // And it can be made after all.
  done(await say(actionId, (await row(permanentId, 'NB550002 Dx')).id, 'statement', 'done'));
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'stated');

  // A unit that is gone is gone for both: nobody is asked about the patch any more. If it is there after all, for both, too.
  const lost = (await row(permanentId, 'NB550002 Dx')).id;
  done(await setCorrectionRight(quality, lost, { claim: 'not-yet', doneOn: null, reason: 'looked again' }));
  done(await say(actionId, lost, 'statement', 'gone'));
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'gone');
  assert.equal((await row(permanentId, 'NB550002 Dx')).fix_path, 'ended');
  done(await setCorrectionRight(quality, lost, { claim: 'not-yet', doneOn: null, reason: 'it is there' }));
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'open');
  done(await setCorrectionRight(quality, lost, { claim: 'done', doneOn: null, reason: 'seen' }));
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'verified');

  const [figures] = await loadFixFigures(house.handle.db, actionId);
  assert.deepEqual(figures?.paths, { neither: 0, interim: 3, direct: 1, both: 0, ended: 2 });
  const page = { page: 1, size: 50, sort: 'serial', direction: 'asc' as const, q: '' };
  for (const [path, n] of Object.entries(figures?.paths ?? {})) {
    const list = await readList(house.handle.db, fixPathList, { ...page, filters: { path } }, { actionId });
    assert.equal(list.total, n, `the list counts what the figure says: ${path}`);
  }
  assert.equal((await verifyFigures(house.ctx)).figures, 'ok');
});

test('the action cannot be closed while the permanent fix is owed; the parties who were done owe again', async () => {
  const { actionId, interimId } = await releasedAction('FSN-CLOSE');
  done(
    await verifyCorrections(quality, {
      correctionIds: [...(await rows(interimId)).values()].map((one) => one.id),
      reason: 'seen',
      doneOn: null,
    }),
  );
  await house.handle.db
    .updateTable('obligation')
    .set({ state: 'done', received_at: house.ctx.now(), completed_at: house.ctx.now() })
    .where('action_id', '=', actionId)
    .execute();
  const [party] = field.partyIds;
  await house.handle.db
    .insertInto('deadline')
    .values({
      action_id: actionId,
      party_id: party ?? null,
      country: 'DE',
      rule: 'customer-reply-connected',
      starts_at: house.ctx.now(),
      due_on: '2022-06-09',
      due_at: house.ctx.now(),
      explanation: '{}',
      state: 'met',
      state_since: house.ctx.now(),
      created_at: house.ctx.now(),
    })
    .execute();
  const permanentId = await startPermanent(actionId, interimId);
  const clock = await house.handle.db
    .selectFrom('deadline')
    .select(['state', 'due_on'])
    .where('action_id', '=', actionId)
    .executeTakeFirstOrThrow();
  assert.deepEqual(clock, { state: 'waiting', due_on: null }, 'the letter about the permanent fix starts it anew');
  const states = await house.handle.db
    .selectFrom('obligation')
    .select(['state', 'completed_at'])
    .where('action_id', '=', actionId)
    .execute();
  assert.ok(states.every((one) => one.state === 'received' && one.completed_at === null));
  await house.handle.db.updateTable('action').set({ stage: 'completed' }).where('id', '=', actionId).execute();
  assert.equal(
    refused(await moveAction(quality, actionId, { to: 'closed', reason: 'enough', credential })),
    'action.permanent-owed',
  );
  done(
    await verifyCorrections(quality, {
      correctionIds: [...(await rows(permanentId)).values()].map((one) => one.id),
      reason: 'seen',
      doneOn: null,
    }),
  );
  done(await moveAction(quality, actionId, { to: 'closed', reason: '', credential }));
});

test('interim verified → successor → permanent directly → both closed', async () => {
  const { actionId, interimId } = await releasedAction('FSN-OLD');
  const old = await row(interimId, 'NB550001 Dx');
  done(await verifyCorrections(quality, { correctionIds: [old.id], reason: 'seen', doneOn: null }));
  await house.handle.db
    .insertInto('attempt')
    .values({
      action_id: actionId,
      party_id: old.party_id,
      contact_id: null,
      task_id: null,
      kind: 'call',
      outcome: 'refused',
      text: 'Will not patch before the audit',
      call_back_at: null,
      reply_id: null,
      delivery_id: null,
      once_key: null,
      by_id: 'x',
      by_name: 'Kim',
      at: house.ctx.now(),
    })
    .execute();
  const input = {
    reference: 'FSN-NEW',
    title: 'The permanent fix of the run manager',
    remedyName: 'Run Manager 4.0',
    remedyDescription: '',
  };
  assert.equal(refused(await startSuccessor(await house.staff('viewer'), actionId, input)), 'forbidden');
  assert.equal(
    refused(await startSuccessor(quality, actionId, { ...input, reference: 'FSN-OLD' })),
    'action.reference-taken',
  );
  const next = done(await startSuccessor(quality, actionId, input));
  assert.equal(
    refused(await startSuccessor(quality, actionId, { ...input, reference: 'FSN-3' })),
    'action.successor-there',
  );
  assert.equal(
    refused(await startSuccessor(quality, next.id, { ...input, reference: 'FSN-3' })),
    'action.no-successor-yet',
  );
  const form = await house.handle.db
    .selectFrom('form')
    .select('definition')
    .where('action_id', '=', next.id)
    .executeTakeFirstOrThrow();
  assert.equal((form.definition as { reference: string }).reference, 'FSN-NEW');

  // The list of that day: one was scrapped since, one is known to have no Internet.
  await house.handle.db.updateTable('unit').set({ status: 'scrapped' }).where('serial', '=', 'NB550003').execute();
  await house.handle.db.updateTable('unit').set({ connected: false }).where('serial', '=', 'NB550002').execute();
  assert.equal(await applyScope(next.id), 4);
  assert.deepEqual([...(await rows(next.remedyId))].map(([name, one]) => `${name} ${one.fix_path}`).sort(), [
    'NB550001 Dx interim',
    'NB550001 RUO neither',
    'NB550002 Dx neither',
    'NB550002 RUO neither',
  ]);
  const seen = await readList(
    house.handle.db,
    refusedList,
    { page: 1, size: 10, sort: 'at', direction: 'desc', q: '', filters: {} },
    { actionId: next.id },
  );
  assert.deepEqual(
    seen.rows.map((one) => [one.why, one.reference, one.open]),
    [['Will not patch before the audit', 'FSN-OLD', 4]],
  );

  // Directly: an open interim correction of the old action closes with it, and its party owes less there.
  const owed = async () =>
    (
      await house.handle.db
        .selectFrom('obligation')
        .select('corrections_open')
        .where('action_id', '=', actionId)
        .where('party_id', '=', old.party_id)
        .executeTakeFirstOrThrow()
    ).corrections_open;
  const before = await owed();
  done(await say(next.id, (await row(next.remedyId, 'NB550001 RUO')).id, 'statement', 'done'));
  assert.equal((await row(interimId, 'NB550001 RUO')).state, 'stated');
  assert.equal(await owed(), before - 1);
  done(
    await verifyCorrections(quality, {
      correctionIds: [...(await rows(next.remedyId)).values()].map((one) => one.id),
      reason: 'seen',
      doneOn: null,
    }),
  );
  assert.equal((await row(interimId, 'NB550001 RUO')).state, 'verified');
  assert.equal((await row(interimId, 'NB550002 Dx')).state, 'verified');
  const figures = await loadFixFigures(house.handle.db, actionId);
  assert.deepEqual(figures, await loadFixFigures(house.handle.db, next.id), 'both pages tell the same');
  assert.deepEqual(figures[0]?.paths, { neither: 0, interim: 0, direct: 3, both: 1, ended: 0 });
  const page = await loadPermanentPage(house.handle.db, next.id);
  assert.equal(page?.predecessor?.reference, 'FSN-OLD');
  assert.equal((await loadPermanentPage(house.handle.db, actionId))?.successor?.reference, 'FSN-NEW');
  assert.equal((await verifyFigures(house.ctx)).figures, 'ok');
  await house.handle.db.updateTable('unit').set({ status: 'in-field', connected: null }).execute();
});

test('the first paths, set by the database, are those the domain gives', async () => {
  const { actionId, interimId } = await releasedAction('FSN-PATHS');
  const names = [...(await rows(interimId)).keys()].sort();
  const claims = ['done', 'gone', 'not-affected', 'not-yet', 'done'] as const;
  for (const [index, claim] of claims.entries())
    done(
      await say(
        actionId,
        (await row(interimId, names[index] ?? '')).id,
        index === 4 ? 'instrument' : 'statement',
        claim,
      ),
    );
  const permanentId = await startPermanent(actionId, interimId);
  for (const [name, permanent] of await rows(permanentId)) {
    const interim = await row(interimId, name);
    assert.equal(permanent.fix_path, fixPath(interim.state, permanent.state), name);
  }
});

test('a start that was cut off goes on where it stopped, and nothing is made twice', async () => {
  const { actionId, interimId } = await releasedAction('FSN-CUT');
  const permanentId = await startPermanent(actionId, interimId);
  const made = await rows(permanentId);
  await house.handle.db
    .updateTable('remedy_start')
    .set({ state: 'running', last_id: 0, ended_at: null })
    .where('remedy_id', '=', permanentId)
    .execute();
  await resumeStarts(house.ctx);
  assert.deepEqual([...(await rows(permanentId)).keys()], [...made.keys()]);
  const start = await house.handle.db
    .selectFrom('remedy_start')
    .select(['state'])
    .where('remedy_id', '=', permanentId)
    .executeTakeFirstOrThrow();
  assert.equal(start.state, 'done');
});

test('evidence about the patch that comes in while the permanent fix begins is not overlooked', async () => {
  const { actionId, interimId } = await releasedAction('FSN-RACE');
  const { id: correctionId } = await row(interimId, 'NB550001 Dx');
  const permanentId = await announce(actionId);
  const start = done(await proposeStart(quality, permanentId, { supersedesId: interimId }));
  await house.handle.db.updateTable('remedy_start').set({ state: 'running' }).where('id', '=', start.id).execute();
  const written = Promise.withResolvers<void>();
  const late = transact(house.ctx, async (tx) => {
    const source = { actionId, partyId: null, replyId: null, door: 'web', kind: 'statement' } as const;
    const changes = await recordConfirmations(tx, house.ctx, source, [
      { correctionId, claim: 'done', doneOn: null, backedUp: null, reason: '', detail: {} },
    ]);
    written.resolve();
    await setTimeout(1_000);
    return changes;
  });
  await written.promise;
  assert.equal(await runStart(house.ctx, start.id), 'done');
  done(await late);
  assert.equal((await row(permanentId, 'NB550001 Dx')).fix_path, 'interim');
});
