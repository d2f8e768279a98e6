import type { VNode } from 'preact';
import type { countReach } from '../../../app/notice-reach.ts';
import { changeUpdate, startUpdate, startUpdateInput } from '../../../app/notice-updates.ts';
import { audiences, type NoticeUpdate, noticeDocumentSchema, noticeUpdateSchema } from '../../../domain/notice.ts';
import { plainUpdate } from '../../../domain/notice-update.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import {
  ButtonRow,
  Checkbox,
  CheckboxGroup,
  Form,
  HiddenInput,
  LinkButton,
  RadioGroup,
  Select,
  SubmitButton,
  TextInput,
} from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, EmptyState, More } from '../../ui/parts.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { shellOf } from '../shell.ts';
import { type NoticeRow, noticeCrumbs, withNotice } from './find.ts';

/** GET /actions/:id/notice/update: to whom the update goes, before a word of it is written. */
export async function showUpdate(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await updatePage(c, action, freshForm())));
}

async function updatePage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const versions = await c
    .get('ctx')
    .db.selectFrom('notice')
    .select(['id', 'number', 'version', 'state', 'document'])
    .where('action_id', '=', action.id)
    .orderBy('version', 'desc')
    .execute();
  const released = versions.filter((row) => row.state === 'released' || row.state === 'superseded');
  const open = versions.find((row) => !released.includes(row));
  const newest = released[0];
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Write an update notice"
      lede="It refers to a notice that was released, says what is new, and goes through the same approvals."
      crumbs={noticeCrumbs(action)}
      errors={form.errors}
      width="narrow"
    >
      {!newest ? (
        <EmptyState title="Nothing to update yet">
          An update follows a released notice. Release the first one, then come back.
        </EmptyState>
      ) : open ? (
        <Alert tone="note" title={`Version ${open.version} is not released yet. Go on with that one.`}>
          <LinkButton href={`/actions/${action.id}/notice`}>Open it</LinkButton>
        </Alert>
      ) : (
        <Card title="The update">
          <Form action={`/actions/${action.id}/notice/update`}>
            <TextInput
              form={form}
              name="number"
              label="Document control number"
              value={newest.number}
              width={20}
              identifier
              required
            />
            {released.length > 1 ? (
              <Select
                form={form}
                name="previousId"
                label="It refers to"
                value={String(newest.id)}
                options={released.map((row) => ({
                  value: String(row.id),
                  label: `${row.number}, version ${row.version}`,
                }))}
              />
            ) : null}
            <ReachFields
              form={form}
              update={plainUpdate}
              languages={Object.keys(noticeDocumentSchema.parse(newest.document).texts)}
            />
            <ButtonRow>
              <SubmitButton tone="primary">Begin the update</SubmitButton>
              <LinkButton href={`/actions/${action.id}/notice`} tone="quiet">
                Not now
              </LinkButton>
            </ButtonRow>
          </Form>
        </Card>
      )}
    </DeskPage>
  );
}

type ReachProps = { form: FormState; update: NoticeUpdate; languages: readonly string[] };

function ReachFields({ form, update, languages }: ReachProps): VNode {
  const { reach } = update;
  return (
    <>
      <RadioGroup
        form={form}
        name="to"
        label="Who gets it"
        value={reach.to}
        required
        options={[
          { value: 'everyone', label: 'Everyone who must be told' },
          {
            value: 'languages',
            label: 'Only who was sent a faulty language',
            hint: 'Every contact whose letters had one of the languages ticked below.',
          },
          { value: 'variants', label: 'Only some audiences' },
          { value: 'owing', label: 'Only who still owes a correction', hint: 'And the distributors who serve them.' },
          {
            value: 'interim',
            label: 'Only who still has units on the interim patch',
            hint: 'Patched, but without the permanent fix; and the distributors who serve them.',
          },
        ]}
      />
      <CheckboxGroup
        form={form}
        name="languages"
        label="Faulty languages"
        value={reach.to === 'languages' ? reach.languages : []}
        options={languages.map((code) => ({ value: code, label: languageName(code, 'en') }))}
      />
      <CheckboxGroup
        form={form}
        name="variants"
        label="Audiences"
        value={reach.to === 'variants' ? reach.variants : []}
        options={audiences.map((audience) => ({ value: audience, label: audienceWords[audience] ?? audience }))}
      />
      <Checkbox
        form={form}
        name="asksReceipt"
        label="Ask for the receipt anew"
        hint="Who had confirmed is asked again, with new reminders; what was confirmed before is kept."
        checked={update.asksReceipt}
      />
    </>
  );
}

