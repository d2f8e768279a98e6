/** Every component of the pages once, with invented content: looked at by people, and checked for accessibility by the tests. */
import type { VNode } from 'preact';
import type { Translate } from '../../src/http/translate.ts';
import {
  BarTable,
  type CountryCount,
  CountryMap,
  ProgressChart,
  type ProgressPoint,
} from '../../src/http/ui/charts.tsx';
import * as f from '../../src/http/ui/field.tsx';
import { type FormState, freshForm } from '../../src/http/ui/form.ts';
import { DeskPage, PlainPage, type Shell } from '../../src/http/ui/layout.tsx';
import { parseListQuery } from '../../src/http/ui/list-query.ts';
import { Alert, Card, Columns, EmptyState, Identifier, KeyValue, More, Tabs } from '../../src/http/ui/parts.tsx';
import { PortalPage } from '../../src/http/ui/portal-layout.tsx';
import { evidenceOrder, type StateKind, stateLooks } from '../../src/http/ui/state.ts';
import { Badge, Figure, Figures, Ladder, ProgressBar, StateBadge } from '../../src/http/ui/state.tsx';
import { DataTable } from '../../src/http/ui/table.tsx';
import { Day, Moment, Timeline } from '../../src/http/ui/time.tsx';

const shell: Shell = {
  viewer: { name: 'Renata Quality', email: 'renata@maker.example', role: 'Quality' },
  path: '/actions/1',
  openTasks: 1204,
  flashes: [{ tone: 'done', text: 'Notice 2 was approved by Renata Quality.' }],
  version: '0.1.0',
  demo: true,
  zone: 'Europe/Berlin',
};

const shares = [
  { state: 'verified', count: 1204, href: '/actions/1/corrections?state=verified' },
  { state: 'confirmed', count: 388, href: '/actions/1/corrections?state=confirmed' },
  { state: 'stated', count: 640, href: '/actions/1/corrections?state=stated' },
  { state: 'isolated', count: 6, href: '/actions/1/corrections?state=isolated' },
  { state: 'blocked', count: 42, href: '/actions/1/corrections?state=blocked' },
  { state: 'open', count: 1346, href: '/actions/1/corrections?state=open' },
];

function points(): ProgressPoint[] {
  const start = Temporal.PlainDate.from('2022-05-04');
  return Array.from({ length: 43 }, (_, day) => {
    const share = (middle: number) => 1 / (1 + Math.exp(-(day - middle) / 5));
    const verified = Math.round(1600 * share(24));
    const confirmed = Math.round(500 * share(18));
    const stated = Math.round(900 * share(11) * (1 - share(34) * 0.6));
    const blocked = Math.round(60 * share(9));
    const open = 3626 - verified - confirmed - stated - blocked;
    return { day: start.add({ days: day }).toString(), counts: { verified, confirmed, stated, blocked, open } };
  });
}

const countries: CountryCount[] = [
  'US',
  'DE',
  'IT',
  'FR',
  'GB',
  'ES',
  'CN',
  'AU',
  'BR',
  'CA',
  'JP',
  'SG',
  'MT',
  'HK',
  'BH',
  'SE',
  'ZA',
  'TR',
  'IN',
  'XK',
  'BE',
  'IL',
].map((country, index) => ({
  country,
  total: 40 + index,
  verified: Math.round(((40 + index) * (index % 7)) / 6),
  href: `/actions/1/corrections?country=${country}`,
}));

const parties = [
  {
    id: 1,
    name: 'Labor 0421, Musterstadt',
    country: 'DE',
    units: 12,
    owes: 'obligation' as const,
    state: 'silent',
    told: '2022-05-04',
  },
  {
    id: 2,
    name: 'Ospedale di Prova 0017, Esempio',
    country: 'IT',
    units: 3,
    owes: 'obligation' as const,
    state: 'received',
    told: '2022-05-04',
  },
  {
    id: 3,
    name: 'Sample Hospital 0003',
    country: 'GB',
    units: 1,
    owes: 'obligation' as const,
    state: 'done',
    told: null,
  },
];

const sampleList = parseListQuery('/parties?country=DE&sort=-units&page=2', {
  sortable: ['name', 'units', 'told'],
  filters: { country: ['DE', 'IT'] },
  defaultSort: 'name',
});

