import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveAction } from '../src/domain/action.ts';
import { type CorrectionState, currentState, type Evidence } from '../src/domain/correction.ts';
import { isReached } from '../src/domain/notice-update.ts';
import { carriedClaim, fixPath, mayTakeBack, startHash, takesBack } from '../src/domain/permanent-fix.ts';
import { isRefusal } from '../src/domain/refusal.ts';

test('where a unit stands, for every pair of states', () => {
  const table: [CorrectionState | null, CorrectionState, string][] = [
    ['open', 'open', 'neither'],
    ['blocked', 'open', 'neither'],
    ['isolated', 'isolated', 'neither'],
    ['gone', 'open', 'neither'],
    [null, 'open', 'neither'],
    ['stated', 'open', 'interim'],
    ['confirmed', 'blocked', 'interim'],
    ['verified', 'isolated', 'interim'],
    ['open', 'stated', 'direct'],
    ['blocked', 'verified', 'direct'],
    ['not-affected', 'confirmed', 'direct'],
    [null, 'verified', 'direct'],
    ['stated', 'stated', 'both'],
    ['verified', 'confirmed', 'both'],
    ['open', 'gone', 'ended'],
    ['verified', 'gone', 'ended'],
    [null, 'not-affected', 'ended'],
  ];
  for (const [interim, permanent, path] of table)
    assert.equal(fixPath(interim, permanent), path, `${interim} ${permanent}`);
});

test('what the permanent fix says about the patch: what is owed or weaker is closed, what has ended stays', () => {
  const table: [CorrectionState, CorrectionState, ReturnType<typeof carriedClaim>][] = [
    ['open', 'stated', 'done'],
    ['blocked', 'stated', 'done'],
    ['isolated', 'verified', 'done'],
    ['stated', 'stated', undefined],
    ['stated', 'confirmed', 'done'],
    ['verified', 'confirmed', undefined],
    ['gone', 'verified', undefined],
    ['not-affected', 'verified', undefined],
    ['open', 'open', undefined],
    ['open', 'isolated', undefined],
    ['open', 'gone', 'gone'],
    ['blocked', 'not-affected', 'not-affected'],
    ['verified', 'gone', undefined],
    ['stated', 'not-affected', undefined],
  ];
  for (const [interim, permanent, claim] of table)
    assert.equal(carriedClaim(interim, permanent), claim, `${interim} ${permanent}`);
  assert.ok(takesBack('open') && takesBack('blocked') && !takesBack('isolated') && !takesBack('gone'));
});

let id = 0;
const said = (kind: Evidence['kind'], claim: Evidence['claim'], carriedFrom?: number): Evidence => ({
  id: ++id,
  kind,
  claim,
  reason: kind === 'staff' ? 'seen' : '',
  at: new Date(1_650_000_000_000 + id * 1000),
  carriedFrom,
});

test('what was carried counts as its own kind does, until it is taken back', () => {
  const own = said('statement', 'not-yet');
  const carried = said('code', 'done', 9);
  assert.equal(currentState([own, carried]).state, 'confirmed');
  const back = said('staff', 'not-yet', 9);
  const after = currentState([own, carried, back]);
  assert.deepEqual([after.state, after.becauseId, after.contradicted], ['open', own.id, false]);
  // The patch's own evidence stands under it.
  const verified = said('staff', 'done');
  assert.equal(currentState([verified, said('staff', 'done', 9), said('staff', 'not-yet', 9)]).state, 'verified');
  // And it can be carried again.
  assert.equal(currentState([own, carried, back, said('statement', 'done', 9)]).state, 'stated');
  // Of another correction is another thing: what a unit began with is not taken back with its fix.
  const gone = said('statement', 'gone', 3);
  assert.equal(currentState([gone, said('statement', 'gone', 9), said('statement', 'not-yet', 9)]).state, 'gone');
});

test('every kind of evidence that can say “not yet” can take back', () => {
  assert.deepEqual((['statement', 'import', 'code', 'instrument', 'staff'] as const).filter(mayTakeBack), [
    'statement',
    'import',
    'instrument',
    'staff',
  ]);
});

test('any changed word of the remedy needs new signatures', () => {
  const content = {
    remedyId: 2,
    supersedesId: 1,
    kind: 'permanent-fix',
    name: 'Run Manager 4.0',
    description: '',
    prerequisites: ['Back up'],
    sideEffects: [],
  };
  const hash = startHash(content);
  assert.match(hash, /^[0-9a-f]{64}$/);
  for (const change of [
    { name: 'Run Manager 4.1' },
    { supersedesId: 3 },
    { prerequisites: [] },
    { sideEffects: ['Back up'], prerequisites: [] },
  ])
    assert.notEqual(startHash({ ...content, ...change }), hash);
});

test('closing waits for the permanent fix, whatever the reason', () => {
  const actor = { kind: 'staff', id: 'u', name: 'Quinn', role: 'quality' } as const;
  const facts = {
    approvedNotice: true,
    releasedNotice: true,
    approvals: [],
    corrections: 4,
    owed: 2,
    obligations: 1,
    remedies: 2,
    reason: 'enough was tried',
  };
  const move = moveAction('completed', 'closed', actor, { ...facts, permanentOwed: 2 });
  assert.ok(isRefusal(move) && move.code === 'action.permanent-owed');
  assert.ok(!isRefusal(moveAction('completed', 'closed', actor, { ...facts, permanentOwed: 0 })));
});

test('an update reaches those who stand where it asks', () => {
  const contact = { audience: 'dx-recall' as const, languages: [] };
  for (const to of ['owing', 'interim'] as const) {
    assert.ok(isReached({ to }, { ...contact, standing: true }));
    assert.ok(!isReached({ to }, { ...contact, standing: false }));
  }
});
