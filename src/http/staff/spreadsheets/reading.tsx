/** How the file of a list was read, and the way to read it otherwise. */
import type { VNode } from 'preact';
import type { SheetRow } from '../../../app/spreadsheet-open.ts';
import { readSpreadsheetAnew } from '../../../app/spreadsheets.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { Form, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm } from '../../ui/form.ts';
import { Card, Columns, More } from '../../ui/parts.tsx';

type Sheet = NonNullable<SheetRow>;

/** Where the guess about the file itself was wrong. */
export function ReadingPart({ sheet }: { sheet: Sheet }): VNode {
  const { found } = sheet;
  const form = freshForm({ sheet: sheet.sheet || found.sheet, encoding: sheet.encoding, delimiter: sheet.delimiter });
  return (
    <Card title="How the file was read">
      <p>
        {found.format === 'xlsx'
          ? `Workbook, sheet ${found.sheet}, headings in row ${found.headerRow}.`
          : `Text in ${found.encoding}, separator ${found.delimiter === '\t' ? 'tab' : found.delimiter}, headings in row ${found.headerRow}.`}
      </p>
      <More summary="Read it in another way">
        <Form action={`/spreadsheets/${sheet.id}/reading`} label="How the file is read">
          <Columns>
            {found.format === 'xlsx' ? (
              <Select
                form={form}
                name="sheet"
                label="Sheet"
                options={found.sheets.map((one) => ({ value: one, label: one }))}
              />
            ) : (
              <>
                <TextInput
                  form={form}
                  name="encoding"
                  label="Encoding"
                  hint="Such as windows-1252; empty to find it out."
                />
                <TextInput
                  form={form}
                  name="delimiter"
                  label="Separator"
                  hint="One character."
                  width={4}
                  maxLength={1}
                />
              </>
            )}
          </Columns>
          <SubmitButton tone="secondary">Read again</SubmitButton>
        </Form>
      </More>
    </Card>
  );
}

/** POST /spreadsheets/:id/reading */
export async function postSheetReading(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const result = await readSpreadsheetAnew(c.get('ctx'), id, {
    sheet: fieldText(body, 'sheet'),
    encoding: fieldText(body, 'encoding'),
    delimiter: fieldText(body, 'delimiter').slice(0, 1),
  });
  if (isRefusal(result)) return answerRefusal(c, result, `/spreadsheets/${id}`);
  setFlash(c, { tone: 'done', text: 'The file was read again. Look its columns over.' });
  return seeOther(c, `/spreadsheets/${id}`);
}
