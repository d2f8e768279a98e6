import type { ZodType } from 'zod';
import {
  addRemedy,
  addRemedyInput,
  changeRemedy,
  describeAction,
  describeActionInput,
  setEnvironments,
  setEnvironmentsInput,
  setRegimes,
  setRegimesInput,
  setVulnerabilities,
  setVulnerabilitiesInput,
} from '../../../app/actions.ts';
import type { Context } from '../../../app/context.ts';
import { defaultRegime } from '../../../domain/country.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { withAction } from './action-page.tsx';
import { describePage, type Forms, factFields, factText, regimes } from './describe.tsx';

/** Parses, does, and goes back to the part of the page it came from; a form that fails shows itself again. */
async function change<T>(
  c: C,
  part: keyof Forms,
  anchor: string,
  schema: ZodType<T>,
  read: (body: FormBody) => unknown | FormErrors,
  nameOf: (path: string) => string,
  act: (ctx: Context, actionId: number, input: T) => Promise<unknown | Refusal>,
): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const input = schema.safeParse(read(body));
    if (!input.success) {
      return html(
        c,
        await describePage(c, action, { [part]: refusedForm(body, errorsFromZod(input.error, nameOf)) }),
        422,
      );
    }
    const result = await act(c.get('ctx'), action.id, input.data);
    if (isRefusal(result)) {
      const error = refusalError(result);
      return html(
        c,
        await describePage(c, action, { [part]: refusedForm(body, [{ ...error, field: nameOf(error.field) }]) }),
        422,
      );
    }
    setFlash(c, { tone: 'done', text: 'Saved.' });
    return seeOther(c, `/actions/${action.id}/describe#${anchor}`);
  });
}

/** A date field: '' takes the date away, what is no date is handed on so that the schema refuses it. */
function dateOf(body: FormBody, name: string): string | null {
  const text = fieldText(body, name).trim();
  return text === '' ? null : (parseTypedDate(text) ?? text);
}

/** POST /actions/:id/describe */
export function postDescribe(c: C): Promise<Response> {
  return change(
    c,
    'about',
    'about',
    describeActionInput,
    (body) => ({
      title: fieldText(body, 'title'),
      description: fieldText(body, 'description'),
      hazard: fieldText(body, 'hazard'),
      classProposed: fieldText(body, 'classProposed'),
      classGiven: fieldText(body, 'classGiven'),
      awareOn: dateOf(body, 'awareOn'),
      reportabilityAwareOn: dateOf(body, 'reportabilityAwareOn'),
      embargoUntil: dateOf(body, 'embargoUntil'),
      facts: Object.fromEntries(
        factFields.map(([name]) => [name, fieldText(body, `facts.${name}`).trim()]).filter(([, value]) => value !== ''),
      ),
    }),
    (path) => path,
    async (ctx, id, input) => {
      const old = await ctx.db.selectFrom('action').select('facts').where('id', '=', id).executeTakeFirst();
      // Facts that this form does not show stay, and those that have a text for each language.
      const kept = Object.fromEntries(
        Object.entries(old?.facts ?? {}).filter(
          ([name, value]) => typeof value === 'object' || !factFields.some(([field]) => field === name),
        ),
      );
      return describeAction(ctx, id, { ...input, facts: { ...kept, ...input.facts } });
    },
  );
}

/** POST /actions/:id/environments */
export function postEnvironments(c: C): Promise<Response> {
  return change(
    c,
    'environments',
    'environments',
    setEnvironmentsInput,
    (body) => ({ environmentIds: fieldList(body, 'environment').map(Number) }),
    () => 'environment',
    setEnvironments,
  );
}

