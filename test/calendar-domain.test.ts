import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fixedCalendar, openCalendar } from '../src/adapters/calendar.ts';
import {
  addCalendarDays,
  addDays,
  addUnionDays,
  addWorkingDays,
  atHour,
  dayIn,
  endOfDay,
  isWorkingDay,
  nextWorkingDay,
  weekday,
  weekendDays,
  workCalendar,
  workingDaysBetween,
} from '../src/domain/calendar.ts';
import { countryCodes } from '../src/domain/country.ts';

const real = openCalendar();
const of = (country: string, region?: string) => workCalendar(country, real.holidays, region ? { region } : {});

test('working days are counted from the next day, over weekends and holidays', () => {
  const cases: [why: string, country: string, start: string, n: number, due: string, skipped: string[]][] = [
    ['the sample notice in Germany', 'DE', '2022-05-04', 5, '2022-05-11', ['2022-05-07', '2022-05-08']],
    ['and in Italy', 'IT', '2022-05-04', 5, '2022-05-11', ['2022-05-07', '2022-05-08']],
    ['over Ascension Day', 'DE', '2022-05-23', 5, '2022-05-31', ['2022-05-26', '2022-05-28', '2022-05-29']],
    ['Friday and Saturday in Egypt, and Eid', 'EG', '2022-05-08', 5, '2022-05-15', ['2022-05-13', '2022-05-14']],
    [
      'FDA: 10 working days',
      'US',
      '2022-05-04',
      10,
      '2022-05-18',
      ['2022-05-07', '2022-05-08', '2022-05-14', '2022-05-15'],
    ],
    ['over Memorial Day', 'US', '2022-05-26', 2, '2022-05-31', ['2022-05-28', '2022-05-29', '2022-05-30']],
    ['from a Saturday', 'DE', '2022-05-07', 1, '2022-05-09', ['2022-05-08']],
    ['over the turn of a year', 'DE', '2021-12-23', 3, '2021-12-28', ['2021-12-25', '2021-12-26']],
    ['no days at all', 'DE', '2022-05-07', 0, '2022-05-07', []],
  ];
  for (const [why, country, start, n, due, skipped] of cases) {
    const result = addWorkingDays(start, n, of(country));
    assert.deepEqual([result.due, result.skipped.map((off) => off.date)], [due, skipped], why);
  }
});

test('a day off says why, by name', () => {
  assert.deepEqual(of('DE').dayOff('2022-05-26'), { date: '2022-05-26', why: 'holiday', name: 'Ascension Day' });
  assert.deepEqual(of('DE').dayOff('2022-05-07'), { date: '2022-05-07', why: 'weekend' });
  assert.equal(of('DE').dayOff('2022-06-16'), undefined, 'Corpus Christi is not a holiday of all Germany');
  assert.equal(of('DE', 'BY').dayOff('2022-06-16')?.why, 'holiday');
  assert.equal(of('TR').dayOff('2022-05-04')?.why, 'holiday', 'the third day of a holiday of several days');
  assert.equal(of('TR').dayOff('2022-05-05'), undefined);
  assert.equal(of('CN').dayOff('2022-03-08'), undefined, 'a half day is worked');
});

test('weekends are those of the country, on that day', () => {
  const cases: [country: string, on: string, days: number[]][] = [
    ['DE', '2022-05-04', [6, 7]],
    ['SA', '2022-05-04', [5, 6]],
    ['IL', '2022-05-04', [5, 6]],
    ['EG', '2022-05-04', [5, 6]],
    ['AE', '2021-12-31', [5, 6]],
    ['AE', '2022-01-01', [6, 7]],
    ['BD', '2022-05-04', [5, 6]],
    ['XK', '2022-05-04', [6, 7]],
  ];
  for (const [country, on, days] of cases) assert.deepEqual(weekendDays(country, on), days, country);
});

test('what an operator knows better wins', () => {
  const calendar = workCalendar('DE', real.holidays, {
    override: { weekend: [7], add: { '2022-05-09': 'Works holiday' }, remove: ['2022-05-26'] },
  });
  assert.equal(isWorkingDay('2022-05-07', calendar), true);
  assert.equal(calendar.dayOff('2022-05-09')?.name, 'Works holiday');
  assert.equal(isWorkingDay('2022-05-26', calendar), true);
});

