import { mailboxSource, readMailboxMessage } from '../../../app/mailbox.ts';
import { type MailboxRow, mailboxList } from '../../../app/queries/mailbox.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal } from '../../refusal.tsx';
import { letterPolicy } from '../../security.ts';
import { LinkButton } from '../../ui/field.tsx';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue, More } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import type { Column } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { kindWords } from '../delivery/words.ts';
import { listPage } from '../list-page.tsx';
import { shellOf } from '../shell.ts';

const columns: Column<MailboxRow>[] = [
  { key: 'subject', title: 'Subject', cell: (row) => row.subject, sortable: true, rowHeader: true },
  { key: 'recipient', title: 'To', cell: (row) => row.recipient, sortable: true },
  { key: 'kind', title: 'Kind', cell: (row) => (row.kind ? (kindWords[row.kind] ?? row.kind) : '') },
  { key: 'state', title: 'Letter', cell: (row) => (row.state ? <StateBadge kind="delivery" state={row.state} /> : '') },
  {
    key: 'party',
    title: 'Party',
    cell: (row) => (row.party_id ? <a href={`/parties/${row.party_id}`}>{row.party}</a> : ''),
  },
  { key: 'at', title: 'At', cell: (row) => <Moment at={row.at} />, sortable: true, nowrap: true },
];

/** GET /mailbox: what would have gone out by mail. */
export function showMailbox(c: C): Promise<Response> {
  const smtp = c.get('ctx').mailer.kind === 'smtp';
  return listPage(c, {
    list: mailboxList,
    scope: undefined,
    title: 'Mailbox',
    lede: smtp
      ? 'Letters leave through your mail server (SMTP_URL). Here is what was kept while none was set.'
      : 'No mail server is set (SMTP_URL), so every letter ends here, exactly as its recipient would get it.',
    caption: 'Messages in the built-in mailbox',
    columns,
    rowHref: (row) => `/mailbox/${row.id}`,
    search: 'Address, subject or party',
    filters: [
      {
        name: 'direction',
        label: 'Direction',
        options: [
          { value: 'out', label: 'Out' },
          { value: 'in', label: 'In' },
        ],
      },
      { name: 'kind', label: 'Kind', options: Object.entries(kindWords).map(([value, label]) => ({ value, label })) },
    ],
    empty: {
      title: 'No messages',
      text: smtp ? 'Nothing was kept here.' : 'Release a notice, or send yourself a test letter, and it appears here.',
    },
  });
}

/** GET /mailbox/:id: one message, its HTML in a frame that may do nothing. */
export async function showMailboxMessage(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const message = await readMailboxMessage(ctx.db, ctx, idParam(c, 'id') ?? 0);
  if (!message) return answerRefusal(c, refuse('mailbox.unknown', { id: c.req.param('id') ?? '' }), '/mailbox');
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={message.subject}
      crumbs={[{ href: '/mailbox', label: 'Mailbox' }]}
      actions={
        <LinkButton href={`/mailbox/${message.id}/source`} icon="download" tone="secondary">
          Source
        </LinkButton>
      }
    >
      <Columns weight="main-side">
        <div>
          {message.mail.html ? (
            <Card title="As a mail program shows it" flush>
              <iframe
                class="ff-letter-frame"
                title={`Message: ${message.subject}`}
                src={`/mailbox/${message.id}/body`}
                sandbox="allow-popups allow-popups-to-escape-sandbox"
              />
            </Card>
          ) : null}
          <Card title="As text">
            <pre class="ff-letter-text">{message.mail.text}</pre>
          </Card>
        </div>
        <div>
          <Card title="Envelope">
            <KeyValue
              rows={[
                { label: 'From', value: message.sender },
                { label: 'To', value: message.recipient },
                { label: 'At', value: <Moment at={message.at} /> },
                { label: 'Message-ID', value: <Identifier>{message.messageId}</Identifier> },
                message.partyId !== null && {
                  label: 'Party',
                  value: message.party ?? '',
                  href: `/parties/${message.partyId}`,
                },
                message.deliveryId !== null && {
                  label: 'Letter',
                  value: `Delivery ${message.deliveryId}`,
                  href: `/deliveries/${message.deliveryId}`,
                },
              ]}
            />
          </Card>
          <More summary="All headers">
            <dl class="ff-headers">
              {message.mail.headers.map((header, index) => (
                <div key={index}>
                  <dt>{header.name}</dt>
                  <dd>{header.value}</dd>
                </div>
              ))}
            </dl>
          </More>
        </div>
      </Columns>
    </DeskPage>,
  );
}

/** GET /mailbox/:id/body: the HTML part alone, for the frame: no script, no request, no form. */
export async function showMailboxBody(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const message = await readMailboxMessage(ctx.db, ctx, idParam(c, 'id') ?? 0);
  if (!message) return answerRefusal(c, refuse('mailbox.unknown', { id: c.req.param('id') ?? '' }), '/mailbox');
  // A link of the letter opens beside the mailbox: pages refuse to be shown inside a frame.
  return new Response(message.mail.html.replace(/<head>/i, '$&<base target="_blank">'), {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': letterPolicy,
      'x-frame-options': 'SAMEORIGIN',
      'cache-control': 'no-store',
    },
  });
}

/** GET /mailbox/:id/source: the RFC 5322 bytes, to open in a mail program. */
export async function showMailboxSource(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const raw = await mailboxSource(c.get('ctx').db, id);
  if (!raw) return answerRefusal(c, refuse('mailbox.unknown', { id: c.req.param('id') ?? '' }), '/mailbox');
  return fileAnswer(raw, { name: `message-${id}.eml`, mediaType: 'message/rfc822' });
}
