import { uploadMessages } from '../../../app/message-upload.ts';
import { countMessages, listMailboxDoors, type MailboxDoorRow } from '../../../app/queries/messages.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { setFlash } from '../../ui/flash.ts';
import { freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { type Column, DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { readUpload } from '../../upload.ts';
import { shellOf } from '../shell.ts';
import { uploadPage } from '../upload-page.tsx';
import { PostRoomTabs } from './list.tsx';

const uploadWords = {
  title: 'Upload mail',
  lede: 'A message saved from a mail program, or a whole mailbox. What came in before is known and not taken twice.',
  action: '/postroom/new',
  list: { href: '/postroom', label: 'Post room' },
  hint: 'A message (.eml, or Outlook’s .msg) or a mailbox of many (.mbox).',
  accept: '.eml,.mbox,.msg,.mbx,message/rfc822,application/mbox,application/vnd.ms-outlook',
};

/** GET /postroom/new */
export async function showMailUpload(c: C): Promise<Response> {
  return html(c, await uploadPage(c, freshForm(), uploadWords));
}

/** POST /postroom/new: kept at once, read by the post room's job. */
export async function postMailUpload(c: C): Promise<Response> {
  const upload = await readUpload(c);
  if (!upload?.file) {
    const error = { field: 'file', message: 'Choose a file with mail: .eml, .mbox or .msg.' };
    return html(c, await uploadPage(c, refusedForm({}, [error]), uploadWords), 422);
  }
  const result = await uploadMessages(c.get('ctx'), upload.file.bytes, { door: 'upload', mailbox: upload.file.name });
  if (isRefusal(result)) return html(c, await uploadPage(c, refusedForm({}, [refusalError(result)]), uploadWords), 422);
  const { fresh, known, firstId } = result;
  const messages = (count: number): string => `${count} ${count === 1 ? 'message' : 'messages'}`;
  const again = known > 0 ? `; ${messages(known)} had come in before` : '';
  setFlash(c, { tone: 'done', text: `${messages(fresh)} kept${again}. The post room reads them now.` });
  return seeOther(c, fresh + known === 1 ? `/postroom/${firstId}` : '/postroom');
}

const columns: Column<MailboxDoorRow>[] = [
  { key: 'name', title: 'Mailbox', rowHeader: true, cell: (row) => row.name },
  { key: 'state', title: 'State', cell: (row) => <StateBadge kind="mailbox" state={row.state} /> },
  { key: 'trouble', title: 'What is wrong', cell: (row) => row.trouble },
  { key: 'received', title: 'Messages kept', align: 'number', cell: (row) => row.received },
  {
    key: 'received_at',
    title: 'Last message',
    cell: (row) => (row.received_at ? <Moment at={row.received_at} /> : 'none yet'),
  },
  {
    key: 'seen_at',
    title: 'Last connected',
    cell: (row) => (row.seen_at ? <Moment at={row.seen_at} /> : 'never'),
  },
];

/** GET /postroom/doors: the mailboxes that are read, and how they are. */
export async function showDoors(c: C): Promise<Response> {
  const { db } = c.get('ctx');
  const [counts, rows] = [await countMessages(db), await listMailboxDoors(db)];
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Mailboxes"
      crumbs={[{ href: '/postroom', label: 'Post room' }]}
      lede="Set by IMAP_URL (or a file named by IMAP_URL_FILE), LMTP_PORT and SMTP_IN_PORT when the server starts."
    >
      <PostRoomTabs counts={counts} current="doors" />
      <DataTable
        caption="Mailboxes that are read"
        columns={columns}
        rows={rows}
        rowKey={(row) => row.name}
        empty={{
          title: 'No mailbox is read',
          text: 'Set IMAP_URL to imaps://user:password@mail.example/INBOX, several with blanks between them, and start the server again. Or let your mail server hand mail over by LMTP (LMTP_PORT).',
        }}
      />
    </DeskPage>,
  );
}
