import type { VNode } from 'preact';
import { checkNotice } from '../../../app/notice-checks.ts';
import { countReach } from '../../../app/notice-reach.ts';
import { approveNotice, approveNoticeInput, createNotice, moveNotice } from '../../../app/notices.ts';
import { loadVersions } from '../../../app/queries/holdings.ts';
import { type NoticeDocument, noticeDocumentSchema } from '../../../domain/notice.ts';
import { plainUpdate } from '../../../domain/notice-update.ts';
import { allows } from '../../../domain/permission.ts';
import { isRefusal, refuse } from '../../../domain/refusal.ts';
import { type C, fieldText, readForm, seeOther } from '../../context.ts';
import { answerRefusal, refusalError, statusOf } from '../../refusal.tsx';
import { Form, LinkButton, RadioGroup, SubmitButton, TextInput } from '../../ui/field.tsx';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage, type NextStep } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Card, Columns, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { readCredential, signerMeans } from '../account/signature-fields.tsx';
import { SignaturesCard } from '../account/signatures-card.tsx';
import { type ActionRow, withAction } from '../actions/action-page.tsx';
import { FindingList } from '../actions/findings.tsx';
import { ActionTabs, actionCrumbs } from '../actions/tabs.tsx';
import { shellOf } from '../shell.ts';
import { Approvals } from './approvals-card.tsx';
import { isFixed, type NoticeRow, newestNotice, withNotice } from './find.ts';
import { FormCard, loadFormVersion } from './form.tsx';
import { LanguagesCard } from './languages.tsx';
import { emptyNotice } from './template.ts';
import { UpdateCard } from './update.tsx';
import { VariantsCard } from './variants-card.tsx';
import { VersionsCard } from './versions-card.tsx';

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
        <p>One source becomes letters, mails and pages in every language and for every audience.</p>
        <Form action={`/actions/${action.id}/notice`}>
          <TextInput form={form} name="number" label="Document control number" required width={20} identifier />
          <RadioGroup
            form={form}
            name="layout"
            label="It starts with"
            value="letter"
            options={[
              {
                value: 'letter',
                label: 'The sections of a letter',
                hint: 'What is wrong, what to do, by when, whom to call.',
              },
              {
                value: 'ec',
                label: 'The European Commission’s field safety notice',
                hint: 'Its numbered fields, 1.1 to 4.10, and the transmission box.',
              },
            ]}
          />
          <SubmitButton tone="primary">Start the notice</SubmitButton>
        </Form>
        <p>
          Written already? <a href={`/actions/${action.id}/notice/start`}>Start from a document</a> (DOCX or plain
          text).
        </p>
      </Card>
    </DeskPage>
  );
}

/** POST /actions/:id/notice: the first version, or one that takes the place of a version that was never sent. */
export async function postNotice(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const number = fieldText(body, 'number').trim();
    if (number === '') {
      const errors = [{ field: 'number', message: 'Write the document control number, e.g. M-AMR-00496.' }];
      return html(c, await emptyPage(c, action, refusedForm(body, errors)), 422);
    }
    const last = await newestNotice(c, action.id);
    if (last && isFixed(last)) return seeOther(c, `/actions/${action.id}/notice/update`);
    const document: NoticeDocument = last
      ? noticeDocumentSchema.parse(last.document)
      : emptyNotice(action.title, fieldText(body, 'layout') === 'ec' ? 'ec' : 'letter');
    const result = await createNotice(c.get('ctx'), action.id, { number, kind: 'new', document });
    if (isRefusal(result))
      return html(c, await emptyPage(c, action, refusedForm(body, [refusalError(result)])), statusOf(result));
    setFlash(c, { tone: 'done', text: `Version ${result.version} is a draft now.` });
    return seeOther(c, `/actions/${action.id}/notice`);
  });
}

