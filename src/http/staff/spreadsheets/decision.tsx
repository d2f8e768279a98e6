/** What becomes of a checked list: whose rows may be taken, and which are. */
import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import { giveMandate, withdrawMandate } from '../../../app/mandates.ts';
import type { SheetAnswerRow } from '../../../app/queries/spreadsheets.ts';
import type { SheetRow } from '../../../app/spreadsheet-open.ts';
import { checkSpreadsheetAgain, takeSheet } from '../../../app/spreadsheets.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalText } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { ButtonRow, Checkbox, CheckboxGroup, Form, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, refusedForm } from '../../ui/form.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Card } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { sheetPage } from './spreadsheet.tsx';

type Sheet = NonNullable<SheetRow>;
type Stranger = { party_id: number; party: string; ref: string; rows: number };

const rowCount = (count: number): string => (count === 1 ? 'one row' : `${formatCount(count)} rows`);

/** Contacts of a sender that can be written to. */
export function loadReceivers(db: Context['db'], partyId: number) {
  return db
    .selectFrom('contact')
    .select(['id', 'name', 'email'])
    .where('party_id', '=', partyId)
    .where('status', '=', 'active')
    .where('email', '<>', '')
    .orderBy('id')
    .limit(50)
    .execute();
}

/** Rows about units of parties the sender does not answer for: staff may say that it does. */
export function StrangersCard({
  sheet,
  strangers,
  form,
  may,
}: {
  sheet: Sheet;
  strangers: readonly Stranger[];
  form: FormState;
  may: boolean;
}): VNode | null {
  if (strangers.length === 0) return null;
  return (
    <Card title={`May ${sheet.party} answer for them?`}>
      <p>
        {`These rows are refused: their devices belong to parties that ${sheet.party} neither serves nor has a mandate for.`}
      </p>
      {may ? (
        <Form action={`/spreadsheets/${sheet.id}/mandates`}>
          <CheckboxGroup
            form={form}
            name="party"
            label="Let it answer from now on for"
            options={strangers.map((one) => ({
              value: String(one.party_id),
              label: `${one.party} (${one.ref}), ${rowCount(one.rows)}`,
            }))}
          />
          <TextInput
            form={form}
            name="reason"
            label="What shows that it may?"
            hint="A letter, a contract, a call: it stands in the record."
            maxLength={500}
          />
          <SubmitButton tone="secondary">Give the mandate and check again</SubmitButton>
        </Form>
      ) : (
        <ul>
          {strangers.map((one) => (
            <li key={one.party_id}>{`${one.party}, ${rowCount(one.rows)}`}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

/** Taking the list: all of it, or what is right. */
export function DecisionCard({
  sheet,
  parties,
  receivers,
  form,
  may,
}: {
  sheet: Sheet;
  parties: number;
  receivers: Awaited<ReturnType<typeof loadReceivers>>;
  form: FormState;
  may: boolean;
}): VNode {
  const right = sheet.rows_ready + sheet.rows_same;
  const refused = sheet.rows_refused;
  if (!may) return <Alert tone="note">Somebody of support, quality or regulatory affairs takes it.</Alert>;
  const rejected = `/spreadsheets/${sheet.id}/rows?only=refused`;
  return (
    <Card title={refused === 0 ? 'Take it' : 'What shall become of it?'}>
      <p>
        <a href={`/spreadsheets/${sheet.id}/mapping`}>
          {sheet.mapping_version > 0 ? 'Read as its sender’s lists before: look at the mapping' : 'Look at the mapping'}
        </a>
        {' · '}
        <a href={`/spreadsheets/${sheet.id}/rows`}>Look at every row</a>
      </p>
      {refused > 0 ? (
        <p>
          {`${refused === 1 ? 'One row is' : `${formatCount(refused)} rows are`} refused. `}
          <a href={`${rejected}&format=xlsx`}>Download {refused === 1 ? 'it' : 'them'} as XLSX</a>
          {' or '}
          <a href={`${rejected}&format=csv`}>as CSV</a>
          {', with the reason of each, in the sender’s own columns. They also go back with the receipt.'}
        </p>
      ) : null}
      {right === 0 ? (
        <Alert tone="attention">No row can be taken as it is.</Alert>
      ) : (
        <Form action={`/spreadsheets/${sheet.id}/apply`} label="Take the list">
          <Checkbox
            form={form}
            name="receipt"
            label="With the list they confirm that the notice was received and understood"
            hint="Only where they say so: it ends the reminders of every party in the list."
          />
          <Select
            form={form}
            name="contactId"
            label="The receipt of what was read goes to"
            placeholder="Nobody"
            value={String(sheet.contact_id ?? '')}
            options={receivers.map((one) => ({ value: String(one.id), label: `${one.name}, ${one.email}` }))}
          />
          <ButtonRow>
            {refused === 0 ? (
              <SubmitButton icon="check" name="mode" value="all">
                {`Take all ${rowCount(right)} as ${parties === 1 ? 'one reply' : `${formatCount(parties)} replies`}`}
              </SubmitButton>
            ) : (
              <SubmitButton icon="check" name="mode" value="valid" tone="secondary">
                {`Take the ${right === 1 ? 'one right row' : `${formatCount(right)} right rows`} only, as ${parties === 1 ? 'one reply' : `${formatCount(parties)} replies`}`}
              </SubmitButton>
            )}
          </ButtonRow>
        </Form>
      )}
    </Card>
  );
}

/** The parties a list speaks for, each with its reply. */
export function AnswersCard({ sheet, answers }: { sheet: Sheet; answers: readonly SheetAnswerRow[] }): VNode | null {
  if (answers.length === 0 || sheet.state === 'mapping') return null;
  return (
    <Card title={sheet.state === 'applied' ? 'The replies' : 'Whom it speaks for'} flush>
      <DataTable
        caption="Parties the list speaks for"
        columns={[
          {
            key: 'party',
            title: 'Party',
            cell: (row) => <a href={`/parties/${row.party_id}`}>{row.party}</a>,
            rowHeader: true,
          },
          { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en') },
          {
            key: 'rows',
            title: 'Rows',
            align: 'number',
            cell: (row) => <a href={`/spreadsheets/${sheet.id}/rows?party=${row.party_id}`}>{formatCount(row.rows)}</a>,
          },
          { key: 'statements', title: 'Corrections', align: 'number', cell: (row) => formatCount(row.statements) },
          {
            key: 'reply',
            title: 'Reply',
            cell: (row) =>
              row.reply_id !== null ? (
                <a href={`/replies/${row.reply_id}`}>Reply {row.reply_id}</a>
              ) : row.problem ? (
                refusalText({ refusal: true, ...row.problem })
              ) : (
                'not yet'
              ),
          },
        ]}
        rows={answers}
        rowKey={(row) => row.party_id}
        empty={{ title: '', text: '' }}
      />
    </Card>
  );
}

/** POST /spreadsheets/:id/mandates: the sender may answer for these parties; the list is checked again. */
export async function postSheetMandates(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const body = await readForm(c);
  const sheet = await takeSheet(ctx, id);
  if (isRefusal(sheet)) return answerRefusal(c, sheet, '/spreadsheets');
  const partyIds = fieldList(body, 'party')
    .filter((one) => /^\d{1,15}$/.test(one))
    .map(Number);
  const reason = fieldText(body, 'reason').trim();
  const errors = [
    ...(partyIds.length === 0 ? [{ field: 'party', message: 'Tick whom it may answer for.' }] : []),
    ...(reason.length < 3 ? [{ field: 'reason', message: 'Write what shows that it may.' }] : []),
  ];
  if (errors.length > 0) return html(c, await sheetPage(c, id, { form: refusedForm(body, errors) }), 422);
  const given = await giveMandate(ctx, sheet.party_id, { partyIds, reason });
  if (isRefusal(given)) return answerRefusal(c, given, `/spreadsheets/${id}`);
  const checked = await checkSpreadsheetAgain(ctx, id);
  if (isRefusal(checked)) return answerRefusal(c, checked, `/spreadsheets/${id}`);
  setFlash(c, { tone: 'done', text: 'The mandate is given, and the list is checked again.' });
  return seeOther(c, `/spreadsheets/${id}`);
}

/** POST /mandates/:id/withdraw */
export async function postWithdrawMandate(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const row = await ctx.db.selectFrom('mandate').select('speaker_id').where('id', '=', id).executeTakeFirst();
  const result = await withdrawMandate(ctx, id);
  if (isRefusal(result)) return answerRefusal(c, result, '/parties');
  setFlash(c, { tone: 'done', text: 'The mandate has ended. What was answered under it stays.' });
  return seeOther(c, `/parties/${row?.speaker_id ?? ''}`);
}
