import type { VNode } from 'preact';
import {
  permitDownloads,
  permitDownloadsInput,
  withdrawPermission,
  withdrawPermissionInput,
} from '../../../app/downloads.ts';
import { addPackage, addPackageInput } from '../../../app/packages.ts';
import { loadDownloadFigures } from '../../../app/queries/downloads.ts';
import { loadPackages, loadPermissions } from '../../../app/queries/packages.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { fileSize } from '../../portal/patch/words.tsx';
import { refusalError, refusalText, statusOf } from '../../refusal.tsx';
import { Form, HiddenInput, LinkButton, Select, SubmitButton, TextInput } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { errorsFromZod, type FormState, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Badge, StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';

/** GET /actions/:id/packages */
export function showPackages(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await packagesPage(c, action, {})));
}

interface Forms {
  add?: FormState;
  permit?: FormState;
}

async function packagesPage(c: C, action: ActionRow, forms: Forms): Promise<VNode> {
  const ctx = c.get('ctx');
  const packages = await loadPackages(ctx.db, action.id);
  const figures = await loadDownloadFigures(ctx.db, action.id);
  const remedies = await ctx.db
    .selectFrom('remedy')
    .select(['id', 'name', 'status'])
    .where('action_id', '=', action.id)
    .where('status', '<>', 'withdrawn')
    .orderBy('position')
    .execute();
  const mayChange = allows(ctx.actor, 'package.change');
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Packages"
      lede="The files that correct units: uploaded, released by two people, given to those who are entitled."
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/packages" />}
      errors={[...(forms.add?.errors ?? []), ...(forms.permit?.errors ?? [])]}
      actions={
        <LinkButton href={`/public/${encodeURIComponent(action.reference)}`} icon="eye">
          Public page
        </LinkButton>
      }
    >
      <Columns weight="main-side">
        <div>
          <Card title="Packages" flush>
            <DataTable
              caption="Packages of this action"
              columns={[
                {
                  key: 'file',
                  title: 'File',
                  cell: (row) => <Identifier>{row.fileName}</Identifier>,
                  rowHeader: true,
                },
                { key: 'version', title: 'Version', cell: (row) => row.version },
                { key: 'remedy', title: 'Remedy', cell: (row) => row.remedy },
                {
                  key: 'size',
                  title: 'Size',
                  cell: (row) => (row.size === null ? 'no file yet' : fileSize(row.size, 'en-GB')),
                  nowrap: true,
                },
                {
                  key: 'state',
                  title: 'State',
                  cell: (row) => (
                    <>
                      <StateBadge kind="package" state={row.state} />
                      {row.state === 'draft' && row.signatures > 0 ? ` ${row.signatures} of 2 signatures` : ''}
                    </>
                  ),
                },
                {
                  key: 'holders',
                  title: 'Who has it',
                  cell: (row) => <a href={`/packages/${row.id}/downloads?state=has`}>{formatCount(row.holders)}</a>,
                  align: 'number',
                },
              ]}
              rows={packages}
              rowKey={(row) => String(row.id)}
              rowHref={(row) => `/packages/${row.id}`}
              empty={{ title: 'No package yet', text: 'Name the first one here beside; its file is uploaded next.' }}
            />
          </Card>
          <Permissions c={c} action={action} rows={await loadPermissions(ctx.db, action.id)} form={forms.permit} />
        </div>
        <div>
          <Card title="Downloads" action={<a href={`/actions/${action.id}/downloads`}>All</a>}>
            <KeyValue
              rows={[
                {
                  label: 'Parties that have a file',
                  value: formatCount(figures.parties),
                  href: `/actions/${action.id}/downloads?state=has`,
                },
                {
                  label: 'Finished',
                  value: formatCount(figures.finished),
                  href: `/actions/${action.id}/downloads?state=finished`,
                },
                { label: 'Granted', value: formatCount(figures.granted), href: `/actions/${action.id}/downloads` },
                {
                  label: 'Refused',
                  value: formatCount(figures.refused),
                  href: `/actions/${action.id}/history?q=download.refuse`,
                },
              ]}
            />
          </Card>
          {mayChange && remedies.length > 0 ? (
            <Card title="Name a package" id="add">
              <Form action={`/actions/${action.id}/packages`}>
                <Select
                  form={forms.add}
                  name="remedy"
                  label="Remedy"
                  options={remedies.map((row) => ({ value: String(row.id), label: row.name }))}
                />
                <TextInput form={forms.add} name="version" label="Version" width={12} identifier required />
                <TextInput
                  form={forms.add}
                  name="fileName"
                  label="Name of the file"
                  hint="As readers will save it, e.g. patch-1.0.msi"
                  identifier
                  required
                />
                <TextInput
                  form={forms.add}
                  name="sha256"
                  label="Its SHA-256, if you know it"
                  hint="The upload is held against it."
                  identifier
                />
                <SubmitButton>Add the package</SubmitButton>
              </Form>
            </Card>
          ) : null}
        </div>
      </Columns>
    </DeskPage>
  );
}

