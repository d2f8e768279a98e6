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
  return transact(ctx, async (tx) => {
    const before = await withdraw(tx, ctx, input.country);
    await tx
      .insertInto('country_override')
      .values({
        country: input.country,
        topic: 'languages',
        value: json(input.languages),
        reason: input.reason,
        made_by: ctx.actor.name,
        made_at: ctx.now(),
        withdrawn_at: null,
      })
      .execute();
    await recordEvent(tx, ctx, {
      action: 'country.override',
      subject: 'country',
      subjectId: input.country,
      before: before ?? null,
      after: input.languages,
      reason: input.reason,
    });
    return { country: input.country };
  });
}

/** Goes back to the rule of the data. */
export async function withdrawOverride(ctx: Context, country: string): Promise<{ country: string } | Refusal> {
  const no = forbid(ctx.actor, 'country.override');
  if (no) return no;
  return transact(ctx, async (tx) => {
    const before = await withdraw(tx, ctx, country);
    if (before === undefined) return refuse('country.no-override', { country });
    await recordEvent(tx, ctx, { action: 'country.withdraw-override', subject: 'country', subjectId: country, before });
    return { country };
  });
}

async function withdraw(tx: Tx, ctx: Context, country: string): Promise<unknown> {
  const row = await tx
    .updateTable('country_override')
    .set({ withdrawn_at: ctx.now() })
    .where('country', '=', country)
    .where('topic', '=', 'languages')
    .where('withdrawn_at', 'is', null)
    .returning('value')
    .executeTakeFirst();
  return row?.value;
}
