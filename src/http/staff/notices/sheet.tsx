import type { VNode } from 'preact';
import { checkNotice, type Finding } from '../../../app/notice-checks.ts';
import {
  type Audience,
  audiences,
  missingTexts,
  type NoticeDocument,
  noticeDocumentSchema,
  noticeLanguages,
} from '../../../domain/notice.ts';
import type { NoticeFacts } from '../../../domain/notice-facts.ts';
import { toHtml } from '../../../domain/notice-html.ts';
import { renderNotice } from '../../../domain/notice-render.ts';
import type { C } from '../../context.ts';
import { languageName } from '../../translate.ts';
import { DeskPage } from '../../ui/layout.tsx';
import { html } from '../../ui/page.tsx';
import { EmptyState, Tabs } from '../../ui/parts.tsx';
import { StateBadge } from '../../ui/state.tsx';
import { audienceWords } from '../actions/parties.tsx';
import { shellOf } from '../shell.ts';
import { factsOfNotice, noticeCrumbs, withNotice } from './find.ts';
import { panesHref } from './preview-panes.ts';

/** GET /notices/:id/sheet?variant= : one variant in all its languages at a glance, for the reviewer to walk through. */
export async function showSheet(c: C): Promise<Response> {
  return withNotice(c, async (notice, action) => {
    const ctx = c.get('ctx');
    const document = noticeDocumentSchema.parse(notice.document);
    const variants = audiences.filter((audience) => document.variants[audience]);
    const variant = variants.find((audience) => audience === c.req.query('variant')) ?? variants[0];
    const facts = await factsOfNotice(c, notice);
    const findings = await checkNotice(ctx.db, notice.id, ctx.settings.publicUrl, ctx.typesetter);
    const complete = variant ? noticeLanguages(document, variant) : [];
    const languages = [...complete, ...Object.keys(document.texts).filter((code) => !complete.includes(code))];
    return html(
      c,
      <DeskPage
        shell={await shellOf(c)}
        styles={['notice.css', 'notice-desk.css']}
        scripts={['notice-sheet.js']}
        title={`All languages of ${notice.number}, version ${notice.version}`}
        lede="Each sheet is the letter itself, made small. Arrow keys go from one to the next, Enter opens it beside the source language."
        crumbs={noticeCrumbs(action)}
        state={<StateBadge kind="notice" state={notice.state} />}
        tabs={
          <Tabs
            label="Variants"
            tabs={variants.map((audience) => ({
              href: `/notices/${notice.id}/sheet?variant=${audience}`,
              label: audienceWords[audience] ?? audience,
              count: noticeLanguages(document, audience).length,
              current: audience === variant,
            }))}
          />
        }
      >
        {!variant || languages.length === 0 ? (
          <EmptyState title="No language yet">Write the notice in its first language.</EmptyState>
        ) : (
          <ol class="ff-sheet" data-walk>
            {languages.map((language) => (
              <li key={language}>
                <Sheet
                  noticeId={notice.id}
                  document={document}
                  variant={variant}
                  language={language}
                  facts={facts}
                  findings={findings.filter((finding) => isAbout(finding, variant, language))}
                />
              </li>
            ))}
          </ol>
        )}
      </DeskPage>,
    );
  });
}

/** `dx-recall, de` and `dx-recall, de, reply` are about that sheet; a rule about the whole notice is not. */
function isAbout(finding: Finding, variant: Audience, language: string): boolean {
  const [audience, code] = finding.where.split(', ');
  return audience === variant && code === language;
}

type SheetProps = {
  noticeId: number;
  document: NoticeDocument;
  variant: Audience;
  language: string;
  facts: NoticeFacts;
  findings: readonly Finding[];
};

function Sheet({ noticeId, document, variant, language, facts, findings }: SheetProps): VNode {
  const missing = missingTexts(document, variant, language).length;
  const source = document.sourceLanguage;
  const open =
    missing > 0
      ? `/notices/${noticeId}/edit?language=${language}`
      : panesHref(noticeId, [
          ...(language === source ? [] : [{ variant, language: source, medium: 'page' as const }]),
          { variant, language, medium: 'page' as const },
        ]);
  const printed = renderNotice(document, variant, language, facts);
  return (
    <>
      {/* inert: what is inside the small sheet is to be seen, not walked through with the keyboard. */}
      <div class="ff-sheet-page" aria-hidden="true" {...{ inert: true }}>
        <div dangerouslySetInnerHTML={{ __html: toHtml(printed, { level: 4, idPrefix: `sheet-${language}` }) }} />
      </div>
      <p class="ff-sheet-name">
        <a href={open}>{languageName(language, 'en')}</a>
        {language === source ? <span class="ff-hint"> source</span> : null}
      </p>
      <p class="ff-sheet-state">
        {missing > 0 ? (
          <span class="ff-word-attention">{missing === 1 ? '1 text missing' : `${missing} texts missing`}</span>
        ) : (
          'complete'
        )}
        {findings.length > 0 ? (
          <span class="ff-word-attention">
            {' · '}
            {findings.length === 1 ? '1 finding' : `${findings.length} findings`}
          </span>
        ) : null}
      </p>
    </>
  );
}
