import type { VNode } from 'preact';
import type { Context } from '../../../app/context.ts';
import {
  isHarmOnly,
  type MessageProposal,
  type ProposedProblem,
  proposeProblem,
  proposeReply,
  readStored,
} from '../../../app/message-proposal.ts';
import { findMessage } from '../../../app/messages.ts';
import { nextUrgent, nextWaiting } from '../../../app/queries/messages.ts';
import { staffIdOf } from '../../../domain/actor.ts';
import { type MailFacts, type MailKind, troubleWords } from '../../../domain/mail.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { type C, idParam, seeOther } from '../../context.ts';
import { answerRefusal } from '../../refusal.tsx';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { type FormState, freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue, More } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { sheetsOfMessageCard } from '../spreadsheets/cards.tsx';
import { AcceptForm } from './accept-form.tsx';
import { type Choices, CorrectForm, loadChoices } from './correct-form.tsx';
import { Guess } from './guess.tsx';
import { Attachments, MessageText } from './original.tsx';
import { messagePath, onlyOf } from './queue.ts';
import { doorWords } from './words.ts';

export type Message = Exclude<Awaited<ReturnType<typeof findMessage>>, Refusal>;

/** Everything a message's page shows. */
export interface MessageView {
  message: Message;
  mail: MailFacts;
  proposal: MessageProposal | undefined;
  /** Of a suspected break-in. */
  problem: ProposedProblem | undefined;
  choices: Choices;
  nextId: number | undefined;
  /** Another one that cannot wait and that nobody has. */
  urgentId: number | undefined;
  /** The one kind that is worked through. */
  only: MailKind | undefined;
}

async function loadView(ctx: Context, id: number, only: MailKind | undefined): Promise<MessageView | Refusal> {
  const message = await findMessage(ctx.db, id);
  if (isRefusal(message)) return message;
  const mail = await readStored(ctx, message);
  const place =
    message.kind === 'reply' && message.state === 'waiting' && message.action_id !== null && message.party_id !== null
      ? { actionId: message.action_id, partyId: message.party_id }
      : undefined;
  return {
    message,
    mail,
    only,
    proposal: place && (await proposeReply(ctx.db, ctx, place, mail.text)),
    problem:
      message.kind === 'problem' && message.state === 'waiting' && message.party_id !== null && !isHarmOnly(message)
        ? await proposeProblem(ctx.db, message.party_id, mail.text)
        : undefined,
    choices: await loadChoices(ctx.db, message),
    nextId: await nextWaiting(ctx.db, id, staffIdOf(ctx.actor), only),
    urgentId: message.kind === 'problem' ? undefined : await nextUrgent(ctx.db, id),
  };
}

/** GET /postroom/next: the first message that waits. */
export async function showNext(c: C): Promise<Response> {
  const { db, actor } = c.get('ctx');
  const id = await nextWaiting(db, 0, staffIdOf(actor), onlyOf(c.req.query('only')));
  return seeOther(c, id === undefined ? '/postroom' : messagePath(id, onlyOf(c.req.query('only'))));
}

/** GET /postroom/:id: the message beside what it is taken for. Looking changes nothing. */
export async function showMessage(c: C): Promise<Response> {
  return messagePage(c, freshForm());
}

/** The page again, with what was typed and refused. */
export async function messagePage(c: C, form: FormState, status: 200 | 409 | 422 = 200): Promise<Response> {
  const only = onlyOf(c.req.query('only'));
  const view = await loadView(c.get('ctx'), idParam(c, 'id') ?? 0, only);
  if (isRefusal(view)) return answerRefusal(c, view, '/postroom');
  const { message, mail } = view;
  const waits = message.state === 'waiting';
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title={message.subject || mail.subject || '(no subject)'}
      crumbs={[{ href: '/postroom', label: 'Post room' }]}
      state={<StateBadge kind="message" state={message.state} />}
      lede={<Sender mail={mail} />}
      errors={form.errors}
      styles={['postroom.css']}
      scripts={['postroom.js']}
      actions={
        <ButtonRow>
          {waits && !message.automatic && mail.from.address !== '' ? (
            <LinkButton href={answerTo(mail)} icon="mail">
              Answer by mail
            </LinkButton>
          ) : null}
          <LinkButton href={`/postroom/${message.id}/source`} icon="download">
            Original
          </LinkButton>
          {view.nextId === undefined ? null : (
            <a class="btn ff-btn-secondary" href={messagePath(view.nextId, only)} data-key="n">
              Next
            </a>
          )}
        </ButtonRow>
      }
    >
      {waits && view.urgentId !== undefined ? (
        <Alert tone="danger">
          <p>
            Another mail speaks of a break-in or of harm, and nobody has it:{' '}
            <a href={`/postroom/${view.urgentId}`}>look at it first</a>.
          </p>
        </Alert>
      ) : null}
      {message.troubles.map((trouble) => (
        <Alert key={trouble} tone={trouble === 'executable' || trouble === 'encrypted' ? 'danger' : 'attention'}>
          <p>{troubleWords[trouble]}</p>
        </Alert>
      ))}
      <Columns>
        <div>
          <MessageText mail={mail} reasons={message.guess.reasons ?? []} />
          <Attachments message={message} may={allows(c.get('ctx').actor, 'message.keep')} />
          {await sheetsOfMessageCard(c, message)}
        </div>
        <div>
          <Guess message={message} choices={view.choices} />
          {waits ? (
            <>
              <AcceptForm view={view} form={form} />
              <CorrectForm view={view} form={form} />
              <Aside message={message} form={form} only={only} />
            </>
          ) : (
            <Ended message={message} />
          )}
          <Facts message={message} mail={mail} />
        </div>
      </Columns>
    </DeskPage>,
    status,
  );
}

