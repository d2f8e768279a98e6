import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCalendar } from '../src/adapters/calendar.ts';
import { workCalendar } from '../src/domain/calendar.ts';
import { countryZone } from '../src/domain/country.ts';
import {
  computeDeadline,
  type Deadline,
  type DeadlineRuleId,
  deadlineRules,
  explainDeadline,
  explanationWords,
  governingDeadline,
  overrideDeadline,
} from '../src/domain/deadline.ts';
import { isRefusal } from '../src/domain/refusal.ts';

const { holidays } = openCalendar();

function deadline(rule: DeadlineRuleId, start: Date | string | null, country = 'DE'): Deadline {
  return computeDeadline({ rule, start, calendar: workCalendar(country, holidays), zone: countryZone(country) });
}

test('each clock ends where its rule says', () => {
  const cases: [why: string, rule: DeadlineRuleId, start: string, country: string, due: string, target?: string][] = [
    ['sample notice, Germany', 'customer-reply-connected', '2022-05-04', 'DE', '2022-05-11'],
    ['sample notice, Italy', 'customer-reply-connected', '2022-05-04', 'IT', '2022-05-11'],
    [
      'sample notice, Saudi Arabia: Eid, and Friday and Saturday',
      'customer-reply-connected',
      '2022-05-04',
      'SA',
      '2022-05-11',
    ],
    ['immediately after installing on a Friday', 'customer-reply-unconnected', '2022-05-06', 'DE', '2022-05-09'],
    ['15 days to a Saturday', 'ivdr-serious-incident', '2022-07-01', 'DE', '2022-07-18', '2022-07-16'],
    ['death learnt on 2 July', 'ivdr-death', '2022-07-02', 'DE', '2022-07-12'],
    ['threat learnt on a Friday', 'mdr-public-health-threat', '2022-07-01', 'DE', '2022-07-05', '2022-07-03'],
    ['draft notice sent on a Thursday', 'union-draft-notice-comment', '2022-05-26', 'DE', '2022-05-30'],
    ['FDA, 10 working days', 'fda-806-report', '2022-05-04', 'US', '2022-05-18'],
    ['FDA, over Memorial Day and Juneteenth', 'fda-806-report', '2022-05-27', 'US', '2022-06-13'],
    ['FDA, 5 work days', 'fda-mdr-5-day', '2022-05-26', 'US', '2022-06-03'],
    ['FDA, day 30', 'fda-cyber-communication', '2022-05-04', 'US', '2022-06-03'],
    ['FDA, day 60, a Sunday', 'fda-cyber-fix', '2022-05-04', 'US', '2022-07-03'],
  ];
  for (const [why, rule, start, country, due, target] of cases) {
    const result = deadline(rule, start, country);
    assert.deepEqual([result.dueOn, result.explanation.targetOn], [due, target], why);
    assert.equal(result.state, 'running', why);
  }
});

test('the day an instant belongs to, and the end of the last day, are those of the party’s zone', () => {
  const late = deadline('customer-reply-connected', new Date('2022-05-04T22:30:00Z'));
  assert.equal(late.explanation.startOn, '2022-05-05');
  assert.equal(late.dueOn, '2022-05-12');
  assert.equal(late.dueAt?.toISOString(), '2022-05-12T21:59:59.999Z');
});

test('a clock that has not started has no date and says what it waits for', () => {
  const waiting = deadline('customer-reply-unconnected', null);
  assert.deepEqual([waiting.state, waiting.dueOn, waiting.dueAt], ['waiting', null, null]);
  assert.equal(explainDeadline(waiting.explanation), 'No date: runs from installing');
  assert.match(
    explainDeadline(deadline('union-fsca-report', '2022-05-04').explanation),
    /^No date: Without undue delay/,
  );
});

test('a date explains itself in one sentence', () => {
  const cases: [Deadline, string][] = [
    [
      deadline('customer-reply-connected', '2022-05-04'),
      '5 working days in Germany from 4 May 2022; skipped Sat 7 May, Sun 8 May: due Wed 11 May 2022, end of day Europe/Berlin',
    ],
    [
      deadline('customer-reply-connected', '2022-05-23'),
      '5 working days in Germany from 23 May 2022; skipped Thu 26 May (Ascension Day), Sat 28 May, Sun 29 May: due Tue 31 May 2022, end of day Europe/Berlin',
    ],
    [
      deadline('customer-reply-unconnected', '2022-05-04'),
      '1 working day in Germany from 4 May 2022: due Thu 5 May 2022, end of day Europe/Berlin',
    ],
    [
      deadline('ivdr-serious-incident', '2022-07-01'),
      '15 calendar days in Germany from 1 Jul 2022; skipped Sat 16 Jul, Sun 17 Jul: due Mon 18 Jul 2022, end of day Europe/Berlin (by plain counting Sat 16 Jul 2022)',
    ],
    [
      deadline('fda-cyber-fix', '2022-05-04', 'US'),
      '60 calendar days from 4 May 2022: due Sun 3 Jul 2022, end of day America/New_York',
    ],
  ];
  for (const [given, sentence] of cases) {
    assert.equal(explainDeadline(given.explanation), sentence);
    assert.equal(explainDeadline(JSON.parse(JSON.stringify(given.explanation))), sentence, 'as kept in the database');
  }
  assert.equal(explainDeadline({ nothing: true }), '');
  const german = explanationWords(deadline('customer-reply-connected', '2022-05-04').explanation, 'de');
  assert.deepEqual([german.country, german.start, german.due], ['Deutschland', '4. Mai 2022', 'Mi., 11. Mai 2022']);
});

test('a person may set another date, with a reason; what the rule said stays', () => {
  const rule = deadline('customer-reply-connected', '2022-05-04');
  const change = {
    dueOn: '2022-05-20',
    reason: 'Agreed by telephone',
    by: 'Q. Person',
    at: new Date('2022-05-09T10:00:00Z'),
  };
  const refused = overrideDeadline(rule, { ...change, reason: ' ' });
  assert.ok(isRefusal(refused) && refused.at === 'reason');
  const first = overrideDeadline(rule, change);
  assert.ok(!isRefusal(first));
  const second = overrideDeadline(first, { ...change, dueOn: '2022-05-25' });
  assert.ok(!isRefusal(second));
  assert.equal(second.dueAt?.toISOString(), '2022-05-25T21:59:59.999Z');
  assert.equal(
    explainDeadline(second.explanation),
    'Wed 25 May 2022, end of day Europe/Berlin: set by Q. Person (Agreed by telephone); the rule said Wed 11 May 2022',
  );
});

test('when the severity changes, the earliest date governs', () => {
  const serious = deadline('ivdr-serious-incident', '2022-07-01');
  const death = deadline('ivdr-death', '2022-07-04');
  const waiting = deadline('customer-reply-unconnected', null);
  assert.equal(governingDeadline([serious, waiting, death])?.rule, 'ivdr-death');
  assert.equal(governingDeadline([waiting]), undefined);
});

test('every rule cites its text, and the FDA’s are counted in the United States only', () => {
  assert.equal(new Set(deadlineRules.map((rule) => rule.id)).size, deadlineRules.length);
  for (const rule of deadlineRules) assert.ok(rule.citation && rule.source && rule.what && rule.start, rule.id);
  assert.throws(() => deadline('fda-806-report', '2022-05-04', 'DE'), RangeError);
});
