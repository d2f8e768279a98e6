import type { VNode } from 'preact';
import { summarizeScope } from '../../../app/queries/scope.ts';
import type { ScopeWhy } from '../../../domain/scope.ts';
import type { C } from '../../context.ts';
import { countryName } from '../../translate.ts';
import { DateInput, Form, RadioGroup, Select, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, EmptyState, More } from '../../ui/parts.tsx';
import { Figure, Figures } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { shellOf } from '../shell.ts';
import { type ActionRow, withAction } from './action-page.tsx';
import { ActionTabs, actionCrumbs } from './tabs.tsx';

/** GET /actions/:id/scope: the rules, and what their last run found. */
export async function showScope(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await scopePage(c, action, freshForm({ effect: 'include' }))));
}

export async function scopePage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const { db } = c.get('ctx');
  const rules = await db
    .selectFrom('scope_rule as r')
    .leftJoin('product as p', 'p.id', 'r.product_id')
    .selectAll('r')
    .select('p.name as product')
    .where('r.action_id', '=', action.id)
    .orderBy('r.id')
    .execute();
  const products = await db.selectFrom('product').select(['id', 'name']).orderBy('name').execute();
  const run = await db
    .selectFrom('scope_run')
    .selectAll()
    .where('action_id', '=', action.id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  const base = `/actions/${action.id}/scope`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Scope"
      lede="Which units are affected: by product, serial numbers, lots, software versions, days of shipping. Nothing is created before you have seen what the rules find."
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/scope" />}
      errors={form.errors}
      {...(run?.state === 'running' ? { refreshSeconds: 2 } : {})}
      actions={
        rules.length > 0 ? (
          <Form action={`${base}/run`}>
            <SubmitButton tone={run?.state === 'done' ? 'secondary' : 'primary'} icon="search">
              {run ? 'Find the units again' : 'Find the affected units'}
            </SubmitButton>
          </Form>
        ) : undefined
      }
    >
      {run && run.state !== 'discarded' ? (
        <Run c={c} summary={await summarizeScope(db, action.id, run.id)} run={run} base={base} />
      ) : null}
      <Columns>
        <Card title="Rules">
          {rules.length === 0 ? (
            <EmptyState title="No rules yet">
              Add a rule for each product that is affected. Every unit no rule includes is left out, with its reason.
            </EmptyState>
          ) : (
            <ul class="ff-plain-list">
              {rules.map((rule) => (
                <li key={rule.id}>
                  <strong>{rule.effect === 'include' ? 'Affected' : 'Left out'}</strong>:{' '}
                  {rule.product ?? 'every product'}
                  {conditionWords(rule.conditions)}. {rule.reason}
                  <Form action={`${base}/rules/${rule.id}/remove`}>
                    <SubmitButton tone="quiet" small>
                      Remove
                    </SubmitButton>
                  </Form>
                </li>
              ))}
            </ul>
          )}
        </Card>
        <Card title="Add a rule">
          <Form action={`${base}/rules`}>
            <RadioGroup
              form={form}
              name="effect"
              label="What does it do?"
              options={[
                { value: 'include', label: 'These units are affected' },
                { value: 'exclude', label: 'These units are left out, although another rule includes them' },
              ]}
            />
            <Select
              form={form}
              name="productId"
              label="Product"
              placeholder="Every product (only to leave out)"
              options={products.map((row) => ({ value: String(row.id), label: row.name }))}
            />
            <TextInput
              form={form}
              name="versionFrom"
              label="Software from version"
              hint="Both ends included; empty means any. A unit whose version is not known counts as affected."
              width={8}
            />
            <TextInput form={form} name="versionTo" label="Software to version" width={8} />
            <More summary="More conditions" open={form.errors.length > 0}>
              <TextArea
                form={form}
                name="serials"
                label="Serial numbers or ranges"
                hint="One a line; a range as NB550123..NB550999."
                rows={3}
              />
              <TextArea form={form} name="lots" label="Lots" hint="One a line." rows={2} />
              <DateInput form={form} name="shippedFrom" label="Shipped from" />
              <DateInput form={form} name="shippedTo" label="Shipped to" />
              <TextInput
                form={form}
                name="countries"
                label="Countries"
                hint="Two-letter codes, e.g. DE AT CH. Leaving out a country needs a sound reason (MEDDEV 2.12-1 rev 8, 5.4.4)."
              />
            </More>
            <TextArea
              form={form}
              name="reason"
              label="Reason"
              hint="It stands beside every unit this rule decides."
              rows={2}
              required
            />
            <SubmitButton tone="secondary">Add the rule</SubmitButton>
          </Form>
        </Card>
      </Columns>
    </DeskPage>
  );
}

type RunRow = { id: number; state: string; seen: number; units_in: number; units_out: number };

