import type { VNode } from 'preact';
import { endMessages, endMessagesInput } from '../../../app/message-end.ts';
import { countMessages, type MessageRow, messageList, type PostRoomCounts } from '../../../app/queries/messages.ts';
import { countWaitingSheets } from '../../../app/queries/spreadsheets.ts';
import { staffIdOf } from '../../../domain/actor.ts';
import { mailKinds } from '../../../domain/mail.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { ButtonRow, LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { Icon } from '../../ui/icons.tsx';
import { listLink, parseListQuery } from '../../ui/list-query.ts';
import { Tabs } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { chosenRows } from '../chosen-rows.tsx';
import { listPage, ownerFilter, specOf } from '../list-page.tsx';
import { chooseColumn, EndBar } from './end-bar.tsx';
import { onlyOf } from './queue.ts';
import { doorWords, failureWords, kindWords } from './words.ts';

const columns = [
  {
    key: 'subject',
    title: 'Message',
    sortable: true,
    rowHeader: true,
    cell: (row: MessageRow) => row.subject || '(no subject)',
  },
  {
    key: 'excerpt',
    title: 'It says',
    cell: (row: MessageRow) => <span class="ff-muted">{row.excerpt.slice(0, 90) || '–'}</span>,
  },
  {
    key: 'from_address',
    title: 'From',
    sortable: true,
    cell: (row: MessageRow) => (
      <>
        {row.from_name || row.from_address || '(nobody)'}
        {row.attachments > 0 ? <Icon name="paperclip" label={`${row.attachments} attached`} /> : null}
      </>
    ),
  },
  { key: 'kind', title: 'Kind', sortable: true, cell: (row: MessageRow) => <Kind row={row} /> },
  {
    key: 'party',
    title: 'Party',
    sortable: true,
    cell: (row: MessageRow) => (row.party_id ? <a href={`/parties/${row.party_id}`}>{row.party}</a> : 'not known'),
  },
  { key: 'state', title: 'State', cell: (row: MessageRow) => <StateBadge kind="message" state={row.state} /> },
  { key: 'owner', title: 'Owner', cell: (row: MessageRow) => row.owner || 'nobody' },
  {
    key: 'received_at',
    title: 'Received',
    sortable: true,
    nowrap: true,
    cell: (row: MessageRow) => <Moment at={row.received_at} />,
  },
] as const;

/** What a message is taken for; what cannot wait says so. */
function Kind({ row }: { row: MessageRow }): VNode {
  if (row.kind === null) return <span class="ff-muted">not read yet</span>;
  if (row.urgent)
    return (
      <Badge tone="red" icon="flame">
        {kindWords.problem}
      </Badge>
    );
  return (
    <span>
      {kindWords[row.kind]}
      {row.failure ? `: ${failureWords[row.failure]}` : ''}
    </span>
  );
}

/** The views of the post room, with how much is in each. */
export function PostRoomTabs({
  counts,
  current,
  lists,
}: {
  counts: PostRoomCounts;
  current: string;
  /** Lists of answers that wait. */
  lists?: number;
}): VNode {
  return (
    <Tabs
      label="Post room"
      tabs={[
        { href: '/postroom', label: 'Waiting', count: counts.waiting, current: current === 'waiting' },
        { href: '/postroom?state=done', label: 'Done', count: counts.done, current: current === 'done' },
        ...(counts.unread > 0 ? [{ href: '/postroom?state=new', label: 'Not read yet', count: counts.unread }] : []),
        { href: '/replies/read', label: 'Forms that came back' },
        { href: '/spreadsheets', label: 'Answers by spreadsheet', ...(lists ? { count: lists } : {}) },
        { href: '/postroom/doors', label: 'Mailboxes', current: current === 'doors' },
      ]}
    />
  );
}

/** GET /postroom: what came in by mail; what waits for a person unless the URL says otherwise. */
export async function showPostRoom(c: C): Promise<Response> {
  return postRoomPage(c, freshForm());
}