/** Opens the viewer's own mail program with the letter begun (RFC 6068): what is sent there is not kept here. */
function answerTo(mail: MailFacts): string {
  const to = mail.replyTo?.address || mail.from.address;
  const subject = /^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`;
  const answers = mail.messageId === '' ? '' : `&In-Reply-To=${encodeURIComponent(mail.messageId)}`;
  return `mailto:${encodeURIComponent(to)}?subject=${encodeURIComponent(subject)}${answers}`;
}

function Sender({ mail }: { mail: MailFacts }): VNode {
  return (
    <>
      {mail.from.name ? `${mail.from.name} · ` : ''}
      <Identifier>{mail.from.address || 'no sender'}</Identifier>
    </>
  );
}

/** Taking it on, or ending it without more. */
function Aside({ message, form, only }: { message: Message; form: FormState; only: MailKind | undefined }): VNode {
  const action = messagePath(message.id, only);
  return (
    <Card title="Or">
      <div class="ff-buttons">
        <Form action={action}>
          <HiddenInput name="how" value="assign" />
          <button type="submit" class="btn ff-btn-secondary" data-key="t">
            {message.owner_id ? `Take over from ${message.owner_name}` : 'I take this'}
          </button>
        </Form>
      </div>
      <Form action={action}>
        <HiddenInput name="how" value="end" />
        <TextInput form={form} name="outcome" label="End it without more, because" placeholder="Nothing to do" />
        <SubmitButton tone="quiet">End it</SubmitButton>
      </Form>
    </Card>
  );
}

function Ended({ message }: { message: Message }): VNode | null {
  if (message.state === 'new') return null;
  return (
    <Card title="What came of it">
      <Alert tone="done">
        <p>{message.outcome}</p>
        <p class="ff-muted">
          {message.decided_at ? (
            <>
              {message.decided_by}, <Moment at={message.decided_at} />
            </>
          ) : (
            'By itself: it was plain.'
          )}
        </p>
      </Alert>
      {message.reply_id === null ? null : (
        <p>
          <a href={`/replies/${message.reply_id}`}>Reply {message.reply_id}</a>
        </p>
      )}
      <Form action={`/postroom/${message.id}`}>
        <HiddenInput name="how" value="reopen" />
        <SubmitButton tone="quiet">Open it again</SubmitButton>
      </Form>
    </Card>
  );
}

function Facts({ message, mail }: { message: Message; mail: MailFacts }): VNode {
  return (
    <Card title="About">
      <KeyValue
        rows={[
          { label: 'Received', value: <Moment at={message.received_at} /> },
          { label: 'Written', value: mail.writtenAt ? <Moment at={new Date(mail.writtenAt)} /> : '' },
          { label: 'To', value: mail.to.map((to) => to.address).join(', ') },
          { label: 'Door', value: `${doorWords[message.door]}${message.mailbox ? `: ${message.mailbox}` : ''}` },
          { label: 'Owner', value: message.owner_name || 'nobody' },
          message.signed !== '' && {
            label: 'Signed',
            value:
              message.signed === 'smime'
                ? 'S/MIME; the signature is kept with the original'
                : 'PGP; kept with the original',
          },
          message.twin_id !== null && {
            label: 'The same mail as',
            value: `message ${message.twin_id}`,
            href: `/postroom/${message.twin_id}`,
          },
          message.task_id !== null && { label: 'Task', value: `${message.task_id}`, href: `/tasks/${message.task_id}` },
          { label: 'SHA-256', value: <Identifier>{message.sha256}</Identifier> },
        ]}
      />
      <More summary="All headers">
        <dl class="ff-headers">
          {mail.headers.map((header, index) => (
            <div key={index}>
              <dt>{header.name}</dt>
              <dd>{header.value}</dd>
            </div>
          ))}
        </dl>
      </More>
      <p class="ff-keys ff-muted">
        Keys: <kbd>a</kbd> accept, <kbd>c</kbd> correct, <kbd>t</kbd> take, <kbd>n</kbd> next
      </p>
    </Card>
  );
}
