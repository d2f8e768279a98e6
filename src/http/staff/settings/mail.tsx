/** How letters travel: what the server has set, and which domains take how large a mail. */
import type { VNode } from 'preact';
import { listDomainFiles, setDomainFiles, setDomainFilesInput } from '../../../app/delivery-files.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError } from '../../refusal.tsx';
import { Form, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';

const sizeWords = (bytes: number): string => (bytes === 0 ? 'links only' : `up to ${bytes / 1_000_000} MB`);

/** GET /settings/mail */
export async function showMailSettings(c: C): Promise<Response> {
  return html(c, await page(c, freshForm()));
}

async function page(c: C, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const domains = await listDomainFiles(ctx.db);
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Mail"
      lede="Whether letters carry the letter and the form as PDF, or links to them. A contact can have its own limit, on its page."
      tabs={<SettingsTabs here="/settings/mail" />}
      errors={form.errors}
    >
      <Card title="This server">
        <KeyValue
          rows={[
            { label: 'Sender', value: <Identifier>{ctx.settings.mailFrom}</Identifier> },
            {
              label: 'Way out',
              value: ctx.mailer.kind === 'smtp' ? 'a mail server (SMTP_URL)' : 'the built-in mailbox',
            },
            { label: 'Files', value: `${sizeWords(ctx.settings.attachmentLimit)} (MAIL_ATTACHMENT_MB)` },
            {
              label: 'Signature of the domain',
              value: ctx.mailer.signs
                ? `DKIM, ${ctx.mailer.signs}`
                : 'none (DKIM_DOMAIN, DKIM_SELECTOR, DKIM_KEY_FILE)',
            },
          ]}
        />
      </Card>
      <Card title="A domain of recipients">
        <Form action="/settings/mail">
          <TextInput
            form={form}
            name="domain"
            label="Domain"
            hint="e.g. hospital.example"
            width={20}
            identifier
            required
          />
          <TextInput
            form={form}
            name="megabytes"
            label="Largest mail in megabytes"
            hint="0: links only. Empty: as the server has it."
            inputMode="decimal"
            width={4}
          />
          <TextInput form={form} name="reason" label="How do you know?" width={30} required />
          <SubmitButton tone="secondary">Set the limit</SubmitButton>
        </Form>
      </Card>
      <DataTable
        caption="Domains with a limit of their own"
        columns={[
          { key: 'domain', title: 'Domain', cell: (row) => <Identifier>{row.domain}</Identifier>, rowHeader: true },
          { key: 'limit', title: 'Files', cell: (row) => sizeWords(row.attachment_limit) },
          { key: 'reason', title: 'Why', cell: (row) => row.reason },
          { key: 'by', title: 'By', cell: (row) => row.changed_by },
          { key: 'at', title: 'Since', cell: (row) => <Moment at={row.changed_at} />, nowrap: true },
        ]}
        rows={domains}
        rowKey={(row) => row.domain}
        empty={{
          title: 'No domain has one',
          text: 'All get what the server has set, unless a contact says otherwise.',
        }}
      />
    </DeskPage>
  );
}

/** POST /settings/mail */
export async function postMailDomain(c: C): Promise<Response> {
  const body = await readForm(c);
  const megabytes = fieldText(body, 'megabytes').trim().replace(',', '.');
  const input = setDomainFilesInput.safeParse({
    domain: fieldText(body, 'domain'),
    megabytes: megabytes === '' ? null : megabytes,
    reason: fieldText(body, 'reason'),
  });
  if (!input.success) return html(c, await page(c, refusedForm(body, errorsFromZod(input.error))), 422);
  const result = await setDomainFiles(c.get('ctx'), input.data);
  if (isRefusal(result)) return html(c, await page(c, refusedForm(body, [refusalError(result)])), 422);
  setFlash(c, { tone: 'done', text: 'Saved. It holds for letters planned from now on.' });
  return seeOther(c, '/settings/mail');
}
