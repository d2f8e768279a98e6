import type { VNode } from 'preact';
import { checkNotice } from '../../../app/notice-checks.ts';
import { loadNoticeFacts } from '../../../app/notice-facts.ts';
import {
  type ApprovalRole,
  approvalRoles,
  approveNotice,
  approveNoticeInput,
  createNotice,
  moveNotice,
} from '../../../app/notices.ts';
import { type NoticeDocument, noticeDocumentSchema, noticeLanguages } from '../../../domain/notice.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, idParam, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { languageName } from '../../translate.ts';
import { Form, HiddenInput, LinkButton, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { DataTable } from '../../ui/table.tsx';
import { Moment } from '../../ui/time.tsx';
import { readCredential, SignatureFields, signerMeans } from '../account/signature-fields.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { FindingList } from '../actions/findings.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { FormCard, loadFormVersion } from './form.tsx';
import { emptyNotice } from './template.ts';

/** The newest version of an action's notice. */
export async function newestNotice(c: C, actionId: number) {
  return c
    .get('ctx')
    .db.selectFrom('notice')
    .selectAll()
    .where('action_id', '=', actionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
}
export type NoticeRow = NonNullable<Awaited<ReturnType<typeof newestNotice>>>;

/** A notice with its action by the id in the path. */
export async function withNotice(
  c: C,
  page: (notice: NoticeRow, action: ActionRow) => Promise<Response>,
): Promise<Response> {
  const { db } = c.get('ctx');
  const id = idParam(c, 'id');
  const notice =
    id === undefined ? undefined : await db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirst();
  if (!notice) return answerRefusal(c, refuse('notice.unknown', { id: c.req.param('id') ?? '' }), '/actions');
  const action = await db.selectFrom('action').selectAll().where('id', '=', notice.action_id).executeTakeFirstOrThrow();
  return page(notice, action);
}

/** GET /actions/:id/notice */
export async function showNotice(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const notice = await newestNotice(c, action.id);
    return html(c, notice ? await noticePage(c, action, notice, freshForm()) : await emptyPage(c, action, freshForm()));
  });
}

async function emptyPage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  return (
    <DeskPage
      shell={await shellOf(c)}
      title="Notice"
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/notice" />}
      errors={form.errors}
      width="narrow"
    >
      <Card title="Write the notice">
        <p>
          One source becomes letters, mails and pages in every language and for every audience. It starts with the
          sections of a letter, in English.
        </p>
        <Form action={`/actions/${action.id}/notice`}>
          <TextInput form={form} name="number" label="Document control number" required width={20} identifier />
          <SubmitButton tone="primary">Start the notice</SubmitButton>
        </Form>
      </Card>
    </DeskPage>
  );
}

/** POST /actions/:id/notice: the first version, or the next one with the text of the released one. */
export async function postNotice(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const number = fieldText(body, 'number').trim();
    if (number === '') {
      return html(
        c,
        await emptyPage(
          c,
          action,
          refusedForm(body, [{ field: 'number', message: 'Write the document control number, e.g. M-AMR-00496.' }]),
        ),
        422,
      );
    }
    const last = await newestNotice(c, action.id);
    const document: NoticeDocument = last ? noticeDocumentSchema.parse(last.document) : emptyNotice(action.title);
    const result = await createNotice(c.get('ctx'), action.id, {
      number,
      kind: last?.state === 'released' ? 'update' : 'new',
      document,
    });
    if (isRefusal(result))
      return html(c, await emptyPage(c, action, refusedForm(body, [refusalError(result)])), statusOf(result));
    setFlash(c, { tone: 'done', text: `Version ${result.version} is a draft now.` });
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}

