import type { VNode } from 'preact';
import { findParty } from '../../../app/queries/messages.ts';
import { keepSpreadsheet } from '../../../app/spreadsheets.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { ButtonRow, DateInput, FileInput, Form, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormErrors, type FormState, freshForm, parseTypedDate, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { readUpload, UploadBrokenError } from '../../upload.ts';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';

/** GET /actions/:id/spreadsheets/new */
export function showNewSheet(c: C): Promise<Response> {
  return withAction(c, async (action) =>
    html(c, await newPage(c, action, freshForm({ party: c.req.query('party') ?? '' }))),
  );
}

async function newPage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const here = `/actions/${action.id}/spreadsheets`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Upload a list"
      lede="Nothing is recorded yet: every row is checked first, and you see what it would do."
      crumbs={[...actionCrumbs(action), { href: here, label: 'Answers by spreadsheet' }]}
      errors={form.errors}
      width="narrow"
    >
      <Card>
        <Form action={here} upload>
          <TextInput
            form={form}
            name="party"
            label="Who sent it?"
            hint="Customer number, whole name or e-mail address of the hospital group, the distributor or the customer."
            required
          />
          <DateInput
            form={form}
            name="receivedOn"
            label="When did it reach us?"
            hint="Leave it empty for now. The day starts and ends clocks."
          />
          <FileInput
            form={form}
            name="file"
            label="The list"
            hint="XLSX or CSV, up to 40 MB and 50,000 rows, in any columns and language. Formulas and links in it are not followed."
            accept=".xlsx,.csv,.tsv,.txt"
            required
          />
          <ButtonRow>
            <SubmitButton icon="upload">Upload and check</SubmitButton>
            <LinkButton href={here} tone="quiet">
              Cancel
            </LinkButton>
          </ButtonRow>
        </Form>
      </Card>
    </DeskPage>
  );
}

/** POST /actions/:id/spreadsheets: the file is streamed to the store; it never lies in memory. */
export function postSheet(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const upload = await readUpload(c);
    const fields = upload?.fields ?? {};
    const again = async (errors: FormErrors, status: 409 | 422 | 404 = 422) =>
      html(c, await newPage(c, action, refusedForm(fields, errors)), status);
    const errors: { field: string; message: string }[] = [];
    const partyId = await findParty(ctx.db, fields.party ?? '');
    if (partyId === undefined)
      errors.push({
        field: 'party',
        message: 'Nobody has this number, name or address. Look the sender up under Parties.',
      });
    const typed = (fields.receivedOn ?? '').trim();
    const day = typed === '' ? undefined : parseTypedDate(typed);
    const now = ctx.now();
    if (typed !== '' && (day === undefined || day > now.toISOString().slice(0, 10)))
      errors.push({
        field: 'receivedOn',
        message: 'Write the day it came, such as 2022-05-31. It cannot be in the future.',
      });
    if (!upload?.file) errors.push({ field: 'file', message: 'Choose the list.' });
    if (partyId === undefined || !upload?.file || errors.length > 0) return again(errors);
    try {
      const kept = await keepSpreadsheet(ctx, {
        actionId: action.id,
        partyId,
        name: upload.file.name,
        bytes: upload.file.bytes,
        way: 'upload',
        ...(day === undefined ? {} : { receivedAt: new Date(`${day}T12:00:00Z`) }),
      });
      if (isRefusal(kept)) {
        if (kept.code === 'forbidden') return answerRefusal(c, kept, '/actions');
        return again([{ ...refusalError(kept), field: 'file' }], statusOf(kept) as 422);
      }
      if (!kept.fresh)
        setFlash(c, { tone: 'note', text: 'This very file had come from this sender before: nothing is there twice.' });
      return seeOther(c, `/spreadsheets/${kept.id}`);
    } catch (error) {
      if (!(error instanceof UploadBrokenError)) throw error;
      return again([{ field: 'file', message: 'The file did not arrive whole. Nothing was kept; send it once more.' }]);
    }
  });
}
