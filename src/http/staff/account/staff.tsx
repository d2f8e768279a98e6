import type { VNode } from 'preact';
import { changeAccount, changeAccountInput } from '../../../app/accounts.ts';
import { inviteInput, inviteStaff, offerRecovery, withdrawInvitation } from '../../../app/invitations.ts';
import { listOpenInvitations, listStaff, type OpenInvitation, type StaffRow } from '../../../app/queries/accounts.ts';
import { roles } from '../../../domain/actor.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { refusalError, refusalText, statusOf } from '../../refusal.tsx';
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
/** A link that was just made: shown on this page only. */
type Made = { title: string; url: string; expiresAt: Date };

async function show(c: C, form: FormState, status: 200 | 409 | 422 = 200, made?: Made): Promise<Response> {
  const ctx = c.get('ctx');
  const staff = await listStaff(ctx);
  const open = await listOpenInvitations(ctx);
  return html(
    c,
    <DeskPage
      shell={await shellOf(c)}
      title="Accounts"
      lede="Who may sign in, and as what. Roles decide who may approve, release and change things."
      tabs={<SettingsTabs here="/settings/accounts" />}
      errors={form.errors}
    >
      {made ? (
        <Alert tone="done" title={made.title}>
          <p>
            <Identifier>{made.url}</Identifier>
          </p>
          <p>
            Hand it over yourself, in a way you trust. It is shown only now, works once, and ends on{' '}
            <Moment at={made.expiresAt} zoned />.
          </p>
        </Alert>
      ) : null}
      <StaffTable staff={staff} />
      {open.length > 0 ? <OpenLinks open={open} /> : null}
      <Card title="Invite somebody">
        <Form action="/settings/accounts">
          <TextInput
            form={form}
            name="name"
            label="Name"
            hint="It is printed beside everything this person signs."
            required
          />
          <TextInput form={form} name="email" label="E-mail" type="email" required />
          <Select form={form} name="role" label="Role" options={roleOptions} />
          <SubmitButton tone="primary">Make the invitation</SubmitButton>
        </Form>
      </Card>
    </DeskPage>,
    status,
  );
}

const fresh = () => freshForm({ role: 'support' });

/** GET /settings/accounts */
export async function showStaff(c: C): Promise<Response> {
  return show(c, fresh());
}

/** POST /settings/accounts */
export async function postInvitation(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = inviteInput.safeParse({
    name: fieldText(body, 'name'),
    email: fieldText(body, 'email'),
    role: fieldText(body, 'role'),
  });
  if (!input.success) return show(c, refusedForm(body, errorsFromZod(input.error)), 422);
  const result = await inviteStaff(c.get('ctx'), input.data);
  if (isRefusal(result)) return show(c, refusedForm(body, [refusalError(result)]), statusOf(result) as 409 | 422);
  return show(c, fresh(), 200, { title: `The invitation of ${input.data.name} is ready.`, ...result });
}

/** POST /settings/accounts/:id: another role, shut, open again, or a link for somebody who lost their means. */
export async function postAccountChange(c: C): Promise<Response> {
  const body = await readForm(c);
  const id = c.req.param('id') ?? '';
  if (fieldText(body, 'recovery') !== '') {
    const link = await offerRecovery(c.get('ctx'), id);
    if (!isRefusal(link))
      return show(c, fresh(), 200, { title: 'This link sets a new password and a new second step.', ...link });
    setFlash(c, { tone: 'attention', text: refusalText(link) });
    return seeOther(c, '/settings/accounts');
  }
  const disabled = fieldText(body, 'disabled');
  const input = changeAccountInput.safeParse({
    role: fieldText(body, 'role') || undefined,
    disabled: disabled === '' ? undefined : disabled === 'yes',
  });
  const result = input.success ? await changeAccount(c.get('ctx'), id, input.data) : refuse('account.unknown');
  const text = isRefusal(result)
    ? refusalText(result)
    : disabled === 'yes'
      ? 'The account is shut and signed out everywhere.'
      : 'Saved.';
  setFlash(c, { tone: isRefusal(result) ? 'attention' : 'done', text });
  return seeOther(c, '/settings/accounts');
}