type Permission = Awaited<ReturnType<typeof loadPermissions>>[number];

/** Parties without an affected unit who may download all the same. */
function Permissions(props: { c: C; action: ActionRow; rows: Permission[]; form?: FormState | undefined }): VNode {
  const { c, action, rows, form } = props;
  const may = allows(c.get('ctx').actor, 'download.permit');
  return (
    <Card title="Permitted without an affected unit" id="permit">
      <p class="ff-hint">
        Owners of affected units and authorities need no permission. A distributor who installs for its customers does.
      </p>
      {rows.length > 0 ? (
        <ul class="ff-plain-list">
          {rows.map((row) => (
            <li key={row.id}>
              <a href={`/parties/${row.party_id}`}>{row.party}</a>: {row.reason} ({row.by_name},{' '}
              <Moment at={row.given_at} />){' '}
              {row.withdrawn_at ? (
                <Badge tone="grey">{`taken back: ${row.withdrawn_reason}`}</Badge>
              ) : may ? (
                <Form action={`/download-permissions/${row.id}/withdraw`} class="ff-inline-form">
                  <HiddenInput name="back" value={`/actions/${action.id}/packages`} />
                  <TextInput name="reason" label={`Why ${row.party} may not any more`} labelHidden placeholder="Why" />
                  <SubmitButton tone="secondary" small>
                    Take back
                  </SubmitButton>
                </Form>
              ) : null}
            </li>
          ))}
        </ul>
      ) : (
        <p>Nobody yet.</p>
      )}
      {may ? (
        <Form action={`/actions/${action.id}/download-permissions`}>
          <TextInput form={form} name="party" label="Number of the party" width={20} identifier required />
          <TextInput form={form} name="permitReason" label="Why it may have the file" required />
          <SubmitButton tone="secondary">Permit</SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

/** POST /actions/:id/packages */
export function postPackage(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const input = addPackageInput.safeParse({
      version: fieldText(body, 'version'),
      fileName: fieldText(body, 'fileName'),
      sha256: fieldText(body, 'sha256').trim().toLowerCase(),
    });
    const again = async (errors: FormState['errors'], status: 403 | 404 | 409 | 422 | 429 | 401 = 422) =>
      html(c, await packagesPage(c, action, { add: refusedForm(body, errors) }), status);
    if (!input.success) return again(errorsFromZod(input.error));
    const result = await addPackage(c.get('ctx'), Number(fieldText(body, 'remedy')) || 0, input.data);
    if (isRefusal(result)) return again([refusalError(result)], statusOf(result));
    setFlash(c, { tone: 'done', text: 'The package is there, in draft. Upload its file.' });
    return seeOther(c, `/packages/${result.id}`);
  });
}

/** POST /actions/:id/download-permissions: the party by the number people know it by. */
export function postPermission(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const ctx = c.get('ctx');
    const body: FormBody = await readForm(c);
    const again = async (errors: FormState['errors']) =>
      html(c, await packagesPage(c, action, { permit: refusedForm(body, errors) }), 422);
    const ref = fieldText(body, 'party').trim();
    const party = await ctx.db.selectFrom('party').select(['id', 'name']).where('ref', '=', ref).executeTakeFirst();
    if (!party)
      return again([{ field: 'party', message: 'There is no party with this number. The list of parties has them.' }]);
    const input = permitDownloadsInput.safeParse({ partyId: party.id, reason: fieldText(body, 'permitReason') });
    if (!input.success) return again(errorsFromZod(input.error, (path) => (path === 'reason' ? 'permitReason' : path)));
    const result = await permitDownloads(ctx, action.id, input.data);
    if (isRefusal(result)) return again([{ ...refusalError(result), field: 'party' }]);
    setFlash(c, { tone: 'done', text: `${party.name} may download now.` });
    return seeOther(c, `/actions/${action.id}/packages#permit`);
  });
}

/** POST /download-permissions/:id/withdraw */
export async function postPermissionWithdrawal(c: C): Promise<Response> {
  const body = await readForm(c);
  const input = withdrawPermissionInput.safeParse({ reason: fieldText(body, 'reason') });
  const result = input.success ? await withdrawPermission(c.get('ctx'), idParam(c, 'id') ?? 0, input.data) : undefined;
  setFlash(
    c,
    !result
      ? { tone: 'attention', text: 'Write why, so that the party can be told.' }
      : isRefusal(result)
        ? { tone: 'attention', text: refusalText(result) }
        : { tone: 'done', text: 'Taken back. What runs stops within seconds.' },
  );
  return seeOther(c, fieldText(body, 'back') || '/actions');
}