const refused: FormState = {
  values: { reference: 'FSN 2022/1230', awareness: '31.02.2022', kind: 'removal', regimes: ['IVDR'], notes: '' },
  errors: [
    { field: 'reference', message: 'Write the reference without spaces and slashes, e.g. FSN2022-1230.' },
    { field: 'awareness', message: '31.02.2022 is not a day of the calendar.' },
    { field: 'kind', message: 'Choose what kind of action this is.' },
  ],
};

/** The desk with numbers, pictures, lists and states. */
export function DeskGuide(): VNode {
  return (
    <DeskPage
      shell={shell}
      title="FSN2022-1230"
      state={<StateBadge kind="action" state="monitoring" />}
      lede="Local Run Manager can be taken over from the network"
      crumbs={[{ href: '/actions', label: 'Actions' }]}
      actions={
        <>
          <f.LinkButton href="/actions/1/reports" icon="file-text">
            Make a report
          </f.LinkButton>
          <f.LinkButton href="/actions/1/notice" tone="primary" icon="send">
            Release notice 2
          </f.LinkButton>
        </>
      }
      next={[
        {
          text: '12 letters bounced: find another address',
          href: '/tasks?kind=bounce',
          label: 'Find addresses',
          tone: 'attention',
        },
        {
          text: '3 customers in Italy are past their five working days',
          href: '/parties?late=yes',
          label: 'Call them',
          tone: 'late',
        },
        { text: 'Everything else waits for customers; the next reminder goes out on 11 May 2022.', tone: 'wait' },
      ]}
      tabs={
        <Tabs
          label="This action"
          tabs={[
            { href: '/actions/1', label: 'Overview', current: true },
            { href: '/actions/1/units', label: 'Units', count: 1813 },
            { href: '/actions/1/notice', label: 'Notice' },
            { href: '/actions/1/deliveries', label: 'Deliveries', count: 2041 },
          ]}
        />
      }
    >
      <Figures>
        <Figure value={1204} label="verified" href="/x" tone="green" note="of 3,626 corrections, 33 %" />
        <Figure value={1346} label="still open" href="/x" note="61 fewer than yesterday" />
        <Figure value={12} label="tasks need somebody" href="/x" tone="amber" />
        <Figure value={3} label="overdue" href="/x" tone="red" />
      </Figures>
      <Columns weight="main-side">
        <div>
          <Card title="Corrections over time" action={<a href="/x">All corrections</a>}>
            <ProgressChart
              kind="correction"
              states={evidenceOrder}
              points={points()}
              noun="corrections"
              hrefOf={(state) => `/x?state=${state}`}
            />
          </Card>
          <Card title="Share verified by country">
            <CountryMap countries={countries} />
          </Card>
        </div>
        <div>
          <Card title="Ladder of evidence">
            <Ladder
              label="Evidence for Labor 0421"
              rungs={[
                { label: 'Told', at: 'done', evidence: 'Letter delivered on 4 May 2022', count: 2041, href: '/x' },
                {
                  label: 'Receipt confirmed',
                  at: 'done',
                  evidence: 'On the web by Dr. Muster',
                  count: 1820,
                  href: '/x',
                },
                { label: 'Says it is patched', at: 'current', evidence: 'Reply 12', count: 640, href: '/x' },
                { label: 'Confirmed by a code', at: 'open', count: 388, href: '/x' },
                { label: 'Verified', at: 'open', count: 1204, href: '/x' },
              ]}
            />
          </Card>
          <Card title="Facts">
            <KeyValue
              rows={[
                { label: 'Reference', value: <Identifier>FSN2022-1230</Identifier> },
                { label: 'UDI-DI', value: <Identifier>00816270020002</Identifier>, href: '/products/1' },
                { label: 'Became aware', value: <Day value="2022-04-22" /> },
                { label: 'Released', value: <Moment at={new Date('2022-05-04T12:05:00Z')} /> },
                { label: 'Embargo', value: '' },
              ]}
            />
          </Card>
          <Card title="History">
            <Timeline
              empty="Nothing yet."
              entries={[
                {
                  key: 1,
                  at: new Date('2022-05-05T09:12:00Z'),
                  text: 'Reply received',
                  by: 'web',
                  icon: 'message',
                  tone: 'blue',
                },
                {
                  key: 2,
                  at: new Date('2022-05-05T07:02:00Z'),
                  text: 'Letter bounced: mailbox full',
                  by: 'mail server',
                  icon: 'mail-x',
                  tone: 'red',
                },
                {
                  key: 3,
                  at: new Date('2022-05-04T12:05:00Z'),
                  text: 'Notice 1 released',
                  by: 'Renata Quality',
                  detail: '2,041 contacts',
                  icon: 'send',
                },
              ]}
            />
          </Card>
        </div>
      </Columns>
      <Card title="By country" flush>
        <BarTable
          kind="correction"
          heading="Country"
          caption="Corrections by country"
          noun="corrections"
          empty="Import units first."
          rows={['Germany', 'Italy', 'United States'].map((label, index) => ({
            key: label,
            label,
            href: '/x',
            shares: shares.map((share) => ({ ...share, count: Math.round(share.count / (index + 2)) })),
          }))}
        />
      </Card>
      <DataTable
        caption="Parties"
        rows={parties}
        rowKey={(row) => row.id}
        rowHref={(row) => `/parties/${row.id}`}
        columns={[
          { key: 'name', title: 'Name', sortable: true, rowHeader: true, cell: (row) => row.name },
          { key: 'country', title: 'Country', cell: (row) => row.country },
          { key: 'state', title: 'State', cell: (row) => <StateBadge kind={row.owes} state={row.state} /> },
          { key: 'told', title: 'Told on', sortable: true, nowrap: true, cell: (row) => <Day value={row.told} /> },
          { key: 'units', title: 'Units', sortable: true, align: 'number', cell: (row) => row.units },
        ]}
        empty={{ title: 'No parties yet', text: 'Import them from a spreadsheet.' }}
        list={{
          query: sampleList,
          total: 1813,
          search: 'Name or city',
          exports: true,
          filters: [
            {
              name: 'country',
              label: 'Country',
              any: 'All countries',
              options: [
                { value: 'DE', label: 'Germany' },
                { value: 'IT', label: 'Italy' },
              ],
            },
          ],
        }}
      />
      <Card title="Progress of one party">
        <ProgressBar kind="correction" shares={shares} noun="corrections" />
        <Badge tone="red" icon="clock-exclamation">
          3 days late
        </Badge>
      </Card>
      <Card title="Every state">
        {(Object.keys(stateLooks) as StateKind[]).map((kind) => (
          <p key={kind}>
            {kind}:{' '}
            {Object.keys(stateLooks[kind]).map((state) => (
              <>
                <StateBadge key={state} kind={kind} state={state} />{' '}
              </>
            ))}
          </p>
        ))}
      </Card>
      <Alert tone="note" title="Worth knowing">
        <p>Two remedies are planned.</p>
      </Alert>
      <Alert tone="done" title="The chain is whole" />
      <Alert tone="attention" title="Contradiction">
        <p>
          The reply says <em>all patched</em>, but one row is open. <a href="/x">Look at reply 12</a>
        </p>
      </Alert>
      <Alert tone="danger" title="Suspected compromise at Labor 0421" />
      <Card>
        <EmptyState
          title="No imports yet"
          action={
            <f.LinkButton href="/imports/new" tone="primary">
              Import a file
            </f.LinkButton>
          }
        >
          Bring parties, products and units from your ERP system as CSV or XLSX. You see what would change before
          anything does.
        </EmptyState>
      </Card>
    </DeskPage>
  );
}

