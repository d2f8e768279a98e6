import type { VNode } from 'preact';
import { changeAccount, changeAccountInput, inviteInput, inviteStaff, roles } from '../../../app/accounts.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { Form, HiddenInput, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { SettingsTabs } from '../settings/tabs.tsx';
import { shellOf } from '../shell.ts';
import { capital } from '../words.ts';

const roleOptions = roles.map((value) => ({ value, label: capital(value) }));

/** GET /settings/accounts */
export async function showStaff(c: C): Promise<Response> {
  return html(c, await page(c, freshForm({ role: 'support' })));
}

async function page(c: C, form: FormState, link?: string): Promise<VNode> {
  const ctx = c.get('ctx');
  const staff = await ctx.db.selectFrom('staff').selectAll().orderBy('name').limit(500).execute();
  const open = await ctx.db
    .selectFrom('invitation')
    .selectAll()
    .where('used_at', 'is', null)
    .where('expires_at', '>', ctx.now())
    .orderBy('id', 'desc')
    .execute();
  return (
    <DeskPage shell={await shellOf(c)} title="Accounts" tabs={<SettingsTabs here="/settings/accounts" />} errors={form.errors}>
      {link ? (
        <Alert tone="done" title="The invitation is ready. Hand over this link yourself; it is shown only now and works once.">
          <Identifier>{link}</Identifier>
        </Alert>
      ) : null}
      <DataTable
        caption="Accounts"
        columns={[
          { key: 'name', title: 'Name', cell: (row) => row.name, rowHeader: true },
          { key: 'email', title: 'E-mail', cell: (row) => row.email },
          { key: 'second', title: 'Second step', cell: (row) => (row.two_factor_enabled ? 'one-time codes' : row.totp_exempt ? 'none (demo)' : 'not yet, or passkey') },
          { key: 'state', title: 'State', cell: (row) => (row.disabled_at ? <Badge tone="red">shut</Badge> : <Badge tone="green">open</Badge>) },
          {
            key: 'role',
            title: 'Role',
            cell: (row) => (
              <Form action={`/settings/accounts/${row.id}`}>
                <Select name="role" label="Role" labelHidden options={roleOptions} value={row.role} />
                <SubmitButton tone="quiet" small>
                  Save
                </SubmitButton>
              </Form>
            ),
          },
          {
            key: 'shut',
            title: 'Access',
            cell: (row) => (
              <Form action={`/settings/accounts/${row.id}`}>
                <HiddenInput name="disabled" value={row.disabled_at ? 'no' : 'yes'} />
                <SubmitButton tone="quiet" small>
                  {row.disabled_at ? 'Open again' : 'Shut'}
                </SubmitButton>
              </Form>
            ),
          },
        ]}
        rows={staff}
        rowKey={(row) => row.id}
        empty={{ title: 'No accounts', text: 'The first administrator is made by the link that the first start prints.' }}
      />
      <Card title="Invite somebody">
        <Form action="/settings/accounts">
          <TextInput form={form} name="name" label="Name" required />
          <TextInput form={form} name="email" label="E-mail" type="email" required />
          <Select form={form} name="role" label="Role" options={roleOptions} />
          <SubmitButton tone="primary">Make the invitation</SubmitButton>
        </Form>
        {open.length > 0 ? (
          <ul class="ff-plain-list">
            {open.map((row) => (
              <li key={row.id}>
                {row.name || 'First administrator'} {row.email}, {row.role}, until <Moment at={row.expires_at} />
              </li>
            ))}
          </ul>
        ) : null}
      </Card>
    </DeskPage>
  );
}

/** POST /settings/accounts */
export async function postInvitation(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = inviteInput.safeParse({ name: fieldText(body, 'name'), email: fieldText(body, 'email').trim(), role: fieldText(body, 'role') });
  if (!input.success) return html(c, await page(c, refusedForm(body, errorsFromZod(input.error))), 422);
  const result = await inviteStaff(c.get('ctx'), input.data);
  if (isRefusal(result)) return html(c, await page(c, refusedForm(body, [refusalError(result)])), statusOf(result));
  return html(c, await page(c, freshForm({ role: 'support' }), result.url));
}

/** POST /settings/accounts/:id */
export async function postAccountChange(c: C): Promise<Response> {
  const body = await readForm(c);
  const disabled = fieldText(body, 'disabled');
  const input = changeAccountInput.safeParse({
    role: fieldText(body, 'role') || undefined,
    disabled: disabled === '' ? undefined : disabled === 'yes',
  });
  const result = input.success ? await changeAccount(c.get('ctx'), c.req.param('id') ?? '', input.data) : undefined;
  if (result === undefined || isRefusal(result)) {
    setFlash(c, { tone: 'attention', text: result ? refusalError(result).message : 'Choose a role from the list.' });
  } else {
    setFlash(c, { tone: 'done', text: 'Saved.' });
  }
  return seeOther(c, '/settings/accounts');
}
