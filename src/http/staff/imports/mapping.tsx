import type { VNode } from 'preact';
import { mapImport, type proposeFor, readImport } from '../../../app/imports.ts';
import type { ImportDetail } from '../../../app/queries/imports.ts';
import { IMPORT_COLUMNS, type ImportKind, type ImportMapping } from '../../../domain/import.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { ButtonRow, Form, RadioGroup, Select, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { columnFields, ReadingCard, readColumns, readReading, samplesOf } from '../table-file.tsx';
import { importPage } from './import.tsx';

type Proposal = Awaited<ReturnType<typeof proposeFor>>;

/** The form's first values: the mapping confirmed, else the one proposed. */
export function mappingForm(detail: ImportDetail, proposal: Proposal): FormState {
  const known = Object.keys(detail.mapping).length > 0;
  const mapping = known ? detail.mapping : proposal.mapping;
  const order = proposal.dateOrder === 'dmy' || proposal.dateOrder === 'mdy' ? proposal.dateOrder : '';
  return freshForm({ ...columnFields(mapping), dateOrder: known ? detail.date_order : order });
}

/** Which column is which: each column of the file with its first values and what it becomes. */
export function MappingPart({
  detail,
  proposal,
  form,
}: {
  detail: ImportDetail;
  proposal: Proposal;
  form: FormState;
}): VNode {
  const { found, kind } = detail;
  const options = columnOptions(kind, proposal.mapping, detail.mapping);
  const dates = IMPORT_COLUMNS[kind].some((column) => column.type === 'date');
  const rows = found.header.map((heading, index) => ({ heading, index }));
  const unclear = Object.values(proposal.confidence).filter((one) => one < 0.9).length;
  return (
    <>
      {proposal.missing.length > 0 ? (
        <Alert tone="attention" title="Some columns were not recognised">
          {proposal.missing.map((key) => labelOf(kind, key)).join(', ')}: every row needs them. Choose below which
          column of the file holds them.
        </Alert>
      ) : (
        <Alert tone="note">
          {unclear === 0
            ? 'Every column that is needed was recognised. Look it over and start the check.'
            : `${unclear} of the columns are a guess: look at their values.`}
        </Alert>
      )}
      <Form action={`/imports/${detail.id}/mapping`} label="Columns of the file">
        <DataTable
          caption="Columns of the file"
          columns={[
            { key: 'heading', title: 'Column in the file', cell: (row) => row.heading, rowHeader: true },
            { key: 'values', title: 'First values', cell: (row) => samplesOf(found.samples, row.index) },
            {
              key: 'becomes',
              title: 'Becomes',
              cell: (row) => (
                <Select
                  form={form}
                  name={`column-${row.index}`}
                  label={`${row.heading} becomes`}
                  labelHidden
                  placeholder="Not imported"
                  options={options}
                />
              ),
            },
            { key: 'sure', title: 'How sure', cell: (row) => <Confidence proposal={proposal} index={row.index} /> },
          ]}
          rows={rows}
          rowKey={(row) => String(row.index)}
          empty={{ title: '', text: '' }}
        />
        {dates ? (
          <RadioGroup
            form={form}
            name="dateOrder"
            label="Dates such as 04/05/2022"
            hint={
              proposal.dateOrder === 'ask' || proposal.dateOrder === 'mixed'
                ? 'The file does not say which it is: please choose.'
                : 'Dates such as 2022-05-04, 04.05.2022 and 04MAY2022 are always clear.'
            }
            options={[
              { value: 'dmy', label: 'Day first: 4 May 2022' },
              { value: 'mdy', label: 'Month first: 5 April 2022' },
              { value: '', label: 'There are none' },
            ]}
          />
        ) : null}
        <ButtonRow>
          <SubmitButton tone="primary" icon="list-check">
            Check every row
          </SubmitButton>
        </ButtonRow>
      </Form>
      <ReadingCard file={detail} action={`/imports/${detail.id}/reading`} />
    </>
  );
}

function Confidence({ proposal, index }: { proposal: Proposal; index: number }): VNode | null {
  const key = Object.keys(proposal.mapping).find((one) => proposal.mapping[one] === index);
  if (key === undefined) return <Badge tone="grey">not recognised</Badge>;
  const sure = proposal.confidence[key] ?? 0;
  if (sure >= 0.9) return <Badge tone="green">known heading</Badge>;
  return sure >= 0.65 ? <Badge tone="blue">likely</Badge> : <Badge tone="amber">a guess</Badge>;
}

function labelOf(kind: ImportKind, key: string): string {
  if (key.startsWith('software:')) return `Software version ${key.slice('software:'.length)}`;
  return IMPORT_COLUMNS[kind].find((column) => column.key === key)?.label ?? key;
}

function columnOptions(kind: ImportKind, ...mappings: ImportMapping[]): { value: string; label: string }[] {
  const columns = IMPORT_COLUMNS[kind].map(({ key, label, required }) => ({
    value: key,
    label: required ? `${label} (needed)` : label,
  }));
  const software = new Set(mappings.flatMap((one) => Object.keys(one)).filter((key) => key.startsWith('software:')));
  return [...columns, ...[...software].map((value) => ({ value, label: labelOf(kind, value) }))];
}

/** POST /imports/:id/mapping */
export async function postMapping(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const { mapping, twice } = readColumns(body);
  const order = fieldText(body, 'dateOrder');
  const dateOrder = order === 'dmy' || order === 'mdy' ? order : '';
  if (twice) {
    const message = 'Two columns of the file cannot both become this. Choose another for one of them.';
    return html(
      c,
      await importPage(c, id, { form: refusedForm(body, [{ field: twice, message }]), mapping: true }),
      422,
    );
  }
  const result = await mapImport(c.get('ctx'), { id, mapping, dateOrder });
  if (!isRefusal(result)) return seeOther(c, `/imports/${id}`);
  if (result.code === 'import.unknown' || result.code === 'import.state-meanwhile')
    return answerRefusal(c, result, `/imports/${id}`);
  const error = refusalError(result);
  return html(c, await importPage(c, id, { form: refusedForm(body, [error]), mapping: true }), statusOf(result));
}

/** POST /imports/:id/reading */
export async function postReading(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const result = await readImport(c.get('ctx'), { id, ...readReading(body) });
  if (isRefusal(result)) return answerRefusal(c, result, `/imports/${id}`);
  setFlash(c, { tone: 'done', text: 'The file was read again. Look its columns over.' });
  return seeOther(c, `/imports/${id}`);
}
