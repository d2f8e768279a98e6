import type { VNode } from 'preact';
import { loadTrustStatus, type TrustStatus } from '../../../app/queries/trust.ts';
import { startTrustAnew, startTrustAnewInput } from '../../../app/trust-anew.ts';
import {
  changeRoot,
  changeRootInput,
  discardRootDraft,
  exportRootDraft,
  importRootSignatures,
  importSignaturesInput,
  type RootToSign,
  rotateProductKey,
  rotateProductKeyInput,
} from '../../../app/trust-roots.ts';
import { isRefusal, type Refusal } from '../../../domain/refusal.ts';
import { topRoles } from '../../../domain/tuf.ts';
import { type C, type FormBody, fieldList, fieldText, readForm, seeOther } from '../../context.ts';
import { fileAnswer } from '../../file-answer.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import {
  CheckboxGroup,
  Form,
  HiddenInput,
  LinkButton,
  Select,
  SubmitButton,
  TextArea,
  TextInput,
} from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier } from '../../ui/parts.tsx';
import { Badge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Day, Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { SettingsTabs } from './tabs.tsx';
import { AnewCard } from './trust-anew.tsx';

const holders = { stored: 'this server, sealed', command: 'the signer command', offline: 'people, offline' } as const;

/** GET /settings/trust: the signed repository, its keys, and how to change them. */
export async function showTrust(c: C): Promise<Response> {
  const status = await loadTrustStatus(c.get('ctx'));
  if (isRefusal(status)) return answerRefusal(c, status);
  return html(c, await trustPage(c, status, freshForm()));
}

async function trustPage(c: C, status: TrustStatus, form: FormState): Promise<VNode> {
  const draft = status.draft === null ? undefined : await exportRootDraft(c.get('ctx'));
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Signed packages"
      lede="Metadata by The Update Framework proves that a package is ours, also on a machine without a network."
      tabs={<SettingsTabs here="/settings/trust" />}
      errors={form.errors}
      styles={['package.css']}
      next={
        draft && !isRefusal(draft)
          ? [{ text: `Root ${draft.version} waits for signatures.`, href: '#draft', label: 'Sign', tone: 'attention' }]
          : []
      }
    >
      <Columns weight="main-side">
        <div>
          {draft && !isRefusal(draft) ? <DraftCard draft={draft} form={form} /> : null}
          <Card title="Keys" flush>
            <DataTable
              caption="Keys in use"
              columns={[
                { key: 'role', title: 'Role', cell: (row) => row.role, rowHeader: true },
                { key: 'key', title: 'Key', cell: (row) => <Identifier>{row.keyId.slice(0, 16)}</Identifier> },
                { key: 'holder', title: 'Kept by', cell: (row) => holders[row.holder] },
                { key: 'since', title: 'Since', cell: (row) => <Moment at={row.createdAt} />, nowrap: true },
              ]}
              rows={status.keys}
              rowKey={(row) => row.keyId}
              empty={{ title: 'No keys yet', text: 'They are made when the first package is released.' }}
            />
          </Card>
          {status.keys.length > 0 && status.draft === null ? <ChangeCard status={status} form={form} /> : null}
        </div>
        <div>
          <Card title="Published" flush>
            <DataTable
              caption="Newest versions"
              columns={[
                { key: 'role', title: 'Role', cell: (row) => row.role, rowHeader: true },
                { key: 'version', title: 'Version', cell: (row) => row.version, align: 'number' },
                {
                  key: 'ends',
                  title: 'Ends',
                  cell: (row) => <Day value={row.expiresAt.toISOString().slice(0, 10)} />,
                  nowrap: true,
                },
              ]}
              rows={status.roles}
              rowKey={(row) => row.role}
              empty={{ title: 'Nothing yet', text: 'Release a package.' }}
            />
          </Card>
          <ProductKeyCard status={status} form={form} />
          {status.keys.length > 0 ? <AnewCard form={form} /> : null}
        </div>
      </Columns>
    </DeskPage>
  );
}

/** A next root that waits: what is signed on the machine without a network, and where its signatures come back. */
function DraftCard({ draft, form }: { draft: RootToSign; form: FormState }): VNode {
  return (
    <Card title={`Root ${draft.version} waits for signatures`} id="draft">
      <p>
        Take the file to the machine that has a key, sign its bytes as they are (ed25519), and bring the signature back
        as hexadecimal digits. docs/keys.md has the commands.
      </p>
      <p>
        <LinkButton href="/settings/trust/root-to-sign" icon="download">
          {`root-${draft.version}-to-sign.bin`}
        </LinkButton>{' '}
        SHA-256 <Identifier>{draft.sha256}</Identifier>
      </p>
      <ul class="ff-plain-list">
        {draft.missing.map((key) => (
          <li key={key.keyId}>
            <Identifier>{key.keyId}</Identifier> <Badge tone="amber">may sign</Badge>
          </li>
        ))}
      </ul>
      <Form action="/settings/trust">
        <HiddenInput name="do" value="signatures" />
        <TextArea
          form={form}
          name="signatures"
          label="Signatures"
          hint="One a line: key, blank, signature."
          rows={3}
          required
        />
        <SubmitButton>Give the signatures</SubmitButton>
      </Form>
      <Form action="/settings/trust">
        <HiddenInput name="do" value="discard" />
        <SubmitButton tone="quiet">Discard this root</SubmitButton>
      </Form>
    </Card>
  );
}

