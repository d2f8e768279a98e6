import type { VNode } from 'preact';
import type { Auth } from '../../../adapters/auth.ts';
import { changePassword, changePasswordInput, endOtherSessions, recordAccountEvent } from '../../../app/accounts.ts';
import { checkOwnPassword } from '../../../app/enrolment.ts';
import { type OwnAccount, readOwnAccount } from '../../../app/queries/accounts.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, type Handler, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { libraryHeaders } from './library.ts';

type Forms = Partial<Record<'password' | 'codes', FormState>>;
type Pages = Record<'show' | 'password' | 'backupCodes' | 'signOutOthers', Handler>;

/** /account: a person's own password, codes, passkeys and sessions. */
export function accountPages(auth: Auth): Pages {
  async function show(
    c: C,
    forms: Forms = {},
    status: 200 | 422 | 429 = 200,
    backupCodes: readonly string[] = [],
  ): Promise<Response> {
    const signedIn = c.get('signedIn');
    if (!signedIn || signedIn.mustEnrol) return seeOther(c, '/account/second-step');
    const account = await readOwnAccount(c.get('ctx'), signedIn.actor.id);
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        title="Account and sign-in"
        lede={`${signedIn.actor.name}, ${signedIn.email}`}
        width="narrow"
        errors={Object.values(forms).flatMap((form) => form?.errors ?? [])}
        scripts={['simplewebauthn.js', 'passkey.js']}
      >
        <CodesCard account={account} form={forms.codes} backupCodes={backupCodes} />
        <PasskeysCard account={account} />
        {account.password ? <PasswordCard form={forms.password} /> : null}
        <SessionsCard account={account} current={signedIn.sessionId} />
      </DeskPage>,
      status,
    );
  }
  return {
    show: (c) => show(c),

    async password(c) {
      const body = await readForm(c);
      const refused = (errors: FormState['errors'], status: number) =>
        show(c, { password: refusedForm(body, errors) }, status as 422 | 429);
      const input = changePasswordInput.safeParse({
        current: fieldText(body, 'current'),
        wanted: fieldText(body, 'wanted'),
      });
      if (!input.success) return refused(errorsFromZod(input.error), 422);
      const result = await changePassword(c.get('ctx'), auth, c.get('signedIn')?.sessionId ?? '', input.data);
      if (isRefusal(result)) return refused([refusalError(result)], statusOf(result));
      setFlash(c, { tone: 'done', text: 'The password is changed. Your other sessions have ended.' });
      return seeOther(c, '/account');
    },

    async backupCodes(c) {
      const ctx = c.get('ctx');
      const body = await readForm(c);
      const password = fieldText(body, 'codesPassword').slice(0, 200);
      const wrong = await checkOwnPassword(ctx, password);
      if (wrong) {
        return show(
          c,
          { codes: refusedForm(body, [{ ...refusalError(wrong), field: 'codesPassword' }]) },
          statusOf(wrong) as 422 | 429,
        );
      }
      const made = await auth.api.generateBackupCodes({ body: { password }, headers: libraryHeaders(c, auth) });
      if (ctx.actor.kind === 'staff') await recordAccountEvent(ctx, 'account.renew-backup-codes', ctx.actor.id);
      return show(c, {}, 200, made.backupCodes);
    },

    async signOutOthers(c) {
      const ended = await endOtherSessions(c.get('ctx'), c.get('signedIn')?.sessionId ?? '');
      setFlash(c, {
        tone: 'done',
        text: ended === 0 ? 'You were signed in nowhere else.' : 'Signed out everywhere else.',
      });
      return seeOther(c, '/account');
    },
  };
}

