import type { VNode } from 'preact';
import { enterCode, enterCodeInput } from '../../../app/confirmation-codes.ts';
import { type CodeRow, codeList, codeOutcomes } from '../../../app/queries/codes.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { listPage } from '../list-page.tsx';
import { shellOf } from '../shell.ts';

const doors: Record<string, string> = {
  web: 'portal',
  telephone: 'telephone',
  api: 'program',
  instrument: 'instrument',
};

const columns: Column<CodeRow>[] = [
  { key: 'at', title: 'At', cell: (row) => <Moment at={row.at} />, sortable: true, rowHeader: true, nowrap: true },
  { key: 'outcome', title: 'Outcome', cell: (row) => <Outcome row={row} />, sortable: true },
  { key: 'serial', title: 'Unit', cell: (row) => <Identifier>{row.serial ?? '–'}</Identifier> },
  { key: 'environment', title: 'Environment', cell: (row) => row.environment ?? '–' },
  {
    key: 'done_on',
    title: 'Done on',
    cell: (row) => (row.done_on ? <Day value={row.done_on} /> : '–'),
    sortable: true,
    nowrap: true,
  },
  { key: 'party', title: 'Party', cell: (row) => row.party ?? '–' },
  { key: 'by', title: 'By', cell: (row) => `${row.by_name}, ${doors[row.door] ?? row.door}` },
];

function Outcome({ row }: { row: CodeRow }): VNode {
  if (row.outcome !== 'accepted') return <Badge tone="red">{codeOutcomes[row.outcome]}</Badge>;
  if (row.result === 'failed') return <Badge tone="amber">not rightly installed</Badge>;
  return <Badge tone="teal">confirmed</Badge>;
}

/** The field for a code that is read out on the telephone. */
function EnterCard({ form }: { form: FormState }): VNode {
  return (
    <Card title="Enter a code">
      <Form action="/codes">
        <TextInput
          form={form}
          name="code"
          label="Confirmation code"
          hint="Read out in four groups of five signs. O and 0 are the same, and so are I, L and 1."
          width={30}
          autocomplete="off"
          identifier
          required
        />
        <SubmitButton>Take the code</SubmitButton>
      </Form>
    </Card>
  );
}

/** GET /codes: a field for codes from the telephone, and every code that was tried. */
export function showCodes(c: C): Promise<Response> {
  return listPage(c, {
    title: 'Confirmation codes',
    lede: 'What the verifier showed on an instrument, given in through the portal, by telephone, or by a program.',
    list: codeList,
    scope: undefined,
    caption: 'Codes that were tried',
    columns,
    rowHref: (row) => (row.correction_id ? `/corrections/${row.correction_id}` : undefined),
    search: 'Serial, party or person',
    filters: [
      {
        name: 'outcome',
        label: 'Outcome',
        options: [
          { value: 'refused', label: 'every refusal' },
          ...Object.entries(codeOutcomes).map(([value, label]) => ({ value, label })),
        ],
      },
    ],
    above: allows(c.get('ctx').actor, 'code.enter') ? <EnterCard form={freshForm()} /> : undefined,
    empty: { title: 'No codes', text: 'Nobody has tried a code like this. They come from the verifier in the kit.' },
  });
}

/** POST /codes */
export async function postCode(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = enterCodeInput.safeParse({ code: fieldText(body, 'code') });
  const taken = input.success ? await enterCode(c.get('ctx'), input.data) : undefined;
  if (!taken || isRefusal(taken)) {
    const errors = taken ? [refusalError(taken)] : input.error ? errorsFromZod(input.error) : [];
    const form = refusedForm(body, errors);
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        title="Confirmation codes"
        crumbs={[{ href: '/codes', label: 'Confirmation codes' }]}
        errors={form.errors}
      >
        <EnterCard form={form} />
      </DeskPage>,
      422,
    );
  }
  const where = `${taken.serial}, ${taken.environment}`;
  setFlash(
    c,
    taken.result === 'done'
      ? taken.state === 'isolated'
        ? {
            tone: 'attention',
            text: `${where}: the code is kept. The unit stays isolated until its incident is cleared.`,
          }
        : { tone: 'done', text: `${where}: confirmed.` }
      : {
          tone: 'attention',
          text: `${where}: the verifier saw that the package is not rightly installed. A task is open.`,
        },
  );
  return seeOther(c, `/corrections/${taken.correctionId}`);
}