function Run({
  run,
  summary,
  base,
}: {
  c: C;
  run: RunRow;
  summary: Awaited<ReturnType<typeof summarizeScope>>;
  base: string;
}): VNode {
  if (run.state === 'running') {
    return <Alert tone="note" title={`Looking: ${formatCount(run.seen)} units so far`} />;
  }
  return (
    <>
      <Figures>
        <Figure value={run.units_in} label="units affected" href={`${base}/units?included=yes`} />
        <Figure value={run.units_out} label="left out, each with a reason" href={`${base}/units?included=no`} />
        <Figure value={summary.parties} label="parties to tell" href={`${base}/units?included=yes`} />
        <Figure value={summary.countries.length} label="countries" href={`${base}/units?included=yes`} />
      </Figures>
      {run.state === 'done' ? (
        <Alert tone="attention" title={`${formatCount(summary.corrections)} corrections would be created`}>
          <p>One for each unit, environment and available remedy. What exists already stays as it is.</p>
          <Form action={`${base}/${run.id}/apply`}>
            <SubmitButton tone="primary">Create the corrections</SubmitButton>
          </Form>
        </Alert>
      ) : (
        <Alert tone="done" title="The corrections of this run are created." />
      )}
      <Columns>
        <Card title="Affected, by country" flush>
          <CountryTable rows={summary.countries.slice(0, COUNTRIES_SHOWN)} base={base} />
          {summary.countries.length > COUNTRIES_SHOWN ? (
            <More summary={`${summary.countries.length - COUNTRIES_SHOWN} more countries`}>
              <CountryTable rows={summary.countries.slice(COUNTRIES_SHOWN)} base={base} />
            </More>
          ) : null}
        </Card>
        <div>
          <Card title="Affected, by product" flush>
            <DataTable
              caption="Affected units by product"
              columns={[
                { key: 'name', title: 'Product', cell: (row) => row.name, rowHeader: true },
                { key: 'units', title: 'Units', align: 'number', cell: (row) => formatCount(row.units) },
              ]}
              rows={summary.products}
              rowKey={(row) => row.id}
              rowHref={(row) => `${base}/units?included=yes&product=${row.id}`}
              empty={{ title: 'None', text: 'No unit is affected.' }}
            />
          </Card>
          <Card title="Left out, and why" flush>
            <DataTable
              caption="Units left out"
              columns={[
                { key: 'product', title: 'Product', cell: (row) => row.product, rowHeader: true },
                {
                  key: 'why',
                  title: 'Why',
                  cell: (row) => whyTitle(row.why),
                },
                { key: 'units', title: 'Units', align: 'number', cell: (row) => formatCount(row.units) },
              ]}
              rows={summary.out}
              rowKey={(row) => `${row.why}-${row.product_id}`}
              rowHref={(row) => `${base}/units?included=no&why=${row.why}&product=${row.product_id}`}
              empty={{
                title: 'Nothing was left out',
                text: 'Every unit of the products that the rules name is affected.',
              }}
            />
          </Card>
          {summary.unnamed.length > 0 ? (
            <Card title="Not looked at: no rule names the product" flush>
              <DataTable
                caption="Units of other products"
                columns={[
                  { key: 'product', title: 'Product', cell: (row) => row.product, rowHeader: true },
                  { key: 'units', title: 'Units', align: 'number', cell: (row) => formatCount(row.units) },
                ]}
                rows={summary.unnamed}
                rowKey={(row) => row.product_id}
                rowHref={(row) => `/units?product=${row.product_id}`}
                empty={{ title: 'None', text: 'Every product is named by a rule.' }}
              />
            </Card>
          ) : null}
        </div>
      </Columns>
    </>
  );
}

/** Why units were left out, without the value of each. */
function whyTitle(why: string): string {
  const titles: Partial<Record<ScopeWhy, string>> = {
    'out-serial': 'Serial number is not among those named',
    'out-lot': 'Lot is not among those named',
    'out-version': 'Software version is outside the range',
    'out-shipped': 'Shipped outside the days named',
    'out-country': 'Its country is not named',
    'out-party': 'Its party is not named',
    excluded: 'Taken out by a rule',
    'not-in-field': 'Not in the field any more',
  };
  return titles[why as ScopeWhy] ?? why;
}

/** Countries shown at once; the others are folded away. */
const COUNTRIES_SHOWN = 10;

function CountryTable({
  rows,
  base,
}: {
  rows: Awaited<ReturnType<typeof summarizeScope>>['countries'];
  base: string;
}): VNode {
  return (
    <DataTable
      caption="Affected units by country"
      columns={[
        { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en'), rowHeader: true },
        { key: 'parties', title: 'Parties', align: 'number', cell: (row) => formatCount(row.parties) },
        { key: 'units', title: 'Units', align: 'number', cell: (row) => formatCount(row.units) },
      ]}
      rows={rows}
      rowKey={(row) => row.country}
      rowHref={(row) => `${base}/units?included=yes&country=${row.country}`}
      empty={{ title: 'No unit is affected', text: 'Look at what was left out and why, and mend the rules.' }}
    />
  );
}

function conditionWords(conditions: unknown): string {
  const text = Object.entries(conditions as Record<string, unknown>)
    .map(([name, value]) => `${name.replace(/([A-Z])/g, ' $1').toLowerCase()} ${wordsOf(value)}`)
    .join('; ');
  return text === '' ? '' : `, ${text}`;
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(', ');
  if (typeof value === 'object' && value !== null) {
    const { from = '', to = '', environment = '' } = value as Record<string, string>;
    return `${environment} ${from}–${to}`.trim();
  }
  return String(value);
}
