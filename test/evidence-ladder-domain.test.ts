/** The ladder of evidence as a pure rule: tables of facts and rungs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type ClaimProof,
  climbLadder,
  countAtLeast,
  ladder,
  type Proof,
  type Rung,
  rungOf,
  rungs,
  rungsFrom,
} from '../src/domain/evidence-ladder.ts';

const day = (n: number) => new Date(Date.UTC(2022, 4, n));
const letter: Proof = { source: 'delivery', id: 1, at: day(1), who: 'Erika Muster', how: 'notice by e-mail' };
const file: Proof = { source: 'download', id: 2, at: day(2), who: 'Erika Muster', how: 'download' };
const claim = (kind: string, said = 'done', id = 3): ClaimProof => ({
  source: 'confirmation',
  id,
  at: day(id),
  who: 'Erika Muster',
  how: kind,
  kind,
  claim: said,
});

test('the rung is the best evidence there is', () => {
  const cases: [state: string, hasFile: boolean, notified: boolean, rung: Rung][] = [
    ['open', false, false, 'none'],
    ['open', false, true, 'notified'],
    ['open', true, true, 'downloaded'],
    // The letter came back, yet somebody of the party has the file.
    ['open', true, false, 'downloaded'],
    ['blocked', false, true, 'notified'],
    ['isolated', true, true, 'downloaded'],
    ['gone', false, true, 'notified'],
    ['gone', true, true, 'downloaded'],
    ['not-affected', false, false, 'none'],
    ['stated', false, false, 'stated'],
    ['confirmed', false, true, 'confirmed'],
    ['verified', false, false, 'verified'],
    ['verified', true, true, 'verified'],
  ];
  for (const [state, hasFile, notified, rung] of cases)
    assert.equal(rungOf({ state, hasFile, notified }), rung, `${state} ${hasFile} ${notified}`);
});

test('each step is taken by its own kind of evidence, and shows what it rests on', () => {
  const cases: [
    given: string,
    facts: { state: string; notified?: boolean; files?: Proof[]; claims?: ClaimProof[] },
    taken: string,
    rung: Rung,
  ][] = [
    ['nothing', { state: 'open', notified: false }, '', 'none'],
    ['told', { state: 'open' }, 'notified', 'notified'],
    [
      'has the file',
      { state: 'blocked', files: [file], claims: [claim('statement', 'not-yet')] },
      'notified downloaded',
      'downloaded',
    ],
    ['says so', { state: 'stated', claims: [claim('statement')] }, 'notified stated', 'stated'],
    ['a system of record says so', { state: 'stated', claims: [claim('import')] }, 'notified stated', 'stated'],
    ['a code without a statement', { state: 'confirmed', claims: [claim('code')] }, 'notified confirmed', 'confirmed'],
    [
      'staff, without a code',
      { state: 'verified', files: [file], claims: [claim('staff')] },
      'notified downloaded verified',
      'verified',
    ],
    [
      'the instrument, and nobody was told',
      { state: 'verified', notified: false, claims: [claim('instrument')] },
      'verified',
      'verified',
    ],
    ['it is gone', { state: 'gone', claims: [claim('statement', 'gone')] }, 'notified', 'notified'],
    [
      'overruled: it is not so',
      { state: 'open', claims: [claim('statement'), claim('staff', 'not-yet', 4)] },
      'notified',
      'notified',
    ],
  ];
  for (const [given, { state, notified = true, files = [], claims = [] }, taken, rung] of cases) {
    const climbed = climbLadder({ state, notified, letters: [letter], files, claims });
    const steps = climbed.lines.filter((line) => line.reached);
    assert.equal(steps.map((line) => line.step).join(' '), taken, given);
    assert.equal(climbed.rung, rung, given);
    for (const line of steps) assert.ok(line.proofs.length > 0, `${given}: ${line.step} rests on something`);
  }
});

test('letters that came back are no proof that somebody was told', () => {
  const { lines } = climbLadder({ state: 'open', notified: false, letters: [letter], files: [], claims: [] });
  assert.deepEqual(lines[0], { step: 'notified', reached: false, proofs: [] });
});

test('what took a step comes first', () => {
  const { lines } = climbLadder({
    state: 'stated',
    notified: true,
    letters: [],
    files: [],
    claims: [claim('statement', 'done', 9), claim('statement', 'done', 4), claim('statement', 'not-yet', 2)],
  });
  assert.deepEqual(
    lines.find((line) => line.step === 'stated')?.proofs.map((proof) => proof.id),
    [4, 9],
  );
});

test('the funnel counts each rung with all above it', () => {
  const counts = { none: 7, notified: 5, downloaded: 4, stated: 3, confirmed: 2, verified: 1 };
  assert.deepEqual(countAtLeast(counts), { notified: 15, downloaded: 10, stated: 6, confirmed: 3, verified: 1 });
  assert.deepEqual(rungsFrom('stated'), ['stated', 'confirmed', 'verified']);
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: rungs.length, maxLength: rungs.length }), (numbers) => {
      const some = Object.fromEntries(rungs.map((rung, index) => [rung, numbers[index]])) as Record<Rung, number>;
      const reached = countAtLeast(some);
      for (const [index, step] of ladder.entries()) {
        assert.equal(
          reached[step],
          rungsFrom(step).reduce((sum, rung) => sum + some[rung], 0),
        );
        const next = ladder[index + 1];
        assert.ok(next === undefined || reached[next] <= reached[step]);
      }
    }),
  );
});
