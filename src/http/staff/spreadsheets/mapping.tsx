/** How a list is read, asked of a person once for each sender: its columns, then its words. */
import type { VNode } from 'preact';
import { environmentsOf, type SheetRow } from '../../../app/spreadsheet-open.ts';
import { mapSpreadsheet, readSpreadsheetAnew, remediesOf, takeSheet } from '../../../app/spreadsheets.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { MODE_COLUMNS, SHEET_COLUMNS } from '../../../domain/spreadsheet-columns.ts';
import { isMeaning, type SheetMeaning } from '../../../domain/spreadsheet-words.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { ButtonRow, Form, Select, SubmitButton } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Card, More } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { columnFields, ReadingCard, readColumns, readReading, samplesOf } from '../table-file.tsx';
import { type MappingChoices, WordsPart } from './mapping-words.tsx';
import { sheetPage } from './spreadsheet.tsx';

type Sheet = NonNullable<SheetRow>;

/** What the mapping offers to choose from. */
export async function mappingChoices(c: C, actionId: number): Promise<MappingChoices> {
  const { db } = c.get('ctx');
  return { environments: await environmentsOf(db, actionId), remedies: await remediesOf(db, actionId) };
}

/** The form's first values: the mapping as it stands. */
export function mappingForm(sheet: Sheet): FormState {
  return freshForm(columnFields(sheet.mapping));
}

/** The questions that are open: columns first, then what is in them. */
export function MappingPart({
  sheet,
  choices,
  form,
}: {
  sheet: Sheet;
  choices: MappingChoices;
  form: FormState;
}): VNode {
  const { columns, ...words } = sheet.asks;
  const onlyWords = columns !== true && Object.keys(words).length > 0;
  return (
    <>
      {onlyWords ? <WordsPart sheet={sheet} choices={choices} form={form} /> : null}
      {onlyWords ? (
        <Card>
          <More summary="Choose its columns anew">
            <ColumnsForm sheet={sheet} choices={choices} form={form} />
          </More>
        </Card>
      ) : (
        <>
          <Alert tone="note">
            {`Say which column is which. The next list of ${sheet.party} with these headings is read without asking.`}
          </Alert>
          <Card>
            <ColumnsForm sheet={sheet} choices={choices} form={form} />
          </Card>
        </>
      )}
      <ReadingCard file={sheet} action={`/spreadsheets/${sheet.id}/reading`} />
    </>
  );
}

function ColumnsForm({ sheet, choices, form }: { sheet: Sheet; choices: MappingChoices; form: FormState }): VNode {
  const options = [
    ...SHEET_COLUMNS.map(({ key, label, required }) => ({ value: key, label: required ? `${label} (needed)` : label })),
    ...choices.environments.flatMap(({ code }) =>
      MODE_COLUMNS.map((key) => ({
        value: `${key}:${code}`,
        label: `${key === 'status' ? 'Done or not' : 'Date'}, mode ${code}`,
      })),
    ),
  ];
  const rows = sheet.found.header.map((heading, index) => ({ heading, index }));
  return (
    <Form action={`/spreadsheets/${sheet.id}/mapping`} label="Columns of the list">
      <DataTable
        caption="Columns of the list"
        columns={[
          { key: 'heading', title: 'Column in the list', cell: (row) => row.heading, rowHeader: true },
          { key: 'values', title: 'First values', cell: (row) => samplesOf(sheet.found.samples, row.index) },
          {
            key: 'is',
            title: 'Is',
            cell: (row) => (
              <Select
                form={form}
                name={`column-${row.index}`}
                label={`${row.heading} is`}
                labelHidden
                placeholder="Something else"
                options={options}
              />
            ),
          },
        ]}
        rows={rows}
        rowKey={(row) => String(row.index)}
        empty={{ title: '', text: '' }}
      />
      <ButtonRow>
        <SubmitButton icon="list-check">Go on</SubmitButton>
      </ButtonRow>
    </Form>
  );
}

function readWords(body: FormBody, which: 'status' | 'mode'): Record<string, string> {
  const words: Record<string, string> = {};
  for (const name of Object.keys(body)) {
    const index = new RegExp(`^${which}-word-(\\d{1,3})$`).exec(name)?.[1];
    const meaning = index === undefined ? '' : fieldText(body, `${which}-${index}`);
    if (meaning !== '') words[fieldText(body, name)] = meaning;
  }
  return words;
}

/** POST /spreadsheets/:id/mapping: columns, or the words in them. */
export async function postSheetMapping(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const sheet = await takeSheet(ctx, id);
  if (isRefusal(sheet)) return answerRefusal(c, sheet, '/spreadsheets');
  const again = async (field: string, message: string, status: 409 | 422 = 422) =>
    html(c, await sheetPage(c, id, { form: refusedForm(body, [{ field, message }]), mapping: true }), status);
  const { mapping, twice } = readColumns(body);
  if (twice) return again(twice, 'Two columns of the list cannot both be this. Choose another for one of them.');
  const status = { ...sheet.words.status };
  for (const [word, meaning] of Object.entries(readWords(body, 'status')))
    if (isMeaning(meaning)) status[word] = meaning satisfies SheetMeaning;
  const order = fieldText(body, 'dateOrder');
  const noMode = fieldText(body, 'noMode');
  const remedyId = Number(fieldText(body, 'remedyId'));
  const result = await mapSpreadsheet(ctx, id, {
    mapping,
    words: {
      status: status as Record<string, SheetMeaning>,
      mode: { ...sheet.words.mode, ...readWords(body, 'mode') },
    },
    dateOrder: order === 'dmy' || order === 'mdy' ? order : sheet.asks.dateOrder ? '' : sheet.date_order,
    noMode: noMode === 'all' || noMode === 'refuse' ? noMode : sheet.no_mode,
    remedyId: remedyId > 0 ? remedyId : sheet.remedy_id,
  });
  if (isRefusal(result)) {
    if (statusOf(result) !== 422) return answerRefusal(c, result, `/spreadsheets/${id}`);
    const error = refusalError(result);
    return again(error.field, error.message);
  }
  if (result.state === 'mapping' && Object.keys(body).some((name) => /^(status|mode)-word-/.test(name)))
    setFlash(c, { tone: 'attention', text: 'Something is still open: say what is left below.' });
  return seeOther(c, `/spreadsheets/${id}`);
}

/** POST /spreadsheets/:id/reading */
export async function postSheetReading(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await readSpreadsheetAnew(c.get('ctx'), id, readReading(await readForm(c)));
  if (isRefusal(result)) return answerRefusal(c, result, `/spreadsheets/${id}`);
  setFlash(c, { tone: 'done', text: 'The file was read again. Look its columns over.' });
  return seeOther(c, `/spreadsheets/${id}`);
}
