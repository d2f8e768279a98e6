import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type MoveFacts,
  moveAction,
  movesFrom,
  type Stage,
  stages,
  transitionDiagram,
  transitions,
} from '../src/domain/action.ts';
import type { Actor, Role } from '../src/domain/actor.ts';
import { isRefusal } from '../src/domain/refusal.ts';

const staff = (role: Role): Actor => ({ kind: 'staff', id: 'u1', name: 'A. Person', role });

const ready: MoveFacts = {
  approvedNotice: true,
  releasedNotice: true,
  approvals: ['quality', 'regulatory'],
  corrections: 3_626,
  owed: 0,
  obligations: 400,
  remedies: 1,
  reason: '',
};

test('an action goes from stage to stage only by the table', () => {
  const cases: [from: Stage, to: Stage, role: Role, change: Partial<MoveFacts>, outcome: string][] = [
    ['draft', 'in-review', 'administrator', {}, 'ok'],
    ['draft', 'in-review', 'viewer', {}, 'action.move-not-yours'],
    ['draft', 'in-review', 'support', {}, 'action.move-not-yours'],
    ['draft', 'released', 'quality', {}, 'action.no-such-move'],
    ['in-review', 'draft', 'quality', {}, 'action.reason-missing'],
    ['in-review', 'draft', 'quality', { reason: 'The risk is understated' }, 'voids'],
    ['in-review', 'approved', 'quality', {}, 'ok'],
    ['in-review', 'approved', 'administrator', {}, 'action.move-not-yours'],
    ['in-review', 'approved', 'regulatory', { approvedNotice: false }, 'action.no-approved-notice'],
    ['in-review', 'approved', 'regulatory', { approvals: ['quality'] }, 'action.signature-missing'],
    ['approved', 'draft', 'regulatory', { reason: 'New finding' }, 'voids'],
    ['approved', 'released', 'regulatory', {}, 'signs'],
    ['approved', 'released', 'administrator', {}, 'action.move-not-yours'],
    ['approved', 'released', 'quality', { approvedNotice: false }, 'action.no-approved-notice'],
    ['approved', 'released', 'quality', { approvals: [] }, 'action.signature-missing'],
    ['approved', 'released', 'quality', { corrections: 0 }, 'action.no-corrections'],
    ['approved', 'released', 'quality', { obligations: 0 }, 'action.no-obligations'],
    ['approved', 'released', 'quality', { remedies: 0 }, 'action.no-remedy'],
    ['released', 'monitoring', 'quality', {}, 'ok'],
    ['monitoring', 'released', 'quality', { reason: 'again' }, 'action.no-such-move'],
    ['monitoring', 'completed', 'quality', {}, 'ok'],
    ['monitoring', 'completed', 'quality', { owed: 12 }, 'action.owed-corrections'],
    ['monitoring', 'completed', 'quality', { owed: 12, reason: 'Three attempts and a call each' }, 'ok'],
    ['completed', 'monitoring', 'quality', {}, 'action.reason-missing'],
    ['completed', 'monitoring', 'quality', { reason: 'A unit was found' }, 'ok'],
    ['completed', 'closed', 'regulatory', {}, 'signs'],
    ['closed', 'monitoring', 'regulatory', { reason: 'x' }, 'action.no-such-move'],
  ];
  for (const [from, to, role, change, outcome] of cases) {
    const move = moveAction(from, to, staff(role), { ...ready, ...change });
    const got = isRefusal(move) ? move.code : move.signs ? 'signs' : move.voidsApprovals ? 'voids' : 'ok';
    assert.equal(got, outcome, `${from} → ${to} by ${role}`);
  }
});

test('programs move what needs no signature; Fieldfix itself only goes on to monitoring; a contact nothing', () => {
  const key: Actor = { kind: 'key', id: 1, name: 'ERP', scopes: ['action.move'] };
  const system: Actor = { kind: 'system', name: 'sweep' };
  const contact: Actor = { kind: 'contact', linkId: 1, contactId: 1, partyId: 1, name: 'Labor 0421' };
  const cases: [Actor, Stage, Stage, string][] = [
    [key, 'draft', 'in-review', 'ok'],
    [key, 'approved', 'released', 'action.sign-in-person'],
    [key, 'completed', 'closed', 'action.sign-in-person'],
    [system, 'released', 'monitoring', 'ok'],
    [system, 'approved', 'released', 'action.move-not-yours'],
    [contact, 'draft', 'in-review', 'action.move-not-yours'],
  ];
  for (const [actor, from, to, outcome] of cases) {
    const move = moveAction(from, to, actor, ready);
    assert.equal(isRefusal(move) ? move.code : 'ok', outcome, `${actor.kind} ${from} → ${to}`);
  }
});

test('every stage is reached and left, and the diagram shows every move', () => {
  for (const stage of stages) {
    assert.ok(stage === 'draft' || transitions.some((transition) => transition.to === stage), `${stage} is reached`);
    assert.ok(stage === 'closed' || movesFrom(stage).length > 0, `${stage} is left`);
  }
  const pairs = transitions.map((transition) => `${transition.from} ${transition.to}`);
  assert.equal(new Set(pairs).size, pairs.length);
  const diagram = transitionDiagram();
  assert.match(diagram, /^stateDiagram-v2\n/);
  assert.equal(diagram.split('\n').filter((line) => line.includes('-->')).length, transitions.length + 2);
  assert.match(diagram, /approved --> released: Release \(quality, regulatory, signed\)/);
  assert.deepEqual(movesFrom('completed', 'administrator'), []);
});
