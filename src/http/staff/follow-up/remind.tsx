/** Reminding the parties behind rows of a queue: chosen below the list, asked about here, then sent. */
import type { VNode } from 'preact';
import {
  type ChooseReminders,
  countHindrances,
  MOST_ROWS_CHOSEN,
  previewReminders,
  type ReminderPreview,
  remindFollowUp,
} from '../../../app/follow-up-reminders.ts';
import { type FollowUpRow, findQueue, followUpList } from '../../../app/queries/follow-ups.ts';
import { type FollowUpQueue, queueRules } from '../../../domain/follow-up.ts';
import { REMINDER_REST_HOURS, type ReminderHindrance, reminderHindrances } from '../../../domain/follow-up-reminder.ts';
import { isRefusal, type Refusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError } from '../../refusal.tsx';
import { countryName } from '../../translate.ts';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { type ListQuery, listLink, parseListQuery, sortText } from '../../ui/list-query.ts';
import { html } from '../../ui/page.tsx';
import { Alert, Card, EmptyState, KeyValue } from '../../ui/parts.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { actionCrumbs } from '../actions/tabs.tsx';
import { chosenRows, PageRows, RowBox } from '../chosen-rows.tsx';
import { specOf } from '../list-page.tsx';
import { shellOf } from '../shell.ts';

const FORM = 'remind';

/** The tick box before each row. It belongs to the form below the list. */
export const chooseColumn: Column<FollowUpRow> = {
  key: 'choose',
  title: 'Choose',
  cell: (row) => <RowBox form={FORM} id={row.id} label={`${row.serial}, ${row.environment}, ${row.party}`} />,
};

export type RemindBarProps = {
  path: string;
  query: ListQuery;
  rows: readonly FollowUpRow[];
  total: number | { atLeast: number };
};

/** Below the list: who of it is to be reminded. Leads to a page that asks first. */
export function RemindBar({ path, query, rows, total }: RemindBarProps): VNode | null {
  if (rows.length === 0) return null;
  const all = typeof total === 'number' ? total : undefined;
  return (
    <Card title="Send a reminder">
      <p>
        The reminder letter goes to the parties of these rows, each contact once. You see to whom, and who is left out,
        before anything is sent.
      </p>
      <Form action={path} method="get" id={FORM} label="Send a reminder">
        {Object.entries({ ...query.filters, q: query.q }).map(([name, value]) =>
          value === '' ? null : <HiddenInput key={name} name={name} value={value} />,
        )}
        <HiddenInput name="sort" value={sortText(query)} />
        <HiddenInput name="size" value={query.size} />
        <PageRows ids={rows.map((row) => row.id)} />
        <ButtonRow>
          <SubmitButton tone="primary" icon="mail" name="which" value="ticked">
            Those ticked
          </SubmitButton>
          <SubmitButton tone="secondary" name="which" value="page">
            {rows.length === 1 ? 'The one on this page' : `All ${formatCount(rows.length)} on this page`}
          </SubmitButton>
          {all !== rows.length ? (
            <SubmitButton tone="secondary" name="which" value="all">
              {all === undefined ? 'All of this list' : `All ${formatCount(all)} of this list`}
            </SubmitButton>
          ) : null}
        </ButtonRow>
      </Form>
    </Card>
  );
}

/** What the address of the page chooses; undefined when no row is chosen. */
interface Asked {
  action: ActionRow;
  queue: FollowUpQueue;
  choice: ChooseReminders | undefined;
  /** The list it was chosen from. */
  back: string;
}

async function withChoice(c: C, page: (asked: Asked) => Promise<Response>): Promise<Response> {
  return withAction(c, async (action) => {
    const queue = findQueue(c.req.param('queue'));
    const path = `/actions/${action.id}/follow-up`;
    if (!queue) return answerRefusal(c, refuse('follow-up.unknown', { queue: c.req.param('queue') ?? '' }), path);
    const query = parseListQuery(c.req.url, specOf(followUpList));
    const { searchParams } = new URL(c.req.url);
    const which = searchParams.get('which');
    const sent = { which: which ?? '', rows: searchParams.get('rows') ?? '', row: searchParams.getAll('row') };
    const ids = chosenRows(sent).slice(0, MOST_ROWS_CHOSEN);
    const { queue: _queue, correction: _correction, ...filters } = query.filters;
    const choice =
      which === 'all'
        ? { queue, correctionIds: null, filters: { ...filters, q: query.q } as ChooseReminders['filters'] }
        : ids.length > 0
          ? { queue, correctionIds: ids, filters: {} }
          : undefined;
    return page({ action, queue, choice, back: listLink({ ...query, path: `${path}/${queue}`, page: 1 }) });
  });
}

/** GET /actions/:id/follow-up/:queue/remind: to whom it would go, and who is left out and why. */
export function showRemind(c: C): Promise<Response> {
  return withChoice(c, (asked) => remindPage(c, asked));
}

