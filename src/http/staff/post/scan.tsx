/** The places of the post where somebody stands with a scanner: two fields that stay in place, letter after letter. */
import type { ComponentChildren, VNode } from 'preact';
import { recordReturn, recordReturnInput } from '../../../app/post-returns.ts';
import { type PostDone, recordArrivals, recordTracking } from '../../../app/post-tracking.ts';
import { letterReference, postServices, postServiceWords, returnReasons, returnRules } from '../../../domain/post.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import {
  ButtonRow,
  DateInput,
  Form,
  LinkButton,
  RadioGroup,
  Select,
  SubmitButton,
  TextInput,
} from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import {
  errorsFromZod,
  type FormErrors,
  type FormState,
  freshForm,
  parseTypedDate,
  refusedForm,
} from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { shellOf } from '../shell.ts';
import { postCrumbs } from './list.tsx';
import { PostTabs } from './tabs.tsx';

interface Place {
  path: '/hand-in' | '/arrived' | '/returned';
  title: string;
  lede: string;
  fields: (form: FormState) => ComponentChildren;
  button: string;
  /** Fields that stay for the next letter. */
  stay: readonly string[];
  /** Records one letter: the words of its success, or what is wrong. */
  record: (c: C, actionId: number, body: FormBody) => Promise<{ text: string } | { errors: FormErrors }>;
}

const LETTER = 'reference';

function Letter({ form }: { form: FormState }): VNode {
  return (
    <TextInput
      form={form}
      name={LETTER}
      label="Letter"
      hint="Scan the square code on its first page, or type its number, e.g. L-12."
      identifier
      required
    />
  );
}

/** A day as typed; undefined: today. */
function dayOf(body: FormBody, name: string): { day?: string } | { errors: FormErrors } {
  const typed = fieldText(body, name).trim();
  if (typed === '') return {};
  const day = parseTypedDate(typed);
  return day ? { day } : { errors: [{ field: name, message: 'This is no day. Write it as 2022-05-09 or 9.5.2022.' }] };
}

const wrong = (refusal: Refusal): { errors: FormErrors } => {
  const error = refusalError(refusal);
  return { errors: [{ ...error, field: error.field || LETTER }] };
};

/** What became of the one letter of a list of one. */
function outcomeOf(done: PostDone | Refusal, words: (letter: PostDone['letters'][number]) => string) {
  if (isRefusal(done)) return wrong(done);
  const [fault] = done.faults;
  const [letter] = done.letters;
  if (fault || !letter) return fault ? wrong(fault.refusal) : { errors: [] };
  return { text: words(letter) };
}

const nameOf = (letter: PostDone['letters'][number]): string =>
  `${letterReference(letter.id)} to ${letter.party}${letter.contact === '' ? '' : `, ${letter.contact}`}`;

const handIn: Place = {
  path: '/hand-in',
  title: 'Hand in letters',
  lede: 'Scan the letter, then its tracking number. From then on the party counts as told.',
  button: 'Record, next letter',
  stay: ['service', 'carrier', 'day'],
  fields: (form) => (
    <>
      <div class="ff-scan">
        <Letter form={form} />
        <TextInput form={form} name="tracking" label="Tracking number" hint="Scan its bar code." identifier required />
      </div>
      <div class="ff-row-fields">
        <Select
          form={form}
          name="service"
          label="How it goes"
          value="registered"
          options={postServices.map((value) => ({ value, label: postServiceWords[value] }))}
        />
        <TextInput form={form} name="carrier" label="Carrier" hint="Left empty: as the number says." width={20} />
        <DateInput form={form} name="day" label="Handed in on" hint="Left empty: today." />
      </div>
    </>
  ),
  async record(c, actionId, body) {
    const day = dayOf(body, 'day');
    if ('errors' in day) return day;
    const tracking = fieldText(body, 'tracking').trim();
    const reference = fieldText(body, LETTER).trim();
    if (reference === '') return { errors: [{ field: LETTER, message: 'Scan the letter first.' }] };
    if (tracking === '') return { errors: [{ field: 'tracking', message: 'Now scan its tracking number.' }] };
    const done = await recordTracking(c.get('ctx'), actionId, {
      rows: [{ reference, tracking }],
      carrier: fieldText(body, 'carrier').slice(0, 60),
      service: postServices.find((one) => one === fieldText(body, 'service')) ?? 'registered',
      ...(day.day ? { dispatchedOn: day.day } : {}),
    });
    return outcomeOf(done, (letter) => `${nameOf(letter)}: ${letter.tracking}.`);
  },
};

