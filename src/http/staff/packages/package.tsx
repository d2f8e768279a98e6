import type { VNode } from 'preact';
import { loadPackage, type PackageDetail } from '../../../app/queries/packages.ts';
import { allows } from '../../../domain/permission.ts';
import { refuse } from '../../../domain/refusal.ts';
import { type C, idParam } from '../../context.ts';
import { fileSize } from '../../portal/patch/words.tsx';
import { answerRefusal } from '../../refusal.tsx';
import { LinkButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import type { FormState } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { signerMeans } from '../account/signature-fields.tsx';
import { SignaturesCard } from '../account/signatures-card.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { DescriptionCard } from './description-card.tsx';
import { FileCard } from './file-card.tsx';
import { SignCards } from './sign-card.tsx';
import { WithdrawCard } from './withdraw-card.tsx';

/** The forms of the page that came back; at most one has errors. */
export interface PackageForms {
  file?: FormState;
  description?: FormState;
  sign?: FormState;
  withdraw?: FormState;
}

/** Runs a page of one package, or says that there is none. */
export async function withPackage(c: C, page: (row: PackageDetail) => Promise<Response>): Promise<Response> {
  const id = idParam(c, 'id');
  const row = id === undefined ? undefined : await loadPackage(c.get('ctx').db, id);
  return row ? page(row) : answerRefusal(c, refuse('package.unknown', { id: c.req.param('id') ?? '' }), '/actions');
}

/** GET /packages/:id */
export function showPackage(c: C): Promise<Response> {
  return withPackage(c, async (row) => html(c, await packagePage(c, row, {})));
}

export async function packagePage(c: C, row: PackageDetail, forms: PackageForms): Promise<VNode> {
  const ctx = c.get('ctx');
  const upload = row.uploadId
    ? await ctx.db.selectFrom('package_upload').selectAll().where('id', '=', row.uploadId).executeTakeFirst()
    : undefined;
  const signatures = await ctx.db
    .selectFrom('signature')
    .selectAll()
    .where('subject_kind', '=', 'package')
    .where('subject_id', '=', String(row.id))
    .orderBy('id', 'desc')
    .execute();
  const products = await ctx.db
    .selectFrom('product as p')
    .innerJoin('environment as e', 'e.product_id', 'p.id')
    .innerJoin('action_environment as ae', 'ae.environment_id', 'e.id')
    .select(['p.code', 'e.code as environment'])
    .where('ae.action_id', '=', row.actionId)
    .orderBy('p.code')
    .orderBy('e.position')
    .execute();
  const mayChange = allows(ctx.actor, 'package.change');
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={row.fileName}
      state={<StateBadge kind="package" state={row.state} />}
      lede={`Version ${row.version} of ${row.remedy}`}
      crumbs={[
        ...actionCrumbs({ id: row.actionId, reference: row.reference }),
        { href: `/actions/${row.actionId}/packages`, label: 'Packages' },
      ]}
      tabs={<ActionTabs actionId={row.actionId} here="/packages" />}
      errors={Object.values(forms).flatMap((form: FormState | undefined) => form?.errors ?? [])}
      next={nextSteps(row)}
      scripts={['package-upload.js', 'simplewebauthn.js', 'passkey.js']}
      styles={['package.css']}
      actions={
        <LinkButton href={`/packages/${row.id}/downloads?state=has`} icon="users">
          Who has it
        </LinkButton>
      }
    >
      {row.state === 'withdrawn' ? (
        <Alert tone="danger" title="Withdrawn">
          <p>
            {row.withdrawnReason} {row.withdrawnAt ? <Moment at={row.withdrawnAt} /> : null}
          </p>
        </Alert>
      ) : null}
      <Columns weight="main-side">
        <div>
          <FileCard row={row} upload={upload} form={forms.file} mayChange={mayChange} />
          <DescriptionCard row={row} products={products} form={forms.description} mayChange={mayChange} />
          <SignCards c={c} row={row} signatures={signatures} form={forms.sign} means={await signerMeans(c)} />
        </div>
        <div>
          <Card title="About">
            <KeyValue
              rows={[
                { label: 'Size', value: row.size === null ? 'no file yet' : fileSize(row.size, 'en-GB') },
                { label: 'What is signed', value: <Identifier>{row.contentHash.slice(0, 16)}</Identifier> },
                { label: 'Made', value: <Moment at={row.createdAt} /> },
                row.releasedAt !== null && { label: 'Released', value: <Moment at={row.releasedAt} /> },
                {
                  label: 'Contacts who have it',
                  value: formatCount(row.holders),
                  href: `/packages/${row.id}/downloads?state=has`,
                },
                { label: 'Downloads a contact may finish', value: row.mostDownloads },
              ]}
            />
          </Card>
          <SignaturesCard signatures={signatures} />
          <WithdrawCard c={c} row={row} form={forms.withdraw} />
        </div>
      </Columns>
    </DeskPage>
  );
}

function nextSteps(row: PackageDetail): NextStep[] {
  if (row.state === 'withdrawn')
    return [
      {
        text: 'A package that is right is a new version.',
        href: `/actions/${row.actionId}/packages#add`,
        label: 'Name it',
      },
    ];
  if (row.state === 'released') return [];
  if (!row.hasFile) return [{ text: 'Upload the file.', href: '#file', label: 'Upload' }];
  return [
    {
      text: 'Two people sign: one for Quality, one for Regulatory affairs. Then it is released.',
      href: '#sign',
      label: 'Sign',
    },
  ];
}
