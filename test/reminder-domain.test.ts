import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openCalendar } from '../src/adapters/calendar.ts';
import { dayIn, isWorkingDay, workCalendar } from '../src/domain/calendar.ts';
import { type NextReminder, nextReminder, type ReminderState } from '../src/domain/reminder.ts';

const calendar = workCalendar('DE', openCalendar().holidays);

// Notice on Wed 4 May 2022, due Wed 11 May.
const silent: ReminderState = {
  stage: 'monitoring',
  deliveryState: 'running',
  answeredAt: null,
  notifiedAt: new Date('2022-05-04T08:00:00Z'),
  bounced: false,
  stopped: false,
  dueOn: '2022-05-11',
  remindersSent: 0,
  lastReminderAt: null,
  telephoned: false,
  calendar,
  zone: 'Europe/Berlin',
};

const told = (next: NextReminder): string =>
  next.do === 'nothing' ? next.why : next.do === 'send' ? `send ${next.n}` : next.do;

test('a silent party is reminded three times, then telephoned; others are left alone', () => {
  const cases: [given: string, change: Partial<ReminderState>, now: string, then: string][] = [
    ['on the due day', {}, '2022-05-11T10:00:00Z', 'not-yet'],
    ['the next morning, too early', {}, '2022-05-12T06:59:59Z', 'not-yet'],
    ['the next morning at nine', {}, '2022-05-12T07:00:00Z', 'send 1'],
    [
      'after the first, the day after',
      { remindersSent: 1, lastReminderAt: new Date('2022-05-12T07:00:00Z') },
      '2022-05-13T07:00:00Z',
      'not-yet',
    ],
    [
      'a week later',
      { remindersSent: 1, lastReminderAt: new Date('2022-05-12T07:00:00Z') },
      '2022-05-19T07:00:00Z',
      'send 2',
    ],
    [
      'another week, over Ascension Day',
      { remindersSent: 2, lastReminderAt: new Date('2022-05-19T07:00:00Z') },
      '2022-05-26T07:00:00Z',
      'not-yet',
    ],
    [
      'and the day after it',
      { remindersSent: 2, lastReminderAt: new Date('2022-05-19T07:00:00Z') },
      '2022-05-27T07:00:00Z',
      'send 3',
    ],
    [
      'all three sent',
      { remindersSent: 3, lastReminderAt: new Date('2022-05-27T07:00:00Z') },
      '2022-06-03T07:00:00Z',
      'telephone',
    ],
    ['the task exists', { remindersSent: 3, telephoned: true }, '2022-06-30T07:00:00Z', 'telephone-task-exists'],
    ['the server was away for a month: one letter, not three', {}, '2022-06-15T07:00:00Z', 'send 1'],
    [
      'and the second not on the same day',
      { remindersSent: 1, lastReminderAt: new Date('2022-06-15T07:00:00Z') },
      '2022-06-15T07:05:00Z',
      'not-yet',
    ],
    ['answered', { answeredAt: new Date('2022-05-10T10:00:00Z') }, '2022-05-12T07:00:00Z', 'answered'],
    ['bounced', { bounced: true }, '2022-05-12T07:00:00Z', 'bounced'],
    ['stopped by staff', { stopped: true }, '2022-05-12T07:00:00Z', 'stopped'],
    ['sending stopped', { deliveryState: 'stopped' }, '2022-05-12T07:00:00Z', 'stopped'],
    ['sending paused', { deliveryState: 'paused' }, '2022-05-12T07:00:00Z', 'paused'],
    ['not released', { stage: 'approved' }, '2022-05-12T07:00:00Z', 'not-released'],
    ['completed', { stage: 'completed' }, '2022-05-12T07:00:00Z', 'not-released'],
    ['the notice has not left', { notifiedAt: null }, '2022-05-12T07:00:00Z', 'not-notified'],
    ['not connected, no date: ten working days stand in', { dueOn: null }, '2022-05-18T07:00:00Z', 'not-yet'],
    ['and are over', { dueOn: null }, '2022-05-19T07:00:00Z', 'send 1'],
  ];
  for (const [given, change, now, then] of cases) {
    assert.equal(told(nextReminder({ ...silent, ...change }, new Date(now))), then, given);
  }
});

test('a rest says when to look again', () => {
  const wait = nextReminder(silent, new Date('2022-05-05T10:00:00Z'));
  assert.ok(wait.do === 'nothing' && wait.until?.toISOString() === '2022-05-12T07:00:00.000Z');
});

test('always: a sweep at any times sends each reminder once, on working mornings, at least the gap apart', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 60 }), (hours) => {
      let state: ReminderState = silent;
      let now = silent.notifiedAt as Date;
      const sent: number[] = [];
      for (const wait of hours) {
        now = new Date(now.getTime() + wait * 3_600_000);
        const next = nextReminder(state, now);
        if (next.do === 'send') {
          assert.ok(isWorkingDay(dayIn(next.plannedAt, state.zone), calendar));
          if (state.lastReminderAt) assert.ok(now.getTime() - state.lastReminderAt.getTime() > 2 * 24 * 3_600_000);
          sent.push(next.n);
          state = { ...state, remindersSent: next.n, lastReminderAt: now };
        } else if (next.do === 'telephone') state = { ...state, telephoned: true };
      }
      assert.deepEqual(sent, [1, 2, 3].slice(0, sent.length));
    }),
  );
});
