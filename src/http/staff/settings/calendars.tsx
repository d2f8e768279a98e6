import type { VNode } from 'preact';
import { overrideCalendar, overrideCalendarInput, withdrawOverride } from '../../../app/country-overrides.ts';
import { loadCalendarOverrides, loadCalendars } from '../../../app/deadlines.ts';
import type { CalendarOverride } from '../../../domain/calendar.ts';
import { countries, isCountry } from '../../../domain/country.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** GET /settings/calendars?country=DE: the days off of a country this year and next, and how operators know better. */
export async function showCalendars(c: C): Promise<Response> {
  const country = c.req.query('country') ?? '';
  return html(c, await page(c, isCountry(country) ? country : 'DE', freshForm()));
}

interface DayOff {
  date: string;
  name: string;
  own: boolean;
}

/** The holidays of two years, not the weekends. */
async function daysOff(c: C, country: string, own: CalendarOverride | undefined): Promise<DayOff[]> {
  const ctx = c.get('ctx');
  const calendar = (await loadCalendars(ctx.db, ctx))(country);
  const year = ctx.now().getUTCFullYear();
  const days: DayOff[] = [];
  const end = Temporal.PlainDate.from({ year: year + 1, month: 12, day: 31 });
  for (
    let day = Temporal.PlainDate.from({ year, month: 1, day: 1 });
    Temporal.PlainDate.compare(day, end) <= 0;
    day = day.add({ days: 1 })
  ) {
    const off = calendar.dayOff(day.toString());
    if (off?.why === 'holiday')
      days.push({ date: off.date, name: off.name ?? 'public holiday', own: own?.add?.[off.date] !== undefined });
  }
  return days;
}

async function page(c: C, country: string, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const overrides = await loadCalendarOverrides(ctx.db);
  const own = overrides.find((one) => one.country === country);
  const name = countryName(country, 'en');
  const options = countries('en').map((one) => ({ value: one.code, label: one.name }));
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Working days"
      lede="Clocks count the working days of the reader's country. The data know most public holidays; where you know better, say so with the reason. A clock that runs keeps the day it was given."
      tabs={allows(ctx.actor, 'setting.change') ? <SettingsTabs here="/settings/calendars" /> : undefined}
      errors={form.errors}
    >
      <Card title="Country">
        <Form action="/settings/calendars" method="get">
          <Select form={freshForm({ country })} name="country" label="Country" options={options} />
          <SubmitButton tone="secondary">Show its days</SubmitButton>
        </Form>
      </Card>
      {own ? (
        <Card title={`Your own rule for ${name}`}>
          <p>
            {own.reason} ({own.by}, <Moment at={own.at} />)
          </p>
          {own.value.weekend ? <p>Weekend: {own.value.weekend.map((one) => weekdays[one - 1]).join(' and ')}</p> : null}
          {own.value.remove?.length ? (
            <p>Worked although the data say otherwise: {own.value.remove.join(', ')}</p>
          ) : null}
          {allows(ctx.actor, 'country.override') ? (
            <Form action={`/settings/calendars/${country}/withdraw`}>
              <SubmitButton tone="quiet">Withdraw, the data hold again</SubmitButton>
            </Form>
          ) : null}
        </Card>
      ) : null}
      {allows(ctx.actor, 'country.override') ? (
        <Card title={own ? 'Another rule instead' : `Your own rule for ${name}`}>
          <Form action="/settings/calendars">
            <HiddenInput name="country" value={country} />
            <TextArea
              form={form}
              name="add"
              label="Days off"
              hint="One a line, with why: 2026-12-24 Christmas Eve."
              rows={3}
            />
            <TextArea form={form} name="remove" label="Days that are worked" hint="One a line: 2026-06-04." rows={2} />
            <TextInput
              form={form}
              name="weekend"
              label="Weekend, where it is another one"
              hint="Numbers of the days, 1 Monday to 7 Sunday, e.g. 5 6."
              width={12}
            />
            <TextArea form={form} name="reason" label="Reason and source" rows={2} required />
            <ButtonRow>
              <SubmitButton tone="secondary">Set the rule</SubmitButton>
            </ButtonRow>
          </Form>
        </Card>
      ) : null}
      <DataTable
        caption={`Public holidays in ${name}`}
        captionShown
        columns={[
          { key: 'date', title: 'Day', cell: (row) => <Day value={row.date} />, rowHeader: true, nowrap: true },
          {
            key: 'weekday',
            title: 'Weekday',
            cell: (row) => weekdays[Temporal.PlainDate.from(row.date).dayOfWeek - 1],
          },
          { key: 'name', title: 'Why', cell: (row) => row.name },
          {
            key: 'from',
            title: 'From',
            cell: (row) => (row.own ? 'your own rule' : ctx.calendar.source),
          },
        ]}
        rows={await daysOff(c, country, own?.value)}
        rowKey={(row) => row.date}
        empty={{ title: 'No public holidays known', text: 'Only weekends are left out. Add the days above.' }}
      />
    </DeskPage>
  );
}

const linesOf = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);

/** POST /settings/calendars */
export async function postCalendar(c: C): Promise<Response> {
  const body = await readForm(c);
  const country = fieldText(body, 'country');
  const weekend = fieldText(body, 'weekend')
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  const input = overrideCalendarInput.safeParse({
    country,
    ...(weekend.length > 0 ? { weekend } : {}),
    add: Object.fromEntries(
      linesOf(fieldText(body, 'add')).map((line) => {
        const [day = '', ...words] = line.split(/\s+/);
        return [day, words.join(' ')];
      }),
    ),
    remove: linesOf(fieldText(body, 'remove')),
    reason: fieldText(body, 'reason'),
  });
  const shown = isCountry(country) ? country : 'DE';
  if (!input.success) {
    const errors = errorsFromZod(input.error, (path) => path.split('.')[0] ?? '');
    return html(c, await page(c, shown, refusedForm(body, errors)), 422);
  }
  const result = await overrideCalendar(c.get('ctx'), input.data);
  if (isRefusal(result)) return html(c, await page(c, shown, refusedForm(body, [refusalError(result)])), 422);
  setFlash(c, { tone: 'done', text: 'Your rule holds for every clock that starts from now on.' });
  return seeOther(c, `/settings/calendars?country=${country}`);
}

/** POST /settings/calendars/:country/withdraw */
export async function postWithdrawCalendar(c: C): Promise<Response> {
  const country = c.req.param('country') ?? '';
  const result = await withdrawOverride(c.get('ctx'), country, 'holidays');
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalError(result).message }
      : { tone: 'done', text: 'The data hold again.' },
  );
  return seeOther(c, `/settings/calendars?country=${encodeURIComponent(country)}`);
}