async function remindPage(c: C, asked: Asked, refused?: Refusal): Promise<Response> {
  const { action, queue, choice, back } = asked;
  const preview = choice && (await previewReminders(c.get('ctx'), action.id, choice));
  if (isRefusal(preview)) return answerRefusal(c, preview, back);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Send a reminder"
      crumbs={[...actionCrumbs(action), { href: back, label: queueRules[queue].word }]}
      errors={refused ? [refusalError(refused)] : []}
      width="narrow"
    >
      {preview ? (
        <Asking preview={preview} action={c.req.url.replace(/^https?:\/\/[^/]+/, '')} back={back} />
      ) : (
        <EmptyState title="No row is ticked" action={<LinkButton href={back}>Back to the list</LinkButton>}>
          Tick the rows whose parties you want to remind, or choose all of the page or of the list.
        </EmptyState>
      )}
    </DeskPage>,
    refused ? 422 : 200,
  );
}

const counted = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;

const hindranceWords: Readonly<Record<ReminderHindrance, string>> = {
  'not-running': 'the action is not released, or is over',
  paused: 'sending is paused or stopped',
  done: 'owes nothing any more',
  'not-told': 'its notice has not left yet',
  'just-reminded': `reminded less than ${REMINDER_REST_HOURS} hours ago`,
  'no-address': 'no contact with an address',
};

/** Parties left out that are named; more are counted. */
const MOST_NAMED = 200;

function Asking({ preview, action, back }: { preview: ReminderPreview; action: string; back: string }): VNode {
  const { parties, contacts, leftOut } = preview;
  const all = contacts.email + contacts.post + contacts.phone;
  return (
    <>
      {parties > 0 ? (
        <Card title={`Remind ${counted(parties, 'party', 'parties')}, ${counted(all, 'contact', 'contacts')}?`}>
          <KeyValue
            rows={[
              { label: 'Rows chosen', value: formatCount(preview.rows) },
              { label: 'By e-mail, at once', value: formatCount(contacts.email) },
              ...(contacts.post > 0 ? [{ label: 'On paper, to print', value: formatCount(contacts.post) }] : []),
              ...(contacts.phone > 0 ? [{ label: 'By telephone, as tasks', value: formatCount(contacts.phone) }] : []),
              ...(preview.contactsWithoutAddress > 0
                ? [{ label: 'Contacts left out: no address', value: formatCount(preview.contactsWithoutAddress) }]
                : []),
              { label: 'Parties left out', value: formatCount(leftOut.length) },
            ]}
          />
          <p>
            Each contact gets the notice it holds once more, in its own languages, marked as a reminder, with the units
            that are still owed. It stands in for the next reminder that would go by itself.
          </p>
          <Form action={action}>
            <HiddenInput name="seen" value={preview.seen} />
            <ButtonRow>
              <SubmitButton tone="primary" icon="mail">
                {`Remind ${counted(parties, 'party', 'parties')}`}
              </SubmitButton>
              <LinkButton href={back} tone="quiet">
                Back
              </LinkButton>
            </ButtonRow>
          </Form>
        </Card>
      ) : (
        <EmptyState title="Nobody to remind" action={<LinkButton href={back}>Back to the list</LinkButton>}>
          {preview.rows === 0
            ? 'None of these rows stands in the queue any more: something was said since.'
            : 'Every party of these rows is left out, for the reasons below.'}
        </EmptyState>
      )}
      {leftOut.length > 0 ? <LeftOutCard leftOut={leftOut} /> : null}
    </>
  );
}

function LeftOutCard({ leftOut }: { leftOut: ReminderPreview['leftOut'] }): VNode {
  const counts = countHindrances(leftOut);
  return (
    <Card title="Who is left out, and why">
      <ul class="ff-plain-list">
        {reminderHindrances.map((why) =>
          counts[why] ? (
            <li key={why}>
              {counted(counts[why], 'party', 'parties')}: {hindranceWords[why]}
            </li>
          ) : null,
        )}
      </ul>
      <DataTable
        caption="Parties that are left out"
        columns={[
          { key: 'party', title: 'Party', cell: (row) => row.party, rowHeader: true },
          { key: 'country', title: 'Country', cell: (row) => countryName(row.country, 'en') },
          { key: 'why', title: 'Why', cell: (row) => hindranceWords[row.why] },
        ]}
        rows={leftOut.slice(0, MOST_NAMED)}
        rowKey={(row) => row.party_id}
        rowHref={(row) => `/parties/${row.party_id}`}
        empty={{ title: 'Nobody is left out', text: '' }}
      />
      {leftOut.length > MOST_NAMED ? (
        <Alert tone="note">{`These are the first ${MOST_NAMED} of ${formatCount(leftOut.length)}.`}</Alert>
      ) : null}
    </Card>
  );
}

/** POST /actions/:id/follow-up/:queue/remind, with the choice in its address. */
export function postRemind(c: C): Promise<Response> {
  return withChoice(c, async (asked) => {
    const { action, choice, back } = asked;
    if (!choice) return remindPage(c, asked);
    const seen = fieldText(await readForm(c), 'seen').slice(0, 100);
    const sent = await remindFollowUp(c.get('ctx'), action.id, { ...choice, seen });
    if (isRefusal(sent)) return remindPage(c, asked, sent);
    setFlash(c, {
      tone: 'done',
      text: `${counted(sent.letters, 'reminder goes', 'reminders go')} to ${counted(sent.parties, 'party', 'parties')}.${sent.leftOut > 0 ? ` ${counted(sent.leftOut, 'party was', 'parties were')} left out.` : ''}`,
    });
    return seeOther(c, back);
  });
}