async function noticePage(c: C, action: ActionRow, notice: NoticeRow, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const document = noticeDocumentSchema.parse(notice.document);
  const findings = await checkNotice(ctx.db, notice.id, ctx.settings.publicUrl, ctx.typesetter);
  const signatures = await loadSignatures(c, notice.id);
  const mayEdit = allows(ctx.actor, 'notice.edit');
  const open = !isFixed(notice);
  const update = notice.kind === 'update' ? (document.update ?? plainUpdate) : undefined;
  return (
    <DeskPage
      shell={await shellOf(c)}
      styles={['notice-desk.css']}
      title={`Notice ${notice.number}, version ${notice.version}`}
      crumbs={actionCrumbs(action)}
      tabs={<ActionTabs actionId={action.id} here="/notice" />}
      state={<StateBadge kind="notice" state={notice.state} />}
      errors={form.errors}
      next={nextSteps(action, notice)}
      actions={
        <>
          {notice.version > 1 ? (
            <LinkButton href={`/notices/${notice.id}/compare`} tone="quiet">
              What changed
            </LinkButton>
          ) : null}
          <LinkButton href={`/notices/${notice.id}/preview`} tone="secondary" icon="eye">
            Preview
          </LinkButton>
        </>
      }
    >
      <Columns weight="main-side">
        <div>
          <VariantsCard noticeId={notice.id} document={document} mayEdit={open && mayEdit} />
          {await LanguagesCard({ c, noticeId: notice.id })}
          {update ? (
            <UpdateCard
              notice={notice}
              update={update}
              reached={await countReach(ctx.db, action.id, notice.id, update.reach)}
              languages={Object.keys(document.texts)}
              mayEdit={open && mayEdit}
            />
          ) : null}
          <Card title="Checks">
            <FindingList findings={findings} />
          </Card>
          {notice.state === 'in-review' ? (
            <Approvals c={c} notice={notice} signatures={signatures} form={form} means={await signerMeans(c)} />
          ) : null}
        </div>
        <div>
          <AboutCard notice={notice} mayEdit={open && mayEdit} />
          <FormCard actionId={action.id} form={await loadFormVersion(c, action.id)} mayEdit={mayEdit} />
          <SignaturesCard signatures={signatures} />
          <VersionsCard
            actionId={action.id}
            versions={await loadVersions(ctx.db, action.id)}
            mayUpdate={!open && mayEdit}
          />
          {mayEdit ? <TestCard noticeId={notice.id} form={form} /> : null}
        </div>
      </Columns>
    </DeskPage>
  );
}

/** Every signature on a version, the newest first. */
export async function loadSignatures(c: C, noticeId: number) {
  return c
    .get('ctx')
    .db.selectFrom('signature')
    .selectAll()
    .where('subject_kind', '=', 'notice')
    .where('subject_id', '=', String(noticeId))
    .orderBy('id', 'desc')
    .execute();
}

function AboutCard({ notice, mayEdit }: { notice: NoticeRow; mayEdit: boolean }): VNode {
  return (
    <Card title="About">
      <KeyValue
        rows={[
          { label: 'Content', value: <Identifier>{notice.content_hash.slice(0, 16)}</Identifier> },
          notice.seal !== null && {
            label: 'Seal',
            value: <Identifier>{notice.seal.slice(0, 16)}</Identifier>,
            href: `/notices/${notice.id}`,
          },
          { label: 'Changed', value: <Moment at={notice.changed_at} /> },
          notice.released_at !== null && { label: 'Released', value: <Moment at={notice.released_at} /> },
        ]}
      />
      {mayEdit ? (
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
        </div>
      ) : null}
    </Card>
  );
}

function TestCard({ noticeId, form }: { noticeId: number; form: FormState }): VNode {
  return (
    <Card title="Send a test">
      <Form action={`/notices/${noticeId}/test`}>
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
  );
}

function nextSteps(action: ActionRow, notice: NoticeRow): NextStep[] {
  if (notice.state === 'draft') return [{ text: 'Mend what the checks found, then hand the notice in for review.' }];
  if (notice.state === 'in-review') return [{ text: 'Two people sign: one for Quality, one for Regulatory affairs.' }];
  if (notice.state === 'approved') {
    const text =
      notice.kind === 'update'
        ? 'Both have signed. The update can be released.'
        : 'Both have signed. The action can be released.';
    return [{ text, href: `/actions/${action.id}/release`, label: 'Release' }];
  }
  return [];
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
