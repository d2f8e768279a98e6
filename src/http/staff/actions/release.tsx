import type { VNode } from 'preact';
import { loadReleaseFacts } from '../../../app/action-facts.ts';
import { checkNotice, type Finding } from '../../../app/notice-checks.ts';
import { countReach } from '../../../app/notice-reach.ts';
import { releaseAction, releaseActionInput, releaseMeaning } from '../../../app/release.ts';
import { movesFrom } from '../../../domain/action.ts';
import { noticeDocumentSchema } from '../../../domain/notice.ts';
import { plainUpdate } from '../../../domain/notice-update.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import { type C, type FormBody, fieldText, readForm, seeOther } from '../../context.ts';
import { refusalError, statusOf } from '../../refusal.tsx';
import { ButtonRow, Form, LinkButton, SubmitButton, TextArea } from '../../ui/field.tsx';
import { formatCount } from '../../ui/figures.ts';
import { setFlash } from '../../ui/flash.ts';
import { type FormState, freshForm, refusedForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, EmptyState, KeyValue } from '../../ui/parts.tsx';
import { readCredential, SignatureFields, signerMeans } from '../account/signature-fields.tsx';
import { newestNotice } from '../notices/find.ts';
import { reachWords } from '../notices/update.tsx';
import { shellOf } from '../shell.ts';
import { type ActionRow, withAction } from './action-page.tsx';
import { FindingList } from './findings.tsx';
import { actionCrumbs } from './tabs.tsx';

/** GET /actions/:id/release: everything once more, a reason for each rule that found something, and the signature. */
export async function showRelease(c: C): Promise<Response> {
  return withAction(c, async (action) => html(c, await releasePage(c, action, freshForm())));
}

async function releasePage(c: C, action: ActionRow, form: FormState): Promise<VNode> {
  const ctx = c.get('ctx');
  const facts = await loadReleaseFacts(ctx.db, action.id, '');
  const notice = await newestNotice(c, action.id);
  const findings = notice ? await checkNotice(ctx.db, notice.id, ctx.settings.publicUrl, ctx.typesetter) : [];
  const blocking = findings.filter((finding) => finding.severity === 'blocking').length;
  const base = `/actions/${action.id}`;
  const again = action.stage === 'released' || action.stage === 'monitoring';
  const document = notice ? noticeDocumentSchema.parse(notice.document) : undefined;
  const update = notice?.kind === 'update' ? (document?.update ?? plainUpdate) : undefined;
  const reached = await countReach(ctx.db, action.id, notice?.id ?? 0, update?.reach ?? { to: 'everyone' });
  return (
    <DeskPage
      shell={await shellOf(c)}
      title={update ? 'Release the update' : 'Release'}
      crumbs={actionCrumbs(action)}
      errors={form.errors}
      width="narrow"
    >
      <Card title="What leaves the house">
        <KeyValue
          rows={[
            update && { label: 'To', value: reachWords(update), href: `${base}/notice#update` },
            {
              label: 'Parties to tell',
              value: update ? formatCount(reached.parties) : formatCount(facts.obligations),
              href: `${base}/parties`,
            },
            { label: 'Contacts to write to', value: formatCount(reached.contacts) },
            update && {
              label: 'Receipt',
              value: update.asksReceipt ? 'asked anew, with reminders' : 'given before stays valid',
            },
            !update && {
              label: 'Corrections to be done',
              value: formatCount(facts.corrections),
              href: `${base}/corrections`,
            },
            {
              label: 'Notice',
              value: facts.approvedNotice ? 'approved by Quality and by Regulatory affairs' : 'not approved yet',
              href: `${base}/notice`,
            },
            {
              label: 'How',
              value:
                ctx.mailer.kind === 'smtp'
                  ? 'by the mail server'
                  : 'into the built-in mailbox: nothing leaves this machine',
              href: '/mailbox',
            },
          ]}
        />
      </Card>
      <Card title="Checks">
        <FindingList findings={findings} />
      </Card>
      {again && !facts.approvedNotice ? (
        <EmptyState
          title="Nothing waits to be released"
          action={<LinkButton href={`${base}/notice`}>Open the notice</LinkButton>}
        >
          The notice is released. An update is written, approved by two, and released here.
        </EmptyState>
      ) : blocking > 0 ? (
        <Alert tone="danger" title="The release waits until what blocks it is mended." />
      ) : (
        <Form action={`${base}/release`}>
          <Reasons findings={findings} form={form} />
          <SignatureFields
            form={form}
            means={await signerMeans(c)}
            meaning={
              again ? releaseMeaning : (movesFrom('approved').find((move) => move.to === 'released')?.signs ?? '')
            }
            subjectKind={again ? 'notice' : 'action'}
            subjectId={again ? (notice?.id ?? 0) : action.id}
            contentHash={again ? (notice?.content_hash ?? '') : facts.contentHash}
          />
          <ButtonRow>
            <SubmitButton tone="primary" icon="send">
              Release to {formatCount(update ? reached.parties : facts.obligations)} parties
            </SubmitButton>
            <LinkButton href={base} tone="quiet">
              Not now
            </LinkButton>
          </ButtonRow>
        </Form>
      )}
    </DeskPage>
  );
}

/** One field for all, and one for each rule that found something: whichever is filled in answers; both are kept. */
function Reasons({ findings, form }: { findings: readonly Finding[]; form: FormState }): VNode | null {
  const rules = [...Map.groupBy(findings, (finding) => finding.rule)];
  if (rules.length === 0) return null;
  const all = 'Why it may go out with these findings';
  if (rules.length === 1) return <TextArea form={form} name="reason" label={all} rows={3} required />;
  return (
    <fieldset class="ff-reasons">
      <legend>Reasons</legend>
      <TextArea
        form={form}
        name="reason"
        label={all}
        hint="For all of them; leave it empty to answer each by itself. Reasons are kept with the released version."
        rows={2}
      />
      {rules.map(([rule, group]) => (
        <TextArea
          key={rule}
          form={form}
          name={`reason.${rule}`}
          label={`${group[0]?.citation ?? rule}${group.length > 1 ? ` (${group.length} findings)` : ''}`}
          rows={2}
        />
      ))}
    </fieldset>
  );
}

function readReasons(body: FormBody): Record<string, string> {
  return Object.fromEntries(
    Object.keys(body)
      .filter((name) => name.startsWith('reason.'))
      .map((name) => [name.slice('reason.'.length), fieldText(body, name).trim().slice(0, 2_000)]),
  );
}

/** POST /actions/:id/release */
export async function postRelease(c: C): Promise<Response> {
  return withAction(c, async (action) => {
    const body = await readForm(c);
    const reasons = readReasons(body);
    const input = releaseActionInput.parse({
      reason: fieldText(body, 'reason').slice(0, 2_000),
      ...(Object.keys(reasons).length === 0 ? {} : { reasons }),
      credential: readCredential(body),
    });
    const result = await releaseAction(c.get('ctx'), action.id, input);
    if (isRefusal(result))
      return html(c, await releasePage(c, action, refusedForm(body, [refusalError(result)])), statusOf(result));
    setFlash(c, {
      tone: 'done',
      text: `${action.reference} is released: ${formatCount(result.deliveries)} letters are on their way.`,
    });
    return seeOther(c, `/actions/${action.id}/deliveries`);
  });
}
