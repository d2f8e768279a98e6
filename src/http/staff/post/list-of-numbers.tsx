/** Many tracking numbers at once: pasted or as a file, looked at before anything is written. */
import type { VNode } from 'preact';
import { type PostDone, recordTracking } from '../../../app/post-tracking.ts';
import { letterReference, postServices, postServiceWords, readTrackingList } from '../../../domain/post.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { refusalError, refusalText } from '../../refusal.tsx';
import {
  ButtonRow,
  DateInput,
  FileInput,
  Form,
  HiddenInput,
  LinkButton,
  Select,
  SubmitButton,
  TextArea,
  TextInput,
} from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormErrors, type FormState, freshForm, parseTypedDate, refusedForm, textOf } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { readUpload } from '../../upload.ts';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { shellOf } from '../shell.ts';
import { postCrumbs } from './list.tsx';
import { PostTabs } from './tabs.tsx';

/** A list of two thousand lines is a tenth of this. */
const MOST_BYTES = 1_000_000;
/** Lines shown; the figures count all. */
const SHOWN = 200;

/** GET /actions/:id/post/list */
export function showNumbers(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await numbersPage(c, action, freshForm(), undefined)));
}

async function numbersPage(c: C, action: ActionRow, form: FormState, plan: PostDone | undefined): Promise<VNode> {
  const base = `/actions/${action.id}/post`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Tracking numbers of many letters"
      lede="One letter a line: the letter, a semicolon, its number. Nothing is written before you have seen what would be."
      crumbs={[...postCrumbs(action), { href: base, label: 'Post' }]}
      tabs={<PostTabs actionId={action.id} here="/list" />}
      errors={form.errors}
      styles={['calls.css']}
    >
      {plan ? <Plan plan={plan} base={base} form={form} /> : null}
      <Form action={`${base}/list`} upload class="ff-form">
        <TextArea
          form={form}
          name="list"
          label="List"
          hint="e.g. L-12; RR123456785DE. The letter by its number, or by the number of its party. Commas and tabs will do, too."
          rows={10}
        />
        <div class="ff-row-fields">
          <Select
            form={form}
            name="service"
            label="How they go"
            value="registered"
            options={postServices.map((value) => ({ value, label: postServiceWords[value] }))}
          />
          <TextInput form={form} name="carrier" label="Carrier" hint="Left empty: as the number says." width={20} />
          <DateInput form={form} name="day" label="Handed in on" hint="Left empty: today." />
        </div>
        <FileInput
          form={form}
          name="file"
          label="Or a file"
          hint="Text or CSV, as the carrier gives it."
          accept=".csv,.txt,text/*"
        />
        <ButtonRow>
          <SubmitButton tone={plan ? 'secondary' : 'primary'} name="command" value="look">
            Look at it
          </SubmitButton>
          <LinkButton href={base} tone="quiet">
            All letters
          </LinkButton>
        </ButtonRow>
      </Form>
    </DeskPage>
  );
}

