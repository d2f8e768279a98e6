import type { VNode } from 'preact';
import { uploadImport } from '../../../app/imports.ts';
import { IMPORT_COLUMNS, IMPORT_KINDS, type ImportKind } from '../../../domain/import.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { tableAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { FileInput, Form, RadioGroup, SubmitButton } from '../../ui/field.tsx';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { readUpload, UploadBrokenError } from '../../upload.ts';
import { shellOf } from '../shell.ts';
import { kindWords } from './words.ts';

function asKind(text: string | undefined): ImportKind | undefined {
  return IMPORT_KINDS.find((kind) => kind === text);
}

/** GET /imports/new?kind= */
export async function showNewImport(c: C): Promise<Response> {
  return html(c, await newImportPage(c, freshForm({ kind: asKind(c.req.query('kind')) ?? '' })));
}

async function newImportPage(c: C, form: FormState): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Import a file"
      lede="Nothing changes yet: the file is checked row by row first, and you see what it would do."
      crumbs={[{ href: '/imports', label: 'Imports' }]}
      errors={form.errors}
      width="narrow"
    >
      <Form action="/imports" upload>
        <RadioGroup
          form={form}
          name="kind"
          label="What is in it?"
          options={IMPORT_KINDS.map((kind) => ({
            value: kind,
            label: kindWords[kind].many,
            hint: kindWords[kind].about,
          }))}
        />
        <FileInput
          form={form}
          name="file"
          label="File"
          hint="CSV or XLSX as your system exports it, up to 600 MB. Any separator and encoding; headings in English, German or Italian are recognised."
          accept=".csv,.txt,.tsv,.xlsx"
          required
        />
        <SubmitButton tone="primary" icon="upload">
          Upload and check
        </SubmitButton>
      </Form>
      <Card title="No export at hand? Fill in a template" flush>
        <DataTable
          caption="Templates with headings and an example row"
          columns={[
            { key: 'kind', title: 'Kind', cell: (kind: ImportKind) => kindWords[kind].many, rowHeader: true },
            { key: 'needs', title: 'Needs', cell: (kind: ImportKind) => needs(kind) },
            {
              key: 'files',
              title: 'Template',
              cell: (kind: ImportKind) => (
                <>
                  <a href={`/imports/templates/${kind}.csv`}>{kind}.csv</a>,{' '}
                  <a href={`/imports/templates/${kind}.xlsx`}>{kind}.xlsx</a>
                </>
              ),
            },
          ]}
          rows={[...IMPORT_KINDS]}
          rowKey={(kind) => kind}
          empty={{ title: '', text: '' }}
        />
      </Card>
    </DeskPage>
  );
}

function needs(kind: ImportKind): string {
  const labels = IMPORT_COLUMNS[kind].filter((column) => column.required).map((column) => column.label);
  return labels.join(', ');
}

/** POST /imports: the form's file is streamed to the store; it never lies in memory. */
export async function postImport(c: C): Promise<Response> {
  const upload = await readUpload(c);
  const kind = asKind(upload?.fields.kind);
  const again = async (errors: Parameters<typeof refusedForm>[1], status: 409 | 422 | 403 | 404 = 422) =>
    html(c, await newImportPage(c, refusedForm(upload?.fields ?? {}, errors)), status);
  if (!kind) return again([{ field: 'kind', message: 'Choose what is in the file.' }]);
  if (!upload?.file) return again([{ field: 'file', message: 'Choose the file.' }]);
  try {
    const result = await uploadImport(c.get('ctx'), { kind, name: upload.file.name, source: upload.file.bytes });
    if (!isRefusal(result)) return seeOther(c, `/imports/${result.id}`);
    if (result.code === 'forbidden') return answerRefusal(c, result, '/imports');
    return again([{ ...refusalError(result), field: 'file' }], statusOf(result) as 422);
  } catch (error) {
    if (!(error instanceof UploadBrokenError)) throw error;
    return again([{ field: 'file', message: 'The file did not arrive whole. Nothing was kept; send it once more.' }]);
  }
}

/** GET /imports/templates/:name, e.g. parties.xlsx: headings and an example row. */
export function getTemplate(c: C): Response {
  const [, name, format] = /^(\w+)\.(csv|xlsx)$/.exec(c.req.param('name') ?? '') ?? [];
  const kind = asKind(name);
  if (!kind) return answerRefusal(c, refuse('import.unknown', { id: c.req.param('name') ?? '' }), '/imports/new');
  const columns = IMPORT_COLUMNS[kind].map((column) => ({
    heading: column.label,
    value: (row: Record<string, string>) => row[column.key],
  }));
  // One coherent row: what only fits another kind of row stays empty.
  const example = Object.fromEntries(
    IMPORT_COLUMNS[kind].map((column) => [
      column.key,
      NOT_IN_EXAMPLE.has(`${kind}.${column.key}`) ? '' : (column.examples[0] ?? ''),
    ]),
  );
  const { tables } = c.get('ctx');
  return format === 'csv'
    ? tableAnswer(tables.csv([example], columns), `${kind}-template`, 'csv')
    : tableAnswer(tables.xlsx([example], columns), `${kind}-template`, 'xlsx');
}

/** Columns that would contradict the rest of the example row. */
const NOT_IN_EXAMPLE = new Set(['parties.srn', 'units.lot', 'units.instance', 'units.quantity', 'products.pairs']);