/** POST /actions/:id/regimes */
export async function postRegimes(c: C): Promise<Response> {
  const body = await readForm(c);
  if (fieldText(body, 'fill') !== '') return fillRegimes(c);
  return change(
    c,
    'regimes',
    'regimes',
    setRegimesInput,
    (form) => ({
      regimes: fieldText(form, 'regimes')
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
        .map((line) => {
          const [country = '', regime = '', ...reference] = line.split(/[\s;,]+/);
          return {
            country: country.toUpperCase(),
            regime: regimes.find((known) => known.toLowerCase() === regime.toLowerCase()) ?? regime,
            authorityReference: reference.join(' '),
          };
        }),
    }),
    () => 'regimes',
    setRegimes,
  );
}

/** Gives every country with affected units the regime in force there on the day of the notice. */
function fillRegimes(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const rows = await ctx.db
      .selectFrom('obligation')
      .select('country')
      .distinct()
      .where('action_id', '=', action.id)
      .execute();
    const set = await ctx.db.selectFrom('action_country').selectAll().where('action_id', '=', action.id).execute();
    const on = factText(action.facts['action.date']) || ctx.now().toISOString().slice(0, 10);
    const known = new Map(
      set.map((row) => [
        row.country,
        { country: row.country, regime: row.regime, authorityReference: row.authority_reference },
      ]),
    );
    for (const { country } of rows) {
      if (!known.has(country))
        known.set(country, { country, regime: defaultRegime(country, action.device_law, on), authorityReference: '' });
    }
    const result = await setRegimes(ctx, action.id, {
      regimes: [...known.values()].sort((a, b) => a.country.localeCompare(b.country)),
    });
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalError(result).message }
        : { tone: 'done', text: `${result.countries} countries are set.` },
    );
    return seeOther(c, `/actions/${action.id}/describe#regimes`);
  });
}

/** POST /actions/:id/vulnerabilities */
export function postVulnerabilities(c: C): Promise<Response> {
  return change(
    c,
    'vulnerabilities',
    'vulnerabilities',
    setVulnerabilitiesInput,
    (body) => ({ vulnerabilities: vulnerabilityRows(body).map(({ index: _, ...row }) => row) }),
    (path) => {
      const [, index = '0', column = 'cve'] = path.split('.');
      const names: Record<string, string> = { cvssScore: 'score', affectedVersions: 'versions' };
      return `${names[column] ?? column}-${index}`;
    },
    setVulnerabilities,
  );
}

function vulnerabilityRows(body: FormBody) {
  const rows = [];
  for (let index = 0; index < 200; index++) {
    const cve = fieldText(body, `cve-${index}`).trim().toUpperCase();
    if (cve === '') continue;
    const score = fieldText(body, `score-${index}`).trim().replace(',', '.');
    rows.push({
      index,
      cve,
      cwe: fieldText(body, `cwe-${index}`).trim().toUpperCase(),
      cvssScore: score === '' ? null : Number(score),
      affectedVersions: fieldText(body, `versions-${index}`).trim(),
      summary: fieldText(body, `summary-${index}`).trim(),
    });
  }
  return rows;
}

/** POST /actions/:id/remedies */
export function postRemedy(c: C): Promise<Response> {
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  return change(
    c,
    'remedy',
    'remedies',
    addRemedyInput,
    (body) => ({
      kind: fieldText(body, 'kind'),
      name: fieldText(body, 'name'),
      description: fieldText(body, 'remedyDescription'),
      prerequisites: lines(fieldText(body, 'prerequisites')),
      sideEffects: lines(fieldText(body, 'sideEffects')),
      status: fieldText(body, 'available') ? 'available' : 'announced',
    }),
    (path) => (path === 'description' ? 'remedyDescription' : (path.split('.')[0] ?? '')),
    addRemedy,
  );
}

/** POST /actions/:id/remedies/:remedyId/status */
export async function postRemedyStatus(c: C): Promise<Response> {
  const remedyId = idParam(c, 'remedyId') ?? 0;
  const result = await changeRemedy(c.get('ctx'), remedyId, { status: 'available' });
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalError(result).message }
      : { tone: 'done', text: 'The remedy is available. Run the scope again to create its corrections.' },
  );
  return seeOther(c, `/actions/${c.req.param('id')}/describe#remedies`);
}
