import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Claim,
  checkEvidence,
  correctionStates,
  currentState,
  type Evidence,
  type EvidenceKind,
  evidenceTable,
  owedStates,
} from '../src/domain/correction.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { stateLooks } from '../src/http/ui/state.ts';

type Said = [kind: EvidenceKind, claim: Claim, reason?: string];

const evidence = (said: Said[]): Evidence[] =>
  said.map(([kind, claim, reason = ''], i) => ({
    id: i + 1,
    kind,
    claim,
    reason: reason || (kind === 'staff' ? 'telephone call' : ''),
    at: new Date(Date.UTC(2022, 4, 4 + i)),
  }));

test('the state of a correction follows from its evidence', () => {
  const cases: [
    given: string,
    said: Said[],
    state: string,
    because: number | null,
    contradictions: [number, number][],
  ][] = [
    ['nothing', [], 'open', null, []],
    ['a statement', [['statement', 'done']], 'stated', 1, []],
    [
      'a statement, then a code',
      [
        ['statement', 'done'],
        ['code', 'done'],
      ],
      'confirmed',
      2,
      [],
    ],
    [
      'a code, then a statement',
      [
        ['code', 'done'],
        ['statement', 'done'],
      ],
      'confirmed',
      1,
      [],
    ],
    [
      'statement, code, instrument',
      [
        ['statement', 'done'],
        ['code', 'done'],
        ['instrument', 'done'],
      ],
      'verified',
      3,
      [],
    ],
    [
      'the same statement twice',
      [
        ['statement', 'done'],
        ['statement', 'done'],
      ],
      'stated',
      1,
      [],
    ],
    ['not yet, no reason', [['statement', 'not-yet']], 'open', 1, []],
    ['not yet, planned', [['statement', 'not-yet', 'planned']], 'open', 1, []],
    ['not yet: needs the web interface', [['statement', 'not-yet', 'needs-web-interface']], 'blocked', 1, []],
    [
      'blocked, then done',
      [
        ['statement', 'not-yet', 'needs-web-interface'],
        ['statement', 'done'],
      ],
      'stated',
      2,
      [],
    ],
    ['unknown says nothing', [['statement', 'unknown']], 'open', null, []],
    [
      'unknown after done says nothing',
      [
        ['statement', 'done'],
        ['statement', 'unknown'],
      ],
      'stated',
      1,
      [],
    ],
    [
      'done, then not done: kept, but asked',
      [
        ['statement', 'done'],
        ['statement', 'not-yet'],
      ],
      'stated',
      1,
      [[2, 1]],
    ],
    [
      'confirmed, then not done',
      [
        ['code', 'done'],
        ['statement', 'not-yet'],
      ],
      'confirmed',
      1,
      [[2, 1]],
    ],
    [
      'done, then the instrument says no',
      [
        ['statement', 'done'],
        ['instrument', 'not-yet'],
      ],
      'open',
      2,
      [[2, 1]],
    ],
    ['scrapped', [['statement', 'gone']], 'gone', 1, []],
    [
      'done, then scrapped: still done',
      [
        ['statement', 'done'],
        ['statement', 'gone'],
      ],
      'stated',
      1,
      [],
    ],
    [
      'scrapped, then done',
      [
        ['statement', 'gone'],
        ['statement', 'done'],
      ],
      'gone',
      1,
      [[2, 1]],
    ],
    [
      'scrapped, then a code from it',
      [
        ['statement', 'gone'],
        ['code', 'done'],
      ],
      'confirmed',
      2,
      [[2, 1]],
    ],
    [
      'not affected, then done',
      [
        ['statement', 'not-affected'],
        ['statement', 'done'],
      ],
      'not-affected',
      1,
      [[2, 1]],
    ],
    [
      'staff set it right',
      [
        ['statement', 'done'],
        ['statement', 'not-yet'],
        ['staff', 'not-yet'],
      ],
      'open',
      3,
      [],
    ],
    [
      'staff settle the contradiction',
      [
        ['statement', 'done'],
        ['statement', 'not-yet'],
        ['staff', 'done'],
      ],
      'verified',
      3,
      [],
    ],
    [
      'staff find it unknown again',
      [
        ['statement', 'gone'],
        ['staff', 'unknown'],
      ],
      'open',
      2,
      [],
    ],
    [
      'a statement against staff',
      [
        ['staff', 'gone'],
        ['statement', 'done'],
      ],
      'gone',
      1,
      [[2, 1]],
    ],
    ['suspected break-in', [['statement', 'isolated']], 'isolated', 1, []],
    [
      'patched while isolated',
      [
        ['statement', 'isolated'],
        ['statement', 'done'],
      ],
      'isolated',
      1,
      [],
    ],
    [
      'cleared: what stood below shows',
      [
        ['statement', 'isolated'],
        ['statement', 'done'],
        ['staff', 'cleared'],
      ],
      'stated',
      2,
      [],
    ],
    [
      'a customer cannot clear it',
      [
        ['statement', 'isolated'],
        ['statement', 'cleared'],
      ],
      'isolated',
      1,
      [],
    ],
    ['a code can only say done', [['code', 'not-affected']], 'open', null, []],
  ];
  for (const [given, said, state, because, contradictions] of cases) {
    const now = currentState(evidence(said));
    assert.deepEqual(
      [now.state, now.becauseId, now.contradictions.map((c) => [c.id, c.with])],
      [state, because, contradictions],
      given,
    );
    assert.equal(now.contradicted, contradictions.length > 0, given);
  }
});

