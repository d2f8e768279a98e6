import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decideUnit,
  explainDecision,
  type ScopeConditions,
  type ScopeRule,
  type ScopeUnit,
  scopeConditionsSchema,
  serialKey,
} from '../src/domain/scope.ts';
import { compareVersions } from '../src/domain/version.ts';

const unit: ScopeUnit = {
  id: 1,
  kind: 'serial',
  productId: 10,
  partyId: 100,
  serial: 'NB550500',
  software: { Dx: '2.4', RUO: '3.0' },
  shippedOn: '2020-03-01',
  status: 'in-field',
  country: 'DE',
};

const rule = (conditions: ScopeConditions, more: Partial<ScopeRule> = {}): ScopeRule => ({
  id: 1,
  effect: 'include',
  productId: 10,
  conditions: scopeConditionsSchema.parse(conditions),
  reason: 'Runs Local Run Manager',
  ...more,
});

test('one rule decides one unit, and says why', () => {
  const cases: [given: string, conditions: ScopeConditions, change: Partial<ScopeUnit>, why: string][] = [
    ['the product alone', {}, {}, 'in'],
    ['another product', {}, { productId: 11 }, 'product-not-named'],
    ['within the range', { serialRanges: [{ from: 'NB550123', to: 'NB550999' }] }, {}, 'in'],
    ['its first', { serialRanges: [{ from: 'NB550123', to: 'NB550999' }] }, { serial: 'NB550123' }, 'in'],
    [
      'its last, written otherwise',
      { serialRanges: [{ from: 'NB550123', to: 'NB550999' }] },
      { serial: 'nb 550999' },
      'in',
    ],
    ['one beyond', { serialRanges: [{ from: 'NB550123', to: 'NB550999' }] }, { serial: 'NB551000' }, 'out-serial'],
    ['numbers, not letters, are compared', { serialRanges: [{ from: 'M9', to: 'M100' }] }, { serial: 'M10' }, 'in'],
    ['another series', { serialRanges: [{ from: 'M1', to: 'M999' }] }, { serial: 'M50-A' }, 'out-serial'],
    ['a listed serial beside a range', { serialRanges: [{ from: 'M1', to: 'M9' }], serials: ['NB550500'] }, {}, 'in'],
    ['a lot listed', { lots: ['L 77'] }, { kind: 'lot', serial: 'l77' }, 'in'],
    ['a lot not listed', { lots: ['L77'] }, { kind: 'lot', serial: 'L78' }, 'out-lot'],
    ['version in range in one environment', { softwareVersions: [{ from: '1.3', to: '2.9' }] }, {}, 'in'],
    [
      'version of the other environment',
      { softwareVersions: [{ environment: 'RUO', from: '1.3', to: '2.9' }] },
      {},
      'out-version',
    ],
    ['within its last version', { softwareVersions: [{ to: '3.1' }] }, { software: { Dx: '3.1.4' } }, 'in'],
    ['beyond it', { softwareVersions: [{ from: '1.3', to: '3.1' }] }, { software: { Dx: '3.2' } }, 'out-version'],
    ['2.10 is later than 2.9', { softwareVersions: [{ to: '2.9' }] }, { software: { Dx: '2.10' } }, 'out-version'],
    ['version not known: in', { softwareVersions: [{ from: '1.3', to: '3.1' }] }, { software: {} }, 'in-unproven'],
    ['version not a number: in', { softwareVersions: [{ to: '3.1' }] }, { software: { Dx: 'latest' } }, 'in-unproven'],
    ['shipped within', { shippedFrom: '2020-03-01', shippedTo: '2020-03-01' }, {}, 'in'],
    ['shipped before', { shippedFrom: '2020-03-02' }, {}, 'out-shipped'],
    ['shipping day not known: in', { shippedTo: '2019-12-31' }, { shippedOn: null }, 'in-unproven'],
    ['country', { countries: ['IT'] }, {}, 'out-country'],
    ['party', { parties: [7] }, {}, 'out-party'],
    ['all conditions hold', { countries: ['DE'], parties: [100], shippedFrom: '2020-01-01' }, {}, 'in'],
    ['scrapped before', {}, { status: 'scrapped' }, 'not-in-field'],
    ['moved somewhere is still somewhere', {}, { status: 'moved' }, 'in'],
  ];
  for (const [given, conditions, change, why] of cases) {
    const decision = decideUnit({ ...unit, ...change }, [rule(conditions)]);
    assert.equal(decision.why, why, given);
    assert.equal(decision.included, why.startsWith('in'), given);
    assert.ok(!explainDecision(decision).includes('{'), explainDecision(decision));
  }
});

