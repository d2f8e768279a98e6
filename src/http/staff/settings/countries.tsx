import type { VNode } from 'preact';
import {
  loadLanguageOverrides,
  overrideLanguages,
  overrideLanguagesInput,
  withdrawOverride,
} from '../../../app/country-overrides.ts';
import { countries, defaultRegime, languageRule } from '../../../domain/country.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { Form, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

const certainty = {
  stated: { tone: 'green', word: 'read in the source' },
  uncertain: { tone: 'amber', word: 'unclear in the source' },
  dated: { tone: 'amber', word: 'the source calls itself dated' },
  unsourced: { tone: 'amber', word: 'general knowledge, no text at hand' },
  'other-regulation': { tone: 'amber', word: 'row of the sister regulation' },
  override: { tone: 'blue', word: 'your own rule' },
  none: { tone: 'red', word: 'no rule on file' },
} as const;

/** GET /settings/countries: which languages each country gets, where that is from, and the operators' own rules. */
export async function showCountries(c: C): Promise<Response> {
  return html(c, await page(c, freshForm()));
}

async function page(c: C, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const overrides = await loadLanguageOverrides(ctx.db);
  const on = ctx.now().toISOString().slice(0, 10);
  const used = new Set(
    (await ctx.db.selectFrom('party').select('country').distinct().execute()).map((row) => row.country),
  );
  const rows = countries('en')
    .map(({ code, name }) => ({
      code,
      name,
      regime: defaultRegime(code, 'IVD', on),
      rule: languageRule(code, defaultRegime(code, 'IVD', on), { overrides }),
    }))
    .filter((row) => row.rule.confidence !== 'none' || used.has(row.code));
  const mayChange = allows(ctx.actor, 'country.override');
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Languages by country"
      lede="Which languages a notice goes out in where nothing else is known about the reader. A default, not law: where you know better, say so with the reason."
      tabs={allows(ctx.actor, 'setting.change') ? <SettingsTabs here="/settings/countries" /> : undefined}
      errors={form.errors}
    >
      {mayChange ? (
        <Card title="Your own rule for a country">
          <Form action="/settings/countries">
            <Select
              form={form}
              name="country"
              label="Country"
              options={countries('en').map(({ code, name }) => ({ value: code, label: name }))}
              required
            />
            <TextInput
              form={form}
              name="languages"
              label="Languages"
              hint="Their codes, e.g. fr nl de."
              width={20}
              identifier
              required
            />
            <TextArea form={form} name="reason" label="Reason and source" rows={2} required />
            <SubmitButton tone="secondary">Set the rule</SubmitButton>
          </Form>
        </Card>
      ) : null}
      <DataTable
        caption="Language rules"
        columns={[
          { key: 'name', title: 'Country', cell: (row) => row.name, rowHeader: true },
          { key: 'regime', title: 'Regime today', cell: (row) => row.regime },
          {
            key: 'languages',
            title: 'Languages sent',
            cell: (row) => row.rule.send.map((code) => languageName(code, 'en')).join(', '),
          },
          { key: 'text', title: 'What the rule says', cell: (row) => row.rule.text },
          {
            key: 'certainty',
            title: 'How sure',
            cell: (row) => (
              <Badge tone={certainty[row.rule.confidence].tone}>{certainty[row.rule.confidence].word}</Badge>
            ),
          },
          {
            key: 'source',
            title: 'From',
            cell: (row) =>
              row.rule.confidence === 'override' && mayChange ? (
                <Form action={`/settings/countries/${row.code}/withdraw`}>
                  {row.rule.source}
                  <SubmitButton tone="quiet" small>
                    Withdraw
                  </SubmitButton>
                </Form>
              ) : (
                [row.rule.source, row.rule.revision].filter(Boolean).join(', ')
              ),
          },
        ]}
        rows={rows}
        rowKey={(row) => row.code}
        empty={{ title: 'No rules', text: 'Rules come with Fieldfix.' }}
      />
    </DeskPage>
  );
}

/** POST /settings/countries */
export async function postCountry(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = overrideLanguagesInput.safeParse({
    country: fieldText(body, 'country'),
    languages: fieldText(body, 'languages')
      .split(/[\s,;]+/)
      .filter(Boolean),
    reason: fieldText(body, 'reason'),
  });
  if (!input.success) {
    return html(
      c,
      await page(
        c,
        refusedForm(
          body,
          errorsFromZod(input.error, (path) => path.split('.')[0] ?? ''),
        ),
      ),
      422,
    );
  }
  const result = await overrideLanguages(c.get('ctx'), input.data);
  if (isRefusal(result)) return html(c, await page(c, refusedForm(body, [refusalError(result)])), 422);
  setFlash(c, { tone: 'done', text: 'Your rule holds from the next letter on.' });
  return seeOther(c, '/settings/countries');
}

/** POST /settings/countries/:country/withdraw */
export async function postWithdrawCountry(c: C): Promise<Response> {
  const result = await withdrawOverride(c.get('ctx'), c.req.param('country') ?? '');
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalError(result).message }
      : { tone: 'done', text: 'The rule of the data holds again.' },
  );
  return seeOther(c, '/settings/countries');
}