const arrived: Place = {
  path: '/arrived',
  title: 'Letters that arrived',
  lede: 'What the carrier reports: the letter was delivered, and who signed for it.',
  button: 'Record, next letter',
  stay: ['day'],
  fields: (form) => (
    <>
      <div class="ff-scan">
        <TextInput
          form={form}
          name={LETTER}
          label="Letter or tracking number"
          hint="Of the receipt, or of the letter."
          identifier
          required
        />
        <TextInput form={form} name="signedBy" label="Signed by" hint="Left empty: put into the letter box." />
      </div>
      <DateInput form={form} name="day" label="Arrived on" hint="Left empty: today." />
    </>
  ),
  async record(c, actionId, body) {
    const day = dayOf(body, 'day');
    if ('errors' in day) return day;
    const reference = fieldText(body, LETTER).trim();
    if (reference === '') return { errors: [{ field: LETTER, message: 'Scan the letter or its receipt.' }] };
    const done = await recordArrivals(c.get('ctx'), actionId, {
      rows: [
        {
          reference,
          signedBy: fieldText(body, 'signedBy').slice(0, 200),
          ...(day.day ? { deliveredOn: day.day } : {}),
        },
      ],
    });
    return outcomeOf(done, (letter) => `${nameOf(letter)} has arrived.`);
  },
};

const returned: Place = {
  path: '/returned',
  title: 'Letters that came back',
  lede: 'Scan the letter, and say what stands on the envelope. It becomes a task to find another way.',
  button: 'Record, next letter',
  stay: ['reason'],
  fields: (form) => (
    <>
      <div class="ff-scan">
        <Letter form={form} />
        <TextInput form={form} name="detail" label="What else stands on it" hint="e.g. the new address on a sticker." />
      </div>
      <RadioGroup
        form={form}
        name="reason"
        label="Why it came back"
        required
        inline
        options={returnReasons.map((value) => ({
          value,
          label: returnRules[value].word,
          hint: returnRules[value].next,
        }))}
      />
    </>
  ),
  async record(c, actionId, body) {
    const input = recordReturnInput.safeParse({
      reference: fieldText(body, LETTER),
      reason: fieldText(body, 'reason'),
      detail: fieldText(body, 'detail'),
    });
    if (!input.success) return { errors: errorsFromZod(input.error) };
    const done = await recordReturn(c.get('ctx'), actionId, input.data);
    if (isRefusal(done)) return wrong(done);
    return { text: `${letterReference(done.id)} to ${done.party} came back. ${done.next}` };
  },
};

async function placePage(c: C, action: ActionRow, place: Place, form: FormState): Promise<VNode> {
  const base = `/actions/${action.id}/post`;
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={place.title}
      lede={place.lede}
      crumbs={[...postCrumbs(action), { href: base, label: 'Post' }]}
      tabs={<PostTabs actionId={action.id} here={place.path} />}
      errors={form.errors}
      styles={['calls.css']}
      scripts={['scan.js']}
    >
      <Form action={`${base}${place.path}`} class="ff-form ff-scan-form">
        {place.fields(form)}
        <ButtonRow>
          <SubmitButton tone="primary" icon="check">
            {place.button}
          </SubmitButton>
          <LinkButton href={base} tone="quiet">
            All letters
          </LinkButton>
        </ButtonRow>
      </Form>
    </DeskPage>
  );
}

/** GET of a place: what stays from the letter before comes with the query. */
function show(place: Place) {
  return (c: C): Promise<Response> =>
    withAction(c, async (action) => {
      const query = new URL(c.req.url).searchParams;
      const kept = Object.fromEntries(place.stay.map((name) => [name, (query.get(name) ?? '').slice(0, 100)]));
      const form = freshForm(Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== '')));
      return html(c, await placePage(c, action, place, form));
    });
}

/** POST of a place: the letter is recorded, and the page is there for the next one. */
function post(place: Place) {
  return (c: C): Promise<Response> =>
    withAction(c, async (action) => {
      const body = await readForm(c);
      const done = await place.record(c, action.id, body);
      if ('errors' in done) return html(c, await placePage(c, action, place, refusedForm(body, done.errors)), 422);
      setFlash(c, { tone: 'done', text: done.text });
      const kept = new URLSearchParams(
        place.stay.map((name) => [name, fieldText(body, name)]).filter(([, value]) => value !== '') as [
          string,
          string,
        ][],
      );
      const search = kept.size > 0 ? `?${kept}` : '';
      return seeOther(c, `/actions/${action.id}/post${place.path}${search}`);
    });
}

/** GET and POST of /actions/:id/post/hand-in, /arrived and /returned. */
export const showHandIn = show(handIn);
export const postHandIn = post(handIn);
export const showArrived = show(arrived);
export const postArrived = post(arrived);
export const showReturned = show(returned);
export const postReturned = post(returned);
