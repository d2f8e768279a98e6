import type { VNode } from 'preact';
import { applyImport, cancelCheck, discardImport, progressOf, proposeFor } from '../../../app/imports.ts';
import { type ImportDetail, readImportDetail } from '../../../app/queries/imports.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalText, statusOf } from '../../refusal.tsx';
import { ButtonRow, Form, HiddenInput, LinkButton, SubmitButton } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import type { FormState } from '../../ui/form.ts';
import { DeskPage, type DeskPageProps, MessagePage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Identifier, KeyValue } from '../../ui/parts.tsx';
import { Figure, Figures, StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { shellOf } from '../shell.ts';
import { MappingPart, mappingForm } from './mapping.tsx';
import { kindWords } from './words.ts';

/** Seconds after which a page that waits for a job looks again. */
const LOOK_AGAIN = 2;

/** GET /imports/:id and, to choose the columns anew, /imports/:id/mapping */
export async function showImport(c: C): Promise<Response> {
  return html(c, await importPage(c, idParam(c, 'id') ?? 0, { mapping: c.req.path.endsWith('/mapping') }));
}

/** The page of one import: what its state asks for comes first. */
export async function importPage(
  c: C,
  id: number,
  options: { form?: FormState; mapping?: boolean } = {},
): Promise<VNode> {
  const ctx = c.get('ctx');
  const detail = await readImportDetail(ctx.db, id);
  if (!detail)
    return (
      <MessagePage
        title="Not found"
        text={refusalText(refuse('import.unknown', { id }))}
        href="/imports"
        label="To the imports"
      />
    );
  const words = kindWords[detail.kind];
  const maps =
    detail.state === 'uploaded' || (options.mapping === true && ['checked', 'failed'].includes(detail.state));
  const waits = detail.state === 'checking' || detail.state === 'applying';
  const props: Omit<DeskPageProps, 'children'> = {
    shell: await shellOf(c),
    title: detail.file,
    lede: `${words.many}, uploaded by ${detail.made_by}`,
    crumbs: [{ href: '/imports', label: 'Imports' }],
    state: <StateBadge kind="import" state={detail.state} />,
    next: nextOf(detail),
    ...(options.form ? { errors: options.form.errors } : {}),
    ...(waits ? { refreshSeconds: LOOK_AGAIN } : {}),
  };
  if (maps) {
    const proposal = await proposeFor(ctx.db, detail.kind, detail.found);
    return (
      <DeskPage {...props}>
        <MappingPart detail={detail} proposal={proposal} form={options.form ?? mappingForm(detail, proposal)} />
        <AboutPart detail={detail} />
        <DiscardPart detail={detail} />
      </DeskPage>
    );
  }
  return (
    <DeskPage {...props}>
      {detail.problem ? (
        <Alert
          tone={detail.state === 'failed' ? 'danger' : 'attention'}
          title={detail.state === 'failed' ? 'It cannot be imported' : 'Checked again'}
        >
          {refusalText({ refusal: true, ...detail.problem })}
        </Alert>
      ) : null}
      {waits ? <ProgressPart detail={detail} /> : <CountsPart detail={detail} />}
      {detail.state === 'checked' ? (
        <DecisionPart detail={detail} mayApply={allows(ctx.actor, 'import.apply')} />
      ) : null}
      <AboutPart detail={detail} />
      <DiscardPart detail={detail} />
    </DeskPage>
  );
}

function nextOf(detail: ImportDetail): NonNullable<DeskPageProps['next']> {
  const { id, kind, rows_rejected: rejected } = detail;
  const words = kindWords[kind];
  switch (detail.state) {
    case 'checked':
      return rejected === 0
        ? []
        : [
            {
              text: `${refusedRows(rejected)}, each with its reason`,
              href: `/imports/${id}/rejected`,
              label: 'Look at them',
              tone: 'attention',
            },
          ];
    case 'applied':
      return [{ text: words.next.text, href: words.next.href, label: words.next.label, tone: 'do' }];
    case 'failed':
      return [
        {
          text: 'Mend the file and upload it again',
          href: `/imports/new?kind=${kind}`,
          label: 'Import a file',
          tone: 'do',
        },
      ];
    default:
      return [];
  }
}

function refusedRows(count: number): string {
  return count === 1 ? 'One row is refused' : `${formatCount(count)} rows are refused`;
}

function ProgressPart({ detail }: { detail: ImportDetail }): VNode {
  const seen = progressOf(detail.id)?.seen ?? (detail.state === 'applying' ? 0 : detail.rows_seen);
  const total = detail.rows_created + detail.rows_changed + detail.rows_same + detail.rows_rejected;
  const checking = detail.state === 'checking';
  return (
    <Card title={checking ? 'Checking every row' : 'Applying'}>
      <p aria-live="polite">
        {checking
          ? `${formatCount(seen)} rows looked at so far. Nothing is changed by this.`
          : `${formatCount(seen)} of ${formatCount(Math.max(total, seen))} rows. It is all done or nothing: until the last row nobody sees a change.`}
      </p>
      <p>This page looks again by itself. You may leave it; the work goes on.</p>
      {checking ? (
        <Form action={`/imports/${detail.id}/cancel`}>
          <SubmitButton tone="secondary">Stop the check</SubmitButton>
        </Form>
      ) : null}
    </Card>
  );
}

function CountsPart({ detail }: { detail: ImportDetail }): VNode | null {
  if (detail.checked_at === null || detail.state === 'discarded') return null;
  const here = `/imports/${detail.id}`;
  const done = detail.state === 'applied';
  return (
    <Figures>
      <Figure
        value={formatCount(detail.rows_created)}
        label={done ? 'new' : 'would be new'}
        href={`${here}/changes?verdict=create`}
      />
      <Figure
        value={formatCount(detail.rows_changed)}
        label={done ? 'changed' : 'would change'}
        href={`${here}/changes?verdict=change`}
      />
      <Figure value={formatCount(detail.rows_same)} label="already the same" href={kindWords[detail.kind].list} />
      <Figure
        value={formatCount(detail.rows_rejected)}
        label={done ? 'left out' : 'refused'}
        href={`${here}/rejected`}
        {...(detail.rows_rejected > 0 ? { tone: 'amber' as const } : {})}
      />
    </Figures>
  );
}

function DecisionPart({ detail, mayApply }: { detail: ImportDetail; mayApply: boolean }): VNode {
  const { id, rows_created: created, rows_changed: changed, rows_rejected: rejected } = detail;
  const valid = created + changed;
  if (valid === 0 && rejected === 0)
    return (
      <Alert tone="done" title="Nothing to do">
        Everything in this file is already known, exactly as it stands there.
      </Alert>
    );
  if (!mayApply)
    return <Alert tone="note">Somebody of quality, regulatory affairs or an administrator applies it.</Alert>;
  const apply = (mode: 'all' | 'valid', text: string, tone: 'primary' | 'secondary'): VNode => (
    <Form action={`/imports/${id}/apply`}>
      <HiddenInput name="mode" value={mode} />
      <SubmitButton tone={tone} icon="check">
        {text}
      </SubmitButton>
    </Form>
  );
  return (
    <Card title={rejected === 0 ? 'Apply it' : 'What shall become of it?'}>
      {detail.mapping_kept ? (
        <p>
          The columns were mapped as for an earlier file with the same headings.{' '}
          <a href={`/imports/${id}/mapping`}>Look at the mapping</a>
        </p>
      ) : (
        <p>
          <a href={`/imports/${id}/mapping`}>Change the mapping</a>
        </p>
      )}
      {rejected === 0 ? (
        apply('all', `Apply all ${formatCount(valid)} rows`, 'primary')
      ) : (
        <>
          <p>
            {`${refusedRows(rejected)}. Best mend ${rejected === 1 ? 'it' : 'them'}: `}
            <a href={`/imports/${id}/rejected?format=xlsx`}>download {rejected === 1 ? 'it' : 'them'} as XLSX</a>
            {' or '}
            <a href={`/imports/${id}/rejected?format=csv`}>as CSV</a>
            {
              ', with the reason and the mend of each, and import the whole file again. What is already known then stays as it is.'
            }
          </p>
          <ButtonRow>
            <LinkButton href={`/imports/new?kind=${detail.kind}`} tone="primary" icon="upload">
              Upload the mended file
            </LinkButton>
            {valid > 0
              ? apply(
                  'valid',
                  `Apply the ${formatCount(valid)} valid ${valid === 1 ? 'row' : 'rows'} only`,
                  'secondary',
                )
              : null}
          </ButtonRow>
        </>
      )}
    </Card>
  );
}

function AboutPart({ detail }: { detail: ImportDetail }): VNode {
  return (
    <Card title="About this import">
      <KeyValue
        rows={[
          { label: 'Number', value: detail.id },
          { label: 'File', value: `${detail.file}, ${formatCount(detail.size)} bytes` },
          { label: 'SHA-256', value: <Identifier>{detail.sha256}</Identifier> },
          {
            label: 'Uploaded',
            value: (
              <>
                <Moment at={detail.created_at} /> by {detail.made_by}
              </>
            ),
          },
          detail.checked_at !== null && { label: 'Checked', value: <Moment at={detail.checked_at} /> },
          detail.applied_at !== null && {
            label: 'Applied',
            value: (
              <>
                <Moment at={detail.applied_at} /> by {detail.applied_by}
                {detail.mode === 'valid' ? ', valid rows only' : ''}
              </>
            ),
          },
        ]}
      />
    </Card>
  );
}

function DiscardPart({ detail }: { detail: ImportDetail }): VNode | null {
  if (!['uploaded', 'checked', 'failed'].includes(detail.state)) return null;
  return (
    <Form action={`/imports/${detail.id}/discard`}>
      <SubmitButton tone="quiet" icon="trash">
        Discard this import
      </SubmitButton>
    </Form>
  );
}

/** POST /imports/:id/apply */
export async function postApply(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const mode = fieldText(await readForm(c), 'mode') === 'valid' ? 'valid' : 'all';
  const result = await applyImport(c.get('ctx'), { id, mode });
  if (isRefusal(result)) return answerRefusal(c, result, `/imports/${id}`);
  return seeOther(c, `/imports/${id}`);
}

/** POST /imports/:id/cancel */
export async function postCancel(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await cancelCheck(c.get('ctx'), { id });
  // Whoever was too late finds the check done: that is no mistake.
  if (isRefusal(result) && statusOf(result) !== 409) return answerRefusal(c, result, `/imports/${id}`);
  setFlash(
    c,
    isRefusal(result)
      ? { tone: 'note', text: 'The check had already ended.' }
      : { tone: 'done', text: 'The check was stopped. Nothing was changed.' },
  );
  return seeOther(c, `/imports/${id}`);
}

/** POST /imports/:id/discard */
export async function postDiscard(c: C): Promise<Response> {
  const id = idParam(c, 'id') ?? 0;
  const result = await discardImport(c.get('ctx'), { id });
  if (isRefusal(result)) return answerRefusal(c, result, `/imports/${id}`);
  setFlash(c, { tone: 'done', text: `Import ${id} was discarded. Nothing was changed.` });
  return seeOther(c, '/imports');
}