async function noticePage(c: C, action: ActionRow, notice: NoticeRow, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const document = noticeDocumentSchema.parse(notice.document);
  const findings = await checkNotice(ctx.db, notice.id);
  const signatures = await ctx.db
    .selectFrom('signature')
    .selectAll()
    .where('subject_kind', '=', 'notice')
    .where('subject_id', '=', String(notice.id))
    .orderBy('id', 'desc')
    .execute();
  const versions = await ctx.db
    .selectFrom('notice')
    .select(['id', 'version', 'state', 'number', 'released_at'])
    .where('action_id', '=', action.id)
    .orderBy('version', 'desc')
    .execute();
  const languages = Object.keys(document.texts);
  const open = notice.state === 'draft' || notice.state === 'in-review' || notice.state === 'approved';
  const mayEdit = allows(ctx.actor, 'notice.edit');
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={`Notice ${notice.number}, version ${notice.version}`}
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/notice" />}
      state={<StateBadge kind="notice" state={notice.state} />}
      errors={form.errors}
      next={nextSteps(action, notice)}
      actions={
        <LinkButton href={`/notices/${notice.id}/preview`} tone="secondary" icon="eye">
          Preview
        </LinkButton>
      }
    >
      <Columns weight="main-side">
        <div>
          <Card title="Variants and languages" flush>
            <DataTable
              caption="Variants and languages"
              columns={[
                { key: 'language', title: 'Language', cell: (code) => languageName(code, 'en'), rowHeader: true },
                {
                  key: 'variants',
                  title: 'Preview',
                  cell: (code) => (
                    <ul class="ff-inline-list">
                      {(Object.keys(document.variants) as (keyof NoticeDocument['variants'])[]).map((audience) => (
                        <li key={audience}>
                          {noticeLanguages(document, audience).includes(code) ? (
                            <a href={`/notices/${notice.id}/preview?variant=${audience}&language=${code}`}>
                              {audienceWords[audience]}
                            </a>
                          ) : (
                            <span class="ff-muted">{audienceWords[audience]}: incomplete</span>
                          )}
                        </li>
                      ))}
                    </ul>
                  ),
                },
                {
                  key: 'edit',
                  title: 'Text',
                  cell: (code) =>
                    open && mayEdit ? <a href={`/notices/${notice.id}/edit?language=${code}`}>Edit</a> : 'locked',
                },
              ]}
              rows={languages}
              rowKey={(code) => code}
              empty={{ title: 'No language yet', text: 'Add a language to write in.' }}
            />
          </Card>
          <Card title="Checks">
            <FindingList findings={findings} />
          </Card>
          {notice.state === 'in-review' ? (
            <Approvals c={c} notice={notice} signatures={signatures} form={form} means={await signerMeans(c)} />
          ) : null}
        </div>
        <div>
          <Card title="About">
            <KeyValue
              rows={[
                { label: 'Content', value: <Identifier>{notice.content_hash.slice(0, 16)}</Identifier> },
                { label: 'Changed', value: <Moment at={notice.changed_at} /> },
                notice.released_at !== null && { label: 'Released', value: <Moment at={notice.released_at} /> },
              ]}
            />
            {open && mayEdit ? (
              <div class="ff-buttons">
                {notice.state === 'draft' ? (
                  <Form action={`/notices/${notice.id}/submit`}>
                    <SubmitButton tone="primary">Hand in for review</SubmitButton>
                  </Form>
                ) : (
                  <Form action={`/notices/${notice.id}/withdraw`}>
                    <SubmitButton tone="secondary">Take back to draft</SubmitButton>
                  </Form>
                )}
                <LinkButton href={`/notices/${notice.id}/edit?language=${document.sourceLanguage}`} tone="secondary">
                  Edit the text
                </LinkButton>
              </div>
            ) : null}
          </Card>
          <FormCard actionId={action.id} form={await loadFormVersion(c, action.id)} mayEdit={mayEdit} />
          <Card title="Signatures">
            {signatures.length === 0 ? <p>Nobody has signed this version yet.</p> : null}
            <ul class="ff-plain-list">
              {signatures.map((signature) => (
                <li key={signature.id}>
                  <strong>{signature.staff_name}</strong>, {signature.role}, <Moment at={signature.signed_at} />
                  <br />“{signature.meaning}”
                  {signature.voided_at ? (
                    <Alert tone="attention" title="Void">
                      {signature.voided_reason}
                    </Alert>
                  ) : null}
                </li>
              ))}
            </ul>
          </Card>
          <Card title="Versions">
            <ul class="ff-plain-list">
              {versions.map((version) => (
                <li key={version.id}>
                  <a href={`/notices/${version.id}/preview`}>
                    {version.number}, version {version.version}
                  </a>{' '}
                  <StateBadge kind="notice" state={version.state} />
                </li>
              ))}
            </ul>
            {notice.state === 'released' && mayEdit ? (
              <Form action={`/actions/${action.id}/notice`}>
                <HiddenInput name="number" value={notice.number} />
                <SubmitButton tone="secondary">Write an update notice</SubmitButton>
              </Form>
            ) : null}
          </Card>
          {mayEdit ? (
            <Card title="Send a test">
              <Form action={`/notices/${notice.id}/test`}>
                <TextInput
                  form={form}
                  name="testAddress"
                  label="To"
                  type="email"
                  hint="Marked as a test; its links lead nowhere."
                />
                <SubmitButton tone="secondary">Send the test</SubmitButton>
              </Form>
            </Card>
          ) : null}
        </div>
      </Columns>
    </DeskPage>
  );
}

