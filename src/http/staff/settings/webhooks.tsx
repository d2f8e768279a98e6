import type { VNode } from 'preact';
import { testWebhook } from '../../../app/webhook-delivery.ts';
import {
  changeWebhook,
  createWebhook,
  listWebhookMessages,
  listWebhooks,
  removeWebhook,
  rotateWebhookSecret,
  type Webhook,
  type WebhookMessage,
  webhookInput,
} from '../../../app/webhooks.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, refusalText, statusOf } from '../../refusal.tsx';
import { ConfirmForm, Form, HiddenInput, SubmitButton, TextArea, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

/** GET /settings/webhooks: every receiver and how it goes. */
export async function showWebhooks(c: C): Promise<Response> {
  const rows = await listWebhooks(c.get('ctx'));
  return isRefusal(rows) ? answerRefusal(c, rows) : html(c, await page(c, rows, freshForm()));
}

/** POST /settings/webhooks: adds one and shows its secret, once. */
export async function postWebhook(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const body = await readForm(c);
  const input = webhookInput.safeParse({
    url: fieldText(body, 'url'),
    events: fieldText(body, 'events')
      .split(/[\s,]+/)
      .filter(Boolean),
  });
  const made = input.success ? await createWebhook(ctx, input.data) : undefined;
  const rows = await listWebhooks(ctx);
  if (isRefusal(rows)) return answerRefusal(c, rows);
  if (made === undefined) {
    // Which of the patterns is wrong matters less than that it is this field.
    const errors = input.error ? errorsFromZod(input.error, (path) => path.split('.')[0] ?? path) : [];
    return html(c, await page(c, rows, refusedForm(body, errors)), 422);
  }
  if (isRefusal(made)) return html(c, await page(c, rows, refusedForm(body, [refusalError(made)])), statusOf(made));
  return html(c, await page(c, rows, freshForm(), made.secret));
}

/** GET /settings/webhooks/:id: one receiver with its latest messages. */
export async function showWebhook(c: C): Promise<Response> {
  return webhookPage(c);
}

/** POST /settings/webhooks/:id: test, switch, rotate or remove, by the button pressed. */
export async function postWebhookChange(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const here = `/settings/webhooks/${id}`;
  const does = fieldText(await readForm(c), 'do');
  const refused = (refusal: Refusal): Response => {
    setFlash(c, { tone: 'attention', text: refusalText(refusal) });
    return seeOther(c, '/settings/webhooks');
  };
  if (does === 'rotate') {
    const made = await rotateWebhookSecret(ctx, id);
    return isRefusal(made) ? refused(made) : webhookPage(c, made.secret);
  }
  if (does === 'test') {
    const outcome = await testWebhook(ctx, id);
    if (isRefusal(outcome)) return refused(outcome);
    setFlash(
      c,
      outcome.ok
        ? { tone: 'done', text: `The receiver took the test message (${outcome.status}).` }
        : {
            tone: 'attention',
            text: `The receiver did not take it. ${[outcome.status, outcome.detail].filter(Boolean).join(' ')}`,
          },
    );
    return seeOther(c, here);
  }
  if (does === 'remove') return webhookPage(c, undefined, true);
  if (does === 'remove-surely') {
    const gone = await removeWebhook(ctx, id);
    if (isRefusal(gone)) return refused(gone);
    setFlash(c, { tone: 'done', text: 'The webhook is removed.' });
    return seeOther(c, '/settings/webhooks');
  }
  const changed = await changeWebhook(ctx, id, { enabled: does === 'on' });
  if (isRefusal(changed)) return refused(changed);
  setFlash(c, {
    tone: 'done',
    text: does === 'on' ? 'The webhook is on. What it missed is sent within a minute.' : 'The webhook is off.',
  });
  return seeOther(c, here);
}

function WebhookState({ row }: { row: Webhook }): VNode {
  if (row.disabledAt) return <Badge tone="red">off</Badge>;
  return row.waiting > 0 ? <Badge tone="amber">{`${row.waiting} waiting`}</Badge> : <Badge tone="green">on</Badge>;
}

function Secret({ text }: { text: string }): VNode {
  return (
    <Alert tone="done" title="The secret of this webhook. Give it to the receiver; it is shown only now.">
      <Identifier>{text}</Identifier>
    </Alert>
  );
}

async function page(c: C, rows: Webhook[], form: FormState, secret?: string): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Webhooks"
      lede="Other systems are told of what happens here, within a minute, signed and in order."
      tabs={<SettingsTabs here="/settings/webhooks" />}
      errors={form.errors}
    >
      {secret ? <Secret text={secret} /> : null}
      <DataTable
        caption="Webhooks"
        columns={[
          { key: 'url', title: 'Receiver', rowHeader: true, cell: (row) => <Identifier>{row.url}</Identifier> },
          { key: 'events', title: 'Events', cell: (row) => row.events.join(', ') },
          { key: 'state', title: 'State', cell: (row) => <WebhookState row={row} /> },
          { key: 'by', title: 'Added by', cell: (row) => row.createdBy },
          { key: 'at', title: 'Since', cell: (row) => <Moment at={row.createdAt} /> },
        ]}
        rows={rows}
        rowKey={(row) => row.id}
        rowHref={(row) => `/settings/webhooks/${row.id}`}
        empty={{
          title: 'No webhooks',
          text: 'Add the address of a system that should be told, e.g. your ERP or a chat.',
        }}
      />
      <Card title="Add a webhook">
        <Form action="/settings/webhooks">
          <TextInput
            form={form}
            name="url"
            label="Address"
            hint="https only, and reachable from the internet."
            type="url"
            required
          />
          <TextArea
            form={form}
            name="events"
            label="Events"
            hint="One a line: notice.release, all of a kind as task.*, or * for everything."
            rows={3}
          />
          <SubmitButton tone="primary">Add the webhook</SubmitButton>
        </Form>
      </Card>
    </DeskPage>
  );
}

