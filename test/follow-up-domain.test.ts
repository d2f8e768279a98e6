/** What can come of asking, as tables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkFollowUp,
  type FollowUpOutcome,
  type FollowUpQueue,
  followUpOutcomes,
  followUpQueues,
  outcomeRules,
  queueRules,
  readSilentDays,
} from '../src/domain/follow-up.ts';

const TODAY = '2022-05-11';

test('an answer fits its queue, and has the words and the day it needs', () => {
  const cases: [FollowUpQueue, FollowUpOutcome, note: string, until: string | null, code: string | undefined][] = [
    ['downloaded', 'waiting', '', '2022-05-12', undefined],
    ['downloaded', 'waiting', '', null, 'follow-up.until-missing'],
    ['downloaded', 'waiting', '', TODAY, 'follow-up.until-past'],
    ['downloaded', 'mistaken', 'They said so', null, 'follow-up.outcome-not-here'],
    ['stated-without-file', 'mistaken', 'They said so', null, undefined],
    ['stated-without-file', 'mistaken', ' ', null, 'follow-up.note-missing'],
    ['stated-without-file', 'field-engineer', '', null, undefined],
    ['one-environment', 'waiting', '', '2022-06-01', undefined],
    ['one-environment', 'permanent-fix', '', null, 'follow-up.outcome-not-here'],
    ['remote-interface', 'way-found', '', null, 'follow-up.note-missing'],
    ['remote-interface', 'way-found', 'A share', null, undefined],
    ['remote-interface', 'permanent-fix', '', null, undefined],
  ];
  for (const [queue, outcome, note, until, code] of cases)
    assert.equal(checkFollowUp({ queue, outcome, note, until }, TODAY)?.code, code, `${queue} ${outcome}`);
});

test('every queue can take an answer back, and every outcome has a queue', () => {
  for (const queue of followUpQueues) assert.equal(queueRules[queue].outcomes.at(-1), 'back', queue);
  const used = new Set(followUpQueues.flatMap((queue) => queueRules[queue].outcomes));
  assert.deepEqual([...used].sort(), [...followUpOutcomes].sort());
  // What makes a correction open again is staff's word, which needs its reason.
  for (const outcome of followUpOutcomes)
    if (outcomeRules[outcome].reopens) assert.equal(outcomeRules[outcome].note, 'needed', outcome);
});

test('days are read as numbers, and nonsense as a week', () => {
  for (const [text, days] of [
    [undefined, 7],
    ['', 7],
    ['0', 0],
    ['14', 14],
    ['999', 365],
    ['-3', 7],
    ['soon', 7],
  ] as const)
    assert.equal(readSilentDays(text), days, String(text));
});