/** What the list would do, and the button that does it. */
function Plan({ plan, base, form }: { plan: PostDone; base: string; form: FormState }): VNode {
  const fresh = plan.letters.filter((letter) => letter.fresh).length;
  const { length } = plan.letters;
  return (
    <Card title="What this list would do">
      {plan.faults.length > 0 ? (
        <Alert
          tone="attention"
          title={plan.faults.length === 1 ? 'One line is wrong' : `${plan.faults.length} lines are wrong`}
        >
          <ul>
            {plan.faults.slice(0, SHOWN).map((fault) => (
              <li key={fault.line}>
                Line {fault.line}: {refusalText(fault.refusal)}
              </li>
            ))}
          </ul>
        </Alert>
      ) : null}
      <p>
        {fresh} {fresh === 1 ? 'letter counts' : 'letters count'} as handed in, {length - fresh}{' '}
        {length - fresh === 1 ? 'gets' : 'get'} another number.
      </p>
      {length > 0 ? (
        <>
          <DataTable
            caption="Letters of the list"
            columns={[
              { key: 'line', title: 'Line', align: 'number', cell: (row) => row.line },
              { key: 'id', title: 'Letter', cell: (row) => <Identifier>{letterReference(row.id)}</Identifier> },
              { key: 'party', title: 'Party', cell: (row) => row.party, rowHeader: true },
              { key: 'contact', title: 'Contact', cell: (row) => row.contact },
              { key: 'tracking', title: 'Number', cell: (row) => <Identifier>{row.tracking}</Identifier> },
            ]}
            rows={plan.letters.slice(0, SHOWN)}
            rowKey={(row) => row.id}
            empty={{ title: '', text: '' }}
          />
          {length > SHOWN ? <p>and {length - SHOWN} more.</p> : null}
          <Form action={`${base}/list`} upload>
            {['list', 'service', 'carrier', 'day'].map((name) => (
              <HiddenInput key={name} name={name} value={textOf(form, name)} />
            ))}
            <SubmitButton tone="primary" name="command" value="record" icon="check">
              {plan.faults.length > 0
                ? `Record the ${length === 1 ? 'one that is' : `${length} that are`} right`
                : length === 1
                  ? 'Record it'
                  : `Record all ${length}`}
            </SubmitButton>
          </Form>
        </>
      ) : null}
    </Card>
  );
}

/** POST /actions/:id/post/list: `look` shows what would be done, `record` does it. */
export function postNumbers(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const upload = await readUpload(c);
    const fields = upload?.fields ?? {};
    const typed = upload?.file ? await textOfFile(upload.file.bytes) : (fields.list ?? '');
    const body = { ...fields, list: typed ?? '' };
    const again = async (errors: FormErrors, plan?: PostDone) =>
      html(c, await numbersPage(c, action, refusedForm(body, errors), plan), errors.length > 0 ? 422 : 200);
    if (typed === undefined)
      return again([
        { field: 'file', message: 'This is no text of at most one megabyte. Save the list as CSV first.' },
      ]);
    const { lines, faults } = readTrackingList(typed);
    if (lines.length === 0 && faults.length === 0)
      return again([{ field: 'list', message: 'Paste the list, or choose a file.' }]);
    const day = fields.day ? parseTypedDate(fields.day) : undefined;
    if (fields.day && !day) return again([{ field: 'day', message: 'This is no day. Write it as 2022-05-09.' }]);
    const ctx = c.get('ctx');
    const record = fields.command === 'record';
    const plan =
      lines.length === 0
        ? { id: action.id, letters: [], faults: [], done: false }
        : await recordTracking(ctx, action.id, {
            rows: lines,
            carrier: (fields.carrier ?? '').slice(0, 60),
            service: postServices.find((one) => one === fields.service) ?? 'registered',
            dry: !record,
            skipFaults: record,
            ...(day ? { dispatchedOn: day } : {}),
          });
    if (isRefusal(plan)) return again([{ ...refusalError(plan), field: 'day' }]);
    const all = { ...plan, faults: [...faults, ...plan.faults].sort((a, b) => a.line - b.line) };
    if (!plan.done) return again([], all);
    const count = plan.letters.length;
    const left = all.faults.length;
    setFlash(c, {
      tone: left > 0 ? 'attention' : 'done',
      text: `${count === 1 ? '1 letter has its number.' : `${count} letters have their numbers.`}${left > 0 ? ` ${left} ${left === 1 ? 'line was' : 'lines were'} left out.` : ''}`,
    });
    return seeOther(c, `/actions/${action.id}/post`);
  });
}

/** The text of a file, or undefined for one that is too large or no text. */
async function textOfFile(bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.byteLength;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  const whole = Buffer.concat(chunks);
  if (whole.includes(0)) return undefined;
  return whole.toString('utf8');
}
