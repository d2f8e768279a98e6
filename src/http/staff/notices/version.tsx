import type { VNode } from 'preact';
import { loadPrint, verifyNotice } from '../../../app/notice-seal.ts';
import { type Audience, audiences, noticeDocumentSchema, noticeLanguages } from '../../../domain/notice.ts';
import { toHtml } from '../../../domain/notice-html.ts';
import { renderNotice } from '../../../domain/notice-render.ts';
import { isRefusal } from '../../../domain/refusal.ts';
import type { C } from '../../context.ts';
import { languageName } from '../../translate.ts';
import { Form, LinkButton, Select, SubmitButton } from '../../ui/field.tsx';
import { freshForm } from '../../ui/form.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { Alert, Card, Columns, EmptyState, Identifier, KeyValue } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { Moment } from '../../ui/time.tsx';
import { SignaturesCard } from '../account/signatures-card.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { shellOf } from '../shell.ts';
import { factsOfNotice, type NoticeRow, noticeCrumbs, withNotice } from './find.ts';
import { loadSignatures } from './notice.tsx';
import { reachWords } from './update.tsx';

/** GET /notices/:id?variant=&language= : one version as it was released, byte for byte, with everything it rests on. */
export async function showVersion(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const { db } = c.get('ctx');
    const document = noticeDocumentSchema.parse(notice.document);
    const variants = audiences.filter((audience) => noticeLanguages(document, audience).length > 0);
    const variant = variants.find((audience) => audience === c.req.query('variant')) ?? variants[0];
    const languages = variant ? noticeLanguages(document, variant) : [];
    const language = languages.find((code) => code === c.req.query('language')) ?? languages[0];
    const verdict = await verifyNotice(db, notice.id);
    const words = variant && language ? await wordsOf(c, notice, variant, language) : undefined;
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice.css', 'notice-desk.css']}
        title={`${notice.number}, version ${notice.version}`}
        lede={notice.kind === 'update' && document.update ? `Update. ${reachWords(document.update)}.` : undefined}
        crumbs={[...noticeCrumbs(action), { href: `/actions/${action.id}/notice/versions`, label: 'Versions' }]}
        state={<StateBadge kind="notice" state={notice.state} />}
        actions={
          <>
            {notice.version > 1 ? <LinkButton href={`/notices/${notice.id}/compare`}>What changed</LinkButton> : null}
            <LinkButton href={`/notices/${notice.id}/sheet`}>All languages</LinkButton>
            <LinkButton href={`/notices/${notice.id}/preview`} tone="secondary" icon="eye">
              Preview
            </LinkButton>
          </>
        }
      >
        <Columns weight="main-side">
          <div>
            <Form
              action={`/notices/${notice.id}`}
              method="get"
              class="ff-notice-choice ff-no-print"
              label="Variant and language"
            >
              <Select
                form={freshForm({ variant: variant ?? '' })}
                name="variant"
                label="Audience"
                options={variants.map((value) => ({ value, label: audienceWords[value] ?? value }))}
              />
              <Select
                form={freshForm({ language: language ?? '' })}
                name="language"
                label="Language"
                options={languages.map((value) => ({ value, label: languageName(value, 'en') }))}
              />
              <SubmitButton tone="secondary">Show</SubmitButton>
            </Form>
            {words ? (
              <>
                <Card>
                  {/* Printed by domain/notice-html.ts, which escapes every word. */}
                  <div dangerouslySetInnerHTML={{ __html: words.html }} />
                </Card>
                {words.sha256 ? (
                  <p class="ff-hint">
                    These bytes were kept at the release. SHA-256 <Identifier>{words.sha256}</Identifier>
                  </p>
                ) : null}
              </>
            ) : (
              <EmptyState title="Nothing to read yet">No variant is complete in any language.</EmptyState>
            )}
          </div>
          <div>
            {isRefusal(verdict) || notice.released_at === null ? null : (
              <Card title="Seal">
                <SealBadge seal={verdict.seal} />
                <KeyValue
                  rows={[
                    { label: 'Released', value: <Moment at={notice.released_at} /> },
                    { label: 'Kept', value: <Identifier>{verdict.kept ?? ''}</Identifier> },
                    { label: 'Computed now', value: <Identifier>{verdict.computed}</Identifier> },
                    { label: 'Content', value: <Identifier>{notice.content_hash}</Identifier> },
                    {
                      label: 'Texts kept',
                      value: `${verdict.prints.filter((print) => print.intact).length} of ${verdict.prints.length} intact`,
                    },
                  ]}
                />
              </Card>
            )}
            <SignaturesCard signatures={await loadSignatures(c, notice.id)} />
            {notice.released_at === null ? null : <FindingsCard findings={notice.findings} />}
          </div>
        </Columns>
      </DeskPage>,
    );
  });
}

/** The words as they were kept at the release; of a draft, or of a release before prints were kept, as they print now. */
async function wordsOf(
  c: C,
  notice: NoticeRow,
  variant: Audience,
  language: string,
): Promise<{ html: string; sha256?: string }> {
  const print = await loadPrint(c.get('ctx').db, notice.id, variant, language);
  if (print) return print;
  const document = noticeDocumentSchema.parse(notice.document);
  return { html: toHtml(renderNotice(document, variant, language, await factsOfNotice(c, notice)), { level: 2 }) };
}

/** What the checks had found when the version went out, with the reason a person gave. */
function FindingsCard({ findings }: { findings: NoticeRow['findings'] }): VNode {
  const groups = [...Map.groupBy(findings, (finding) => `${finding.rule} ${finding.reason}`).values()];
  return (
    <Card title="Released with these findings">
      {groups.length === 0 ? <p>The checks found nothing.</p> : null}
      <ul class="ff-plain-list">
        {groups.map((group) => {
          const [first] = group;
          if (!first) return null;
          return (
            <li key={`${first.rule} ${first.reason}`}>
              <strong>{first.citation}</strong>
              {group.length > 1 ? ` (${group.length} places)` : ` (${first.where})`}
              <br />
              {first.text}
              <br />“{first.reason}” {first.by}, <Moment at={new Date(first.at)} />
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

/** Whether a version is still what was released, in a word and a colour. */
export function SealBadge({ seal }: { seal: 'intact' | 'broken' | 'none' | undefined }): VNode {
  switch (seal) {
    case 'intact':
      return <span class="ff-seal ff-seal-intact">intact</span>;
    case 'broken':
      return (
        <Alert tone="danger" title="Broken: this is not what was released">
          Restore the data from a backup, and find out who changed it.
        </Alert>
      );
    case 'none':
      return <span class="ff-seal">released before seals were kept</span>;
    case undefined:
      return <span class="ff-muted">not released</span>;
  }
}