/** Reads what was chosen; the list that does not belong to the choice is left aside. */
function readUpdate(body: FormBody): unknown {
  const to = fieldText(body, 'to');
  const reach =
    to === 'languages'
      ? { to, languages: fieldList(body, 'languages') }
      : to === 'variants'
        ? { to, variants: fieldList(body, 'variants') }
        : { to };
  return { reach, asksReceipt: fieldText(body, 'asksReceipt') === 'yes' };
}

/** The field of the form an error belongs to, in words for a person. */
function formErrors(error: Parameters<typeof errorsFromZod>[0]) {
  return errorsFromZod(error, (path) => path.split('.').at(-1)?.replace(/^\d+$/, 'languages') ?? path).map((one) =>
    one.field === 'languages'
      ? { ...one, message: 'Tick the languages that were faulty.' }
      : one.field === 'variants'
        ? { ...one, message: 'Tick at least one audience.' }
        : one.field === 'to'
          ? { ...one, message: 'Choose who gets the update.' }
          : one,
  );
}

/** POST /actions/:id/notice/update */
export async function postUpdate(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const previous = fieldText(body, 'previousId');
    const input = startUpdateInput.safeParse({
      number: fieldText(body, 'number'),
      update: readUpdate(body),
      ...(previous === '' ? {} : { previousId: Number(previous) }),
    });
    if (!input.success) return html(c, await updatePage(c, action, refusedForm(body, formErrors(input.error))), 422);
    const result = await startUpdate(c.get('ctx'), action.id, input.data);
    if (isRefusal(result))
      return html(c, await updatePage(c, action, refusedForm(body, [refusalError(result)])), statusOf(result));
    setFlash(c, { tone: 'done', text: `Version ${result.version} is a draft. Write what is new, in every language.` });
    return seeOther(c, `/notices/${result.id}/edit`);
  });
}

type UpdateCardProps = {
  notice: NoticeRow;
  update: NoticeUpdate;
  reached: Awaited<ReturnType<typeof countReach>>;
  languages: readonly string[];
  mayEdit: boolean;
};

/** On the page of an update: to whom it goes, counted, and the way to change that. */
export function UpdateCard({ notice, update, reached, languages, mayEdit }: UpdateCardProps): VNode {
  return (
    <Card title="Who gets this update" id="update">
      <p>
        {reachWords(update)}: <strong>{formatCount(reached.contacts)}</strong> of {formatCount(reached.allContacts)}{' '}
        contacts, {formatCount(reached.parties)} of {formatCount(reached.allParties)} parties
        {notice.released_at ? ', as things stand now' : ''}.{' '}
        {update.asksReceipt ? 'They are asked for their receipt anew.' : 'Receipts given before stay valid.'}
      </p>
      {reached.contacts === 0 ? <Alert tone="attention" title="Nobody would get it as it is chosen now." /> : null}
      {mayEdit ? (
        <More summary="Change">
          <Form action={`/notices/${notice.id}/update`} label="Who gets this update">
            <HiddenInput name="basedOn" value={notice.content_hash} />
            <ReachFields form={freshForm()} update={update} languages={languages} />
            <SubmitButton tone="secondary">Save who gets it</SubmitButton>
          </Form>
        </More>
      ) : null}
    </Card>
  );
}

/** Whom an update names, in words. */
export function reachWords({ reach }: NoticeUpdate): string {
  switch (reach.to) {
    case 'everyone':
      return 'Everyone who must be told';
    case 'languages':
      return `Only who was sent it in ${reach.languages.map((code) => languageName(code, 'en')).join(', ')}`;
    case 'variants':
      return `Only ${reach.variants.map((audience) => audienceWords[audience] ?? audience).join(', ')}`;
    case 'owing':
      return 'Only who still owes a correction';
    case 'interim':
      return 'Only who still has units on the interim patch';
  }
}

/** POST /notices/:id/update */
export async function postReach(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const body = await readForm(c);
    const update = noticeUpdateSchema.safeParse(readUpdate(body));
    const back = `/actions/${action.id}/notice#update`;
    if (!update.success) {
      setFlash(c, { tone: 'attention', text: formErrors(update.error)[0]?.message ?? 'Choose who gets the update.' });
      return seeOther(c, back);
    }
    const result = await changeUpdate(c.get('ctx'), notice.id, {
      update: update.data,
      basedOn: fieldText(body, 'basedOn'),
    });
    setFlash(
      c,
      isRefusal(result)
        ? { tone: 'attention', text: refusalError(result).message }
        : {
            tone: result.voided > 0 ? 'attention' : 'done',
            text: result.voided > 0 ? 'Saved. Approvals given before are void.' : 'Saved.',
          },
    );
    return seeOther(c, back);
  });
}