/** POST /settings/accounts/invitations/:id/withdraw */
export async function postWithdrawInvitation(c: C): Promise<Response> {
  const result = await withdrawInvitation(c.get('ctx'), idParam(c, 'id') ?? 0);
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'attention', text: refusalText(result) }
      : { tone: 'done', text: 'The link has ended.' },
  );
  return seeOther(c, '/settings/accounts');
}

function meansOf(row: StaffRow): string {
  const means = [
    row.password
      ? row.codes
        ? 'password and codes'
        : row.exempt
          ? 'password (sample account)'
          : 'password, codes not set up yet'
      : '',
    row.passkeys > 0 ? (row.passkeys === 1 ? 'a passkey' : `${row.passkeys} passkeys`) : '',
  ].filter(Boolean);
  return means.join('; ') || "the organisation's account";
}

function StaffTable({ staff }: { staff: readonly StaffRow[] }): VNode {
  return (
    <DataTable
      caption="Accounts"
      columns={[
        { key: 'name', title: 'Name', cell: (row) => row.name, rowHeader: true },
        { key: 'email', title: 'E-mail', cell: (row) => row.email },
        { key: 'means', title: 'Signs in by', cell: meansOf },
        { key: 'last', title: 'Signed in', cell: (row) => (row.signed_in_at ? <Moment at={row.signed_in_at} /> : '–') },
        {
          key: 'state',
          title: 'State',
          cell: (row) => (row.disabled_at ? <Badge tone="red">shut</Badge> : <Badge tone="green">open</Badge>),
        },
        {
          key: 'role',
          title: 'Role',
          cell: (row) => (
            <Form action={`/settings/accounts/${row.id}`} label={`Role of ${row.name}`} id={`role-${row.id}`}>
              <RoleSelect row={row} />
              <SubmitButton tone="quiet" small>
                Save
              </SubmitButton>
            </Form>
          ),
        },
        {
          key: 'access',
          title: 'Access',
          cell: (row) => (
            <Form action={`/settings/accounts/${row.id}`} label={`Access of ${row.name}`}>
              {row.disabled_at ? null : (
                <SubmitButton tone="quiet" small name="recovery" value="yes">
                  Lost password or telephone
                </SubmitButton>
              )}
              <SubmitButton tone="quiet" small name="disabled" value={row.disabled_at ? 'no' : 'yes'}>
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
  );
}

/** Its own id per row: the kit's Select names its input after the field, which stands here once a row. */
function RoleSelect({ row }: { row: StaffRow }): VNode {
  const id = `role-of-${row.id}`;
  return (
    <>
      <label class="visually-hidden" for={id}>
        Role of {row.name}
      </label>
      <select id={id} name="role" class="form-select form-select-sm">
        {roleOptions.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === row.role}>
            {option.label}
          </option>
        ))}
      </select>
    </>
  );
}

function OpenLinks({ open }: { open: readonly OpenInvitation[] }): VNode {
  return (
    <Card title="Links that were not used yet" flush>
      <DataTable
        caption="Open links"
        columns={[
          {
            key: 'name',
            title: 'For',
            cell: (row) => [row.name, row.email].filter(Boolean).join(', ') || 'The first administrator',
            rowHeader: true,
          },
          {
            key: 'what',
            title: 'Gives',
            cell: (row) => (row.recovery ? 'a new password' : `an account, ${capital(row.role)}`),
          },
          { key: 'by', title: 'Made by', cell: (row) => row.created_by },
          { key: 'until', title: 'Until', cell: (row) => <Moment at={row.expires_at} /> },
          {
            key: 'end',
            title: '',
            cell: (row) => (
              <Form action={`/settings/accounts/invitations/${row.id}/withdraw`} label={`End the link for ${row.name}`}>
                <HiddenInput name="confirmed" value="yes" />
                <SubmitButton tone="quiet" small>
                  End it
                </SubmitButton>
              </Form>
            ),
          },
        ]}
        rows={open}
        rowKey={(row) => row.id}
        empty={{ title: 'None', text: '' }}
      />
    </Card>
  );
}