/** POST /postroom: ends several messages of the page that the URL says, with one outcome. */
export async function postEndings(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const body = await readForm(c);
  const query = parseListQuery(c.req.url, specOf(messageList));
  const ids = chosenRows({
    which: fieldText(body, 'which'),
    rows: fieldText(body, 'rows'),
    row: fieldList(body, 'row'),
  });
  const input = endMessagesInput.safeParse({ messageIds: ids, outcome: fieldText(body, 'outcome') });
  if (!input.success)
    return postRoomPage(
      c,
      refusedForm(
        body,
        errorsFromZod(input.error, (path) => path.replace(/^messageIds.*/, '')),
      ),
    );
  const result = await endMessages(ctx, input.data);
  if (isRefusal(result)) return postRoomPage(c, refusedForm(body, [refusalError(result)]));
  const ended = `${countOf(result.ended.length)} ended.`;
  const left = result.lookedInto.length + result.notWaiting.length;
  const rest = left === 0 ? '' : ` ${countOf(left)} left: looked at one by one, or no longer waiting.`;
  setFlash(c, { tone: 'done', text: ended + rest });
  return seeOther(c, listLink(query, { page: 1 }));
}

const countOf = (n: number): string => (n === 1 ? 'One message' : `${formatCount(n)} messages`);

async function postRoomPage(c: C, form: FormState): Promise<Response> {
  const ctx = c.get('ctx');
  const counts = await countMessages(ctx.db);
  const { searchParams } = new URL(c.req.url);
  const asked = searchParams.get('state') ?? '';
  const only = onlyOf(searchParams.get('kind') ?? undefined);
  return listPage(c, {
    list: messageList,
    scope: { me: staffIdOf(ctx.actor) },
    // An empty post room says how it is filled, not that nothing matches.
    ...(counts.messages > 0 ? { preset: { state: 'waiting' } } : {}),
    title: 'Post room',
    lede:
      counts.waiting === 0
        ? 'Nothing waits for a person. What is plain was dealt with by itself.'
        : counts.urgent > 0
          ? 'Some mails speak of a break-in or of harm: those first.'
          : 'Mails that a person has to look at, each beside what we take it for.',
    actions: (
      <ButtonRow>
        {counts.waiting > 0 ? (
          <LinkButton href={only ? `/postroom/next?only=${only}` : '/postroom/next'} tone="primary" icon="mail-opened">
            {only ? `Work through: ${kindWords[only].toLowerCase()}` : 'Next message'}
          </LinkButton>
        ) : null}
        <LinkButton href="/postroom/new" icon="upload">
          Upload
        </LinkButton>
      </ButtonRow>
    ),
    above: (
      <PostRoomTabs
        counts={counts}
        current={asked === '' ? 'waiting' : asked}
        lists={await countWaitingSheets(ctx.db)}
      />
    ),
    caption: 'Messages',
    columns: [chooseColumn(form), ...columns],
    ...(form.errors.length > 0 ? { errors: form.errors, status: 422 } : {}),
    below: ({ query, rows }) => <EndBar query={query} rows={rows} form={form} />,
    rowHref: (row) => `/postroom/${row.id}`,
    search: 'Sender, subject, words or party',
    filters: [
      {
        name: 'state',
        label: 'State',
        options: [
          { value: 'waiting', label: 'Waiting' },
          { value: 'done', label: 'Done' },
          { value: 'new', label: 'Not read yet' },
        ],
      },
      { name: 'kind', label: 'Kind', options: mailKinds.map((value) => ({ value, label: kindWords[value] })) },
      {
        name: 'matched',
        label: 'Party',
        options: [
          { value: 'yes', label: 'Known' },
          { value: 'no', label: 'Not known' },
        ],
      },
      ownerFilter,
      {
        name: 'door',
        label: 'Door',
        options: Object.entries(doorWords).map(([value, label]) => ({ value, label })),
      },
    ],
    empty: {
      title: counts.messages === 0 ? 'No mail came in yet' : 'Nothing here',
      text:
        counts.messages === 0
          ? 'Set a mailbox (IMAP_URL) or let your mail server hand mail over (LMTP_PORT), or upload .eml, .mbox or .msg files.'
          : 'No message fits.',
    },
  });
}