/** A form that was refused, with every kind of field. */
export function FormGuide(): VNode {
  const regimes = ['IVDR', 'MDR', 'FDA'].map((value) => ({ value, label: value }));
  return (
    <DeskPage
      shell={{ ...shell, flashes: [] }}
      title="New action"
      crumbs={[{ href: '/actions', label: 'Actions' }]}
      errors={refused.errors}
      width="narrow"
    >
      <f.Form action="/actions">
        <f.TextInput
          form={refused}
          name="reference"
          label="Reference"
          hint="As it stands on the notice."
          required
          width={20}
          identifier
        />
        <f.DateInput form={refused} name="awareness" label="Became aware on" required />
        <f.DateInput
          form={freshForm()}
          name="embargo"
          label="Embargo until"
          hint="Nothing is sent before this day."
          value="2022-06-02"
        />
        <f.RadioGroup
          form={refused}
          name="kind"
          label="Kind of action"
          required
          options={[
            { value: 'correction', label: 'Correction', hint: 'The units stay where they are.' },
            { value: 'removal', label: 'Removal', hint: 'The units come back or are destroyed.' },
          ]}
        />
        <f.CheckboxGroup form={refused} name="regimes" label="Regimes" options={regimes} inline />
        <f.Select
          form={refused}
          name="class"
          label="Class proposed"
          placeholder="Choose…"
          options={[
            { value: 'I', label: 'Class I' },
            { value: 'II', label: 'Class II' },
          ]}
        />
        <f.TextArea form={refused} name="notes" label="Hazard" hint="In one or two sentences a doctor understands." />
        <f.FileInput form={refused} name="file" label="Attachment" accept=".pdf" />
        <f.Checkbox
          form={refused}
          name="public"
          label="The notice may be published"
          hint="Some authorities publish it anyway."
        />
        <f.ButtonRow>
          <f.SubmitButton icon="check">Create the action</f.SubmitButton>
          <f.LinkButton href="/actions">Cancel</f.LinkButton>
          <f.SubmitButton tone="danger">Delete</f.SubmitButton>
          <f.SubmitButton tone="quiet">Save as draft</f.SubmitButton>
        </f.ButtonRow>
      </f.Form>
      <f.ConfirmForm
        question="Release notice 2 to 1,204 contacts?"
        action="/x"
        confirm="Release"
        back="/actions/1"
        hidden={{ notice: 2 }}
      >
        <p>Letters that have left cannot be called back.</p>
      </f.ConfirmForm>
    </DeskPage>
  );
}

