import type { VNode } from 'preact';
import { type ApiKeyInfo, createApiKey, createKeyInput, listApiKeys, revokeApiKey } from '../../../app/api-keys.ts';
import { keyScopes } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldList, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, refusalText, statusOf } from '../../refusal.tsx';
import { CheckboxGroup, Form, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, More } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

const durations = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'Until it is revoked' },
];

async function show(c: C, form: FormState, status: 200 | 409 | 422 = 200, secret?: string): Promise<Response> {
  const ctx = c.get('ctx');
  const keys = await listApiKeys(ctx);
  if (isRefusal(keys)) return answerRefusal(c, keys);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="API keys"
      lede={
        <>
          Keys of programs: ERP exports, scripts, the <Identifier>fieldfix</Identifier> command. What they can do is
          written at <a href="/api">API</a>.
        </>
      }
      tabs={<SettingsTabs here="/settings/keys" />}
      errors={form.errors}
    >
      {secret ? (
        <Alert tone="done" title="The key is made. Copy it now: it is never shown again.">
          <p>
            <Identifier>{secret}</Identifier>
          </p>
        </Alert>
      ) : null}
      <KeyTable keys={keys} now={ctx.wallClock()} />
      <Card title="Make a key">
        <Form action="/settings/keys">
          <TextInput form={form} name="name" label="What is it for?" hint="e.g. ERP export" width={30} required />
          <Select form={form} name="days" label="How long" options={durations} />
          <CheckboxGroup
            form={form}
            name="scopes"
            label="What it may do"
            hint="Only what the program needs. Approvals are signed by people; no key can give them."
            options={keyScopes.map((scope) => ({ value: scope, label: scope }))}
          />
          <SubmitButton tone="primary">Make the key</SubmitButton>
        </Form>
      </Card>
    </DeskPage>,
    status,
  );
}

/** GET /settings/keys */
export async function showKeys(c: C): Promise<Response> {
  return show(c, freshForm({ days: '365' }));
}

/** POST /settings/keys */
export async function postKey(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = createKeyInput.safeParse({
    name: fieldText(body, 'name'),
    scopes: fieldList(body, 'scopes'),
    days: fieldText(body, 'days') || undefined,
  });
  // One message for the group of scopes, whichever of them is wrong.
  if (!input.success)
    return show(
      c,
      refusedForm(
        body,
        errorsFromZod(input.error, (path) => path.split('.')[0] ?? path),
      ),
      422,
    );
  const result = await createApiKey(c.get('ctx'), input.data);
  if (isRefusal(result)) return show(c, refusedForm(body, [refusalError(result)]), statusOf(result) as 409 | 422);
  return show(c, freshForm({ days: '365' }), 200, result.secret);
}

/** POST /settings/keys/:id/revoke */
export async function postRevokeKey(c: C): Promise<Response> {
  const result = await revokeApiKey(c.get('ctx'), idParam(c, 'id') ?? 0);
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalText(result) }
      : { tone: 'done', text: 'The key has ended. Requests with it are refused.' },
  );
  return seeOther(c, '/settings/keys');
}

function KeyTable({ keys, now }: { keys: readonly ApiKeyInfo[]; now: Date }): VNode {
  const stateOf = (key: ApiKeyInfo) =>
    key.revokedAt ? 'revoked' : key.expiresAt && key.expiresAt <= now ? 'over' : 'in use';
  return (
    <DataTable
      caption="API keys"
      columns={[
        { key: 'name', title: 'For', cell: (key) => key.name, rowHeader: true },
        { key: 'prefix', title: 'Key', cell: (key) => <Identifier>{`${key.prefix}…`}</Identifier> },
        {
          key: 'scopes',
          title: 'May',
          cell: (key) => (
            <More summary={key.scopes.length === 1 ? key.scopes[0] : `${key.scopes.length} things`}>
              {key.scopes.join(', ')}
            </More>
          ),
        },
        {
          key: 'state',
          title: 'State',
          cell: (key) => <Badge tone={stateOf(key) === 'in use' ? 'green' : 'grey'}>{stateOf(key)}</Badge>,
        },
        { key: 'used', title: 'Last used', cell: (key) => (key.lastUsedAt ? <Moment at={key.lastUsedAt} /> : 'never') },
        { key: 'until', title: 'Until', cell: (key) => (key.expiresAt ? <Moment at={key.expiresAt} /> : 'revoked') },
        {
          key: 'by',
          title: 'Made',
          cell: (key) => (
            <>
              <Moment at={key.createdAt} /> by {key.createdBy}
            </>
          ),
        },
        {
          key: 'end',
          title: '',
          cell: (key) =>
            stateOf(key) === 'in use' ? (
              <Form action={`/settings/keys/${key.id}/revoke`} label={`Revoke ${key.name}`}>
                <SubmitButton tone="quiet" small>
                  Revoke
                </SubmitButton>
              </Form>
            ) : null,
        },
      ]}
      rows={keys}
      rowKey={(key) => key.id}
      empty={{ title: 'No keys yet', text: 'Make one below for each program, so that each can be revoked by itself.' }}
    />
  );
}