test('Union law: calendar days, an end on a day off moves on, and two working days at least', () => {
  const cases: [why: string, start: string, n: number, counted: string, due: string][] = [
    ['fifteen days ending on a Saturday', '2022-07-01', 15, '2022-07-16', '2022-07-18'],
    ['ten days ending on a Tuesday', '2022-07-02', 10, '2022-07-12', '2022-07-12'],
    ['two days within the week', '2022-07-05', 2, '2022-07-07', '2022-07-07'],
    ['two days from a Thursday', '2022-07-07', 2, '2022-07-09', '2022-07-11'],
    ['two days from a Friday hold Monday and Tuesday', '2022-07-01', 2, '2022-07-03', '2022-07-05'],
    ['two days from a Saturday', '2022-07-02', 2, '2022-07-04', '2022-07-05'],
    ['two days into Easter', '2022-04-14', 2, '2022-04-16', '2022-04-20'],
    ['one day need not hold two', '2022-07-01', 1, '2022-07-02', '2022-07-04'],
  ];
  for (const [why, start, n, counted, due] of cases) {
    const result = addUnionDays(start, n, of('DE'));
    assert.deepEqual([result.counted, result.due], [counted, due], why);
  }
});

test('plain calendar days: day 30 and day 60 of the sample notice', () => {
  assert.equal(addCalendarDays('2022-05-04', 30).due, '2022-06-03');
  assert.equal(addCalendarDays('2022-05-04', 60).due, '2022-07-03');
  assert.equal(addCalendarDays('2022-05-04', 60, { to: 'next-working-day', calendar: of('US') }).due, '2022-07-05');
});

test('a day begins and ends in its own zone', () => {
  assert.equal(endOfDay('2022-05-11', 'Europe/Berlin').toISOString(), '2022-05-11T21:59:59.999Z');
  assert.equal(endOfDay('2022-03-27', 'Europe/Berlin').toISOString(), '2022-03-27T21:59:59.999Z', 'a day of 23 hours');
  assert.equal(dayIn(new Date('2022-05-04T22:30:00Z'), 'Europe/Berlin'), '2022-05-05');
  assert.equal(dayIn(new Date('2022-05-04T22:30:00Z'), 'America/New_York'), '2022-05-04');
  assert.equal(atHour('2022-05-11', 9, 'Asia/Tokyo').toISOString(), '2022-05-11T00:00:00.000Z');
});

test('every country has a calendar, known to the library or not', () => {
  for (const country of countryCodes) {
    const { due } = addWorkingDays('2022-05-04', 5, of(country));
    assert.ok(due > '2022-05-08' && due < '2022-05-20', `${country} ${due}`);
  }
});

const days = fc.integer({ min: 0, max: 3650 }).map((n) => addDays('2019-01-01', n));
const places = fc.constantFrom('DE', 'IT', 'US', 'EG', 'SA', 'IL', 'JP', 'CN', 'TR', 'BT');

test('always: the due day is worked, holds exactly n working days, and every day passed over is off', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 40 }), places, (start, n, country) => {
      const calendar = of(country);
      const { due, skipped } = addWorkingDays(start, n, calendar);
      assert.ok(isWorkingDay(due, calendar));
      assert.equal(workingDaysBetween(start, due, calendar), n);
      assert.ok(skipped.every((off) => !isWorkingDay(off.date, calendar) && off.date > start && off.date < due));
      assert.equal(addDays(start, n + skipped.length), due);
    }),
    { numRuns: 300 },
  );
});

test('always: a later start or a longer period never ends earlier', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 20 }), places, (start, n, country) => {
      const calendar = of(country);
      const later = addDays(start, 1);
      for (const rule of [addWorkingDays, addUnionDays]) {
        assert.ok(rule(later, n, calendar).due >= rule(start, n, calendar).due);
        assert.ok(rule(start, n + 1, calendar).due >= rule(start, n, calendar).due);
      }
    }),
    { numRuns: 300 },
  );
});

test('always: a Union period ends on a working day, not before plain counting, with two working days in it', () => {
  fc.assert(
    fc.property(days, fc.integer({ min: 2, max: 20 }), places, (start, n, country) => {
      const calendar = of(country);
      const { counted, due } = addUnionDays(start, n, calendar);
      assert.ok(due >= counted && isWorkingDay(due, calendar) && workingDaysBetween(start, due, calendar) >= 2);
    }),
    { numRuns: 300 },
  );
});

test('a calendar without working days is refused instead of counted for ever', () => {
  const never = workCalendar('XX', fixedCalendar().holidays, { override: { weekend: [1, 2, 3, 4, 5, 6, 7] } });
  assert.throws(() => nextWorkingDay('2022-05-04', never), RangeError);
  assert.equal(weekday('2022-05-04'), 3);
});