function nextSteps(action: ActionRow, notice: NoticeRow): NextStep[] {
  if (notice.state === 'draft') return [{ text: 'Mend what the checks found, then hand the notice in for review.' }];
  if (notice.state === 'in-review') return [{ text: 'Two people sign: one for Quality, one for Regulatory affairs.' }];
  if (notice.state === 'approved' && action.stage !== 'released') {
    return [
      {
        text: 'Both have signed. The action can be released.',
        href: `/actions/${action.id}/release`,
        label: 'Release',
      },
    ];
  }
  return [];
}

type ApprovalProps = {
  c: C;
  notice: NoticeRow;
  signatures: { role: string; voided_at: Date | null }[];
  form: FormState;
  means: Awaited<ReturnType<typeof signerMeans>>;
};

function Approvals({ c, notice, signatures, form, means }: ApprovalProps): VNode {
  const actor = c.get('ctx').actor;
  const given = new Set(
    signatures.filter((signature) => signature.voided_at === null).map((signature) => signature.role),
  );
  const words = { quality: 'Quality', regulatory: 'Regulatory affairs' } as const;
  return (
    <>
      {(Object.keys(approvalRoles) as ApprovalRole[])
        .filter((role) => !given.has(role))
        .map((role) => (
          <Card key={role} title={`Approval by ${words[role]}`} id={`approve-${role}`}>
            {allows(actor, `notice.approve.${role}`) ? (
              <Form action={`/notices/${notice.id}/approve`}>
                <p>
                  Read every variant and language first: <a href={`/notices/${notice.id}/preview`}>Preview</a>.
                </p>
                <HiddenInput name="as" value={role} />
                <HiddenInput name="contentHash" value={notice.content_hash} />
                <SignatureFields
                  form={form.values.as === role ? form : undefined}
                  means={means}
                  meaning={approvalRoles[role]}
                  subjectKind="notice"
                  subjectId={notice.id}
                  contentHash={notice.content_hash}
                />
                <SubmitButton tone="primary">Sign and approve</SubmitButton>
              </Form>
            ) : (
              <p>Waits for somebody with the role {words[role]}.</p>
            )}
          </Card>
        ))}
    </>
  );
}

/** POST /notices/:id/approve */
export async function postApproval(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const body = await readForm(c);
    const input = approveNoticeInput.safeParse({
      as: fieldText(body, 'as'),
      contentHash: fieldText(body, 'contentHash'),
      credential: readCredential(body),
    });
    if (!input.success) return answerRefusal(c, refuse('notice.changed-meanwhile', {}), `/actions/${action.id}/notice`);
    const result = await approveNotice(c.get('ctx'), notice.id, input.data);
    if (isRefusal(result))
      return html(c, await noticePage(c, action, notice, refusedForm(body, [refusalError(result)])), statusOf(result));
    setFlash(c, {
      tone: 'done',
      text:
        result.state === 'approved'
          ? 'Signed. The notice is approved by both.'
          : 'Signed. The other approval is still missing.',
    });
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}

async function move(c: C, to: 'draft' | 'in-review', done: string): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const result = await moveNotice(c.get('ctx'), notice.id, to);
    setFlash(
      c,
      isRefusal(result) ? { tone: 'attention', text: refusalError(result).message } : { tone: 'done', text: done },
    );
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}

/** POST /notices/:id/submit */
export function postSubmit(c: C): Promise<Response> {
  return move(c, 'in-review', 'The notice is in review.');
}

/** POST /notices/:id/withdraw */
export function postWithdraw(c: C): Promise<Response> {
  return move(c, 'draft', 'The notice is a draft again; what was signed is void.');
}

/** The facts a version prints: as released, else as they are now. */
export async function factsOfNotice(c: C, notice: NoticeRow) {
  const released = notice.released_facts as Awaited<ReturnType<typeof loadNoticeFacts>> | null;
  return released ?? loadNoticeFacts(c.get('ctx').db, notice.action_id, notice.id);
}