async function webhookPage(c: C, secret?: string, asks = false): Promise<Response> {
  const ctx = c.get('ctx');
  const id = idParam(c, 'id') ?? 0;
  const all = await listWebhooks(ctx);
  if (isRefusal(all)) return answerRefusal(c, all);
  const messages = await listWebhookMessages(ctx, id);
  const row = all.find((one) => one.id === id);
  if (isRefusal(messages)) return answerRefusal(c, messages, '/settings/webhooks');
  if (!row) throw new Error(`Webhook ${id} has messages and is not in the list`);
  const button = (does: string, label: string, tone: 'secondary' | 'danger' | 'primary' = 'secondary') => (
    <Form action={`/settings/webhooks/${id}`}>
      <HiddenInput name="do" value={does} />
      <SubmitButton tone={tone}>{label}</SubmitButton>
    </Form>
  );
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Webhook"
      lede={<Identifier>{row.url}</Identifier>}
      crumbs={[{ href: '/settings/webhooks', label: 'Webhooks' }]}
      next={row.disabledAt ? [{ text: `It is off. ${row.disabledReason}`, tone: 'attention' }] : []}
    >
      {secret ? <Secret text={secret} /> : null}
      {asks ? (
        <ConfirmForm
          question="Remove this webhook?"
          action={`/settings/webhooks/${id}`}
          hidden={{ do: 'remove-surely' }}
          confirm="Remove it"
          tone="danger"
          back={`/settings/webhooks/${id}`}
        >
          <p>Messages that wait for it go as well. What it was told stays in the history.</p>
        </ConfirmForm>
      ) : null}
      <Card title="What it is told">
        <KeyValue
          rows={[
            { label: 'Events', value: row.events.join(', ') },
            { label: 'State', value: <WebhookState row={row} /> },
            { label: 'Added', value: <Moment at={row.createdAt} /> },
            { label: 'By', value: row.createdBy },
          ]}
        />
        <div class="ff-buttons">
          {button('test', 'Send a test', 'primary')}
          {row.disabledAt ? button('on', 'Switch on') : button('off', 'Switch off')}
          {button('rotate', 'New secret')}
          {button('remove', 'Remove', 'danger')}
        </div>
      </Card>
      <Messages rows={messages} />
    </DeskPage>,
  );
}

function Messages({ rows }: { rows: WebhookMessage[] }): VNode {
  const tones = { queued: 'grey', sent: 'green', failed: 'red' } as const;
  const words = { queued: 'waiting', sent: 'taken', failed: 'given up' } as const;
  return (
    <DataTable
      caption="Latest messages"
      columns={[
        { key: 'event', title: 'Event', rowHeader: true, cell: (row) => `${row.eventSeq} ${row.event}` },
        { key: 'state', title: 'State', cell: (row) => <Badge tone={tones[row.state]}>{words[row.state]}</Badge> },
        { key: 'tries', title: 'Tries', align: 'number', cell: (row) => row.attempts },
        { key: 'answer', title: 'Answer', cell: (row) => [row.status, row.detail].filter(Boolean).join(' ') },
        { key: 'next', title: 'Next try', cell: (row) => (row.nextAttemptAt ? <Moment at={row.nextAttemptAt} /> : '') },
        { key: 'at', title: 'Queued', cell: (row) => <Moment at={row.createdAt} /> },
      ]}
      rows={rows}
      rowKey={(row) => row.id}
      empty={{ title: 'No messages yet', text: 'Events are looked at every minute.' }}
    />
  );
}