test('evidence is refused where its kind cannot make the claim, and staff give a reason', () => {
  assert.equal(checkEvidence({ kind: 'statement', claim: 'done', reason: '' }), undefined);
  const cleared = checkEvidence({ kind: 'statement', claim: 'cleared', reason: '' });
  assert.ok(isRefusal(cleared) && cleared.code === 'correction.claim-not-allowed');
  const silent = checkEvidence({ kind: 'staff', claim: 'done', reason: ' ' });
  assert.ok(isRefusal(silent) && silent.code === 'correction.reason-missing' && silent.at === 'reason');
  assert.equal(checkEvidence({ kind: 'staff', claim: 'cleared', reason: 'Examined, nothing found' }), undefined);
});

test('the desk shows each state by the same word and colour', () => {
  for (const [state, rule] of Object.entries(correctionStates)) {
    const look = stateLooks.correction[state as keyof typeof correctionStates];
    assert.deepEqual([look.word, look.tone], [rule.word, rule.tone], state);
  }
  assert.deepEqual(owedStates, ['open', 'blocked', 'isolated']);
});

const kinds = Object.keys(evidenceTable) as EvidenceKind[];
const claims: Claim[] = ['done', 'not-yet', 'not-affected', 'gone', 'unknown', 'isolated', 'cleared'];
const anyEvidence = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.constantFrom(...claims)), { maxLength: 8 });

test('always: the order in which rows are read does not matter, only when they came', () => {
  fc.assert(
    fc.property(anyEvidence, fc.integer(), (said, seed) => {
      const rows = evidence(said.map(([kind, claim]) => [kind, claim]));
      const mixed = [...rows].sort((a, b) => ((a.id * 7 + seed) % 5) - ((b.id * 7 + seed) % 5));
      assert.deepEqual(currentState(mixed), currentState(rows));
    }),
  );
});

test('always: without staff or an instrument, what was fixed never becomes owed again', () => {
  const weak = fc.array(
    fc.tuple(
      fc.constantFrom<EvidenceKind>('statement', 'code', 'import'),
      fc.constantFrom<Claim>('done', 'not-yet', 'gone', 'not-affected', 'unknown'),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(weak, (said) => {
      const rows = evidence([['statement', 'done'], ...said.map(([kind, claim]): Said => [kind, claim])]);
      assert.ok(['stated', 'confirmed'].includes(currentState(rows).state));
    }),
  );
});