test('several rules: one that holds is enough, exclusions come after, the nearest miss is told', () => {
  const byRange = rule({ countries: ['DE'], serialRanges: [{ from: 'NB1', to: 'NB9' }] }, { id: 2 });
  const byCountry = rule({ countries: ['IT'] }, { id: 3 });
  const exclude = rule(
    { countries: ['DE'] },
    { id: 4, effect: 'exclude', productId: null, reason: 'Served by another action' },
  );
  const unsure = rule({ softwareVersions: [{ to: '1.0' }] }, { id: 5, effect: 'exclude' });
  const cases: [given: string, rules: ScopeRule[], why: string, ruleId: number | null][] = [
    ['no rules', [], 'product-not-named', null],
    ['the second holds', [byCountry, rule({}, { id: 9 })], 'in', 9],
    ['nearest miss: right country, wrong serial', [byCountry, byRange], 'out-serial', 2],
    ['excluded by country', [rule({}), exclude], 'excluded', 4],
    ['an exclusion that is not proven does not let it out', [rule({}), unsure], 'in', 1],
    ['an exclusion alone names nothing', [exclude], 'product-not-named', null],
  ];
  for (const [given, rules, why, ruleId] of cases) {
    const decision = decideUnit({ ...unit, software: given.includes('proven') ? {} : unit.software }, rules);
    assert.deepEqual([decision.why, decision.ruleId], [why, ruleId], given);
  }
  assert.equal(explainDecision(decideUnit(unit, [byRange])), 'NB550500 is in none of the serial numbers NB1 to NB9');
  assert.equal(explainDecision(decideUnit(unit, [rule({}), exclude])), 'Taken out: Served by another action');
});

test('conditions that cannot be meant are refused', () => {
  const refused: unknown[] = [
    { serialRanges: [{ from: 'NB1', to: 'MD9' }] },
    { serialRanges: [{ from: 'NB10', to: 'NB9' }] },
    { softwareVersions: [{}] },
    { softwareVersions: [{ from: 'newest' }] },
    { softwareVersions: [{ from: '3.1', to: '1.3' }] },
    { countries: ['Germany'] },
    { shippedFrom: '04.05.2022' },
    { serialRange: [] },
  ];
  for (const conditions of refused) assert.equal(scopeConditionsSchema.safeParse(conditions).success, false);
  assert.ok(scopeConditionsSchema.safeParse({ softwareVersions: [{ from: '3.1', to: '3.1' }] }).success);
});

test('keys of one series sort as their numbers do, in bytes as the database sorts them', () => {
  fc.assert(
    fc.property(fc.nat(10 ** 9), fc.nat(10 ** 9), (a, b) => {
      const [left, right] = [Buffer.from(serialKey(`NB${a}`)), Buffer.from(serialKey(`NB${b}`))];
      assert.equal(Math.sign(Buffer.compare(left, right)), Math.sign(a - b));
    }),
  );
  assert.equal(serialKey(' nb 550-7 '), 'NB00000000000000000550-00000000000000000007');
});

test('versions compare by numbers', () => {
  const cases: [string, string, number | undefined][] = [
    ['1.3', '3.1', -1],
    ['2.10', '2.9', 1],
    ['v2.4', '2.4.0', 0],
    ['2.4 RC1', '2.4', 0],
    ['latest', '2.4', undefined],
  ];
  for (const [a, b, order] of cases) {
    const got = compareVersions(a, b);
    assert.equal(got === undefined ? undefined : Math.sign(got), order, `${a} ${b}`);
  }
});
