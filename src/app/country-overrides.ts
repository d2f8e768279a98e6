import { z } from 'zod';
import { json } from '../db/values.ts';
import { isCountry, type LanguageOverride } from '../domain/country.ts';
import { forbid } from '../domain/permission.ts';
import { type Refusal, refuse } from '../domain/refusal.ts';
import { type Context, type Reader, type Tx, transact } from './context.ts';
import { recordEvent } from './event.ts';

export const overrideLanguagesInput = z.object({
  country: z.string().length(2),
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Write languages by their code, e.g. de or pt-BR.'))
    .min(1, 'Write at least one language by its code, e.g. de.')
    .max(6),
  reason: z.string().trim().min(10, 'Write where this is from, so that an inspector can follow it.').max(1_000),
});

/** The operators' own language rules, as domain/country.ts reads them. */
export async function loadLanguageOverrides(reader: Reader): Promise<LanguageOverride[]> {
  const rows = await reader
    .selectFrom('country_override')
    .selectAll()
    .where('topic', '=', 'languages')
    .where('withdrawn_at', 'is', null)
    .execute();
  return rows.map((row) => ({
    country: row.country,
    languages: row.value as string[],
    reason: row.reason,
    by: row.made_by,
    at: row.made_at,
  }));
}

/** Says which languages a country gets, with the reason: it wins over the data until it is withdrawn (law 8). */
export async function overrideLanguages(
  ctx: Context,
  input: z.infer<typeof overrideLanguagesInput>,
): Promise<{ country: string } | Refusal> {
  const no = forbid(ctx.actor, 'country.override');
  if (no) return no;
  if (!isCountry(input.country)) return refuse('country.unknown', { country: input.country }, 'country');
  return replaceOverride(ctx, 'languages', input.country, input.languages, input.reason);
}

const day = z.iso.date('Write days as YYYY-MM-DD.');

export const overrideCalendarInput = z.object({
  country: z.string().length(2),
  /** ISO numbers of the weekend's days, 1 = Monday … 7 = Sunday; left out: as the data say. */
  weekend: z.array(z.number().int().min(1).max(7)).min(1).max(4).optional(),
  /** Day → why nobody works on it. */
  add: z.record(day, z.string().trim().min(1, 'Write why the day is off.').max(100)).default({}),
  /** Days that are worked although the data say otherwise. */
  remove: z.array(day).max(200).default([]),
  reason: z.string().trim().min(10, 'Write where this is from, so that an inspector can follow it.').max(1_000),
});

/** Says how a country's working days differ from the data (law 8). Clocks that run keep the day they were given. */
export async function overrideCalendar(
  ctx: Context,
  input: z.infer<typeof overrideCalendarInput>,
): Promise<{ country: string } | Refusal> {
  const { country, weekend, add, remove, reason } = input;
  const no = forbid(ctx.actor, 'country.override');
  if (no) return no;
  if (!isCountry(country)) return refuse('country.unknown', { country }, 'country');
  if (!weekend && Object.keys(add).length + remove.length === 0) return refuse('country.nothing-changed', {}, 'add');
  const both = remove.find((one) => add[one] !== undefined);
  if (both) return refuse('country.day-twice', { day: both }, 'remove');
  return replaceOverride(ctx, 'holidays', country, { ...(weekend ? { weekend } : {}), add, remove }, reason);
}

type Topic = 'languages' | 'holidays';

function replaceOverride(
  ctx: Context,
  topic: Topic,
  country: string,
  value: unknown,
  reason: string,
): Promise<{ country: string } | Refusal> {
  return transact(ctx, async (tx) => {
    const before = await withdraw(tx, ctx, country, topic);
    await tx
      .insertInto('country_override')
      .values({
        country,
        topic,
        value: json(value),
        reason,
        made_by: ctx.actor.name,
        made_at: ctx.now(),
        withdrawn_at: null,
      })
      .execute();
    await recordEvent(tx, ctx, {
      action: 'country.override',
      subject: 'country',
      subjectId: country,
      before: before ?? null,
      after: topic === 'languages' ? value : { [topic]: value },
      reason,
    });
    return { country };
  });
}

/** Goes back to the rule of the data. */
export async function withdrawOverride(
  ctx: Context,
  country: string,
  topic: Topic = 'languages',
): Promise<{ country: string } | Refusal> {
  const no = forbid(ctx.actor, 'country.override');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const before = await withdraw(tx, ctx, country, topic);
    if (before === undefined) return refuse('country.no-override', { country });
    await recordEvent(tx, ctx, { action: 'country.withdraw-override', subject: 'country', subjectId: country, before });
    return { country };
  });
}

async function withdraw(tx: Tx, ctx: Context, country: string, topic: Topic): Promise<unknown> {
  const row = await tx
    .updateTable('country_override')
    .set({ withdrawn_at: ctx.now() })
    .where('country', '=', country)
    .where('topic', '=', topic)
    .where('withdrawn_at', 'is', null)
    .returning('value')
    .executeTakeFirst();
  return row?.value;
}
