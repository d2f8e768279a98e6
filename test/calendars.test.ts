/** Operators know a country's working days better than the data: with a reason, on the record, until withdrawn. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { overrideCalendar, overrideCalendarInput, withdrawOverride } from '../src/app/country-overrides.ts';
import { loadCalendars } from '../src/app/deadlines.ts';
import { addWorkingDays } from '../src/domain/calendar.ts';
import { isRefusal } from '../src/domain/refusal.ts';
import { type House, openHouse } from './helpers/house.ts';

const reason = 'Letter of the regional government of 2 May';

describe('working days of a country', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
    house.setNow('2022-05-10T08:00:00Z');
  });
  after(() => house.close());

  const due = async () =>
    addWorkingDays('2022-05-04', 5, (await loadCalendars(house.ctx.db, house.ctx))('DE')).due.toString();

  it('follow what operators say, and the data again once that is withdrawn', async () => {
    const regulatory = await house.staff('regulatory');
    assert.equal(await due(), '2022-05-11');
    const said = await overrideCalendar(
      regulatory,
      overrideCalendarInput.parse({ country: 'DE', add: { '2022-05-09': 'Flood' }, reason }),
    );
    assert.deepEqual(said, { country: 'DE' });
    assert.equal(await due(), '2022-05-12');
    await overrideCalendar(regulatory, overrideCalendarInput.parse({ country: 'DE', weekend: [5, 6, 7], reason }));
    assert.equal(await due(), '2022-05-12');
    assert.deepEqual(await withdrawOverride(regulatory, 'DE', 'holidays'), { country: 'DE' });
    assert.equal(await due(), '2022-05-11');
    const events = await house.ctx.db
      .selectFrom('event')
      .select(['action', 'reason'])
      .where('subject', '=', 'country')
      .orderBy('seq')
      .execute();
    assert.deepEqual(
      events.map((event) => event.action),
      ['country.override', 'country.override', 'country.withdraw-override'],
    );
    assert.equal(events[0]?.reason, reason);
  });

  it('refuse what says nothing, says a day twice, or is said by those who may not', async () => {
    const regulatory = await house.staff('regulatory');
    const code = async (input: object, ctx = regulatory) => {
      const result = await overrideCalendar(ctx, overrideCalendarInput.parse({ country: 'DE', reason, ...input }));
      return isRefusal(result) ? result.code : undefined;
    };
    assert.equal(await code({}), 'country.nothing-changed');
    assert.equal(await code({ add: { '2022-06-01': 'Fair' }, remove: ['2022-06-01'] }), 'country.day-twice');
    assert.equal(await code({ country: 'XX', weekend: [7] }), 'country.unknown');
    assert.equal(await code({ weekend: [7] }, await house.staff('viewer')), 'forbidden');
    assert.throws(() => overrideCalendarInput.parse({ country: 'DE', add: { tomorrow: 'Fair' }, reason }));
  });
});
