import { addScopeRule, addScopeRuleInput, applyScopeRun, findUnits, removeScopeRule } from '../../../app/scope.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormErrors, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { withAction } from './action-page.tsx';
import { scopePage } from './scope.tsx';

/** POST /actions/:id/scope/rules */
export async function postScopeRule(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const read = readRule(body);
    const input = addScopeRuleInput.safeParse(read.input);
    const errors: FormErrors = [...read.errors, ...(input.success ? [] : errorsFromZod(input.error, ruleField))];
    if (!input.success || errors.length > 0) return html(c, await scopePage(c, action, refusedForm(body, errors)), 422);
    const result = await addScopeRule(c.get('ctx'), action.id, input.data);
    if (isRefusal(result)) return html(c, await scopePage(c, action, refusedForm(body, [refusalError(result)])), 422);
    setFlash(c, { tone: 'done', text: 'The rule is added. Find the units to see what it does.' });
    return seeOther(c, `/actions/${action.id}/scope`);
  });
}

/** The form's field a path of the schema belongs to. */
function ruleField(path: string): string {
  const [first, second] = path.split('.');
  if (first !== 'conditions') return first ?? '';
  const fields: Record<string, string> = { serialRanges: 'serials', softwareVersions: 'versionTo' };
  return fields[second ?? ''] ?? second ?? '';
}

function readRule(body: FormBody): { input: unknown; errors: FormErrors } {
  const lines = (name: string) =>
    fieldText(body, name)
      .split(/[\n,;]+/)
      .map((line) => line.trim())
      .filter(Boolean);
  const errors: { field: string; message: string }[] = [];
  const day = (name: string): string | undefined => {
    const text = fieldText(body, name).trim();
    if (text === '') return undefined;
    const parsed = parseTypedDate(text);
    if (!parsed) errors.push({ field: name, message: 'Write a date of the calendar, e.g. 2022-05-04.' });
    return parsed;
  };
  const serials = lines('serials');
  const ranges = serials
    .filter((line) => line.includes('..'))
    .map((line) => {
      const [from = '', to = ''] = line.split('..');
      return { from: from.trim(), to: to.trim() };
    });
  const single = serials.filter((line) => !line.includes('..'));
  const from = fieldText(body, 'versionFrom').trim();
  const to = fieldText(body, 'versionTo').trim();
  const countries = fieldText(body, 'countries')
    .toUpperCase()
    .split(/[\s,;]+/)
    .filter(Boolean);
  const optional = <T,>(name: string, value: T[] | undefined) => (value && value.length > 0 ? { [name]: value } : {});
  const shippedFrom = day('shippedFrom');
  const shippedTo = day('shippedTo');
  return {
    errors,
    input: {
      effect: fieldText(body, 'effect'),
      productId: fieldText(body, 'productId') === '' ? null : Number(fieldText(body, 'productId')),
      reason: fieldText(body, 'reason'),
      conditions: {
        ...optional('serials', single),
        ...optional('serialRanges', ranges),
        ...optional('lots', lines('lots')),
        ...optional('countries', countries),
        ...(from || to ? { softwareVersions: [{ ...(from ? { from } : {}), ...(to ? { to } : {}) }] } : {}),
        ...(shippedFrom ? { shippedFrom } : {}),
        ...(shippedTo ? { shippedTo } : {}),
      },
    },
  };
}

/** POST /actions/:id/scope/rules/:rule/remove */
export async function postRemoveRule(c: C): Promise<Response> {
  const result = await removeScopeRule(c.get('ctx'), idParam(c, 'id') ?? 0, idParam(c, 'rule') ?? 0);
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalError(result).message }
      : { tone: 'done', text: 'The rule is removed.' },
  );
  return seeOther(c, `/actions/${c.req.param('id')}/scope`);
}

/** POST /actions/:id/scope/run */
export async function postScopeRun(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const found = await findUnits(ctx, action.id);
    if (isRefusal(found)) setFlash(c, { tone: 'attention', text: refusalError(found).message });
    return seeOther(c, `/actions/${action.id}/scope`);
  });
}

/** POST /actions/:id/scope/:run/apply */
export async function postScopeApply(c: C): Promise<Response> {
  const result = await applyScopeRun(c.get('ctx'), idParam(c, 'run') ?? 0);
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalError(result).message }
      : {
          tone: 'done',
          text: `${formatCount(result.corrections)} corrections are created, and ${formatCount(result.obligations)} parties are to be told.`,
        },
  );
  return seeOther(c, `/actions/${c.req.param('id')}/scope`);
}