function CodesCard(props: { account: OwnAccount; form: FormState | undefined; backupCodes: readonly string[] }): VNode {
  const { account, form, backupCodes } = props;
  if (!account.codes) {
    return (
      <Card title="One-time codes">
        <p>Codes of an app on your telephone are off.</p>
        {account.password ? (
          <p>
            <a class="btn ff-btn-secondary" href="/account/second-step">
              Set them up
            </a>
          </p>
        ) : null}
      </Card>
    );
  }
  return (
    <Card title="One-time codes">
      {backupCodes.length > 0 ? (
        <Alert tone="attention" title="Your new backup codes: write them down now. The old ones have ended.">
          <ul class="ff-backup-codes">
            {backupCodes.map((code) => (
              <li key={code}>
                <Identifier>{code}</Identifier>
              </li>
            ))}
          </ul>
        </Alert>
      ) : (
        <p>
          <Badge tone="green">on</Badge> Each sign-in by password asks for a code.
        </p>
      )}
      <Form action="/account/backup-codes">
        <TextInput
          form={form}
          name="codesPassword"
          label="Your password"
          type="password"
          autocomplete="current-password"
          required
        />
        <SubmitButton tone="secondary">Make new backup codes</SubmitButton>
      </Form>
      <p>
        A new telephone? <a href="/account/second-step">Set the codes up on it</a>; the old ones end then.
      </p>
    </Card>
  );
}

function PasskeysCard({ account }: { account: OwnAccount }): VNode {
  return (
    <Card title="Passkeys">
      <p>A passkey replaces password and code: your device asks for your finger, face or PIN.</p>
      {account.passkeys.length > 0 ? (
        <DataTable
          caption="Passkeys"
          columns={[
            { key: 'name', title: 'Device', cell: (key) => key.name, rowHeader: true },
            { key: 'since', title: 'Since', cell: (key) => <Moment at={key.created_at} /> },
            {
              key: 'remove',
              title: '',
              cell: (key) => (
                <Form action={`/account/passkeys/${key.id}/remove`} label={`Remove ${key.name}`}>
                  <SubmitButton tone="quiet" small>
                    Remove
                  </SubmitButton>
                </Form>
              ),
            },
          ]}
          rows={account.passkeys}
          rowKey={(key) => key.id}
          empty={{ title: 'None', text: '' }}
        />
      ) : null}
      <p hidden data-passkey-add="">
        <button type="button" class="btn ff-btn-secondary">
          Add a passkey
        </button>
      </p>
      <noscript>
        <p>Adding a passkey needs JavaScript. One-time codes work without.</p>
      </noscript>
    </Card>
  );
}

function PasswordCard({ form }: { form: FormState | undefined }): VNode {
  return (
    <Card title="Password">
      <Form action="/account/password">
        <TextInput
          form={form}
          name="current"
          label="Password now"
          type="password"
          autocomplete="current-password"
          required
        />
        <TextInput
          form={form}
          name="wanted"
          label="New password"
          hint="At least 12 characters. A sentence is easy to remember."
          type="password"
          autocomplete="new-password"
          required
        />
        <SubmitButton tone="secondary">Change the password</SubmitButton>
      </Form>
    </Card>
  );
}

const methodWords = {
  password: 'Password',
  'password+totp': 'Password and code',
  'backup-code': 'Password and backup code',
  passkey: 'Passkey',
  oidc: 'Organisation',
} as const;

function SessionsCard({ account, current }: { account: OwnAccount; current: string }): VNode {
  return (
    <Card title="Where you are signed in">
      <DataTable
        caption="Sessions"
        columns={[
          { key: 'browser', title: 'Browser', cell: (row) => browserName(row.user_agent ?? ''), rowHeader: true },
          { key: 'by', title: 'By', cell: (row) => methodWords[row.method] },
          {
            key: 'address',
            title: 'From',
            cell: (row) => (row.ip_address ? <Identifier>{row.ip_address}</Identifier> : ''),
          },
          { key: 'since', title: 'Since', cell: (row) => <Moment at={row.created_at} /> },
          { key: 'this', title: '', cell: (row) => (row.id === current ? 'this one' : '') },
        ]}
        rows={account.sessions}
        rowKey={(row) => row.id}
        empty={{ title: 'None', text: '' }}
      />
      <p class="ff-hint">A session ends 12 hours after sign-in, or after 2 hours without use.</p>
      <Form action="/account/sign-out-others">
        <SubmitButton tone="secondary">Sign out everywhere else</SubmitButton>
      </Form>
    </Card>
  );
}

/** Enough of a browser's name to recognise it. */
function browserName(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(agent)?.[1] ?? '';
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(agent)?.[1] ?? '';
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return [name, system].filter(Boolean).join(', ') || 'Unknown';
}