/** The portal's form in one language. */
export function PortalGuide({ t, languages }: { t: Translate; languages?: readonly string[] }): VNode {
  const form: FormState = { values: { done: 'yes' }, errors: [{ field: 'on', message: '…' }] };
  return (
    <PortalPage
      shell={{
        t,
        manufacturer: 'Sequencer Works Ltd',
        reference: 'FSN2022-1230',
        url: '/l/abc?step=2',
        helpline: { phone: '+49 800 000 0421', email: 'fsca@maker.example', hours: '08:00–18:00 CEST' },
        incidentHref: '/l/abc/incident',
        ...(languages ? { languages } : {}),
      }}
      title="MiSeqDx NB551234"
      lede="Has the patch been installed in Dx mode?"
      step={{ number: 2, of: 5 }}
      back={{ href: '/l/abc' }}
      errors={form.errors}
    >
      <f.Form action="/l/abc/2">
        <f.RadioGroup
          form={form}
          name="done"
          label="Patched?"
          required
          options={[
            { value: 'yes', label: 'Yes, it is installed' },
            { value: 'no', label: 'Not yet' },
            { value: 'gone', label: 'The instrument is not here any more', hint: 'Scrapped, sold or moved.' },
          ]}
        />
        <f.DateInput form={form} name="on" label="Patched on" required />
        <f.TextInput
          form={form}
          name="serial"
          label="Serial number"
          hint="On the label at the back"
          identifier
          width={20}
          value="NB551234"
        />
        <f.ButtonRow>
          <f.SubmitButton>Continue</f.SubmitButton>
          <f.SubmitButton tone="secondary">Save and go on later</f.SubmitButton>
        </f.ButtonRow>
      </f.Form>
      <h2>Your instruments</h2>
      <DataTable
        caption="Your instruments"
        rows={[
          { serial: 'NB551234', mode: 'Dx', state: 'stated' },
          { serial: 'NB551234', mode: 'RUO', state: 'open' },
        ]}
        rowKey={(row) => row.mode}
        columns={[
          { key: 'serial', title: 'Serial', rowHeader: true, cell: (row) => <Identifier>{row.serial}</Identifier> },
          { key: 'mode', title: 'Mode', cell: (row) => row.mode },
          { key: 'state', title: 'State', cell: (row) => <StateBadge kind="correction" state={row.state} /> },
        ]}
        empty={{ title: '', text: '' }}
      />
      <More summary="Why do we ask?">
        <p>Both modes must be patched by themselves.</p>
      </More>
    </PortalPage>
  );
}

/** A page without navigation. */
export function SignInGuide(): VNode {
  return (
    <PlainPage title="Sign in">
      <f.Form action="/sign-in">
        <f.TextInput name="email" type="email" label="E-mail address" autocomplete="username" required />
        <f.TextInput name="password" type="password" label="Password" autocomplete="current-password" required />
        <f.ButtonRow>
          <f.SubmitButton>Sign in</f.SubmitButton>
        </f.ButtonRow>
      </f.Form>
    </PlainPage>
  );
}