function ChangeCard({ status, form }: { status: TrustStatus; form: FormState }): VNode {
  const own = status.keys.filter((key) => topRoles.some((role) => role === key.role));
  return (
    <Card title="Change the keys of a role" id="change">
      <p class="ff-hint">
        Makes the next root. A root needs {status.threshold} signatures of root keys; if they are not all at hand here,
        it waits for those made elsewhere.
      </p>
      <Form action="/settings/trust">
        <HiddenInput name="do" value="change" />
        <Select
          form={form}
          name="role"
          label="Role"
          required
          options={topRoles.map((role) => ({ value: role, label: role }))}
        />
        <CheckboxGroup
          form={form}
          name="retire"
          label="Keys that go"
          options={own.map((key) => ({ value: key.keyId, label: `${key.role}: ${key.keyId.slice(0, 16)}` }))}
        />
        <TextInput form={form} name="make" label="New keys made here" type="number" width={4} value={1} />
        <TextArea
          form={form}
          name="offline"
          label="Public keys kept offline"
          hint="Only for root. 64 hexadecimal digits each, one a line."
          rows={2}
        />
        <TextInput form={form} name="threshold" label="Signatures needed, if that changes" type="number" width={4} />
        <TextInput form={form} name="reason" label="Why" required />
        <SubmitButton>Make the next root</SubmitButton>
      </Form>
    </Card>
  );
}

function ProductKeyCard({ status, form }: { status: TrustStatus; form: FormState }): VNode | null {
  const roles = [...new Set(status.keys.map((key) => key.role))].filter((role) => role.startsWith('product-'));
  if (roles.length === 0) return null;
  return (
    <Card title="New key for a product">
      <Form action="/settings/trust">
        <HiddenInput name="do" value="product" />
        <Select
          form={form}
          name="productRole"
          label="Product"
          options={roles.map((role) => ({ value: role, label: role.replace(/^product-/, '') }))}
        />
        <TextInput form={form} name="productReason" label="Why" required />
        <SubmitButton tone="secondary">Give it a new key</SubmitButton>
      </Form>
    </Card>
  );
}

/** GET /settings/trust/root-to-sign: exactly the bytes a signature covers; without a draft, back to the keys. */
export async function getRootToSign(c: C): Promise<Response> {
  const draft = await exportRootDraft(c.get('ctx'));
  if (isRefusal(draft)) return seeOther(c, '/settings/trust');
  return fileAnswer(Buffer.from(draft.bytes, 'base64'), { name: `root-${draft.version}-to-sign.bin` });
}

/** POST /settings/trust: by the button pressed. */
export async function postTrust(c: C): Promise<Response> {
  const ctx = c.get('ctx');
  const body = await readForm(c);
  const again = async (errors: FormState['errors'], status = 422): Promise<Response> => {
    const now = await loadTrustStatus(ctx);
    if (isRefusal(now)) return answerRefusal(c, now);
    return html(c, await trustPage(c, now, refusedForm(body, errors)), status as 422);
  };
  const outcome = (result: object | Refusal, text: string, nameOf: (field: string) => string = (field) => field) => {
    if (isRefusal(result)) {
      const error = refusalError(result);
      return again([{ ...error, field: nameOf(error.field) }], statusOf(result));
    }
    setFlash(c, { tone: 'done', text });
    return seeOther(c, '/settings/trust');
  };
  switch (fieldText(body, 'do')) {
    case 'discard':
      return outcome(await discardRootDraft(ctx), 'The root that waited is discarded.');
    case 'signatures': {
      const input = importSignaturesInput.safeParse({ signatures: readSignatures(body) });
      if (!input.success) return again(errorsFromZod(input.error, () => 'signatures'));
      return outcome(await importRootSignatures(ctx, input.data), 'The signatures are right.');
    }
    case 'product': {
      const name = (field: string) => (field === 'role' ? 'productRole' : 'productReason');
      const input = rotateProductKeyInput.safeParse({
        role: fieldText(body, 'productRole'),
        reason: fieldText(body, 'productReason'),
      });
      if (!input.success) return again(errorsFromZod(input.error, name));
      return outcome(
        await rotateProductKey(ctx, input.data),
        'The product signs with a new key within a minute.',
        name,
      );
    }
    case 'anew': {
      const name = (field: string) => (field === 'reason' ? 'anewReason' : field);
      const input = startTrustAnewInput.safeParse({
        rootSha256: fieldText(body, 'rootSha256'),
        reason: fieldText(body, 'anewReason'),
      });
      if (!input.success) return again(errorsFromZod(input.error, name));
      return outcome(await startTrustAnew(ctx, input.data), 'Another repository begins within a minute.', name);
    }
    default: {
      const lines = (text: string) => text.split(/\s+/).filter(Boolean);
      const threshold = fieldText(body, 'threshold').trim();
      const input = changeRootInput.safeParse({
        role: fieldText(body, 'role'),
        retire: fieldList(body, 'retire'),
        make: Number(fieldText(body, 'make') || '0'),
        offline: lines(fieldText(body, 'offline')),
        ...(threshold === '' ? {} : { threshold: Number(threshold) }),
        reason: fieldText(body, 'reason'),
      });
      if (!input.success) return again(errorsFromZod(input.error, (path) => path.split('.')[0] ?? path));
      const result = await changeRoot(ctx, input.data);
      const done = isRefusal(result)
        ? ''
        : result.state === 'published'
          ? `Root ${result.version} is published.`
          : `Root ${result.version} waits for signatures.`;
      return outcome(result, done);
    }
  }
}

function readSignatures(body: FormBody): { keyId: string; signature: string }[] {
  return fieldText(body, 'signatures')
    .split('\n')
    .map((line) => line.trim().split(/[\s:,]+/))
    .filter(([keyId]) => keyId)
    .map(([keyId = '', signature = '']) => ({ keyId, signature }));
}
